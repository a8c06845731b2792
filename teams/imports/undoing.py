"""An import is taken back whole, or not at all: every row as it was before, unless something has happened since.

What has been changed since, or is needed by something else by now, is not touched: it is listed for a person.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import CASCADE, Count
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.fields import Derived
from core.models import Revision
from core.row_images import plain
from teams.imports.base import FileResource
from teams.imports.flow import lock_list, record_exchange
from teams.imports.footprint import BATCH, Images, images_of, restored
from teams.models import ImportChange, ImportRun

MOST_NAMED = 200


class InTheWay(DomainError):
    code = "import_in_the_way"

    def __init__(self, obstacles: list[tuple[str, str]]):
        """``obstacles``: what it is about, and what about it."""
        message = _("Chưa hoàn tác được, và chưa có gì thay đổi: có %(count)s chỗ vướng. Hãy xem danh sách bên dưới.")
        super().__init__(message % {"count": len(obstacles)})
        self.obstacles = obstacles[:MOST_NAMED]


@transaction.atomic
def take_back(run: ImportRun, resource: FileResource) -> int:
    """How many rows were put back."""
    lock_list(resource._meta.model)
    resource.lock()
    changes = list(run.changes.order_by("id"))
    now = _now(changes)
    if obstacles := [*_changed_since(changes, now), *_out_of_reach(changes, resource), *_needed(changes)]:
        raise InTheWay(obstacles)
    entries = _entries(run, resource, changes)
    try:
        with transaction.atomic():
            _put_back(resource, changes, now)
            resource.after_undo()
    except IntegrityError as error:
        raise InTheWay([(run.file_name, _("Dữ liệu đã đổi theo cách không quay lại được."))]) from error
    audit.record_many(entries, by=resource.access.user)
    record_exchange(resource._meta.model, "undone", run.file_name, resource.access, resource.right, rows=len(entries))
    Revision.bump(resource.revision)
    return len(changes)


def _model(change: ImportChange) -> type[models.Model]:
    return apps.get_model(change.model)


def _by_model(changes: Iterable[ImportChange]) -> dict[type[models.Model], list[ImportChange]]:
    """In the order of the tables: parents first."""
    found: dict = defaultdict(list)
    for change in changes:
        found[_model(change)].append(change)
    return found


def _pieces(values: Iterable[int]) -> Iterable[list[int]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _now(changes: list[ImportChange]) -> Images:
    """The rows as they stand, locked until the end."""
    found: Images = {}
    for model, theirs in _by_model(changes).items():
        for keys in _pieces(change.row for change in theirs):
            list(model._base_manager.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
            found |= images_of(model, pk__in=keys)
    return found


# --- what stands in the way -------------------------------------------------------------------------------------------
def _changed_since(changes: list[ImportChange], now: Images) -> Iterable[tuple[str, str]]:
    for change in changes:
        held = now.get((change.model, change.row))
        if _is_as_left(held, change.after):
            continue
        what = capfirst(str(_model(change)._meta.verbose_name))
        if held is None:
            yield _name(change), _("%(what)s này đã bị xóa sau khi nhập.") % {"what": what}
        elif change.after is None:
            yield _name(change), _("%(what)s này đã được thêm lại sau khi nhập.") % {"what": what}
        else:
            yield _name(change), _("%(what)s này đã được sửa sau khi nhập.") % {"what": what}


def _is_as_left(held: dict | None, left: dict | None) -> bool:
    """A column that the portal has got since is nobody's change."""
    if held is None or left is None:
        return held is left
    return all(name in held and held[name] == value for name, value in left.items())


def _name(change: ImportChange) -> str:
    image = change.after or change.before or {}
    held = _model(change)._base_manager.filter(pk=change.row).first()
    return str(held) if held else str(image.get("name") or image.get("full_name") or image.get("code") or change.row)


def _out_of_reach(changes: list[ImportChange], resource: FileResource) -> Iterable[tuple[str, str]]:
    """Things that whoever undoes may not write to, or not any more."""
    main, columns = resource._meta.model, dict(resource.writes)
    keys = {
        change.row if _model(change) is main else (change.after or change.before or {})[columns[_model(change)]]
        for change in changes
    }
    for piece in _pieces(keys):
        there = main._base_manager.filter(pk__in=piece)
        allowed = main._default_manager.visible_to(resource.access, resource.right).filter(pk__in=piece)
        for row in there.exclude(pk__in=allowed.values("pk")):
            yield str(row), _("Nơi này ngoài phạm vi của bạn.")


