"""How fresh the figures are, without running any question."""

from reports.stats.moment import Moment
from teams.access import Access


def freshness(access: Access) -> dict:
    """``as_of``, ``pending`` and ``lag_seconds``, as ``access`` may see them: see :class:`Moment`."""
    return Moment.read(access).freshness
