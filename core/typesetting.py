"""From data to pages with typst. The text never passes through markup: it goes in as JSON and is set as it is."""

from functools import cache
from pathlib import Path

import orjson
import typst
from django.conf import settings


@cache
def typesetter() -> typst.Compiler:
    """One a process: it has read the typefaces already. Ours only, so that pages look the same on every machine."""
    return typst.Compiler(font_paths=[settings.PRINT_FONTS], ignore_system_fonts=True)


def as_input(document: dict) -> dict[str, str]:
    """What a template reads by ``json(bytes(sys.inputs.data))``."""
    return {"data": orjson.dumps(document).decode()}


def set_pages(template: Path, document: dict, **options) -> bytes:
    """``document`` laid out by ``template``, one file in memory; ``options`` as of ``typst.Compiler.compile``."""
    made = typesetter().compile(template, root=template.parent, sys_inputs=as_input(document), **options)
    if not isinstance(made, bytes):
        raise TypeError(f"{template.name} made no single file")
    return made
