"""From data to PDF with typst (``core/typesetting.py``): the templates of this app, and the binding of their parts."""

from pathlib import Path

from django.conf import settings

from core.typesetting import as_input, typesetter

TEMPLATES = Path(__file__).parent / "typst"
LOGO = settings.BASE_DIR / "assets" / "img" / "logo.svg"


def print_pdf(template: str, document: dict, output: Path) -> None:
    """Lay ``document`` out by ``template`` into the file ``output``."""
    data = as_input(document | {"logo": LOGO.read_text(encoding="utf-8")})
    path = TEMPLATES / template
    typesetter().compile(path, output=output, root=TEMPLATES, format="pdf", sys_inputs=data, pdf_tags=False)


def merge_pdfs(title: str, pages: list[dict], folder: Path, output: Path, *, paper: str = "A4") -> None:
    """One file of ``pages``: ``{"file", "number", "names"}``; files by their path in ``folder``. The names become
    bookmarks, and what a screen reader says of the page."""
    data = as_input({"title": title, "pages": pages, "paper": paper})
    template = (TEMPLATES / "merge.typ").read_bytes()
    typesetter().compile(  # type: ignore[type-var]  # its stubs want both of one type
        template, output=output, root=folder, format="pdf", sys_inputs=data
    )
