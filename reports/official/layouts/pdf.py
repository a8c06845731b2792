"""The report as PDF, of the very view that the Word template is filled from; for screen readers and for archives."""

from pathlib import Path

import segno

from core.typesetting import set_pages
from reports.official.content import Report
from reports.official.layouts.view import SHORT, view_of
from reports.official.layouts.wording import KIND, UNION, as_time

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"
STANDARDS = ["a-2a", "ua-1"]


def render_pdf(report: Report) -> bytes:
    view = view_of(report)
    made = as_time(report.as_of)
    address = view["dia_chi_kiem"]
    document = {
        "view": view,
        "kind": KIND,
        "union": UNION,
        "title": f"Báo cáo {report.subject}",
        "author": " ".join(report.letterhead.issuer),
        "description": report.state,
        "date": {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "short": SHORT,
        "qr": segno.make(address, error="m", micro=False).svg_inline(border=2, scale=1) if address else "",
    }
    return set_pages(TEMPLATE, document, format="pdf", pdf_standards=STANDARDS, timestamp=int(made.timestamp()))
