"""The details of a row of the trail: what changed by the names of columns, before and after, choices and rows by name.

No code shows: what has no words of its own stands under "other details".
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Field, ForeignKey
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.models import AuditEvent
from teams.audit_phrases import VALUES, VERBS, WORDS
from teams.audit_words import model_of, name_of

ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# What the portal calls a column by; a file's header is a name already.
CODE = re.compile(r"[a-z0-9_.]+")
# Of the machine, or told elsewhere on the page.
SILENT = {"changes", "filters", "digest", "undo_of"}
Names = dict[tuple[str, str], str]


def names_in(events: Iterable[AuditEvent]) -> Names:
    """What the rows are called that changed columns point to: one query for each kind of them, however many events."""
    wanted: dict[Any, set] = defaultdict(set)
    for event in events:
        fields = _fields(model_of(event.target_type))
        for name, values in event.data.get("changes", {}).items():
            field = fields.get(name)
            if isinstance(field, ForeignKey) and isinstance(values, list):
                wanted[field.related_model] |= {value for value in values if isinstance(value, int)}
    found: Names = {}
    for model, keys in wanted.items():
        found |= {
            (model._meta.label_lower, str(row.pk)): str(row) for row in model._default_manager.filter(pk__in=keys)
        }
    return found


def detail_lines(event: AuditEvent, names: Names | None = None) -> Iterator[tuple[str, str]]:
    """(what, words) of the stored details."""
    fields = _fields(model_of(event.target_type))
    for name, values in event.data.get("changes", {}).items():
        before, after = values if isinstance(values, list) and len(values) == 2 else ("", values)
        said = [_said(fields.get(name), value, names or {}) for value in (before, after)]
        yield (_column(fields, name) if CODE.fullmatch(name) else name), " → ".join(said)
    rows = event.data.get("rows")
    for row in rows if isinstance(rows, list) else []:
        for verb in ("added", "changed", "deleted"):
            if verb in row:
                yield str(VERBS[verb].label), str(row[verb])
    for key, value in event.data.items():
        if key not in SILENT and not (key == "rows" and isinstance(value, list)):
            yield _column(fields, key), _said(fields.get(key), value, names or {})


def _fields(model) -> dict[str, Any]:
    return {each.name: each for each in model._meta.get_fields()} if model else {}


def _column(fields: dict[str, Any], name: str) -> str:
    if name in WORDS:
        return capfirst(str(WORDS[name]))
    field = fields.get(name)
    if isinstance(field, Field) and str(field.verbose_name) != name.replace("_", " "):
        return capfirst(str(field.verbose_name))
    model = model_of(name)
    return name_of(model) if model else _("Chi tiết khác")


def _said(field, value, names: Names) -> str:
    if isinstance(field, ForeignKey) and isinstance(value, int):
        pointed_to: Any = field.related_model
        return names.get((pointed_to._meta.label_lower, str(value)), f"{value}")
    choices = dict(getattr(field, "flatchoices", None) or ())
    return str(choices[value]) if isinstance(value, str) and value in choices else in_words(value)


def in_words(value) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, dict):
        return ", ".join(in_words(each) for each in value.values())
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if value in VALUES:
        return str(VALUES[value])
    if ISO_MOMENT.fullmatch(text := str(value)):
        return f"{timezone.localtime(dt.datetime.fromisoformat(text)):%H:%M:%S %d/%m/%Y}"
    return f"{dt.date.fromisoformat(text):%d/%m/%Y}" if ISO_DAY.fullmatch(text) else text
