"""What the imports share: headers, keys, scope, every error of a row at once, writing in batches.

A file is read row by row without a single query: what rows are looked up in is loaded before. Good rows are written,
bad ones are left out and reported with their line; whoever confirms has seen which.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from import_export.resources import Diff, ModelResource

from core import audit
from core.errors import DomainError
from core.models import Revision
from core.vietnamese import fold
from teams.access import NOTHING, Access
from teams.imports import footprint
from teams.imports.cells import Cell, key_of
from teams.imports.files import UnreadableFile
from teams.imports.lookup import LookupMixin, in_batches
from teams.imports.template import build_template
from teams.models import Unit
from teams.permissions import Right

# A column of the file that hands the bad rows back; it may come in again with the corrected ones.
ERRORS_HEADER = "Lỗi cần sửa"
logger = structlog.get_logger(__name__)


class ReadableDiff(Diff):
    """Whole values: the text, or ``[before, after]`` where it changes."""

    def as_html(self):
        return [
            after if self.new or before == after else [before, after]
            for before, after in zip(self.left, self.right, strict=True)
        ]


class FileResource(LookupMixin, ModelResource):
    """A subclass names its cells, finds the instance of a row, fills it, and stores many at once."""

    template_name = ""
    file_title = ""
    right = Right.ORG_MANAGE
    # The cell that says what a row is about, and the counter that moves when rows are stored.
    key_cell = "code"
    revision = "org"
    # Every table that storing a row may write to; what is not named here cannot be undone.
    writes: footprint.Writes = ()

    def __init__(self, access: Access = NOTHING, **kwargs):
        super().__init__(**kwargs)
        self.access = access
        # Told how far the reading is: (line, of how many).
        self.pulse: Callable[[int, int], None] = lambda _at, _total: None
        self.keeps_before = False
        self.before: footprint.Images = {}
        # Of a table in which others write at the same time: the rows that are the file's own work.
        self.written: dict[type[models.Model], set[int]] = {}
        # Good rows about which something should be seen: (line, what it is about, texts).
        self.remarks: list[tuple[int, str, list[str]]] = []
        self.run: Any = None  # set by whoever stores it for good
        self.result: Any = None  # of the last reading
        self.lines: list[int] = []
        self.line = 0
        self.seen: dict[tuple, int] = {}
        self.values: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self.original: Any = None
        self.existing: dict[str, list] = {}
        self.writable: set[int] = set()
        self.units: dict[str, list[Unit]] = {}
        self.hints: dict[str, str] = {}
        self.fresh: list = []
        self.corrected: list = []
        self.trail: list[tuple[str, models.Model, dict]] = []

    # --- the file -----------------------------------------------------------------------------------------------------
    @classmethod
    def cells(cls) -> dict[str, Cell]:
        # The order of Meta: ``fields`` itself is in the order in which classes were put together.
        return {name: cls.fields[name] for name in cls._meta.fields}

    @classmethod
    def guide(cls) -> list[Cell]:
        return list(cls.cells().values())

    @classmethod
    def template(cls) -> bytes:
        return build_template(cls.guide())

    def before_import(self, dataset, **kwargs):
        headers, rows = list(dataset.headers), list(zip(dataset.lines, dataset, strict=True))
        dataset.wipe()
        names = self._columns(headers, rows)
        dataset.headers = [name for name in names if name]
        named = [(line, {n: c for n, c in zip(names, row, strict=True) if n}) for line, row in rows]
        written = {row[self.cells()[self.key_cell].column_name] for _line, row in named}
        # As written too: SQLite lowers ASCII only, and a code may begin with Đ.
        self.prepare(written | {key_of(code) for code in written})
        for line, row in self.in_order(named):
            dataset.append(list(row.values()))
            self.lines.append(line)
        if self.keeps_before:
            self.before = footprint.images(self.writes, self.owners())

    def _columns(self, headers: list[str], rows: list) -> list[str | None]:
        """The template's name of each column; None for one that is empty or ours to ignore."""
        known = {fold(cell.column_name): cell.column_name for cell in self.guide()}
        names = [known.get(fold(header.rstrip(" *"))) for header in headers]
        unknown = [
            header or _("(cột %(number)s không có tiêu đề)") % {"number": position + 1}
            for position, (header, name) in enumerate(zip(headers, names, strict=True))
            if name is None and fold(header) != fold(ERRORS_HEADER) and (header or _has_content(rows, position))
        ]
        missing = [cell.column_name for cell in self.guide() if cell.required and cell.column_name not in names]
        if missing:
            message = _("Thiếu cột: %(columns)s. Dòng 1 phải là dòng tiêu đề; hãy dùng tệp mẫu và giữ nguyên dòng đó.")
            raise UnreadableFile(message % {"columns": ", ".join(missing)})
        if unknown:
            message = _("Cột không có trong mẫu: %(columns)s. Hãy xóa các cột đó; cổng không nhận thông tin nào khác.")
            raise UnreadableFile(message % {"columns": ", ".join(unknown)})
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise UnreadableFile(_("Cột có hai lần: %(columns)s. Hãy giữ một.") % {"columns": ", ".join(twice)})
        return names

    def prepare(self, codes: set[str]) -> None:
        """Load what rows are looked up in: the things of these codes, wherever they are, and which may be changed."""
        rows = self.with_place(self._meta.model.objects.annotate(folded=Lower("code")))
        if self.keeps_before:
            # Whole rows are written over: what others change meanwhile waits. The intake only points to them.
            rows = rows.select_for_update(of=("self",), no_key=True)
        for found in in_batches(rows, "folded", codes):
            self.existing.setdefault(key_of(found.code), []).append(found)
        may = self._meta.model.objects.visible_to(self.access, self.right).annotate(folded=Lower("code"))
        self.writable = set(in_batches(may, "folded", codes, lambda chosen: chosen.values_list("pk", flat=True)))
        for unit in Unit.objects.visible_to(self.access, self.right):
            self.units.setdefault(key_of(unit.code), []).append(unit)

    def owners(self) -> set[int]:
        """Whose rows the file may write: known before it is stored, and more of them afterwards."""
        known = {row.pk for rows in self.existing.values() for row in rows if row.pk in self.writable}
        return known | {instance.pk for _verb, instance, _changes in self.trail}

    def lock(self) -> None:
        """What it is compared with must not move until the transaction ends."""

    def restore(self, instance, now: dict) -> None:
        """Before a row is put back: what must not go back with it. ``now``: the row as it stands."""

    def scopes(self, things: dict) -> dict[int, int | None]:
        """By primary key: the unit whose staff may read in the audit trail what became of the thing."""
        return {key: getattr(thing, "unit_id", None) for key, thing in things.items()}

    def after_undo(self) -> None:
        """In the transaction that has put rows back; refuses by ``DomainError`` what must not stand so."""

    def with_place(self, rows):
        """Annotations that the cells read and that a model has no column for."""
        raise NotImplementedError  # pragma: no cover - said by each resource

    def filter_export(self, queryset, **kwargs):
        return self.with_place(queryset)

    def in_order(self, rows: list[tuple[int, dict]]) -> list[tuple[int, dict]]:
        return rows

    # --- one row ------------------------------------------------------------------------------------------------------
    def before_import_row(self, row, row_number=None, **kwargs):
        self.values, self.errors = {}, {}
        self.line = self.lines[row_number - 1]
        self.pulse(row_number, len(self.lines))
        for name, cell in self.cells().items():
            if cell.column_name not in row:
                continue
            try:
                self.values[name] = cell.parse(row[cell.column_name])
            except ValueError as error:
                self.blame(name, str(error))
        for name, cell in self.cells().items():
            if cell.required and not row[cell.column_name] and not self.may_be_empty(name):
                self.blame(name, _("Ô này không được để trống."))
        self._refuse_twice(self.line)

    def may_be_empty(self, name: str) -> bool:
        return False

    def key(self) -> tuple:
        return (key_of(self.values.get("code", "")),)

    def _refuse_twice(self, line: int) -> None:
        if self.errors:
            return
        key = self.key()
        # A key may have been looked up, and not found.
        if not self.errors and (first := self.seen.setdefault(key, line)) != line:
            self.blame(self.key_cell, self.twice_text(first))

    def twice_text(self, first: int) -> str:
        return _("Mã này đã có ở dòng %(line)s của tệp. Hãy giữ một dòng.") % {"line": first}

    def blame(self, name: str, message: str) -> None:
        """One more error of this row, under the column of ``name``; the row goes on to be looked at."""
        header = self.cells()[name].column_name if name in self.cells() else NON_FIELD_ERRORS
        self.errors.setdefault(header, []).append(str(message))

    def get_instance(self, instance_loader, row):
        found = self.find()
        if found is None or found.pk is None:
            return None
        if found.pk not in self.writable:
            # Nothing of what is not the caller's is read any further: not even to say what would change.
            self.blame_foreign_code()
            return None
        # A copy: a row that turns out bad must not change what later rows are looked up in.
        return copy.deepcopy(found)

    def find(self):
        return next(iter(self.existing.get(key_of(self.values.get("code", "")), [])), None)

    def blame_foreign_code(self) -> None:
        self.blame("code", _("Mã này đang được dùng ở một đơn vị ngoài phạm vi của bạn. Hãy dùng mã khác."))

    def import_instance(self, instance, row, **kwargs):
        if instance.pk is None and "code" in self.values:
            instance.code = self.values["code"]
        self.assign(instance)
        fields = {field.name: field for field in instance._meta.fields}
        blamed = {name for name, cell in self.cells().items() if cell.column_name in self.errors}
        # Foreign keys were looked up above; full_clean would ask the database for each again.
        skipped = {name for name, field in fields.items() if not field.editable or field.is_relation} | blamed
        try:
            instance.full_clean(exclude=skipped & fields.keys(), validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            for name, found in error.error_dict.items():
                self.errors.setdefault(self._header_of(name), []).extend(_in_words(found))
        if not self.errors:
            self.check(instance)
        if self.errors:
            raise ValidationError(self.errors)

    def _header_of(self, attribute: str) -> str:
        return next((cell.column_name for cell in self.guide() if cell.attribute == attribute), NON_FIELD_ERRORS)

    def assign(self, instance) -> None:
        """Put ``self.values`` into the instance: columns that the file has and that could be read, and nothing else."""
        raise NotImplementedError  # pragma: no cover - said by each resource

    def check(self, instance) -> None:
        """Rules about the filled instance among the others; says what is wrong by ``blame``."""

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        self.original = original
        if import_validation_errors or instance.pk is None:
            return False
        return not self.changes(instance)

    def changes(self, instance) -> dict[str, list]:
        """``{column: [before, after]}``; a new thing has no before."""
        before = self.original if instance.pk else None
        pairs = {
            cell.column_name: [cell.export(before) if before else "", cell.export(instance)] for cell in self.guide()
        }
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    # --- writing ------------------------------------------------------------------------------------------------------
    def save_instance(self, instance, is_create, row, **kwargs):
        changes = self.changes(instance)
        if is_create:
            self.fresh.append(instance)
        elif self.needs_service(instance):
            self.flush()
            self._store_one(instance)
        else:
            self.corrected.append(instance)
        self.accept(instance)
        self.trail.append(("added" if is_create else "changed", instance, changes))

    def needs_service(self, instance) -> bool:
        """The change reaches beyond the columns of the row itself."""
        return False

    def _store_one(self, instance) -> None:
        try:
            # A savepoint: a refusal must not spoil the transaction for the rows that follow.
            with transaction.atomic():
                self.store_one(instance)
        except DomainError as error:
            raise ValidationError(str(error)) from error

    def store_one(self, instance) -> None:
        raise NotImplementedError  # pragma: no cover - said by each resource that needs it

    def accept(self, instance) -> None:
        """Rows that follow see this one."""
        rows = self.existing.setdefault(key_of(instance.code), [])
        rows[:] = [other for other in rows if instance.pk is None or other.pk != instance.pk] + [instance]

    def flush(self) -> None:
        """Write what is waiting."""
        fresh, corrected, self.fresh, self.corrected = self.fresh, self.corrected, [], []
        if not (fresh or corrected):
            return
        try:
            with transaction.atomic():
                self.store(fresh, corrected)
            self.writable |= {row.pk for row in fresh}
        except IntegrityError as error:
            # Somebody wrote in between, or a row slipped through: nothing of the file is stored.
            message = _("Dữ liệu vừa được người khác thay đổi. Chưa dòng nào được nhập; hãy tải tệp lên lại.")
            raise DomainError(message) from error

    def store(self, fresh: list, corrected: list) -> None:
        raise NotImplementedError  # pragma: no cover - said by each resource

    def after_import(self, dataset, result, file_name="", **kwargs):
        for invalid in result.invalid_rows:
            invalid.number = self.lines[invalid.number - 1]
        result.invalid_rows.sort(key=lambda invalid: invalid.number)
        result.lines, result.present = self.lines, set(dataset.headers or ())
        self.result = result
        if self.trail:
            self.flush()
            self.finish()
            self._record(file_name)
            Revision.bump(self.revision)

    def _record(self, file_name: str) -> None:
        """One audit row for each thing that the file changed: its history is complete wherever a change came from."""
        area = self._meta.model._meta.label_lower
        entries = [
            (f"{area}_{verb}", instance, self.scope_unit(instance), {"changes": changes, "file": file_name})
            for verb, instance, changes in self.trail
        ]
        audit.record_many(entries, by=self.access.user)

    def scope_unit(self, instance) -> int | None:
        raise NotImplementedError  # pragma: no cover - said by each resource

    def finish(self) -> None:
        """Once, after all rows."""

    def import_row(self, row, instance_loader, **kwargs):
        result = super().import_row(row, instance_loader, **kwargs)
        for failure in result.errors:
            if not isinstance(failure.error, DomainError):
                logger.error("import_row_failed", resource=type(self).__name__, exc_info=failure.error)
        return result

    def get_diff_class(self):
        return ReadableDiff


def _in_words(errors: list[ValidationError]) -> Iterable[str]:
    for error in errors:
        yield from [_too_long(error.params)] if error.code == "max_length" else error.messages


def _too_long(params: Any) -> str:
    limits = {"most": params["limit_value"], "length": params["show_value"]}
    return _("Dài %(length)s ký tự, chỉ được %(most)s. Hãy viết gọn lại.") % limits


def _has_content(rows: list, position: int) -> bool:
    return any(row[position] for _line, row in rows)
