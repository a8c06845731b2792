"""Every measure, defined once. Screens, answers and reports take their words from here."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reports.tallies.cuts import OF_LINES
from services_help.models import Metric


@dataclass(frozen=True)
class Measure:
    code: str
    label: object
    definition: object
    # Tally -> the SQL that counts it there (alias ``t``). The engine takes the coarsest tally that fits the question.
    sources: Mapping[str, str]
    # Distinct counts are not: a volunteer of two teams is one volunteer of their unit.
    is_additive: bool = True
    # Counts of citizens, of which small ones are not published.
    is_of_citizens: bool = False
    metric_id: int | None = None


def _sum(column: str, *tallies: str) -> dict[str, str]:
    return dict.fromkeys(tallies, f"SUM(t.{column})")


WITH_TURNS = ("day", *(cut.code for cut in OF_LINES if "people" in cut.measures))

MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in [
        Measure(
            "people",
            _("Lượt người"),
            _(
                "Số lượt người dân được hỗ trợ: một người trong một lần đến tính một lần, dù dùng mấy dịch vụ. Khi chia"
                " theo dịch vụ, người đó được tính ở dịch vụ đầu tiên."
            ),
            _sum("people", *WITH_TURNS),
            is_of_citizens=True,
        ),
        Measure(
            "service_turns",
            _("Lượt dịch vụ"),
            _("Số lượt người dân × dịch vụ: một người dùng hai dịch vụ trong một lần đến là hai lượt."),
            _sum("service_turns", *WITH_TURNS),
            is_of_citizens=True,
        ),
        Measure(
            "sessions",
            _("Ca hỗ trợ"),
            _("Số ca hỗ trợ đã mở và không bị hủy: một đội hình, một ngày, một nơi, từ lúc mở đến lúc đóng ca."),
            _sum("sessions", "day"),
        ),
        Measure(
            "teams",
            _("Đội hình"),
            _("Số đội hình khác nhau có ít nhất một ca hỗ trợ. Không cộng dồn được: mỗi cấp được đếm riêng."),
            {"day": "COUNT(DISTINCT t.team_id)"},
            is_additive=False,
        ),
        Measure(
            "points",
            _("Điểm hỗ trợ"),
            _("Số điểm hỗ trợ khác nhau có ít nhất một ca. Không cộng dồn được: mỗi cấp được đếm riêng."),
            {"day": "COUNT(DISTINCT t.point_id)"},
            is_additive=False,
        ),
        Measure(
            "volunteer_turns",
            _("Lượt tình nguyện viên"),
            _("Số lượt tình nguyện viên có mặt: một người trong một ca tính một lần."),
            _sum("volunteer_turns", "day"),
        ),
        Measure(
            "volunteers",
            _("Tình nguyện viên"),
            _("Số tình nguyện viên khác nhau đã có mặt. Không cộng dồn được: mỗi cấp được đếm riêng."),
            {"presence": "COUNT(DISTINCT t.volunteer_id)"},
            is_additive=False,
        ),
        Measure(
            "volunteer_minutes",
            _("Phút tình nguyện"),
            _("Tổng số phút có mặt của tình nguyện viên; nếu đội không ghi số phút thì tính cả ca đã đóng."),
            _sum("volunteer_minutes", "day"),
        ),
    ]
}
DEFAULT = ("people", "service_turns")
# Metrics of the catalogue that are another measure's other name.
_DERIVED = {"LUOT": "people", "LUOT_DV": "service_turns"}


def of_metric(metric: Metric) -> Measure:
    english = get_language() == "en"
    label = metric.name_en if english and metric.name_en else metric.name
    definition = metric.definition_en if english and metric.definition_en else metric.definition
    if metric.is_derived:
        sources = MEASURES[_DERIVED[metric.code]].sources
    else:
        quantity = f"SUM(CASE WHEN t.metric_id = %(metric_{metric.pk})s THEN t.quantity ELSE 0 END)"
        sources = dict.fromkeys([cut.code for cut in OF_LINES if "quantity" in cut.measures], quantity)
    own_metric = None if metric.is_derived else metric.pk
    return Measure(metric.code, label, definition, sources, is_of_citizens=True, metric_id=own_metric)


def all_measures() -> dict[str, Measure]:
    """The fixed ones and one for each metric of the catalogue, in the reader's language."""
    metrics = Metric.objects.order_by("position", "code")
    return MEASURES | {
        metric.code: of_metric(metric) for metric in metrics if not metric.is_derived or metric.code in _DERIVED
    }
