"""What else names a unit that ends: offices, and rows of every other model. Nothing of it is passed over in silence.

An office ends with its unit, and the dry run lists whose; where the step says so (and when only the name changes) it
goes on at the successor. Rows named in ``REORGANISATION_FOLLOWERS`` go on with a unit's one successor; all others stay
with the old unit and are counted, so that a person may see to them. Of those in ``REORGANISATION_LOCKS`` none may stay:
a lock that still holds forbids carrying out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from teams.models import Appointment, Unit
from teams.reorganising.journal import references_to

if TYPE_CHECKING:
    from teams.reorganising.carrying import Carrying

# Told of elsewhere, or derived.
_OWN = {
    "teams.unitplacement",
    "teams.teamhome",
    "teams.unitancestry",
    "teams.unitsuccession",
    "teams.reorganisationdecision",
    "teams.appointment",
}


# --- people -----------------------------------------------------------------------------------------------------------
def hand_on_people(run: Carrying) -> None:
    rows = Appointment.objects.between(run.day, None).filter(unit__in=run.closing).select_related("user")
    ended, made, onward = [], [], []
    held = _held(run)
    # Who ends an office at this moment has ended it before, or after.
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        new = run.keeps.get(row.unit_id)
        if row.valid_from < run.day:
            ended.append(row)
        if new:
            since = max(row.valid_from, run.day)
            days, there = (since, row.valid_to or dt.date.max), held[row.user_id, row.role, new.pk]
            # One row a first day; and what is held all that time already is not given a second time.
            if any(first == since or (first < since and last >= days[1]) for first, last in there):
                continue
            there.append(days)
            if row.valid_from >= run.day:
                onward.append((row, new))
            else:
                values = {"user": row.user, "role": row.role, "unit": new}
                made.append(Appointment(**values, valid_from=since, valid_to=row.valid_to))
        elif row.valid_from >= run.day:
            continue  # given for the days after, on the closed unit: to look up what it was
        _tell_of_person(run, row, new)
    run.journal.change(ended, valid_to=run.last)
    for row, new in onward:
        run.journal.change([row], unit_id=new.pk)
    run.journal.create(made)


def _held(run: Carrying) -> dict[tuple, list[tuple[dt.date, dt.date]]]:
    """The days for which the successors' people hold an office already; nobody is appointed twice."""
    found = defaultdict(list)
    units = {unit.pk for unit in run.keeps.values()}
    rows = Appointment.objects.filter(unit__in=units, withdrawn_at=None)
    for user, role, unit, first, last in rows.values_list("user", "role", "unit", "valid_from", "valid_to"):
        found[user, role, unit].append((first, last or dt.date.max))
    return found


def _tell_of_person(run: Carrying, row: Appointment, new: Unit | None) -> None:
    held = run.closing[row.unit_id]  # type: ignore[index]
    run.outcome.people.append(
        {
            "user": str(row.user),
            "username": row.user.get_username(),
            "role": str(row.role),
            "from": {"code": held.code, "name": held.name},
            "to": {"code": new.code, "name": new.name} if new else None,
        }
    )


# --- everything else --------------------------------------------------------------------------------------------------
def hand_on_followers(run: Carrying) -> None:
    going = settings.REORGANISATION_FOLLOWERS
    for field in references_to(Unit):
        model = field.model
        if model._meta.label_lower in _OWN:
            continue
        rows = model._default_manager.filter(**{f"{field.name}__in": run.closing})
        label = f"{model._meta.label}.{field.name}"
        if label in going:
            rows = _still_in_use(rows, going[label], run.day)
            rows = rows.exclude(pk__in=_carry(run, field, rows))
        _tell_what_stays(run, field, rows)


def _still_in_use(rows, last_day: str | None, day: dt.date):
    """What was over before the first day belongs to the old unit for good."""
    if last_day is None:
        return rows
    return rows.filter(Q(**{f"{last_day}__isnull": True}) | Q(**{f"{last_day}__gte": day}))


def _carry(run: Carrying, field, rows) -> set[int]:
    """Rows go on with the one successor of their unit, or with that of their own ground."""
    moved: dict[tuple[int, Unit], list] = defaultdict(list)
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        old = getattr(row, field.attname)
        if new := run.heir(old, getattr(row, "area_id", None)):
            moved[old, new].append(row)
    for (old, new), held in moved.items():
        run.journal.change(held, **{field.attname: new.pk})
        _tell_of_rows(run, field, run.closing[old], len(held), new)
    return {row.pk for held in moved.values() for row in held}


def _tell_what_stays(run: Carrying, field, rows) -> None:
    for old, count in rows.order_by().values_list(field.attname).annotate(rows=Count("pk")):
        _tell_of_rows(run, field, run.closing[old], count, None)


def _tell_of_rows(run: Carrying, field, old: Unit, count: int, new: Unit | None) -> None:
    run.outcome.followers.append(
        {
            "model": field.model._meta.label_lower,
            "field": field.name,
            "from": {"code": old.code, "name": old.name},
            "rows": count,
            "to": {"code": new.code, "name": new.name} if new else None,
        }
    )


def locks_left_behind(run: Carrying) -> list[str]:
    """A lock stays with the old unit, so for the days from the first on it would hold for nothing that comes in."""
    problems = []
    for label, (last_day, lifted) in settings.REORGANISATION_LOCKS.items():
        model, _dot, unit = label.rpartition(".")
        held = {f"{unit}__in": run.closing, f"{last_day}__gte": run.day, f"{lifted}__isnull": True}
        rows = apps.get_model(model)._default_manager.filter(**held).order_by("pk")
        for pk, last in rows.values_list(unit, last_day):
            words = {"unit": run.closing[pk], "day": f"{last:%d/%m/%Y}"}
            message = _("“%(unit)s” còn kỳ đã khóa đến ngày %(day)s. Hãy mở khóa kỳ trước, rồi khóa lại ở đơn vị mới.")
            problems.append(message % words)
    return problems


def name_of(model: str) -> str:
    """Of the rows of a dry run, in words."""
    return str(apps.get_model(model)._meta.verbose_name_plural)
