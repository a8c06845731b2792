"""Reference data that lives in the repository and is carried into the database by each deploy: added and updated, never
deleted, so that it is safe on a live database. Where the files and the database differ, the files win."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models

DATA_DIR = settings.BASE_DIR / "data"


def upsert(model: type[models.Model], rows: Iterable[dict], *, key: tuple[str, ...]) -> int:
    """Make the table hold ``rows`` (dicts of column values, found by the ``key`` columns); returns how many changed.

    Rows that are already as they should be are not written, so that a second load is one query.
    """
    held = {tuple(getattr(row, name) for name in key): row for row in model._default_manager.all()}
    new, changed = [], 0
    for values in rows:
        row = held.get(tuple(values[name] for name in key))
        if row is None:
            new.append(model(**values))
            continue
        stale = {name: value for name, value in values.items() if getattr(row, name) != value}
        if stale:
            for name, value in stale.items():
                setattr(row, name, value)
            row.save()
            changed += 1
    model._default_manager.bulk_create(new, batch_size=500)
    return len(new) + changed
