"""Changes of the organisation. Each is one transaction with its audit row and can be called twice."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.dated import DAY, Dated, overlapping
from core.errors import DomainError
from core.models import Revision
from teams.locked_days import first_day_changed, locked_days_stand, refuse_if_counted
from teams.models import Team, TeamHome, Unit, UnitPlacement
from teams.tree import lock_tree, rebuild_ancestry


def _place(rows, *, owner: Unit | Team, field: str, value, since: dt.date):
    """Make ``field`` of the dated rows of ``owner`` be ``value`` from ``since`` on; returns (row, what it was before).

    The row that holds on ``since`` ends the day before; rows that would begin later give way, since the new one lasts.
    """
    before = rows.on(since).first()
    if before and getattr(before, field) == value and before.valid_to == owner.valid_to:
        return before, value
    rows.filter(valid_from__gte=since).delete()
    held = rows.on(since).first()
    if held:
        held.valid_to = since - DAY
        held.save(update_fields=["valid_to"])
    row = rows.create(**{field: value}, valid_from=since, valid_to=owner.valid_to)
    return row, getattr(before, field) if before else None


def put_unit(*, unit: Unit, parent: Unit, since: dt.date) -> tuple[UnitPlacement, Unit | None]:
    """The bare change, for a batch.

    Whoever calls it locks the tree, asks about locked days, rebuilds the ancestry and writes the audit row.
    """
    if unit == parent:
        message = _("“%(unit)s” không thể trực thuộc chính nó. Hãy chọn đơn vị cấp trên khác.")
        raise DomainError(message % {"unit": unit})
    _require_valid(unit, since)
    _require_valid(parent, since)
    _require_lasting(parent, unit)
    return _place(unit.placements, owner=unit, field="parent", value=parent, since=since)


def put_team(*, team: Team, unit: Unit, since: dt.date) -> tuple[TeamHome, Unit | None]:
    """The bare change, for a batch, like ``put_unit``."""
    _require_valid(team, since)
    _require_valid(unit, since)
    _require_lasting(unit, team)
    return _place(team.homes, owner=team, field="unit", value=unit, since=since)


@transaction.atomic
def place_unit(*, unit: Unit, parent: Unit, since: dt.date, by) -> UnitPlacement:
    """``unit`` stands under ``parent`` from ``since`` on; the days before stay as they were."""
    lock_tree()
    parent.refresh_from_db(fields=["valid_from", "valid_to"])
    with locked_days_stand(unit, since):
        row, before = put_unit(unit=unit, parent=parent, since=since)
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
    # A unit that a reorganisation is closing at this moment takes nobody in any more.
    lock_tree()
    unit.refresh_from_db(fields=["valid_from", "valid_to"])
    # Whoever sends only points to the row: they must not wait for a move that waits for them (locked days).
    team = Team.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    with locked_days_stand(team, since):
        row, before = put_team(team=team, unit=unit, since=since)
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


@transaction.atomic
def save_unit(*, unit: Unit, by, parent: Unit | None = None, since: dt.date | None = None) -> Unit:
    """Create or correct ``unit``; with ``parent`` it stands there from ``since`` (default: its first day) on.

    A new end or start of the unit moves the ends of its placements with it. The caller writes the audit row of the
    columns; a change of parent has its own (``place_unit``).
    """
    lock_tree()
    with locked_days_stand(unit, first_day_changed(unit)):
        before = store_unit(unit)
    if parent:
        place_unit(unit=unit, parent=parent, since=since or unit.valid_from, by=by)
    else:
        rebuild_ancestry()
    _require_room(unit.placements.select_related("parent"), "parent", before, unit)
    return unit


@transaction.atomic
def save_team(*, team: Team, by, unit: Unit | None = None, since: dt.date | None = None) -> Team:
    """Create or correct ``team``; with ``unit`` that is its home from ``since`` (default: its first day) on."""
    first = first_day_changed(team)
    if unit or first:
        lock_tree()
    with locked_days_stand(team, first):
        before = store_team(team)
    if unit:
        move_team(team=team, unit=unit, since=since or team.valid_from, by=by)
    _require_room(team.homes.select_related("unit"), "unit", before, team)
    Revision.bump("org")
    return team


def store_unit(unit: Unit) -> Unit | None:
    """The columns, and the ends of its placements with them; bare, like ``put_unit``. Returns what it was before."""
    _require_order(unit)
    _require_free_code(unit)
    before = Unit.objects.filter(pk=unit.pk).first()
    if before and unit.valid_to:
        _require_left(unit, unit.valid_to)
    if before and before.block != unit.block:
        # Before its row is taken: a lock that is being made points to the unit.
        refuse_if_counted(unit, "block")
    unit.save()
    if before:
        _follow(unit.placements, before, unit)
    return before


def store_team(team: Team) -> Team | None:
    """The columns, and the ends of its homes and memberships with them; like ``store_unit``."""
    _require_order(team)
    _require_free_code(team)
    before = Team.objects.filter(pk=team.pk).first()
    if before and before.area_id != team.area_id:
        refuse_if_counted(team, "area")
    team.save()
    if before:
        _follow(team.homes, before, team)
        _follow(team.members, before, team)
    return before


def _follow(rows, before: Unit | Team, after: Unit | Team) -> None:
    """Dated ``rows`` of a thing begin and end with it: those that held at its old ends hold at the new ones."""
    if before.valid_to != after.valid_to:
        if after.valid_to:
            rows.filter(valid_from__gt=after.valid_to).delete()
            rows.filter(overlapping(after.valid_to + DAY, None)).update(valid_to=after.valid_to)
        rows.filter(valid_to=before.valid_to).update(valid_to=after.valid_to)
    if before.valid_from != after.valid_from:
        rows.filter(valid_to__lt=after.valid_from).delete()
        rows.filter(valid_from__lt=after.valid_from).update(valid_from=after.valid_from)
        rows.filter(valid_from=before.valid_from).update(valid_from=after.valid_from)


def _require_order(thing: Unit | Team) -> None:
    """The database refuses it as well; this says what is wrong."""
    if thing.valid_to and thing.valid_to < thing.valid_from:
        raise DomainError(_("Ngày kết thúc phải từ ngày bắt đầu trở đi."), code="ends_before_it_begins")


def _require_free_code(thing: Unit | Team) -> None:
    """The database refuses two rows of one code on one day as well; this says which row is in the way."""
    rows = type(thing).objects.filter(overlapping(thing.valid_from, thing.valid_to), code=thing.code)
    if taken := rows.exclude(pk=thing.pk).first():
        raise DomainError(
            _("Mã “%(code)s” đang là của “%(name)s” (từ %(since)s). Hãy dùng mã khác hoặc kết thúc dòng cũ trước.")
            % {"code": thing.code, "name": taken, "since": f"{taken.valid_from:%d/%m/%Y}"},
            code="code_taken",
        )


def _require_left(unit: Unit, last_day: dt.date) -> None:
    """A unit ends only after what stands under it has been moved on."""
    later = overlapping(last_day + DAY, None)
    units, teams = unit.child_placements.filter(later).count(), unit.team_homes.filter(later).count()
    if units or teams:
        raise DomainError(
            _(
                "“%(unit)s” còn %(units)s đơn vị và %(teams)s đội hình trực thuộc sau ngày %(day)s. "
                "Hãy chuyển hoặc kết thúc chúng trước."
            )
            % {"unit": unit, "units": units, "teams": teams, "day": f"{last_day:%d/%m/%Y}"},
            code="not_empty",
        )


def _require_valid(thing: Unit | Team, day: dt.date) -> None:
    if not thing.is_valid_on(day):
        raise DomainError(
            _("“%(thing)s” không có hiệu lực vào ngày %(day)s. Hãy chọn ngày khác hoặc sửa thời gian hiệu lực.")
            % {"thing": thing, "day": f"{day:%d/%m/%Y}"},
            code="not_valid_then",
        )


def _require_lasting(place: Unit, thing: Dated) -> None:
    """What is put somewhere stays there to its own end: not in a unit that ends before."""
    if place.valid_to and (thing.valid_to is None or thing.valid_to > place.valid_to):
        raise DomainError(
            _("“%(unit)s” chỉ còn đến ngày %(day)s. Hãy chọn đơn vị khác để nhận.")
            % {"unit": place, "day": f"{place.valid_to:%d/%m/%Y}"},
            code="ends_too_soon",
        )


def _require_room(rows, place: str, before: Unit | Team | None, after: Unit | Team) -> None:
    """A later end has taken its dated ``rows`` along: not past the end of the unit that they are about."""
    if before and before.valid_to and (after.valid_to is None or after.valid_to > before.valid_to):
        for row in rows:
            _require_lasting(getattr(row, place), row)
