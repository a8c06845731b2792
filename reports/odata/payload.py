"""The JSON of the protocol, and which of its forms a client asks for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from rest_framework import exceptions

from reports.odata.edm import DATE, MOMENT, NAMESPACE, NUMBER
from reports.odata.model import EntitySet

LEVELS = ("minimal", "full", "none")
SHORT = {"json": "application/json", "xml": "application/xml", "atom": "application/atom+xml"}
_QUALITY = re.compile(r"[01](?:\.[0-9]{1,3})?")
# Their JSON form does not tell these types by itself.
_TOLD = {DATE: "#Date", MOMENT: "#DateTimeOffset", NUMBER: "#Int64"}


@dataclass(frozen=True)
class Form:
    """``odata.metadata``; and whether large whole numbers are to be texts."""

    level: str = "minimal"
    as_texts: bool = False

    @property
    def content_type(self) -> str:
        texts = ";IEEE754Compatible=true" if self.as_texts else ""
        return f"application/json;odata.metadata={self.level}{texts};charset=utf-8"


def form_of(format_option: str | None, accept: str) -> Form:
    """``$format`` wins over ``Accept``. Of several media types the one with the highest quality, then the first."""
    if format_option is not None:
        wanted = [_media_type(SHORT.get(format_option, format_option))]
    else:
        wanted = sorted((_media_type(part) for part in (accept or "*/*").split(",")), key=lambda found: -found[2])
    for media_type, parameters, quality in wanted:
        level = parameters.get("odata.metadata", parameters.get("metadata", "minimal"))
        if quality and media_type in ("application/json", "application/*", "*/*") and level in LEVELS:
            return Form(level, parameters.get("ieee754compatible") == "true")
    raise exceptions.NotAcceptable


def _media_type(text: str) -> tuple[str, dict[str, str], float]:
    media_type, *pairs = (part.strip() for part in text.split(";"))
    parameters = {}
    for pair in pairs:
        name, _sign, value = pair.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"').lower()
    quality = parameters.get("q", "1")
    return media_type.lower(), parameters, float(quality) if _QUALITY.fullmatch(quality) else 0.0


# --- bodies -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Payload:
    """One answer about ``table``: its address, its form, and the columns that were asked for."""

    root: str
    table: EntitySet
    form: Form
    select: tuple[str, ...] | None

    def rows(self, rows: Iterable[dict], *, count: int | None, following: str | None) -> bytes:
        body: dict[str, Any] = self._context()
        if count is not None:
            body["@odata.count"] = str(count) if self.form.as_texts else count
        body["value"] = [self._row(row) for row in rows]
        if following:
            body["@odata.nextLink"] = following
        return orjson.dumps(body)

    def row(self, row: dict) -> bytes:
        return orjson.dumps(self._context("/$entity") | self._row(row))

    def _context(self, suffix: str = "") -> dict[str, str]:
        if self.form.level == "none":
            return {}
        columns = f"({','.join(self.select)})" if self.select else ""
        return {"@odata.context": f"{self.root}$metadata#{self.table.name}{columns}{suffix}"}

    def _row(self, row: dict) -> dict:
        columns = [column for column in self.table.properties if self.select is None or column.name in self.select]
        made: dict[str, Any] = {}
        if self.form.level == "full":
            made["@odata.type"] = f"#{NAMESPACE}.{self.table.type_name}"
            made["@odata.id"] = f"{self.table.name}({quote(_literal(row[self.table.key.name]))})"
        for column in columns:
            value = row[column.name]
            if self.form.level == "full" and column.type in _TOLD:
                made[f"{column.name}@odata.type"] = _TOLD[column.type]
            made[column.name] = str(value) if self.form.as_texts and column.type == NUMBER else value
        return made


def _literal(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"


def service_document(root: str, sets: Iterable[EntitySet], form: Form) -> bytes:
    context = {} if form.level == "none" else {"@odata.context": f"{root}$metadata"}
    listed = [{"name": found.name, "title": str(found.label), "kind": "EntitySet", "url": found.name} for found in sets]
    return orjson.dumps(context | {"value": listed})
