"""What a list was narrowed to when it was looked at or taken out, in words.

Stored are the parameters of the address, as they were. What they mean is found where the lists get them from: in the
columns of the model, the filters of its admin, and the words below. What nothing knows is "another condition".
"""

import datetime as dt
import inspect
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateField, Field, IntegerField
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.keys import is_key
from core.models import AuditEvent
from reports.stats.dimensions import DIMENSIONS
from reports.stats.measures import MEASURES
from teams.audit_details import ISO_DAY
from teams.audit_phrases import ACTIONS, VERBS
from teams.audit_words import kind_of, model_of, words_of

# The order of a list, its pages and how it is drawn narrow nothing.
SILENT = {"o", "p", "e", "all", "page", "after", "list", "limit", "page_size", "bom", "labels", "map", "recount"}
SILENT |= {"app_label", "model_name", "resource"}
LABELS = {
    "q": gettext_lazy("từ tìm"),
    "term": gettext_lazy("từ tìm"),
    "text": gettext_lazy("từ tìm"),
    "person": gettext_lazy("người thực hiện"),
    "verb": gettext_lazy("việc"),
    "kind": gettext_lazy("loại đối tượng"),
    "row": gettext_lazy("một đối tượng"),
    "unit": gettext_lazy("đơn vị (gồm cấp dưới)"),
    "team": gettext_lazy("đội hình"),
    "campaign": gettext_lazy("chiến dịch"),
    "service": gettext_lazy("dịch vụ"),
    "first": gettext_lazy("từ ngày"),
    "last": gettext_lazy("đến ngày"),
    "from": gettext_lazy("từ ngày"),
    "to": gettext_lazy("đến ngày"),
    "day": gettext_lazy("ngày"),
    "period": gettext_lazy("kỳ"),
    "measure": gettext_lazy("số liệu"),
    "measures": gettext_lazy("số liệu"),
    "by": gettext_lazy("chia theo"),
    "format": gettext_lazy("định dạng"),
    "depth": gettext_lazy("cấp đơn vị"),
    "hierarchy": gettext_lazy("cây đơn vị"),
    "state": gettext_lazy("tình trạng duyệt"),
    "field_name": gettext_lazy("để chọn"),
    "role": gettext_lazy("vai trò"),
}
# Choices of the questions to the statistics.
VALUES = {
    "self": gettext_lazy("chính đơn vị đó"),
    "children": gettext_lazy("cấp dưới trực tiếp"),
    "descendants": gettext_lazy("mọi cấp dưới"),
    "as_was": gettext_lazy("theo ngày của số liệu"),
    "as_is": gettext_lazy("theo tổ chức hiện nay"),
    "all": gettext_lazy("tất cả"),
    "approved": gettext_lazy("đã duyệt"),
}
# Whose number it is, where no column of the list says so.
POINTED_TO = {"under": "teams.unit", "unit": "teams.unit", "team": "teams.team", "campaign": "campaigns.campaign"}
# Cells of a figure: ``at_unit`` and so on.
AT = "at_"


