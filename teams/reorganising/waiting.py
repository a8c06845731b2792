"""Teams that an operation has left without a home, and the days for which they still have none."""

import datetime as dt
from collections.abc import Iterator

from core.dated import DAY, overlapping
from teams.models import Team


def days_without_home(team: Team, since: dt.date) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Each stretch of the team's own days from ``since`` on, first and last day, on which it is nobody's."""
    first = max(since, team.valid_from)
    for home in team.homes.filter(overlapping(first, team.valid_to)).order_by("valid_from"):
        if first < home.valid_from:
            yield first, home.valid_from - DAY
        if home.valid_to is None or home.valid_to == team.valid_to:
            return
        first = home.valid_to + DAY
    if team.valid_to is None or first <= team.valid_to:
        yield first, team.valid_to
