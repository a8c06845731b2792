"""A report in the words that the layouts print: one dictionary for the Word template and for the PDF.

Its names are those that an office worker writes into a template (docs/report-form.md): Vietnamese without accents.
"""

import re
from dataclasses import replace
from itertools import count
from typing import Any

from reports.official.content import Appendix, Cell, Change, Chart, Column, Report, Section, Table
from reports.official.layouts import wording
from reports.official.layouts.shapes import align, shape

# Millimetres between the margins: A4, 30 mm at the left for the binding, 20 mm at the right.
PORTRAIT, LANDSCAPE = 160.0, 247.0
# A table of no more rows is not torn between pages.
SHORT = 10
# Headings are numbered by their place in the section, whatever number they come with: one may have been left out.
NUMBER = re.compile(r"^\d+[.)]\s+")

View = dict[str, Any]


def view_of(report: Report, *, portrait: float = PORTRAIT, landscape: float = LANDSCAPE) -> View:
    """``portrait`` and ``landscape``: the room between the margins of the template."""
    return {
        **_head(report),
        "mo_dau": wording.paragraphs(report.opening),
        "cac_muc": _sections(report, portrait),
        **_foot(report),
        **_standing(report),
        "thay_doi": _changes(report, portrait),
        "ly_do_thay_doi": report.changes_reason,
        "dinh_nghia": [{"ten": each.label, "noi_dung": each.text} for each in report.definitions],
        "kem_theo": wording.attached_to(report.letterhead),
        "cac_phu_luc": [
            _appendix(report, appendix, landscape if appendix.is_wide else portrait) for appendix in report.appendices
        ],
    }


def _head(report: Report) -> View:
    head = report.letterhead
    day, month, year = wording.day_parts(head.date)
    return {
        "co_quan": list(head.issuer),
        "so": wording.number_of(head) or wording.GAP,
        "ky_hieu": head.symbol,
        "so_ky_hieu": wording.symbol(head),
        "dia_danh": head.place,
        "ngay": day,
        "thang": month,
        "nam": year,
        "dia_danh_ngay": wording.place_and_day(head),
        "trich_yeu": report.subject,
        "kinh_gui": report.addressee,
    }


def _foot(report: Report) -> View:
    return {
        "noi_nhan": wording.recipients(report.recipients),
        "tham_quyen": report.signature.authority,
        "chuc_vu": report.signature.post,
        "nguoi_ky": report.signature.name,
    }


def _standing(report: Report) -> View:
    """Of when the figures are, how certain, and how to find out whether the paper is genuine."""
    check = report.verification
    return {
        "ban_nhap": report.is_draft,
        "tinh_den": wording.moment(report.as_of),
        "tinh_trang": report.state,
        "lan_phat_hanh": str(report.version),
        "ma_kiem": "" if report.is_draft else wording.short_digest(check.digest),
        "dia_chi_kiem": "" if report.is_draft else check.url,
    }


def _sections(report: Report, width: float) -> list[View]:
    tables, charts = count(1), count(1)
    return [
        {"so": section.number, "ten": section.title, "cac_phan": _parts(section, width, tables, charts)}
        for section in report.sections
    ]


def _parts(section: Section, width: float, tables: "count[int]", charts: "count[int]") -> list[View]:
    headings = count(1)
    return [
        {
            "so": str(next(headings)) if part.heading else "",
            "tieu_de": NUMBER.sub("", part.heading),
            "doan_van": wording.paragraphs(part.text),
            "cac_y": list(part.items),
            "bang": table_view(part.table, width, str(next(tables))) if part.table else None,
            "bieu_do": chart_view(part.chart, str(next(charts))) if part.chart else None,
        }
        for part in section.parts
    ]


def chart_view(chart: Chart, number: str = "") -> View:
    bars = zip(chart.labels, chart.values, strict=True)
    return {
        "so": number,
        "ten": chart.title,
        "don_vi": chart.unit,
        "mo_ta": wording.told(chart),
        "cac_cot": [{"ten": label, "so_luong": value, "chu": wording.figure(value)} for label, value in bars],
    }


def table_view(table: Table, width: float, number: str = "") -> View:
    size, widths = shape(table, width)
    kinds = [column.kind for column in table.columns]
    return {
        "so": number,
        "ten": table.title,
        "ghi_chu": table.note,
        "co_chu": size,
        "cot": [
            {"ten": column.title, "canh": align(column), "rong": round(wide, 2)}
            for column, wide in zip(table.columns, widths, strict=True)
        ],
        "dong": [_row(row, kinds) for row in table.rows],
        "cong": None if table.total is None else _row(table.total, kinds),
    }


def _row(row: tuple, kinds: list) -> list[str]:
    return [wording.figure(cell, kind) for cell, kind in zip(row, kinds, strict=True)]


def _appendix(report: Report, appendix: Appendix, width: float) -> View:
    return {
        "so": appendix.number,
        "ten": appendix.title,
        "ngang": appendix.is_wide,
        "kem_theo": wording.attached_to(report.letterhead),
        "bang": table_view(appendix.table, width),
    }


def changes_table(changes: tuple[Change, ...]) -> Table:
    """What a later version tells differently. Its figures are of several kinds, so each row says its own."""
    columns: tuple[Column, ...] = (
        Column("TT"),
        Column("Nội dung"),
        Column("Lần trước", "count"),
        Column("Lần này", "count"),
    )
    rows: list[tuple[Cell, ...]] = [
        (str(number), each.what, each.before, each.after, each.why) for number, each in enumerate(changes, 1)
    ]
    if any(each.why for each in changes):
        columns += (Column("Lý do"),)
    return Table("changes", "Thay đổi so với lần phát hành trước", columns, tuple(row[: len(columns)] for row in rows))


def printed_changes(changes: tuple[Change, ...]) -> Table:
    """The same in printed words, each figure by its kind."""
    table = changes_table(changes)
    rows = tuple(
        (*row[:2], *(wording.figure(cell, change.kind) for cell in row[2:4]), *row[4:])
        for row, change in zip(table.rows, changes, strict=True)
    )
    return replace(table, rows=rows)


def _changes(report: Report, width: float) -> View | None:
    return table_view(printed_changes(report.changes), width) if report.changes else None
