"""Changes of the organisation. Each is one transaction with its audit row and can be called twice."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.dated import DAY
from core.errors import DomainError
from core.models import Revision
from teams.models import Team, TeamHome, Unit, UnitPlacement
from teams.tree import lock_tree, rebuild_ancestry


def _place(rows, *, field: str, value, since: dt.date):
    """Make ``field`` of the dated rows be ``value`` from ``since`` on; returns (row, what it was before).

    The row that holds on ``since`` ends the day before; rows that would begin later give way, since the new one lasts.
    """
    before = rows.on(since).first()
    if before and getattr(before, field) == value and before.valid_to is None:
        return before, value
    rows.filter(valid_from__gte=since).delete()
    held = rows.on(since).first()
    if held:
        held.valid_to = since - DAY
        held.save(update_fields=["valid_to"])
    row = rows.create(**{field: value}, valid_from=since, valid_to=owner.valid_to)
    return row, getattr(before, field) if before else None


@transaction.atomic
def place_unit(*, unit: Unit, parent: Unit, since: dt.date, by) -> UnitPlacement:
    """``unit`` stands under ``parent`` from ``since`` on; the days before stay as they were."""
    lock_tree()
    _require_valid(unit, since)
    _require_valid(parent, since)
    row, before = _place(unit.placements, field="parent", value=parent, since=since)
    rebuild_ancestry()
    if before != parent:
        audit.record(
            "teams.unit_placed",
            by=by,
            target=unit,
            scope_unit=parent.pk,
            parent=parent.code,
            before=before.code if before else None,
            since=since.isoformat(),
        )
    return row


@transaction.atomic
def move_team(*, team: Team, unit: Unit, since: dt.date, by) -> TeamHome:
    """``team`` belongs to ``unit`` from ``since`` on. Sessions before stay with the old unit in ``as_was``."""
    team = Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
    _require_valid(team, since)
    _require_valid(unit, since)
    row, before = _place(team.homes, field="unit", value=unit, since=since)
    if before != unit:
        Revision.bump("org")
        audit.record(
            "teams.team_moved",
            by=by,
            target=team,
            scope_unit=unit.pk,
            unit=unit.code,
            before=before.code if before else None,
            since=since.isoformat(),
        )
    return row


def _require_valid(thing: Unit | Team, day: dt.date) -> None:
    if not thing.is_valid_on(day):
        raise DomainError(
            _("“%(thing)s” không có hiệu lực vào ngày %(day)s. Hãy chọn ngày khác hoặc sửa thời gian hiệu lực.")
            % {"thing": thing, "day": f"{day:%d/%m/%Y}"},
            code="not_valid_then",
        )
