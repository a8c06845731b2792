"""What the three imports share: headers, keys, scope, a dry run that collects every error, one transaction."""

import datetime as dt
from typing import NoReturn

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.html import format_html
from django.utils.translation import gettext as _
from import_export.resources import Diff, ModelResource

from core.dated import today
from core.errors import DomainError
from core.models import Revision
from core.vietnamese import fold
from teams.access import NOTHING, Access
from teams.imports.cells import Cell, as_text, nearest
from teams.imports.template import build_template
from teams.models import AdminArea, Unit
from teams.permissions import Right

MOST_ROWS = 5000


class ReadableDiff(Diff):
    """Whole values, old and new, instead of letters."""

    def as_html(self):
        return [
            after if self.new or before == after else format_html("<del>{}</del> <ins>{}</ins>", before, after)
            for before, after in zip(self.left, self.right, strict=True)
        ]


class FileResource(ModelResource):
    """A subclass names its cells, finds the instance of a row, and stores it through the services."""

    template_name = ""
    right = Right.ORG_MANAGE

    def __init__(self, access: Access = NOTHING, **kwargs):
        super().__init__(**kwargs)
        self.access = access
        self.lines: list[int] = []
        self.seen: dict[tuple, int] = {}

    # --- the file -----------------------------------------------------------------------------------------------------
    @classmethod
    def cells(cls) -> dict[str, Cell]:
        return cls.fields

    @classmethod
    def guide(cls) -> list[Cell]:
        return list(cls.cells().values())

    @classmethod
    def template(cls) -> bytes:
        return build_template(cls.guide())

    def before_import(self, dataset, **kwargs):
        """Normalise headers and cells; rows without any content vanish, the rest remember their line in the file."""
        headers = [as_text(header) for header in dataset.headers or []]
        rows = [
            (line, [as_text(value) for value in row]) for line, row in enumerate(list(dataset), start=2) if any(row)
        ]
        dataset.wipe()
        names = self._columns(headers, rows)
        if not rows:
            raise DomainError(_("Tệp không có dòng dữ liệu nào. Hãy điền từ dòng 2 của trang đầu tiên."))
        if len(rows) > MOST_ROWS:
            raise DomainError(_("Tệp có hơn %(most)s dòng. Hãy chia thành nhiều tệp.") % {"most": MOST_ROWS})
        dataset.headers = [name for name in names if name]
        for line, row in self.in_order(rows, names):
            dataset.append([value for name, value in zip(names, row, strict=True) if name])
            self.lines.append(line)
        self.prepare()

    def _columns(self, headers: list[str], rows: list) -> list[str | None]:
        known = {fold(cell.column_name): cell.column_name for cell in self.guide()}
        names = [known.get(fold(header.rstrip(" *"))) for header in headers]
        unknown = [
            header or _("(cột %(number)s không có tiêu đề)") % {"number": position + 1}
            for position, (header, name) in enumerate(zip(headers, names, strict=True))
            if name is None and (header or any(row[position] for _line, row in rows))
        ]
        missing = [cell.column_name for cell in self.guide() if cell.required and cell.column_name not in names]
        if missing:
            raise DomainError(
                _("Thiếu cột: %(columns)s. Hãy dùng tệp mẫu và giữ nguyên dòng tiêu đề.")
                % {"columns": ", ".join(missing)}
            )
        if unknown:
            raise DomainError(
                _("Cột không có trong mẫu: %(columns)s. Hãy xóa các cột đó; cổng không nhận thông tin nào khác.")
                % {"columns": ", ".join(unknown)}
            )
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise DomainError(_("Cột có hai lần: %(columns)s. Hãy giữ một.") % {"columns": ", ".join(twice)})
        return names

    def in_order(self, rows: list, names: list) -> list:
        return rows

    def prepare(self) -> None:
        """Load what rows are looked up in."""

    # --- one row ------------------------------------------------------------------------------------------------------
    def before_import_row(self, row, row_number=None, **kwargs):
        self.values, errors = {}, {}
        for name, cell in self.cells().items():
            if cell.column_name not in row:
                continue
            text = row[cell.column_name]
            try:
                if cell.required and not text:
                    raise ValueError(_("Ô này không được để trống."))
                self.values[name] = cell.parse(text)
            except ValueError as error:
                errors[cell.column_name] = [str(error)]
        if errors:
            raise ValidationError(errors)
        self._refuse_twice(self.lines[row_number - 1])

    def _refuse_twice(self, line: int) -> None:
        key = (fold(self.values["code"]), self.values.get("valid_from"))
        first = self.seen.setdefault(key, line)
        if first != line:
            self.refuse("code", _("Mã này đã có ở dòng %(line)s của tệp. Hãy giữ một dòng.") % {"line": first})

    def refuse(self, name: str, message: str) -> NoReturn:
        raise ValidationError({self.cells()[name].column_name: [message]})

    def import_instance(self, instance, row, **kwargs):
        self.assign(instance)
        derived = {field.name for field in instance._meta.fields if not field.editable}
        try:
            instance.full_clean(exclude=derived, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            raise ValidationError(self._by_column(error)) from error

    def _by_column(self, error: ValidationError) -> dict[str, list[str]]:
        headers = {cell.attribute: cell.column_name for cell in self.guide()}
        return {headers.get(name, NON_FIELD_ERRORS): messages for name, messages in error.message_dict.items()}

    def assign(self, instance) -> None:
        """Put ``self.values`` into the instance: columns that the file has, and nothing else."""
        raise NotImplementedError  # pragma: no cover - said by each resource

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors or instance.pk is None:
            return False
        return all(cell.export(instance) == cell.export(original) for cell in self.guide())

    def do_instance_save(self, instance, is_create):
        try:
            # A savepoint: a refusal by the database must not spoil the transaction for the rows that follow.
            with transaction.atomic():
                self.store(instance)
        except DomainError as error:
            raise ValidationError(str(error)) from error
        except IntegrityError as error:
            raise ValidationError(_("Dòng này mâu thuẫn với dữ liệu đã có. Hãy kiểm tra mã và các ngày.")) from error

    def store(self, instance) -> None:
        raise NotImplementedError  # pragma: no cover - said by each resource

    def after_import(self, dataset, result, **kwargs):
        for invalid in result.invalid_rows:
            invalid.number = self.lines[invalid.number - 1]
        result.invalid_rows.sort(key=lambda invalid: invalid.number)
        if result.totals["new"] + result.totals["update"]:
            self.finish()
            Revision.bump("org")

    def finish(self) -> None:
        """Once, after all rows."""

    def get_diff_class(self):
        return ReadableDiff

    # --- looking things up --------------------------------------------------------------------------------------------
    def load_units(self) -> None:
        """The units that the caller may write to: nothing outside can be named, or guessed by a suggestion."""
        self.units: dict[str, list[Unit]] = {}
        for unit in Unit.objects.visible_to(self.access, self.right):
            self.units.setdefault(unit.code, []).append(unit)

    def unit_on(self, name: str, code: str, day: dt.date) -> Unit:
        rows = self.units.get(code, [])
        for unit in rows:
            if unit.is_valid_on(day):
                return unit
        if rows:
            self.refuse(name, _("Đơn vị “%(code)s” không có hiệu lực vào ngày %(day)s.") % _with_day(code, day))
        hint = nearest(code, {known: units[0].name for known, units in self.units.items()})
        message = _("Không có đơn vị mã “%(code)s” trong phạm vi của bạn.") % {"code": code}
        self.refuse(name, message + hint)

    def load_areas(self) -> None:
        self.areas: dict[str, list[AdminArea]] = {}
        for area in AdminArea.objects.order_by("-valid_from"):
            self.areas.setdefault(area.code, []).append(area)

    def area_on(self, code: str, day: dt.date) -> AdminArea | None:
        """The area of that code on ``day``, else the newest one: codes are reused over time."""
        if not code:
            return None
        rows = self.areas.get(code, [])
        if not rows:
            hint = nearest(code, {known: str(areas[0]) for known, areas in self.areas.items()})
            self.refuse("area", _("Không có đơn vị hành chính mã “%(code)s”.") % {"code": code} + hint)
        return next((area for area in rows if area.is_valid_on(day)), rows[0])


class DatedResource(FileResource):
    """Things with a code from a day on, placed in a unit from a day on."""

    def dated_instance(self):
        """The row of (code, valid_from); without a date in the file, the row of that code that is valid today."""
        code, start = self.values["code"], self.values.get("valid_from")
        rows = self.with_place(self._meta.model.objects.filter(code=code))
        found = rows.filter(valid_from=start).first() if start else rows.current().first()
        if found and not self.may_write(found):
            self.refuse("code", _("Mã này đang được dùng ở một đơn vị ngoài phạm vi của bạn. Hãy dùng mã khác."))
        return found

    def may_write(self, instance) -> bool:
        return self._meta.model.objects.visible_to(self.access, self.right).filter(pk=instance.pk).exists()

    def get_instance(self, instance_loader, row):
        return self.dated_instance()

    def is_earlier(self, instance) -> bool:
        """The file says that the place held before the day that is on record."""
        since, known = self.values.get("since"), getattr(instance, "place_since", None)
        return since is not None and (known is None or since < known)

    def place_day(self, instance) -> dt.date:
        """From when the place of the row holds."""
        since = self.values.get("since")
        return since or (today() if instance.pk else instance.valid_from)


def _with_day(code: str, day: dt.date) -> dict:
    return {"code": code, "day": f"{day:%d/%m/%Y}"}
