"""What a dry run says, in the words of the page: how many rows do what, and every bad cell with its line."""

from dataclasses import dataclass, field, replace

import tablib
from django.utils.translation import gettext as _

from core.errors import DomainError
from teams.imports.base import ERRORS_HEADER

# A page of thousands of rows helps nobody; the counts are of all.
MOST_SHOWN = 100
LINES_NAMED = 12


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
    cells: list[str]


@dataclass
class Preview:
    problems: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    bad_lines: list[int] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    changed_rows: list[ChangedRow] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> int:
        """Rows that a confirmation would write."""
        return self.counts["new"] + self.counts["update"]

    @property
    def may_confirm(self) -> bool:
        return not self.problems and self.good > 0

    @property
    def left_out(self) -> str:
        return ",".join(map(str, self.bad_lines))

    @property
    def short_lines(self) -> str:
        named = ", ".join(map(str, self.bad_lines[:LINES_NAMED]))
        return f"{named}, …" if len(self.bad_lines) > LINES_NAMED else named

    @property
    def more_bad(self) -> int:
        return len(self.bad_lines) - len(self.bad_rows)

    @property
    def more_changed(self) -> int:
        return self.good - len(self.changed_rows)


def preview_of(result, resource) -> Preview:
    shown = _changed_rows(result)
    # Columns that are empty all the way down only push the others out of sight.
    used = [position for position in range(len(result.diff_headers)) if any(row.cells[position] for row in shown)]
    return Preview(
        problems=list(_problems(result)),
        headers=[result.diff_headers[position] for position in used],
        bad_lines=[row.number for row in result.invalid_rows],
        bad_rows=[_bad_row(row, result, resource) for row in result.invalid_rows[:MOST_SHOWN]],
        changed_rows=[replace(row, cells=[row.cells[position] for position in used]) for row in shown],
        counts={kind: result.totals[kind] for kind in ("new", "update", "skip", "invalid")},
    )


def bad_rows_of(result) -> tablib.Dataset:
    """The rows that were left out, as the file had them, each with what is wrong: to mend and to upload again."""
    present = [position for position in range(len(result.diff_headers)) if not _is_absent(result, position)]
    dataset = tablib.Dataset(headers=[result.diff_headers[position] for position in present] + [ERRORS_HEADER])
    for row in result.invalid_rows:
        told = [f"{column}: {' '.join(errors)}" for column, errors in row.field_specific_errors.items()]
        told += row.non_field_specific_errors
        dataset.append([row.values[position] for position in present] + ["\n".join(told)])
    return dataset


def _is_absent(result, position: int) -> bool:
    """The file has no such column (the library's mark for it)."""
    return any(row.values[position] == "---" for row in result.invalid_rows)


def _problems(result):
    """Of the file as a whole. A fault of ours is in the log; the reader is told so, not shown it."""
    errors = [error.error for error in result.base_errors]
    errors += [failure.error for _number, failures in result.row_errors() for failure in failures]
    told = {str(e) if isinstance(e, DomainError) else _("Cổng gặp lỗi khi đọc tệp và đã ghi lại.") for e in errors}
    return sorted(told)


def _bad_row(row, result, resource) -> BadRow:
    texts = dict(zip(result.diff_headers, row.values, strict=True))
    told = row.field_specific_errors
    cells = [BadCell(column, texts[column], told[column]) for column in result.diff_headers if column in told]
    cells += [BadCell("", "", row.non_field_specific_errors)] if row.non_field_specific_errors else []
    return BadRow(row.number, texts[resource.cells()[resource.key_cell].column_name], cells)


def _changed_rows(result) -> list[ChangedRow]:
    rows = sorted(zip(result.lines, result.rows, strict=True), key=lambda pair: pair[0]) if result.rows else []
    changed = [(line, row) for line, row in rows if row.import_type in ("new", "update")]
    return [ChangedRow(line, row.is_new(), row.diff) for line, row in changed[:MOST_SHOWN]]
