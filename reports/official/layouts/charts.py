"""Charts for Word: the drawing of the PDF (``typst/chart.typ``) as a picture."""

from pathlib import Path

from core.typesetting import set_pages
from reports.official.layouts.view import View

TEMPLATE = Path(__file__).parent / "typst" / "chart_alone.typ"
PIXELS_PER_INCH = 200.0


def png(chart: View, width: float) -> bytes:
    """``width`` in millimetres; as high as its bars need."""
    return set_pages(TEMPLATE, {"chart": chart, "width": width}, format="png", ppi=PIXELS_PER_INCH)
