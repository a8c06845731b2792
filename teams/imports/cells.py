"""One cell at a time: what people type into a spreadsheet, and what is written back into one.

Every parser takes text and raises ``ValueError`` with a sentence that says what to do.
"""

import datetime as dt
import difflib
import re

from django.db import models
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import override
from import_export.fields import Field

from core.vietnamese import fold, nfc

_DAY = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$")
_ISO_DAY = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?$")
# What a spreadsheet would run as a formula when the file is opened again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
YES, NO = "Có", "Không"


def as_text(value) -> str:
    """The cell as its reader saw it: real dates, and numbers without the ``.0`` that Excel adds."""
    if value is None:
        return ""
    if isinstance(value, (dt.datetime, dt.date)):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = nfc(str(value))
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula; ``as_text`` reads it back."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def parse_text(text: str) -> str:
    return text


def parse_day(text: str) -> dt.date | None:
    if not text:
        return None
    if found := _DAY.match(text):
        day, month, year = found.groups()
    elif found := _ISO_DAY.match(text):
        year, month, day = found.groups()
    else:
        raise ValueError(_("“%(text)s” không phải là ngày. Hãy viết dạng 26/03/2023.") % {"text": text})
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        message = _("Không có ngày “%(text)s”. Hãy viết ngày/tháng/năm, ví dụ 26/03/2023.")
        raise ValueError(message % {"text": text}) from None


def parse_yes(text: str) -> bool:
    if not text or fold(text) in {"co", "x", "1", "yes", "true"}:
        return True
    if fold(text) in {"khong", "0", "no", "false"}:
        return False
    raise ValueError(_("“%(text)s” không rõ nghĩa. Hãy viết Có hoặc Không.") % {"text": text})


def choice_parser(choices: type[models.TextChoices]):
    """Takes the Vietnamese label (accents optional) or the code."""

    def parse(text: str) -> str:
        if text in choices.values:
            return text
        labels = labels_of(choices)
        by_label = {fold(label): value for value, label in labels.items()}
        if fold(text) in by_label or not text:
            return by_label.get(fold(text), "")
        message = _("“%(text)s” không có trong danh sách. Hãy chọn: %(choices)s.")
        raise ValueError(message % {"text": text, "choices": "; ".join(labels.values())})

    return parse


def labels_of(choices: type[models.TextChoices]) -> dict[str, str]:
    """Files speak Vietnamese, whoever downloads them: they travel between readers of both languages."""
    with override("vi"):
        return {value: str(label) for value, label in choices.choices}


def show_text(value) -> str:
    return "" if value is None else str(value)


def show_day(value) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def show_yes(value) -> str:
    return NO if value is False else YES


def choice_shower(choices: type[models.TextChoices]):
    return lambda value: labels_of(choices).get(value, "")


def nearest(code: str, known: dict[str, str]) -> str:
    """``known`` (code to name): the entry that was probably meant, as a question; blind to accents and spaces."""
    wanted = fold(code).replace(" ", "")
    spelled = {fold(text).replace(" ", ""): key for key, name in known.items() for text in (name, key)}
    found = difflib.get_close_matches(wanted, spelled, n=1, cutoff=0.7)
    if not found:
        return ""
    key = spelled[found[0]]
    return _(" Có phải ý bạn là “%(code)s” (%(name)s)?") % {"code": key, "name": known[key]}


class Cell(Field):
    """One column: how it is called, read, written and explained."""

    def __init__(self, header, attribute, *, parse=parse_text, show=show_text, required=False, note="", example=""):
        super().__init__(attribute=attribute, column_name=header)
        self.parse, self.show = parse, show
        self.required, self.note, self.example = required, note, example

    def export(self, instance, **kwargs):
        return safe(self.show(getattr(instance, self.attribute, None)))


def day_cell(header, attribute, **options) -> Cell:
    return Cell(header, attribute, parse=parse_day, show=show_day, **options)


def choice_cell(header, attribute, choices, **options) -> Cell:
    # Lazy: the labels are words of a catalogue that is not loaded yet when modules are.
    options.setdefault("note", lazy(lambda: "; ".join(labels_of(choices).values()), str)())
    return Cell(header, attribute, parse=choice_parser(choices), show=choice_shower(choices), **options)
