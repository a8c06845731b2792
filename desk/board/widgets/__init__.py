"""The parts of the board by the name that their address has, in the order in which they stand on it."""

from collections.abc import Callable

from desk.board.question import Board
from desk.board.widget import Widget
from desk.board.widgets.devices import devices
from desk.board.widgets.figures import figures
from desk.board.widgets.flags import flags
from desk.board.widgets.hours import hours
from desk.board.widgets.places import places
from desk.board.widgets.points import points
from desk.board.widgets.ranking import ranking
from desk.board.widgets.reporting import silent
from desk.board.widgets.review import review
from desk.board.widgets.services import services
from desk.board.widgets.sessions import sessions
from desk.board.widgets.targets import targets
from desk.board.widgets.teams import teams

WIDGETS: dict[str, Callable[[Board], Widget]] = {
    "figures": figures,
    "hours": hours,
    "targets": targets,
    "map": places,
    "units": ranking,
    "teams": teams,
    "services": services,
    "points": points,
    "silent": silent,
    "sessions": sessions,
    "devices": devices,
    "flags": flags,
    "review": review,
}
