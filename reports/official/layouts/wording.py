"""How an official document writes: numbers with dots, dates in full, gaps where the office fills in by hand.

An official document is Vietnamese whatever language its reader has chosen for the portal: nothing here is translated.
"""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from reports.official.content import Cell, Chart, Letterhead

# No-break spaces, so that no program closes the gap or breaks a line in it.
GAP = "\u00a0" * 7
NO_FIGURE = "–"
UNION = "ĐOÀN TNCS HỒ CHÍ MINH"
KIND = "BÁO CÁO"
DRAFT = "BẢN NHÁP"


def figure(value: Cell, kind: str = "count") -> str:
    """A cell as it is printed: 190.962; 37,5%; 12,5. No figure is rounded here: each digit that it has is shown."""
    if isinstance(value, str):
        return value
    if value is None:
        return "" if kind == "text" else NO_FIGURE
    if kind == "percent":
        return f"{_decimal(value, least=1)}%"
    return _decimal(value, least=0)


def _decimal(value: float, *, least: int) -> str:
    number = Decimal(str(value)).normalize()
    places = max(least, -int(number.as_tuple().exponent))
    return f"{number:,.{places}f}".translate(str.maketrans(",.", ".,"))


def number_of(letterhead: Letterhead) -> str:
    """As it is printed: below ten with a zero before it; empty until the office has given one."""
    number = letterhead.number.strip()
    return number.zfill(2) if number.isdecimal() else number


def symbol(letterhead: Letterhead) -> str:
    """“Số: 05-BC/TĐTN-VP”; a number below ten is padded, one not yet given is a gap."""
    return f"Số: {number_of(letterhead) or GAP}-{letterhead.symbol}"


def day_in_full(day: str, *, gaps: bool = True) -> str:
    """“ngày 05 tháng 02 năm 2026”: days below ten and the months 1 and 2 are padded, so that nobody adds a digit."""
    if not day:
        return f"ngày{GAP}tháng{GAP}năm{GAP}".rstrip() if gaps else ""
    parts = day_parts(day)
    return f"ngày {parts[0]} tháng {parts[1]} năm {parts[2]}"


def day_parts(day: str) -> tuple[str, str, str]:
    """Day, month and year as a document writes them; gaps where there is no day yet."""
    if not day:
        return GAP, GAP, GAP
    date = dt.date.fromisoformat(day)
    return f"{date.day:02}", f"{date.month:02}" if date.month < 3 else str(date.month), str(date.year)


def place_and_day(letterhead: Letterhead) -> str:
    return f"{letterhead.place}, {day_in_full(letterhead.date)}"


def attached_to(letterhead: Letterhead) -> str:
    """What stands under the title of an appendix."""
    number = f"số {number_of(letterhead) or GAP}-{letterhead.symbol}"
    return f"(Kèm theo Báo cáo {number} {day_in_full(letterhead.date)})"


def moment(as_of: str) -> str:
    """“17 giờ 30 phút ngày 26/03/2023”, in the time of the city."""
    time = dt.datetime.fromisoformat(as_of)
    if time.tzinfo:
        time = time.astimezone(ZoneInfo(settings.TIME_ZONE))
    return f"{time.hour} giờ {time.minute:02} phút ngày {time.day:02}/{time.month:02}/{time.year}"


def as_time(as_of: str) -> dt.datetime:
    """The moment of the figures, which is also that of the file: the same report has the same bytes."""
    time = dt.datetime.fromisoformat(as_of)
    return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def short_digest(digest: str) -> str:
    """The first sixteen signs in fours: enough to compare by eye."""
    return " ".join(digest[start : start + 4] for start in range(0, min(len(digest), 16), 4))


def paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def recipients(names: tuple[str, ...]) -> list[str]:
    """A semicolon after each, a full stop after the last."""
    ends = [";"] * (len(names) - 1) + ["."]
    return [f"{name}{end}" for name, end in zip(names, ends, strict=True)] if names else []


def told(chart: Chart) -> str:
    """What a screen reader says of a chart: all that it shows."""
    bars = "; ".join(f"{label}: {figure(value)}" for label, value in zip(chart.labels, chart.values, strict=True))
    return f"Biểu đồ thanh: {chart.title} (đơn vị tính: {chart.unit}). {bars}."
