"""Which volunteers a session may count: members of its team that day, and people of the team's home unit and below."""

from collections import defaultdict
from uuid import UUID

from core.dated import Dated
from services_help.intake.batch import Batch
from services_help.intake.items import Item
from teams.models import TeamHome, TeamMember, UnitAncestry, Volunteer


def find_volunteers(batch: Batch, items: list[Item]) -> dict[tuple[UUID, str], Volunteer]:
    """(session, code) -> volunteer, for each attendance whose volunteer may stand in its session."""
    if not items:
        return {}
    volunteers = {
        row.code: row for row in Volunteer.objects.filter(code__in={item.values["volunteer"] for item in items})
    }
    teams = {batch.sessions[id].team_id for id in (item.values["session"] for item in items) if id in batch.sessions}
    members = _grouped(
        TeamMember.objects.filter(team__in=teams, volunteer__in=volunteers.values()), "team_id", "volunteer_id"
    )
    homes = list(TeamHome.objects.filter(team__in=teams))
    below = _grouped(
        UnitAncestry.objects.filter(
            ancestor__in={home.unit_id for home in homes},
            descendant__in={volunteer.unit_id for volunteer in volunteers.values()},
        ),
        "ancestor_id",
        "descendant_id",
    )
    found = {}
    for item in items:
        session, volunteer = batch.sessions.get(item.values["session"]), volunteers.get(item.values["volunteer"])
        if session is None or volunteer is None:
            continue
        ties = members[session.team_id, volunteer.pk] + [
            tie
            for home in homes
            if home.team_id == session.team_id and home.is_valid_on(session.day)
            for tie in below[home.unit_id, volunteer.unit_id]
        ]
        if any(tie.is_valid_on(session.day) for tie in ties):
            found[session.pk, volunteer.code] = volunteer
    return found


def _grouped(rows, *names: str) -> dict[tuple, list[Dated]]:
    grouped = defaultdict(list)
    for row in rows:
        grouped[tuple(getattr(row, name) for name in names)].append(row)
    return grouped
