"""Rows of the database as they stand, to be compared and to be put back: every column, to the microsecond.

``writes`` says what a list writes: models, parents first, each with the column that says whose a row is. ``Written``
says of tables in which others write at the same time which rows the list itself has written.
"""

from collections.abc import Iterable, Mapping

from django.db import models

from core.row_images import Image, plain, typed

BATCH = 1000
Writes = tuple[tuple[type[models.Model], str], ...]
Written = Mapping[type[models.Model], set[int]]
# (model, primary key) -> the row
Images = dict[tuple[str, int], Image]


def images(writes: Writes, owners: Iterable[int]) -> Images:
    """All rows of these owners."""
    ordered, found = sorted(owners), {}
    for model, column in writes:
        for start in range(0, len(ordered), BATCH):
            found |= images_of(model, **{f"{column}__in": ordered[start : start + BATCH]})
    return found


def images_of(model: type[models.Model], **condition) -> Images:
    names = [field.attname for field in model._meta.concrete_fields]
    label = model._meta.label_lower
    rows = model._base_manager.filter(**condition).values(*names)
    return {(label, row[model._meta.pk.attname]): {name: plain(row[name]) for name in names} for row in rows}


def restored(model: type[models.Model], image: Image) -> models.Model:
    """The instance as it was; with the usual value where the portal had no such column yet."""
    return model(**typed(model, image))


def differences(before: Images, after: Images, written: Written) -> list[tuple[str, int, dict | None, dict | None]]:
    """(model, primary key, before, after) of what is not the same, in the order of the models."""
    own = {model._meta.label_lower: keys for model, keys in written.items()}
    keys = [(model, row) for model, row in dict.fromkeys([*before, *after]) if row in own.get(model, (row,))]
    return [(*key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]