def _needed(changes: list[ImportChange]) -> Iterable[tuple[str, str]]:
    """Rows that the import has added and that others point to by now."""
    added = {
        model: {change.row for change in theirs if change.before is None}
        for model, theirs in _by_model(changes).items()
    }
    for model, keys in added.items():
        for relation in model._meta.related_objects:
            # What goes with it is derived from it.
            if relation.on_delete is CASCADE or relation.many_to_many:
                continue
            yield from _pointing(model, relation, keys, added.get(relation.related_model, set()))


def _pointing(model, relation, keys: set[int], own: set[int]) -> Iterable[tuple[str, str]]:
    column = relation.field.attname
    for piece in _pieces(keys):
        rows = relation.related_model._base_manager.filter(**{f"{column}__in": piece}).order_by()
        if own:
            # In Python: both may be thousands.
            rows = [key for pk, key in rows.values_list("pk", column) if pk not in own]
            counts = {key: rows.count(key) for key in set(rows)}
        else:
            counts = dict(rows.values(column).annotate(count=Count("pk")).values_list(column, "count"))
        for thing in model._base_manager.filter(pk__in=counts):
            what = relation.related_model._meta.verbose_name
            yield str(thing), _("Đang được dùng: %(count)s %(what)s.") % {"count": counts[thing.pk], "what": what}


# --- putting back -----------------------------------------------------------------------------------------------------
def _put_back(resource: FileResource, changes: list[ImportChange], now: Images) -> None:
    """What was added goes, then what was changed goes back, then what was taken away returns: no two overlap."""
    tables = _by_model(changes)
    for model, theirs in reversed(tables.items()):
        for keys in _pieces(change.row for change in theirs if change.before is None):
            model._base_manager.filter(pk__in=keys).delete()
    for model, theirs in tables.items():
        columns = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        rows = []
        for change in theirs:
            if change.before is not None and change.after is not None:
                rows.append(restored(model, change.before))
                resource.restore(rows[-1], now[change.model, change.row])
        model._base_manager.bulk_update(rows, columns, batch_size=500)
    for model, theirs in tables.items():
        gone = [restored(model, change.before) for change in theirs if change.before and change.after is None]
        model._base_manager.bulk_create(gone, batch_size=500)


def _entries(run: ImportRun, resource: FileResource, changes: list[ImportChange]) -> list[tuple]:
    """For the audit trail: each thing that is put back, with what was and what is again."""
    main, area = resource._meta.model, resource._meta.model._meta.label_lower
    theirs = _by_model(changes)
    things = {change.row: restored(main, change.after or change.before or {}) for change in theirs.get(main, [])}
    verbs = {change.row: _verb(change) for change in theirs.get(main, [])}
    told = {change.row: _difference(main, change) for change in theirs.get(main, [])}
    for model, column in resource.writes[1:]:
        owners = {(change.after or change.before or {})[column] for change in theirs.get(model, [])}
        for piece in _pieces(owners - things.keys()):
            things |= main._base_manager.in_bulk(piece)
    scopes = resource.scopes(things)
    return [
        (
            f"{area}_{verbs.get(key, 'changed')}",
            thing,
            scopes.get(key) or run.unit_id,
            {"changes": told.get(key, {}), "file": run.file_name, "undone": True},
        )
        for key, thing in things.items()
    ]


def _verb(change: ImportChange) -> str:
    return "deleted" if change.before is None else "added" if change.after is None else "changed"


def _difference(model, change: ImportChange) -> dict[str, list]:
    """By column: what was after the import, and what is again."""
    before, after = change.before or {}, change.after or {}
    shown = [field for field in model._meta.concrete_fields if not isinstance(field, Derived)]
    pairs = {field.name: [after.get(field.attname), before.get(field.attname)] for field in shown}
    return {name: [plain(old), plain(new)] for name, (old, new) in pairs.items() if old != new}
