"""``Access.covers_team`` for statements that are written by hand: the intake asks it of several teams in one."""

from core.bulk import placeholders
from core.dated import valid_sql
from teams.access import Access
from teams.permissions import Right


def covers_team_sql(access: Access, right: Right, *, team: str, day: str) -> tuple[str, list[int]]:
    """An SQL condition on the expressions ``team`` (a team's id) and ``day``, and its parameters."""
    if access.is_unlimited:
        return "1 = 1", []
    teams, units = access.team_ids(right), access.unit_ids(right)
    either = []
    if teams:
        either.append(f"{team} IN ({placeholders(len(teams))})")
    if units:
        either.append(
            "EXISTS (SELECT 1 FROM teams_teamhome home"  # noqa: S608 - the expressions are the caller's code
            " JOIN teams_unitancestry above ON above.descendant_id = home.unit_id"
            f" WHERE home.team_id = {team} AND above.ancestor_id IN ({placeholders(len(units))})"
            f" AND {valid_sql(day, 'home')} AND {valid_sql(day, 'above')})"
        )
    return f"({' OR '.join(either)})" if either else "1 = 0", teams + units
