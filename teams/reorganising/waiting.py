"""Teams and units that nothing determines a place for, and the days for which a team still has none."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from core.dated import DAY, overlapping
from teams.models import Reorganisation, ReorganisationState, Team, TeamHome
from teams.reorganising.outcome import undecided


def waiting(reorganisation: Reorganisation) -> dict[str, list[dict]]:
    """As the dry run has found; once carried out, without the teams that somebody has placed since, wherever."""
    found, day = undecided(reorganisation.preview), reorganisation.effective_on
    if reorganisation.state != ReorganisationState.EXECUTED or not found["teams"]:
        return found
    keys, homes = [row["key"] for row in found["teams"]], defaultdict(list)
    for home in TeamHome.objects.filter(overlapping(day, None), team__in=keys).order_by("valid_from"):
        homes[home.team_id].append(home)
    teams = Team.objects.in_bulk(keys).values()
    nowhere = {team.pk for team in teams if any(days_without_home(team, homes[team.pk], day))}
    return found | {"teams": [row for row in found["teams"] if row["key"] in nowhere]}


def days_without_home(team: Team, homes, since: dt.date) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Each stretch of the team's own days from ``since`` on, first and last day, on which it is nobody's.

    ``homes``: those of these days, the earliest first.
    """
    first = max(since, team.valid_from)
    for home in homes:
        if first < home.valid_from:
            yield first, home.valid_from - DAY
        if home.valid_to in (None, team.valid_to):
            return
        first = max(first, home.valid_to + DAY)
    if team.valid_to is None or first <= team.valid_to:
        yield first, team.valid_to
