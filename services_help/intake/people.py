"""Which volunteers a session may count: members of its team that day, and people of the team's home unit and below."""

from collections.abc import Mapping
from functools import cache
from uuid import UUID

from core.bulk import Recordset, fetch
from core.dated import valid_sql
from services_help.intake.items import Item
from services_help.models import Session
from teams.models import Volunteer

# Of an attendance: team and day of its session, the volunteer's code, and its place among those that are asked for.
_ASKED = Recordset(
    place=Volunteer._meta.pk,
    team=Session._meta.get_field("team"),
    day=Session._meta.get_field("day"),
    code=Volunteer._meta.get_field("code"),
)


def find_volunteers(sessions: Mapping[UUID, Session], items: list[Item]) -> dict[tuple[UUID, str], int]:
    """(session, code) -> volunteer, for each attendance whose volunteer may stand in its session, if that is known."""
    asked_for = {(item.values["session"], item.values["volunteer"]) for item in items}
    pairs = [pair for pair in asked_for if pair[0] in sessions]
    if not pairs:
        return {}
    asked = [
        {"place": place, "team": sessions[session].team_id, "day": sessions[session].day, "code": code}
        for place, (session, code) in enumerate(pairs)
    ]
    return {pairs[place]: volunteer for place, volunteer in fetch(_sql(), _ASKED.parameters(asked))}


@cache
def _sql() -> str:
    return f"""
        SELECT asked.place, volunteer.id
        FROM {_ASKED.sql("asked")}
        JOIN teams_volunteer volunteer ON volunteer.code = asked.code
        WHERE EXISTS (
            SELECT 1 FROM teams_teammember member
            WHERE member.team_id = asked.team AND member.volunteer_id = volunteer.id
            AND {valid_sql("asked.day", "member")}
        ) OR EXISTS (
            SELECT 1 FROM teams_teamhome home
            JOIN teams_unitancestry above ON above.ancestor_id = home.unit_id
            WHERE home.team_id = asked.team AND above.descendant_id = volunteer.unit_id
            AND {valid_sql("asked.day", "home")} AND {valid_sql("asked.day", "above")}
        )"""  # noqa: S608 - names are ours
