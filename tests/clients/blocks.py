"""The code blocks of a page, and what it says that one sees: the page is the test."""

import re
from pathlib import Path
from typing import NamedTuple

BASE = Path(__file__).resolve().parent.parent.parent
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n\n?(?:```(?:text|json|csv)\n(.*?)^```$)?", re.DOTALL | re.MULTILINE)
# Shown languages; what one sees stands in blocks of the other kinds.
CODE = {"sh", "python", "r", "powerquery"}


class Block(NamedTuple):
    code: str
    # What is printed, if the page shows it. “…” stands for anything, also for nothing.
    shown: str | None


def blocks(page: str, language: str) -> list[Block]:
    found = _FENCE.findall((BASE / page).read_text(encoding="utf-8"))
    return [Block(code, shown or None) for name, code, shown in found if name == language]


def looks_like(printed: str, shown: str) -> bool:
    """Line ends apart, which CSV has of its own."""
    parts = [re.escape(part) for part in shown.strip().split("…")]
    return re.fullmatch(".*".join(parts), printed.replace("\r\n", "\n").strip(), re.DOTALL) is not None