class FilterWords:
    """For some rows of the trail: one query for each kind of thing that their filters point to."""

    def __init__(self, events: Iterable[AuditEvent]):
        self.events = list(events)
        self._choices: dict[type, dict[str, Any]] = {}

    def of(self, event: AuditEvent) -> list[tuple[str, str]]:
        return [
            (_("Bộ lọc “%(name)s”") % {"name": self._label(event, name)}, self._value(event, name, value))
            for name, value in _narrowing(event)
        ]

    def _label(self, event: AuditEvent, name: str) -> Any:
        if name.startswith(AT) and name.removeprefix(AT) in DIMENSIONS:
            return DIMENSIONS[name.removeprefix(AT)].label
        if not _is_of_the_trail(event):
            if (own := _own_filter(event, name)) is not None:
                return own.title
            if (field := _field(event, name)) is not None:
                return field.verbose_name
        return LABELS.get(name, _("điều kiện khác"))

    def _value(self, event: AuditEvent, name: str, value: Any) -> str:
        text, field = str(value), None if _is_of_the_trail(event) else _field(event, name)
        if (model := _pointed_to(event, name)) is not None and _is_number_of(model, text):
            return self._names.get((model, text), text)
        if (own := _own_filter(event, name)) is not None:
            return str(self._choices_of(own).get(text, text))
        if isinstance(field, BooleanField) or name.endswith("__isnull"):
            return _("Có") if text.casefold() in ("1", "true") else _("Không")
        if field is not None and field.flatchoices:
            return str(dict(field.flatchoices).get(text, text))
        said = _day(text)
        if isinstance(field, DateField) and (edge := _edge(name)):
            return edge % {"day": said}
        return said if field is not None else _codes(event, name, said)

    @cached_property
    def _names(self) -> dict[tuple[Any, str], str]:
        wanted: dict[Any, set[str]] = defaultdict(set)
        for event in self.events:
            for name, value in _narrowing(event):
                model = _pointed_to(event, name)
                if model is not None and _is_number_of(model, str(value)):
                    wanted[model].add(str(value))
        return {
            (model, str(row.pk)): str(row)
            for model, keys in wanted.items()
            for row in model._default_manager.filter(pk__in=keys)
        }

    def _choices_of(self, own: type[SimpleListFilter]) -> dict[str, Any]:
        if own not in self._choices:
            # None of them asks who wants to know, but for those by unit, whose values are numbers of units.
            self._choices[own] = dict(own.lookups(None, None, None))  # type: ignore[arg-type]
        return self._choices[own]


def _narrowing(event: AuditEvent) -> list[tuple[str, Any]]:
    filters = event.data.get("filters") or {}
    return [(name, value) for name, value in filters.items() if not (name in SILENT or name.startswith("_"))]


def _is_of_the_trail(event: AuditEvent) -> bool:
    """Whose list has words of its own; the file of it is a job."""
    return event.action in ("core.auditevent_seen", "core.auditevent_exported")


def _own_filter(event: AuditEvent, name: str) -> type[SimpleListFilter] | None:
    if _is_of_the_trail(event):
        return None
    held: Any = admin.site._registry.get(model_of(event.target_type))  # type: ignore[arg-type]
    for each in held.list_filter if held else ():
        if inspect.isclass(each) and issubclass(each, SimpleListFilter) and each.parameter_name == name:
            return each
    return None


def _field(event: AuditEvent, name: str) -> Any:
    """The last column on the way that the name goes (``memberships__team__id__exact``: the team)."""
    model, found = model_of(event.target_type), None
    for piece in name.removesuffix("_from").removesuffix("_to").split("__"):
        try:
            field = model._meta.get_field(piece) if model else None
        except FieldDoesNotExist:
            break
        if field is None or getattr(field, "primary_key", False):
            break
        found, model = field, field.related_model
    return found if isinstance(found, Field) else None


def _pointed_to(event: AuditEvent, name: str) -> Any:
    if not _is_of_the_trail(event) and (field := _field(event, name)) is not None:
        return None if name.endswith("__isnull") else field.related_model
    return model_of(POINTED_TO[name]) if name in POINTED_TO else None


def _is_number_of(model: Any, text: str) -> bool:
    """Whatever people have typed into an address stands in the trail."""
    return isinstance(model._meta.pk, IntegerField) and is_key(text)


def _day(text: str) -> str:
    try:
        return f"{dt.date.fromisoformat(text):%d/%m/%Y}" if ISO_DAY.fullmatch(text) else text
    except ValueError:
        return text


def _edge(name: str) -> str:
    if name.endswith(("_from", "__gte", "__gt")):
        return _("từ %(day)s")
    return _("đến %(day)s") if name.endswith(("_to", "__lte", "__lt")) else ""


def _codes(event: AuditEvent, name: str, text: str) -> str:
    if name == "kind":
        return kind_of(text)
    if name == "verb":
        return str(words_of(text).label) if text in VERBS or text in ACTIONS else text
    if name == "field_name":
        field = _field(event, text)
        return capfirst(str(field.verbose_name)) if field is not None else kind_of(event.target_type)
    if name in ("measure", "measures", "by"):
        return ", ".join(_code(each.strip()) for each in text.split(","))
    return str(VALUES.get(text, text))


def _code(code: str) -> str:
    known = MEASURES.get(code) or DIMENSIONS.get(code)
    return str(known.label) if known else code
