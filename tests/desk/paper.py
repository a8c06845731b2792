"""What came out of the printer: pages of a PDF as pictures, and what the codes on them say."""

import subprocess
from pathlib import Path

import pytest
import typst

BASE = Path(__file__).resolve().parent.parent.parent


def picture(
    pdf: Path, page: int, *, left: int = 0, top: int = 0, width: int = 105, height: int = 148, paper: int = 210
) -> Path | None:
    """A part of a page (of a ``paper`` so wide), in millimetres, as PNG; None when there is no such page."""
    whole = f'image("/{pdf.name}", page: {page}, width: {paper}mm, height: {paper * 297 / 210}mm)'
    source = (
        f"#set page(width: {width}mm, height: {height}mm, margin: 0pt)\n#place(dx: -{left}mm, dy: -{top}mm, {whole})"
    )
    drawn = pdf.parent / f"{pdf.stem}-{page}-{left}-{top}.png"
    try:
        typst.compile(source.encode(), output=drawn, root=pdf.parent, format="png", ppi=150.0)
    except typst.TypstError as error:
        if "page" not in error.message:
            pytest.fail(f"{error.message}\n{error.diagnostic}")
        return None
    return drawn


def pages(pdf: Path) -> int:
    number = 1
    while picture(pdf, number, width=10, height=10):
        number += 1
    return number - 1


def codes(pictures: list[Path]) -> list[str]:
    command = ["node", Path(__file__).with_name("read_qr.mjs"), *pictures]
    done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
