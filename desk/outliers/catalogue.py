"""What staff may set of each rule, with the usual values. Sources of the usual values: docs/outliers.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from desk.outliers.models import OutlierRule, RuleCode, Severity

type Settings = Mapping[str, float]

# How far back a session is compared with earlier ones of its team.
HISTORY_DAYS = 35
# Peak days come a few times a year: that of last year is still among them, on whichever Sunday it fell.
PEAK_HISTORY_DAYS = 400
# Where every day of a month is a peak day, the latest of them are enough.
MOST_PEAKS = 30


@dataclass(frozen=True)
class Setting:
    name: str
    label: object
    help: object
    usual: float
    low: float
    high: float
    # Whole numbers only.
    is_whole: bool = True


@dataclass(frozen=True)
class Rule:
    code: RuleCode
    severity: Severity
    explanation: object
    settings: tuple[Setting, ...]

    @property
    def usual(self) -> dict[str, float]:
        return {setting.name: setting.usual for setting in self.settings}


_PACE = Rule(
    RuleCode.PACE,
    Severity.LOOK,
    _("So số lượt của ca với số giờ tình nguyện viên có mặt."),
    (
        Setting(
            "limit", _("Nhắc khi nhiều hơn"), _("Lượt mỗi giờ của một tình nguyện viên."), 15, 1, 500, is_whole=False
        ),
        Setting(
            "usual", _("Mức thường"), _("Lượt mỗi giờ của một tình nguyện viên, để so sánh."), 8, 1, 500, is_whole=False
        ),
        Setting("least_turns", _("Chỉ xét ca từ"), _("Số lượt của ca; ca nhỏ hơn thì bỏ qua."), 30, 1, 10_000),
    ),
)
_SAME_DAYS = Rule(
    RuleCode.SAME_DAYS,
    Severity.SERIOUS,
    _("So với các ca trước của đội hình: cùng số lượt ở từng dịch vụ, hoặc cùng số lượt ở từng giờ."),
    (
        Setting("days", _("Nhắc từ"), _("Số ngày giống nhau, kể cả ngày của ca."), 2, 2, 30),
        Setting("look_back", _("So với các ca trong"), _("Số ngày trở về trước."), 14, 1, HISTORY_DAYS),
        Setting("least_parts", _("Chỉ xét ca có từ"), _("Số dịch vụ (hoặc số giờ) có lượt."), 3, 1, 24),
        Setting("least_turns", _("Chỉ xét ca từ"), _("Số lượt của ca; ca nhỏ hơn thì bỏ qua."), 20, 1, 10_000),
    ),
)
_ROUND = Rule(
    RuleCode.ROUND,
    Severity.NOTE,
    _("Xem bao nhiêu dòng ghi trong ca là số tròn, như khi ước lượng thay vì đếm."),
    (
        Setting("share", _("Nhắc từ"), _("Phần trăm số dòng của ca là số tròn."), 60, 1, 100),
        Setting("base", _("Số tròn là bội của"), _("Ví dụ 10: các số 10, 20, 30…"), 10, 2, 1000),
        Setting("least_lines", _("Chỉ xét ca có từ"), _("Số dòng là số tròn."), 4, 1, 1000),
    ),
)
_TWO_PLACES = Rule(
    RuleCode.TWO_PLACES,
    Severity.SERIOUS,
    _("So điểm danh của một người ở các ca trùng giờ. Chỉ tính số phút chắc chắn trùng."),
    (Setting("minutes", _("Nhắc khi trùng hơn"), _("Số phút."), 15, 0, 24 * 60),),
)
_HOURS = Rule(
    RuleCode.HOURS,
    Severity.LOOK,
    _("Xem các dòng ghi có nằm trong giờ của ca, giờ phân công, hoặc giờ mở cửa của điểm khi ca không có phân công."),
    (
        Setting("grace", _("Cho phép lệch"), _("Số phút trước và sau giờ quy định."), 30, 0, 24 * 60),
        Setting("least_outside", _("Nhắc từ"), _("Số dòng ghi ngoài giờ."), 3, 1, 1000),
    ),
)
_TRAVEL = Rule(
    RuleCode.TRAVEL,
    Severity.LOOK,
    _("So giờ ghi của một điện thoại ở hai điểm có tọa độ. Cổng không theo dõi vị trí của điện thoại."),
    (
        Setting("speed", _("Nhắc khi phải đi nhanh hơn"), _("Ki-lô-mét mỗi giờ, theo đường chim bay."), 50, 5, 300),
        Setting("least_km", _("Chỉ xét hai điểm cách nhau từ"), _("Ki-lô-mét."), 2, 0.1, 200, is_whole=False),
    ),
)
_JUMP = Rule(
    RuleCode.JUMP,
    Severity.LOOK,
    _(
        "So số lượt của ca với mức giữa (trung vị) của các ca trước của đội hình. Ca ngày thường so với ngày thường, "
        "ca ngày cao điểm so với ngày cao điểm; đội hình chưa có đủ ca ngày cao điểm thì so với ngày thường, nhân với "
        "số lần mà một ngày cao điểm thường gấp."
    ),
    (
        Setting("ratio", _("Nhắc khi gấp hơn"), _("Số lần so với mức giữa."), 3, 1, 100, is_whole=False),
        Setting(
            "sessions",
            _("So với"),
            format_lazy(
                _(
                    "Số ca gần nhất có lượt của đội hình: ca ngày thường trong {days} ngày trước đó, ca ngày cao điểm "
                    "trong {peak_days} ngày (nhiều nhất {most} ca)."
                ),
                days=HISTORY_DAYS,
                peak_days=PEAK_HISTORY_DAYS,
                most=MOST_PEAKS,
            ),
            12,
            3,
            100,
        ),
        Setting(
            "least_sessions",
            _("Chỉ xét khi đội hình đã có từ"),
            format_lazy(_("Số ca ngày thường có lượt trong {days} ngày trước đó."), days=HISTORY_DAYS),
            5,
            1,
            100,
        ),
        Setting(
            "least_peaks",
            _("So với ngày cao điểm khi đội hình đã có từ"),
            format_lazy(
                _("Số ca ngày cao điểm có lượt trong {days} ngày trước đó; ít hơn thì so với ngày thường."),
                days=PEAK_HISTORY_DAYS,
            ),
            3,
            1,
            MOST_PEAKS,
        ),
        Setting(
            "peak_factor",
            _("Một ngày cao điểm thường gấp"),
            _("Số lần so với ngày thường; chỉ dùng khi ca ngày cao điểm phải so với ngày thường."),
            8,
            1,
            100,
            is_whole=False,
        ),
        Setting("least_turns", _("Chỉ xét ca từ"), _("Số lượt của ca; ca nhỏ hơn thì bỏ qua."), 30, 1, 10_000),
    ),
)
RULES: dict[str, Rule] = {
    rule.code.value: rule for rule in (_PACE, _SAME_DAYS, _ROUND, _TWO_PLACES, _HOURS, _TRAVEL, _JUMP)
}


def settings_of(rule: OutlierRule) -> dict[str, float]:
    usual = RULES[rule.code].usual
    return usual | {name: value for name, value in rule.settings.items() if name in usual}


def in_force() -> list[OutlierRule]:
    """Every rule, as staff have set it. One that a new release has brought and no row knows of yet is as usual."""
    rows = {row.code: row for row in OutlierRule.objects.all()}
    return [rows.get(code) or OutlierRule(code=code, severity=rule.severity) for code, rule in RULES.items()]


def cleaned(code: str, values: Settings) -> dict[str, float]:
    """What of ``values`` differs from the usual; refuses what makes no sense."""
    kept = {}
    for setting in RULES[code].settings:
        value = values.get(setting.name, setting.usual)
        if not setting.low <= value <= setting.high or (setting.is_whole and value != int(value)):
            message = _("%(setting)s: hãy nhập một số từ %(low)s đến %(high)s.")
            shown = {"setting": setting.label, "low": setting.low, "high": setting.high}
            raise DomainError(message % shown, code="bad_setting", status=400)
        if value != setting.usual:
            kept[setting.name] = int(value) if setting.is_whole else float(value)
    return kept
