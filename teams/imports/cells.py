"""One cell at a time: what people type into a spreadsheet, and what is written back into one.

Every parser takes text and raises ``ValueError`` with a sentence that says what to do.
"""

import datetime as dt
import difflib
import re
import unicodedata
from functools import cache, lru_cache

from django.db import models
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import override
from import_export.fields import Field

from core.privacy import personal_data_in
from core.vietnamese import fold, fold_place, nfc

_DAY = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$")
_ISO_DAY = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?$")
_TIME = re.compile(r"^(\d{1,2})\s*(?:[:hg.]\s*(\d{2})?)?(?::00)?\s*(?:giờ)?$", re.IGNORECASE)
# Before the times: 0.25 is a quarter of a day, where 7.30 is half past seven.
_PART_OF_DAY = re.compile(r"^0[.,]\d+$")
_WHOLE = re.compile(r"^\d{1,3}(?:[ .,\u00a0]\d{3})+$|^\d+$")
# What Excel shows in a cell whose formula has failed.
_FAILED = re.compile(r"^#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!)$")
# What a spreadsheet would run as a formula when the file is opened again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Nobody alive was a volunteer before; a year outside is a slip of the finger.
_YEARS = range(1930, 2101)
YES, NO = YES_NO = ("Có", "Không")


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
    text = nfc("".join(" " if _is_invisible(char) else char for char in str(value) if char not in _ZERO_WIDTH))
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


# Pasted along from chats and web pages; two codes that differ by one of them look the same.
_ZERO_WIDTH = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs")


def key_of(code: str) -> str:
    """Codes that differ in case only are one code to everybody who types them."""
    return code.casefold()


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula; ``as_text`` reads it back."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def parse_code(text: str) -> str:
    return text


def parse_text(text: str) -> str:
    if personal_data_in(text):
        raise ValueError(
            _("Ô này có dãy số giống số CCCD hoặc số điện thoại, hoặc có địa chỉ thư điện tử. Cổng không lưu: hãy xóa.")
        )
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
        made = dt.date(int(year), int(month), int(day))
    except ValueError:
        message = _("Không có ngày “%(text)s”. Hãy viết ngày/tháng/năm, ví dụ 26/03/2023.")
        raise ValueError(message % {"text": text}) from None
    if made.year not in _YEARS:
        raise ValueError(_("Năm của “%(text)s” có vẻ nhầm. Hãy kiểm tra lại.") % {"text": text})
    return made


def parse_time(text: str) -> dt.time | None:
    """7:30, 07:30:00, 7h30, 7h; and the fraction of a day that Excel keeps in a cell without a time's format."""
    if not text:
        return None
    hour, minute = 24, 0
    if _PART_OF_DAY.match(text):
        hour, minute = divmod(round(float(text.replace(",", ".")) * 24 * 60), 60)
    elif found := _TIME.match(text):
        hour, minute = int(found[1]), int(found[2] or 0)
    if not (hour < 24 and minute < 60):
        raise ValueError(_("“%(text)s” không phải là giờ. Hãy viết dạng 07:30.") % {"text": text})
    return dt.time(hour, minute)


def parse_number(text: str) -> int | None:
    """A whole number, with or without separators of thousands."""
    if not text:
        return None
    if not _WHOLE.match(text):
        raise ValueError(_("“%(text)s” không phải là số nguyên. Hãy viết dạng 1200 hoặc 1.200.") % {"text": text})
    return int(re.sub(r"\D", "", text))


def parse_yes(text: str) -> bool | None:
    """None: nothing was said."""
    if not text:
        return None
    if fold(text) in {"co", "x", "1", "yes", "true"}:
        return True
    if fold(text) in {"khong", "0", "no", "false"}:
        return False
    raise ValueError(_("“%(text)s” không rõ nghĩa. Hãy viết Có hoặc Không.") % {"text": text})


def choice_parser(choices: type[models.TextChoices]):
    """Takes the Vietnamese label (accents optional) or the code."""

    def parse(text: str) -> str:
        if text in choices.values:
            return text
        if not text:
            return ""
        if value := _folded_labels(choices).get(fold(text)):
            return value
        message = _("“%(text)s” không có trong danh sách. Hãy chọn: %(choices)s.")
        raise ValueError(message % {"text": text, "choices": "; ".join(labels_of(choices).values())})

    return parse


