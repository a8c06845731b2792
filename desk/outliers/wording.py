"""A flag in one sentence with its numbers, in the reader's language."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import SupportPoint
from core.templatetags.vi import vi_decimal, vi_number, vi_percent
from desk.outliers.models import RuleCode, SessionFlag
from teams.models import Team, Volunteer

# What a flag names: the key in its numbers, and of what.
_NAMED = {"volunteer": Volunteer, "team": Team, "point": SupportPoint}
type Names = dict[str, dict[int, object]]


def with_sentences(flags: Iterable[SessionFlag]) -> list[SessionFlag]:
    """Sets ``sentence`` on each; many in as few queries as one, since the names are looked up together."""
    flags = list(flags)
    names = _names(flags)
    for flag in flags:
        flag.sentence = _SENTENCES[flag.rule](flag.limits | flag.numbers, names)
    return flags


def _names(flags: list[SessionFlag]) -> Names:
    found: Names = {}
    for key, model in _NAMED.items():
        asked = {flag.numbers[key] for flag in flags if flag.numbers.get(key)}
        found[key] = dict(model._default_manager.in_bulk(asked)) if asked else {}
    return found


# --- one for each rule: `n` holds the numbers and what they were measured against -------------------------------------
def _pace(n: dict, _names: Names) -> str:
    shown = {
        "turns": vi_number(n["turns"]),
        "hours": _duration(n["minutes"]),
        "work": _duration(n["volunteer_minutes"]),
        "count": vi_number(n["volunteers"]),
        "rate": vi_decimal(n["rate"]),
        "times": vi_decimal(n["rate"] / n["usual"]),
        "usual": vi_decimal(n["usual"]),
    }
    if not n["volunteers"]:
        text = _(
            "Đội ghi %(turns)s lượt trong %(hours)s mà chưa điểm danh ai: tính như một người thì %(rate)s lượt mỗi giờ "
            "tình nguyện viên, gấp %(times)s lần mức thường %(usual)s."
        )
    elif n["volunteer_minutes"] == n["minutes"] * n["volunteers"]:
        text = ngettext(
            "Đội ghi %(turns)s lượt trong %(hours)s với %(count)s tình nguyện viên: %(rate)s lượt mỗi giờ "
            "tình nguyện viên, gấp %(times)s lần mức thường %(usual)s.",
            "Đội ghi %(turns)s lượt trong %(hours)s với %(count)s tình nguyện viên: %(rate)s lượt mỗi giờ "
            "tình nguyện viên, gấp %(times)s lần mức thường %(usual)s.",
            n["volunteers"],
        )
    else:
        text = ngettext(
            "Đội ghi %(turns)s lượt với %(count)s tình nguyện viên làm tổng cộng %(work)s: %(rate)s lượt mỗi giờ "
            "tình nguyện viên, gấp %(times)s lần mức thường %(usual)s.",
            "Đội ghi %(turns)s lượt với %(count)s tình nguyện viên làm tổng cộng %(work)s: %(rate)s lượt mỗi giờ "
            "tình nguyện viên, gấp %(times)s lần mức thường %(usual)s.",
            n["volunteers"],
        )
    return text % shown


def _same_days(n: dict, _names: Names) -> str:
    days = [f"{dt.date.fromisoformat(day):%d/%m/%Y}" for day in n["days"]]
    shown = {"turns": vi_number(n["turns"]), "parts": vi_number(n["parts"]), "days": _listed(days)}
    if n["kind"] == "services":
        text = _("%(turns)s lượt của ca chia cho %(parts)s dịch vụ giống hệt ngày %(days)s, đúng đến từng số.")
    else:
        text = _("%(turns)s lượt của ca chia theo %(parts)s giờ giống hệt ngày %(days)s, đúng đến từng số.")
    return text % shown


def _round(n: dict, _names: Names) -> str:
    shown = {
        "round": vi_number(n["round"]),
        "lines": vi_number(n["lines"]),
        "share": vi_percent(100 * n["round"] / n["lines"], 0),
        "base": vi_number(n["base"]),
        "amount": vi_number(n["amount"]),
    }
    return (
        _(
            "%(round)s trong %(lines)s dòng ghi (%(share)s) là số tròn, chia hết cho %(base)s, cộng lại %(amount)s: "
            "có thể là ước lượng chứ không phải đếm."
        )
        % shown
    )


def _two_places(n: dict, names: Names) -> str:
    shown = {
        "volunteer": names["volunteer"].get(n["volunteer"], _("Một tình nguyện viên")),
        "team": names["team"].get(n["team"], _("đội hình khác")),
        "minutes": _duration(n["minutes"]),
        "span": _span(n["start"], n["end"]),
        "others": vi_number(n["others"]),
    }
    if not n["others"]:
        text = _(
            "%(volunteer)s được điểm danh ở ca này và ở ca của %(team)s trùng nhau ít nhất %(minutes)s (%(span)s)."
        )
    else:
        text = ngettext(
            "%(volunteer)s được điểm danh ở ca này và ở ca của %(team)s trùng nhau ít nhất %(minutes)s (%(span)s); "
            "còn %(others)s người khác cũng vậy.",
            "%(volunteer)s được điểm danh ở ca này và ở ca của %(team)s trùng nhau ít nhất %(minutes)s (%(span)s); "
            "còn %(others)s người khác cũng vậy.",
            n["others"],
        )
    return text % shown


def _hours(n: dict, _names: Names) -> str:
    texts = {
        "session": _(
            "%(outside)s trong %(lines)s dòng ghi nằm ngoài giờ của ca %(windows)s quá %(grace)s: "
            "sớm nhất %(first)s, muộn nhất %(last)s."
        ),
        "deployment": _(
            "%(outside)s trong %(lines)s dòng ghi nằm ngoài giờ phân công %(windows)s quá %(grace)s: "
            "sớm nhất %(first)s, muộn nhất %(last)s."
        ),
        "point": _(
            "%(outside)s trong %(lines)s dòng ghi nằm ngoài giờ mở cửa của điểm %(windows)s quá %(grace)s: "
            "sớm nhất %(first)s, muộn nhất %(last)s."
        ),
    }
    day = _moment(n["windows"][0][0]).date()
    return texts[n["frame"]] % {
        "outside": vi_number(n["outside"]),
        "lines": vi_number(n["lines"]),
        "windows": _listed([_span(start, end) for start, end in n["windows"]]),
        "grace": _duration(n["grace"]),
        "first": _clock(n["first"], day),
        "last": _clock(n["last"], day),
    }


def _travel(n: dict, names: Names) -> str:
    return _(
        "Cùng một điện thoại ghi ở điểm này lúc %(here)s và ở %(point)s (%(team)s) cách %(km)s km lúc %(there)s: "
        "%(minutes)s không đủ để đi, cần ít nhất %(needed)s với vận tốc %(speed)s km/giờ."
    ) % {
        "here": _clock(n["here_at"]),
        "there": _clock(n["there_at"]),
        "point": names["point"].get(n["point"], _("điểm khác")),
        "team": names["team"].get(n["team"], _("đội hình khác")),
        "km": vi_decimal(n["km"]),
        "minutes": _duration(n["minutes"]),
        "needed": _duration(n["needed"]),
        "speed": vi_decimal(n["speed"]),
    }


def _jump(n: dict, _names: Names) -> str:
    against = n.get("against")
    if against == "peaks":
        text = ngettext(
            "Ca này có %(turns)s lượt, gấp %(times)s lần mức giữa %(median)s lượt của %(sessions)s ca ngày cao điểm "
            "gần nhất của đội.",
            "Ca này có %(turns)s lượt, gấp %(times)s lần mức giữa %(median)s lượt của %(sessions)s ca ngày cao điểm "
            "gần nhất của đội.",
            n["sessions"],
        )
    elif against == "ordinary":
        text = ngettext(
            "Ca ngày cao điểm này có %(turns)s lượt, gấp %(times)s lần mức giữa %(median)s lượt của %(sessions)s ca "
            "ngày thường gần nhất của đội, trong khi một ngày cao điểm thường gấp %(factor)s lần.",
            "Ca ngày cao điểm này có %(turns)s lượt, gấp %(times)s lần mức giữa %(median)s lượt của %(sessions)s ca "
            "ngày thường gần nhất của đội, trong khi một ngày cao điểm thường gấp %(factor)s lần.",
            n["sessions"],
        )
    else:
        text = ngettext(
            "Ca này có %(turns)s lượt, gấp %(times)s lần mức giữa %(median)s lượt của %(sessions)s ca gần nhất "
            "của đội.",
            "Ca này có %(turns)s lượt, gấp %(times)s lần mức giữa %(median)s lượt của %(sessions)s ca gần nhất "
            "của đội.",
            n["sessions"],
        )
    return text % {
        "turns": vi_number(n["turns"]),
        "times": vi_decimal(n["times"]),
        "median": vi_decimal(n["median"]),
        "sessions": vi_number(n["sessions"]),
        "factor": vi_decimal(n.get("peak_factor", 1)),
    }


_SENTENCES: dict[str, Callable[[dict, Names], str]] = {
    RuleCode.PACE.value: _pace,
    RuleCode.SAME_DAYS.value: _same_days,
    RuleCode.ROUND.value: _round,
    RuleCode.TWO_PLACES.value: _two_places,
    RuleCode.HOURS.value: _hours,
    RuleCode.TRAVEL.value: _travel,
    RuleCode.JUMP.value: _jump,
}


# --- parts of a sentence ----------------------------------------------------------------------------------------------
def _duration(minutes: float) -> str:
    """1,5 giờ; less than an hour in minutes."""
    if minutes < 60:
        whole = round(minutes)
        return ngettext("%(count)s phút", "%(count)s phút", whole) % {"count": vi_number(whole)}
    hours = vi_decimal(minutes / 60)
    return ngettext("%(hours)s giờ", "%(hours)s giờ", 1 if hours == "1" else 2) % {"hours": hours}


def _listed(parts: list[str]) -> str:
    """a; a và b; a, b và c."""
    if len(parts) == 1:
        return parts[0]
    return _("%(some)s và %(last)s") % {"some": ", ".join(parts[:-1]), "last": parts[-1]}


def _moment(text: str) -> dt.datetime:
    return timezone.localtime(dt.datetime.fromisoformat(text))


def _clock(text: str, day: dt.date | None = None) -> str:
    """With the date, if it is not of the day that is spoken of."""
    at = _moment(text)
    return f"{at:%H:%M}" if day in (None, at.date()) else f"{at:%H:%M %d/%m}"


def _span(start: str, end: str) -> str:
    return f"{_moment(start):%H:%M}–{_clock(end, _moment(start).date())}"
