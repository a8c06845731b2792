"""One row of a table that may be long: while it is short, a list to choose from; beyond, a text with suggestions.

The text also works without JavaScript: one that fits several rows comes back as a list of just these.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core.vietnamese import fold, nfc

# ``rows`` are querysets with a ``search``: text to those that hold it, blind to accents.
MOST_LISTED, MOST_SUGGESTED, MOST_FITTING, MOST_TOLD = 100, 12, 50, 3
BETWEEN = " · "


def label_of(row) -> str:
    """What is suggested, and what a text is understood by: two rows of one name have two codes."""
    return f"{row.name}{BETWEEN}{row.code}"


def suggestions(request: HttpRequest, rows: Any, name: str) -> HttpResponse:
    """The options for what has been typed so far into the field ``name``."""
    text = request.GET.get(name, "").strip()
    found = rows.search(text)[:MOST_SUGGESTED] if text else []
    return render(request, "components/_suggestions.html", {"labels": [label_of(row) for row in found]})


def meant_by(rows: Any, text: str) -> list:
    """The rows that ``text`` may mean, at most one more than is shown; a label, a code or a whole name means one."""
    text = nfc(text).replace("\x00", "").strip()  # which PostgreSQL takes in no text
    name, _between, code = text.rpartition(BETWEEN)
    # Of two with one code, the newer one.
    if exact := rows.filter(code__iexact=code if name else text).order_by("pk").last():
        return [exact]
    found = list(rows.search(text)[: MOST_FITTING + 1])
    return [row for row in found if fold(row.name) == fold(text)] or found


def only_one(rows: Any, text: str):
    """The row that ``text`` means; refuses in words when it is none or one of several."""
    found = meant_by(rows, text)
    if not found:
        raise ValidationError(_("Không tìm thấy “%(text)s”. Hãy gõ lại tên hoặc mã.") % {"text": text}, "none")
    if len(found) > 1:
        told = _("“%(text)s” khớp với nhiều dòng: %(some)s… Hãy chọn một dòng, hoặc gõ mã của dòng đó.")
        raise ValidationError(told % {"text": text, "some": "; ".join(map(label_of, found[:MOST_TOLD]))}, "several")
    return found[0]


class Suggesting(forms.TextInput):
    """A text whose options are asked for while it is typed."""

    input_type = "search"

    def __init__(self, address: str, attrs=None):
        super().__init__(attrs)
        self.address = address

    def render(self, name, value, attrs=None, renderer=None):
        return render_to_string("components/_suggesting.html", self.get_context(name, value, attrs))

    def get_context(self, name, value, attrs):
        return super().get_context(name, value, attrs) | {"address": self.address}


class AsItIsNow(forms.BoundField):
    """Its hint goes with the text: a field of which that has become a list when it was cleaned has none."""

    help_text = property(lambda self: self.field.help_text or "", lambda self, _text: None)


class LongChoiceField(forms.ModelChoiceField):
    """Give it its rows by ``offer``: only then it is known which of the two it is."""

    is_long = False
    bound_field_class = AsItIsNow

    def __init__(self, **kwargs):
        super().__init__(queryset=None, **kwargs)

    def offer(self, rows: QuerySet, *, address: str, among: QuerySet | None = None) -> None:
        """``address`` answers with ``suggestions`` of them. ``among``: some of them that are asked for quickly."""
        self.queryset = rows
        self.is_long = among is not None and len(among.values("pk")[: MOST_LISTED + 1]) > MOST_LISTED
        listed = [] if self.is_long else list(rows[: MOST_LISTED + 1])
        self.is_long = self.is_long or len(listed) > MOST_LISTED
        if self.is_long:
            self.widget = Suggesting(address, {"placeholder": self.empty_label or ""})
            self.widget.is_required = self.required
            self.help_text = _("Gõ vài chữ trong tên hoặc mã, không cần dấu, rồi chọn một gợi ý.")
        else:
            empty = [("", self.empty_label)] if self.empty_label is not None else []
            self.choices = empty + [(row.pk, self.label_from_instance(row)) for row in listed]

    def prepare_value(self, value):
        return label_of(value) if self.is_long and isinstance(value, Model) else super().prepare_value(value)

    def to_python(self, value):
        if not self.is_long or value in self.empty_values:
            return super().to_python(value)
        try:
            return only_one(self.queryset, value)
        except ValidationError as refusal:
            if refusal.code == "several":
                self._list_those(value)
            raise

    def _list_those(self, text: str) -> None:
        labels = [label_of(row) for row in meant_by(self.queryset, text)]
        # Whoever chooses none of them sends the text again: an empty value would mean "none", and be taken for it.
        listed = [(text, _("Chọn một trong các dòng khớp")), *((label, label) for label in labels[:MOST_FITTING])]
        if len(labels) > MOST_FITTING:
            listed.append((text, _("… còn nữa: mở lại trang và gõ nhiều chữ hơn")))
        self.widget = forms.Select(choices=listed)
        self.help_text = ""