@cache
def labels_of(choices: type[models.TextChoices]) -> dict[str, str]:
    """Files speak Vietnamese, whoever downloads them: they travel between readers of both languages."""
    with override("vi"):
        return {value: str(label) for value, label in choices.choices}


@cache
def _folded_labels(choices: type[models.TextChoices]) -> dict[str, str]:
    return {fold(label): value for value, label in labels_of(choices).items()}


def show_text(value) -> str:
    return "" if value is None else str(value)


def show_day(value) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def clock(moment: dt.datetime | None) -> dt.time | None:
    """What the clocks of Ho Chi Minh City showed."""
    return timezone.localtime(moment).time().replace(microsecond=0) if moment else None


def show_time(value: dt.time | None) -> str:
    return f"{value:%H:%M}" if value else ""


def show_yes(value) -> str:
    return NO if value is False else YES


def choice_shower(choices: type[models.TextChoices]):
    return lambda value: labels_of(choices).get(value, "")


def nearest(code: str, known: dict[str, str], most: int = 3) -> str:
    """``known`` (code to name): the entries that were probably meant; blind to accents, spaces and shortened words."""
    spelled: dict[str, str] = {}
    for key, name in known.items():
        for folded in (*_spellings(key), *_spellings(name)):
            spelled.setdefault(folded, key)
    found: dict[str, None] = {}
    for wanted in _spellings(code):
        close = difflib.get_close_matches(wanted, spelled, n=2 * most, cutoff=0.7)
        found |= dict.fromkeys(spelled[text] for text in close)
    if not found:
        return ""
    return _(" Gần nhất: %(places)s.") % {"places": "; ".join(f"{key} – {known[key]}" for key in list(found)[:most])}


@lru_cache(maxsize=32_768)
def _spellings(text: str) -> tuple[str, ...]:
    """Kept: one wrong code after another of a file is compared with all that is known."""
    return tuple(dict.fromkeys(folded.replace(" ", "") for folded in (fold(text), fold_place(text))))


class Cell(Field):
    """One column: how it is called, read, written and explained."""

    def __init__(
        self,
        header,
        attribute,
        *,
        parse=parse_text,
        show=show_text,
        typed=False,
        required=False,
        note="",
        example="",
        choices=(),
        offered=(),
    ):
        super().__init__(attribute=attribute, column_name=header)
        self.reader, self.show, self.typed = parse, show, typed
        self.required, self.note, self.example, self.choices = required, note, example, choices
        self.offered = offered

    @property
    def offers(self) -> list[str]:
        """What a reader chooses from."""
        if self.choices:
            return list(labels_of(self.choices).values())
        if self.offered:
            return list(self.offered)
        return list(YES_NO) if self.reader is parse_yes else []

    def parse(self, text: str):
        if _FAILED.match(text):
            message = _("Công thức của ô này bị lỗi (%(text)s). Hãy gõ thẳng giá trị vào ô.")
            raise ValueError(message % {"text": text})
        return self.reader(text)

    def export(self, instance, force_native_type=False, **kwargs):
        """Text that is safe in any file, or with ``force_native_type`` what an Excel cell holds."""
        value = getattr(instance, self.attribute, None)
        if force_native_type:
            return value if self.typed and value is not None else self.show(value)
        return safe(self.show(value))


def code_cell(header, attribute, **options) -> Cell:
    return Cell(header, attribute, parse=parse_code, **options)


def day_cell(header, attribute, **options) -> Cell:
    return Cell(header, attribute, parse=parse_day, show=show_day, typed=True, **options)


def time_cell(header, attribute, **options) -> Cell:
    return Cell(header, attribute, parse=parse_time, show=show_time, typed=True, **options)


def number_cell(header, attribute) -> Cell:
    return Cell(header, attribute, typed=True)


def choice_cell(header, attribute, choices, **options) -> Cell:
    # Lazy: the labels are words of a catalogue that is not loaded yet when modules are.
    options.setdefault("note", lazy(lambda: "; ".join(labels_of(choices).values()), str)())
    return Cell(
        header, attribute, parse=choice_parser(choices), show=choice_shower(choices), choices=choices, **options
    )
