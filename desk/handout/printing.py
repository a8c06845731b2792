"""From data to PDF with typst. The text never passes through markup: it goes in as JSON and is set as it is."""

from functools import cache
from pathlib import Path

import orjson
import typst
from django.conf import settings

TEMPLATES = Path(__file__).parent / "typst"
LOGO = settings.BASE_DIR / "assets" / "img" / "logo.svg"


@cache
def _typesetter() -> typst.Compiler:
    """One a process: it has read the typeface already. Ours only, so that pages look the same on every machine."""
    return typst.Compiler(font_paths=[settings.PRINT_FONTS], ignore_system_fonts=True)


def print_pdf(template: str, document: dict, output: Path) -> None:
    """Lay ``document`` out by ``template`` into the file ``output``."""
    data = orjson.dumps(document | {"logo": LOGO.read_text(encoding="utf-8")}).decode()
    path = TEMPLATES / template
    _typesetter().compile(path, output=output, root=TEMPLATES, format="pdf", sys_inputs={"data": data}, pdf_tags=False)


def merge_pdfs(title: str, pages: list[dict], folder: Path, output: Path, *, paper: str = "A4") -> None:
    """One file of ``pages``: ``{"file", "number", "names"}``; files by their path in ``folder``. The names become
    bookmarks, and what a screen reader says of the page."""
    data = orjson.dumps({"title": title, "pages": pages, "paper": paper}).decode()
    template = (TEMPLATES / "merge.typ").read_bytes()
    _typesetter().compile(  # type: ignore[type-var]  # its stubs want both of one type
        template, output=output, root=folder, format="pdf", sys_inputs={"data": data}
    )
