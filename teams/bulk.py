"""Many changes of the organisation at once, for files: a handful of statements, however many rows.

Bare, like ``services.put_unit``: whoever calls holds the transaction (and for units the lock of the tree), has checked
each row, rebuilds the ancestry and writes the audit rows. What comes to an end goes one by one through ``services``.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import models

from core.dated import DAY
from core.fields import Derived
from teams.models import Team, TeamHome, TeamMember, Unit, UnitPlacement, Volunteer

BATCH = 500
PLACES: dict[type, tuple[Any, str, str]] = {
    Unit: (UnitPlacement, "unit", "parent"),
    Team: (TeamHome, "team", "unit"),
}


def add_placed[T: (Unit, Team)](model: type[T], rows: Iterable[tuple[T, Unit | None, dt.date | None]]) -> None:
    """New units or teams, each with the unit that it stands in and since when. A unit may stand under a new one."""
    rows = list(rows)
    model.objects.bulk_create([thing for thing, _unit, _since in rows], batch_size=BATCH)
    places, owner, place = PLACES[model]
    places.objects.bulk_create(
        [
            places(**{owner: thing, place: unit}, valid_from=since, valid_to=thing.valid_to)
            for thing, unit, since in rows
            if unit
        ],
        batch_size=BATCH,
    )


def move_placed[T: (Unit, Team)](model: type[T], rows: Iterable[tuple[T, Unit, dt.date]]) -> None:
    """Existing units or teams, each in its unit from a day on; the days before stay as they were."""
    places, owner, place = PLACES[model]
    rows = list(rows)
    held: dict[int, list] = {thing.pk: [] for thing, _unit, _since in rows}
    for row in places.objects.filter(**{f"{owner}__in": held}):
        held[getattr(row, f"{owner}_id")].append(row)
    gone, shortened, new = [], [], []
    for thing, unit, since in rows:
        gone += [row.pk for row in held[thing.pk] if row.valid_from >= since]
        for row in held[thing.pk]:
            if row.valid_from < since and row.is_valid_on(since):
                row.valid_to = since - DAY
                shortened.append(row)
        new.append(places(**{owner: thing, place: unit}, valid_from=since, valid_to=thing.valid_to))
    places.objects.filter(pk__in=gone).delete()
    places.objects.bulk_update(shortened, ["valid_to"], batch_size=BATCH)
    places.objects.bulk_create(new, batch_size=BATCH)


def add_volunteers(volunteers: list[Volunteer]) -> None:
    Volunteer.objects.bulk_create(volunteers, batch_size=BATCH)


def add_members(members: list[TeamMember]) -> None:
    TeamMember.objects.bulk_create(members, batch_size=BATCH)


def correct(model: type[models.Model], rows: list, *columns: str) -> None:
    """Write these columns, and what is derived from them, of rows that exist."""
    derived = [field for field in model._meta.fields if isinstance(field, Derived)]
    for row in rows:
        for field in derived:
            field.pre_save(row, add=False)
    model._default_manager.bulk_update(rows, [*columns, *(field.name for field in derived)], batch_size=BATCH)
