"""An import as its page shows it: some of its rows at a time, each cell as it was and as it would be."""

from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.urls import reverse

from teams.imports.preview import BadCell, BadRow
from teams.models import ImportRow, ImportRun, ImportState, RowKind

ROWS_A_PAGE = 50
LINES_NAMED = 12
# Where a list is seen, and where the form of its file stands.
SEEN_AT = {
    "units": "admin:teams_unit_changelist",
    "teams": "admin:teams_team_changelist",
    "volunteers": "admin:teams_volunteer_changelist",
    "deployments": "plan:day",
    "targets": "plan:targets",
    "past-figures": "imports:past_figures",
}


def seen_at(name: str, subject: int | None) -> str:
    return reverse(SEEN_AT[name], args=[subject] if subject else [])


def form_of(name: str, subject: int | None) -> str:
    return reverse("imports:new_of", args=[name, subject]) if subject else reverse("imports:new", args=[name])


@dataclass(frozen=True)
class Cell:
    text: str
    before: str = ""
    is_changed: bool = False


class Preview:
    """``bad`` and ``good`` are the pages asked for; both are of the last check."""

    def __init__(self, run: ImportRun, *, bad: str | None = None, good: str | None = None):
        self.run, self._bad, self._good = run, bad, good

    @property
    def counts(self) -> dict[str, int]:
        return self.run.counts

    @property
    def problems(self) -> list[str]:
        return [self.run.notice] if self.run.state == ImportState.REFUSED else []

    @property
    def may_confirm(self) -> bool:
        return self.run.may_confirm

    def _page(self, number: str | None, *kinds: RowKind) -> Page:
        return Paginator(self.run.rows.filter(kind__in=kinds), ROWS_A_PAGE).get_page(number)

    @cached_property
    def bad_page(self) -> Page:
        return self._page(self._bad, RowKind.BAD)

    @cached_property
    def bad_rows(self) -> list[BadRow]:
        return [BadRow(row.line, row.code, [BadCell(*cell) for cell in row.cells]) for row in self.bad_page]

    @cached_property
    def good_page(self) -> Page:
        return self._page(self._good, RowKind.NEW, RowKind.UPDATE)

    @cached_property
    def good_rows(self) -> list[tuple[ImportRow, list[Cell]]]:
        return [(row, [_cell(cell) for cell in row.cells]) for row in self.good_page]

    @cached_property
    def remarks(self) -> list[ImportRow]:
        return list(self.run.rows.filter(kind=RowKind.REMARK)[:ROWS_A_PAGE])

    @cached_property
    def more_remarks(self) -> int:
        if len(self.remarks) < ROWS_A_PAGE:
            return 0
        return self.run.rows.filter(kind=RowKind.REMARK).count() - ROWS_A_PAGE

    @cached_property
    def obstacles(self) -> list[ImportRow]:
        return list(self.run.rows.filter(kind=RowKind.OBSTACLE))

    @cached_property
    def short_lines(self) -> str:
        lines = list(self.run.rows.filter(kind=RowKind.BAD).values_list("line", flat=True)[: LINES_NAMED + 1])
        named = ", ".join(map(str, lines[:LINES_NAMED]))
        return f"{named}, …" if len(lines) > LINES_NAMED else named


def _cell(cell) -> Cell:
    return Cell(cell[1], cell[0], is_changed=True) if isinstance(cell, list) else Cell(cell)
