"""What a reading of a file says: how many rows do what, and every bad cell with its line."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import orjson
import tablib
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.privacy import personal_data_in
from teams.imports.base import ERRORS_HEADER


@dataclass(frozen=True)
class BadCell:
    column: str
    text: str
    messages: list[str]


@dataclass(frozen=True)
class BadRow:
    line: int
    code: str
    cells: list[BadCell]


@dataclass(frozen=True)
class ChangedRow:
    line: int
    is_new: bool
    code: str
    # By column: the text, or [before, after] where it changes.
    cells: list


@dataclass
class Preview:
    problems: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    changed_rows: list[ChangedRow] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def bad_lines(self) -> list[int]:
        return [row.line for row in self.bad_rows]

    @property
    def good(self) -> int:
        """Rows that a confirmation would write."""
        return self.counts["new"] + self.counts["update"]

    @property
    def may_confirm(self) -> bool:
        return not self.problems and self.good > 0

    @cached_property
    def digest(self) -> str:
        """Of all that would be stored and all that would be left out: what is confirmed is what was shown."""
        shown = [self.bad_lines, [[row.line, row.is_new, self._written(row)] for row in self.changed_rows]]
        return hashlib.sha256(orjson.dumps(shown)).hexdigest()

    def _written(self, row: ChangedRow) -> dict:
        """By column: what the row writes. What only stands beside it may change meanwhile."""
        pairs = zip(self.columns, row.cells, strict=True)
        return {column: cell for column, cell in pairs if row.is_new or isinstance(cell, list)}


def preview_of(result, resource) -> Preview:
    key = list(result.diff_headers).index(resource.cells()[resource.key_cell].column_name)
    rows = [] if result.has_errors() else _changed_rows(result, key)
    # Columns that are empty all the way down only push the others out of sight.
    used = [position for position in range(len(result.diff_headers)) if any(row.cells[position] for row in rows)]
    return Preview(
        problems=list(_problems(result)),
        columns=[result.diff_headers[position] for position in used],
        bad_rows=[_bad_row(row, result, key) for row in result.invalid_rows],
        changed_rows=[
            ChangedRow(row.line, row.is_new, row.code, [row.cells[position] for position in used]) for row in rows
        ],
        counts={kind: result.totals[kind] for kind in ("new", "update", "skip", "invalid")},
    )


def bad_rows_of(result) -> tablib.Dataset:
    """The rows that were left out, as the file had them, each with what is wrong: to mend and to upload again."""
    present = [column for column in result.diff_headers if column in result.present]
    dataset = tablib.Dataset(headers=[*present, ERRORS_HEADER])
    for row in result.invalid_rows:
        told = [f"{column}: {' '.join(errors)}" for column, errors in row.field_specific_errors.items()]
        told += row.non_field_specific_errors
        texts = _texts(row, result)
        dataset.append([*(texts[column] for column in present), "\n".join(told)])
    return dataset


def _texts(row, result) -> dict[str, str]:
    """By column; empty where the file has none, for which the library has a mark that a cell may hold as well."""
    pairs = zip(result.diff_headers, row.values, strict=True)
    return {column: text if column in result.present else "" for column, text in pairs}


def _problems(result):
    """Of the file as a whole. A fault of ours is in the log; the reader is told so, not shown it."""
    errors = [error.error for error in result.base_errors]
    errors += [failure.error for _number, failures in result.row_errors() for failure in failures]
    told = {str(e) if isinstance(e, DomainError) else _("Cổng gặp lỗi khi đọc tệp và đã ghi lại.") for e in errors}
    return sorted(told)


def _bad_row(row, result, key: int) -> BadRow:
    texts = _texts(row, result)
    told = row.field_specific_errors
    cells = [_bad_cell(column, texts[column], told[column]) for column in result.diff_headers if column in told]
    cells += [BadCell("", "", row.non_field_specific_errors)] if row.non_field_specific_errors else []
    return BadRow(row.number, _harmless(row.values[key]), cells)


def _bad_cell(column: str, text: str, messages: list[str]) -> BadCell:
    """What may identify somebody is not kept with the reason why it was refused, nor by a message that repeats it."""
    if not personal_data_in(text):
        return BadCell(column, text, messages)
    kept = [message for message in messages if not personal_data_in(message)]
    return BadCell(column, "", kept or [_("Ô này có dãy số giống số CCCD hoặc số điện thoại. Hãy xóa hoặc sửa lại.")])


def _harmless(text: str) -> str:
    return "" if personal_data_in(text) else text


def _changed_rows(result, key: int) -> list[ChangedRow]:
    rows = sorted(zip(result.lines, result.rows, strict=True), key=lambda pair: pair[0]) if result.rows else []
    return [
        ChangedRow(line, row.is_new(), _after(row.diff[key]), row.diff)
        for line, row in rows
        if row.import_type in ("new", "update")
    ]


def _after(cell) -> str:
    return cell[1] if isinstance(cell, list) else cell
