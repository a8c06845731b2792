"""Writing rows so that it can be taken back: each batch is noted as it was and as it became.

Undoing goes through the notes backwards, so every state in between is one that the database has allowed before. It
refuses where a row is not as it was left, or where something made since holds on to a row that would go.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.row_images import image_of, plain, typed

BATCH = 500
# Derived from the rest, or the operation's own papers: no reason to keep a unit.
_DERIVED = {"teams.unitancestry", "teams.unitsuccession"}
_SHOWN = 8


class CannotUndo(DomainError):
    code = "cannot_undo"

    def __init__(self, reasons: list[str]):
        told = reasons[:_SHOWN]
        if len(reasons) > _SHOWN:
            told.append(_("và %(more)d điều khác") % {"more": len(reasons) - _SHOWN})
        super().__init__(_("Chưa hoàn tác được, vì: %(reasons)s.") % {"reasons": "; ".join(told)})
        self.reasons = reasons


class Journal:
    def __init__(self) -> None:
        self.batches: list[dict] = []

    def create(self, rows: list) -> None:
        if not rows:
            return
        model = type(rows[0])
        model._default_manager.bulk_create(rows, batch_size=BATCH)
        self._note(model, [{"pk": row.pk, "was": None, "is": image_of(row)} for row in rows])

    def delete(self, rows: list) -> None:
        if not rows:
            return
        model = type(rows[0])
        self._note(model, [{"pk": row.pk, "was": image_of(row), "is": None} for row in rows])
        model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()

    def change(self, rows: Iterable, **values) -> None:
        """The same ``values`` (by column: ``unit_id``) for all rows."""
        rows = [row for row in rows if any(getattr(row, name) != value for name, value in values.items())]
        if not rows:
            return
        model = type(rows[0])
        became = {name: plain(value) for name, value in values.items()}
        notes = []
        for row in rows:
            notes.append({"pk": row.pk, "was": {name: plain(getattr(row, name)) for name in values}, "is": became})
            for name, value in values.items():
                setattr(row, name, value)
        self._note(model, notes)
        for start in range(0, len(rows), BATCH):
            keys = [row.pk for row in rows[start : start + BATCH]]
            model._default_manager.filter(pk__in=keys).update(**values)

    def _note(self, model, notes: list[dict]) -> None:
        self.batches.append({"model": model._meta.label, "rows": notes})


# --- taking back ------------------------------------------------------------------------------------------------------
def take_back(batches: list[dict]) -> None:
    """Everything as it was; refuses, saying why, if that is not possible any more."""
    if reasons := obstacles(batches):
        raise CannotUndo(reasons)
    try:
        with transaction.atomic():
            for batch in reversed(batches):
                _restore(apps.get_model(batch["model"]), batch["rows"])
    except (IntegrityError, models.ProtectedError) as error:
        raise CannotUndo([_("có dòng mới chiếm chỗ của dòng cũ (cùng mã hoặc cùng thời gian)")]) from error


def _restore(model, notes: list[dict]) -> None:
    rows = model._default_manager
    created = [note["pk"] for note in notes if note["was"] is None]
    if created:
        rows.filter(pk__in=created).delete()
    deleted = [note["was"] for note in notes if note["is"] is None]
    if deleted:
        rows.bulk_create([model(**typed(model, was)) for was in deleted], batch_size=BATCH)
    changed: dict[tuple, list[int]] = defaultdict(list)
    for note in notes:
        if note["was"] is not None and note["is"] is not None:
            changed[tuple(note["was"].items())].append(note["pk"])
    for was, keys in changed.items():
        for start in range(0, len(keys), BATCH):
            rows.filter(pk__in=keys[start : start + BATCH]).update(**typed(model, dict(was)))


def obstacles(batches: list[dict]) -> list[str]:
    """What stands in the way of undoing, in words. The rows are held, so that it stays true until they are restored."""
    left, created = _as_left(batches)
    return [*_changed_since(left), *_made_since(created, left)]


def _as_left(batches: list[dict]) -> tuple[dict, dict]:
    """By model: (pk -> the columns that were written, as they were left), and the keys of rows made and still there."""
    left: dict[str, dict[int, dict | None]] = defaultdict(dict)
    created: dict[str, set[int]] = defaultdict(set)
    for batch in batches:
        for note in batch["rows"]:
            label, pk = batch["model"], note["pk"]
            left[label][pk] = None if note["is"] is None else {**(left[label].get(pk) or {}), **note["is"]}
            if note["was"] is None:
                created[label].add(pk)
            elif note["is"] is None:
                created[label].discard(pk)
    return left, created


def _changed_since(left: dict) -> list[str]:
    found = []
    for label, rows in left.items():
        model = apps.get_model(label)
        held = _held(model, [pk for pk, values in rows.items() if values is not None])
        for pk, values in rows.items():
            if values is None:
                continue
            row = held.get(pk)
            if row is None:
                found.append(_("%(what)s đã bị xóa sau cuộc sắp xếp") % {"what": _named(model)})
            elif any(plain(getattr(row, name)) != value for name, value in values.items() if _counts(name)):
                found.append(_("%(what)s “%(row)s” đã được sửa sau cuộc sắp xếp") % {"what": _named(model), "row": row})
    return found


def _held(model, keys: list[int]) -> dict:
    """By key, in one order for everybody. Whoever changes one at this moment has changed it before, or after."""
    rows = model._default_manager.select_for_update(of=("self",), no_key=True).order_by("pk")
    batches = (sorted(keys)[start : start + BATCH] for start in range(0, len(keys), BATCH))
    return {row.pk: row for batch in batches for row in rows.filter(pk__in=batch)}


def _counts(column: str) -> bool:
    """Derived columns follow from the others and may be derived anew by a later release."""
    return column not in {"search_key", "sort_key"}


def _made_since(created: dict, left: dict) -> list[str]:
    """Rows that were made after, and hold on to rows that would go."""
    found = []
    for label, keys in created.items():
        for field in references_to(apps.get_model(label)):
            other = field.model
            if other._meta.label_lower in _DERIVED:
                continue
            # Rows that the operation itself has pointed here go back by themselves.
            own = left.get(other._meta.label, {})
            rows = other._default_manager.filter(**{f"{field.name}__in": keys})
            found += [
                _("%(what)s “%(row)s” đã gắn với “%(unit)s”")
                % {"what": _named(other), "row": row, "unit": getattr(row, field.name)}
                for row in rows
                if field.attname not in (own.get(row.pk) or {})
            ]
    return found


def references_to(model) -> list:
    """The foreign keys of all models that point at ``model``."""
    fields = model._meta.get_fields(include_hidden=True)
    found = [each.field for each in fields if each.auto_created and not each.concrete and not each.many_to_many]
    return sorted(found, key=lambda field: (field.model._meta.label, field.name))


def _named(model) -> str:
    return capfirst(str(model._meta.verbose_name))
