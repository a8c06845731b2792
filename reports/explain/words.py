"""A figure in a sentence: what it is made of, what does not count, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.vi import vi_number
from reports.explain import counting
from reports.explain.counting import DISTINCT, LESS, RECORDED
from reports.explain.explanation import DIFFERS, EQUAL, PENDING, TOO_LARGE, Explanation

_TURNS = {
    RECORDED: gettext_lazy("%(n)s lượt đã ghi"),
    counting.SESSION_VOID: gettext_lazy("%(n)s lượt của ca bị hủy"),
    counting.LINE_VOID: gettext_lazy("%(n)s lượt ở dòng bị hủy"),
    counting.SAME_VISIT: gettext_lazy("%(n)s lượt là cùng người dân của dòng trước"),
}
_SESSIONS = {RECORDED: gettext_lazy("%(n)s ca đã mở"), counting.SESSION_VOID: gettext_lazy("%(n)s ca bị hủy")}
_PRESENT = {
    RECORDED: gettext_lazy("%(n)s lượt điểm danh đã ghi"),
    counting.SESSION_VOID: gettext_lazy("%(n)s lượt điểm danh của ca bị hủy"),
    counting.LINE_VOID: gettext_lazy("%(n)s lượt điểm danh bị hủy"),
    counting.REPEATED: gettext_lazy("%(n)s lượt điểm danh trùng"),
}
PARTS: Mapping[str, Mapping[str, object]] = {
    "people": _TURNS,
    "service_turns": _TURNS,
    "quantity": {
        RECORDED: gettext_lazy("%(n)s đã ghi"),
        counting.SESSION_VOID: gettext_lazy("%(n)s của ca bị hủy"),
        counting.LINE_VOID: gettext_lazy("%(n)s ở dòng bị hủy"),
    },
    "sessions": _SESSIONS,
    "teams": _SESSIONS,
    "points": _SESSIONS,
    "volunteer_turns": _PRESENT,
    "volunteers": _PRESENT,
    "volunteer_minutes": {
        RECORDED: gettext_lazy("%(n)s phút đã ghi"),
        counting.SESSION_VOID: gettext_lazy("%(n)s phút của ca bị hủy"),
        counting.LINE_VOID: gettext_lazy("%(n)s phút ở lượt điểm danh bị hủy"),
        counting.REPEATED: gettext_lazy("%(n)s phút ở lượt điểm danh trùng"),
    },
}
REASONS: dict[str, object] = {
    RECORDED: gettext_lazy("Mọi dòng đã nhận được thuộc ô này, kể cả dòng bị hủy: không dòng nào bị xóa."),
    counting.SESSION_VOID: gettext_lazy("Ca đã bị hủy có lý do: không dòng nào của ca còn được tính."),
    counting.LINE_VOID: gettext_lazy("Dòng đã bị hủy có lý do: dòng vẫn được giữ, số liệu không tính nữa."),
    counting.SAME_VISIT: gettext_lazy(
        "Cùng một người dân dùng thêm dịch vụ trong một lần đến: thêm lượt dịch vụ, không thêm lượt người."
    ),
    counting.REPEATED: gettext_lazy(
        "Một người được điểm danh hai lần trong một ca: tính một lần, lấy số phút lớn hơn."
    ),
}
_DISTINCT = {
    "teams": gettext_lazy("%(figure)s đội hình khác nhau trong %(live)s ca còn hiệu lực"),
    "points": gettext_lazy("%(figure)s điểm hỗ trợ khác nhau trong %(live)s ca còn hiệu lực"),
    "volunteers": gettext_lazy("%(figure)s tình nguyện viên khác nhau trong %(live)s lượt có mặt"),
}
STATUSES = {
    EQUAL: gettext_lazy("Khớp: đếm lại từ nhật ký gốc ra đúng số này."),
    PENDING: gettext_lazy("Đang cộng: vừa có thay đổi chưa được tính vào số liệu; xem lại sau vài giây."),
    DIFFERS: gettext_lazy("Lệch: đếm lại từ nhật ký gốc ra số khác. Hãy báo người vận hành cổng."),
    TOO_LARGE: gettext_lazy("Ô này có quá nhiều ca để đếm lại ngay. Hãy chọn một phần nhỏ hơn bên dưới."),
}
NOT_AT_ONCE = gettext_lazy(
    "Ô này có nhiều ca nên trang chưa đếm lại cả ô: xem từng phần hay từng ca bên dưới, mỗi ca được đếm lại từ nhật ký."
)
WHO_MAY_SEE = gettext_lazy(
    "Bạn xem được số liệu, không xem được từng ca. Cán bộ Đoàn của đơn vị, cán bộ Thành Đoàn và người được cấp quyền"
    " xem ca hỗ trợ xem được các ca và từng dòng đứng sau số này."
)


@dataclass(frozen=True)
class Part:
    code: str
    # With the sign it has in the sum.
    value: int
    # Lines, attendances or sessions.
    rows: int
    text: str
    reason: str

    @property
    def is_less(self) -> bool:
        return self.code in LESS

    @property
    def amount(self) -> int:
        return abs(self.value)


def parts(why: Explanation) -> list[Part]:
    """What was recorded, then each reason for which some of it does not count; only reasons that occur."""
    if why.recount is None:
        return []
    values, rows, words = why.recount.values, why.recount.rows, PARTS[why.way.kind]
    return [
        Part(
            code,
            -values[code] if code in LESS else values[code],
            rows[code],
            str(words[code]) % {"n": vi_number(values[code])},
            str(REASONS[code]),
        )
        for code in (RECORDED, *LESS)
        if code == RECORDED or rows[code]
    ]


def sentence(why: Explanation) -> str:
    """“1.234 lượt dịch vụ = 1.250 lượt đã ghi − 16 lượt ở dòng bị hủy.”"""
    found = parts(why)
    if not found:
        return ""
    total = why.counted
    if why.way.kind in DISTINCT:
        live = sum(part.value for part in found)
        told = str(_DISTINCT[why.way.kind]) % {"figure": vi_number(total), "live": vi_number(live)}
        return f"{told} ({_sum(found)})." if len(found) > 1 else f"{told}."
    return f"{vi_number(total)} {_inside(str(why.measure.label))} = {_sum(found)}."


def _sum(found: list[Part]) -> str:
    return " − ".join(part.text for part in found if not part.is_less or part.value)


def _inside(label: str) -> str:
    """A label within a sentence; an abbreviation stays as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def notes(why: Explanation) -> list[str]:
    """What else a reader has to know to follow the sum."""
    if why.recount is None:
        return []
    found = []
    if why.way.kind == "volunteer_minutes" and (whole := sum(work.whole_session for work in why.works)):
        words = {"n": vi_number(whole)}
        found.append(_("%(n)s lượt không ghi số phút: tính bằng độ dài của ca đã đóng, ca chưa đóng là 0.") % words)
    if why.way.kind == "points":
        nowhere = sum(1 for work in why.works if work.is_live and work.session.point_id is None)
        if nowhere:
            found.append(_("%(n)s ca cơ động, không ở điểm nào: không thêm điểm.") % {"n": vi_number(nowhere)})
    if why.way.kind in DISTINCT:
        found.append(_("Mỗi đối tượng tính một lần dù có nhiều ca, nên các dòng dưới đây không cộng thành số này."))
    return found
