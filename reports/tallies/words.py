"""A difference between tallies and raw rows, in words that staff can act on."""

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, SupportPoint
from reports.tallies.drift import Difference
from services_help.models import Metric, Service
from teams.models import Team, Volunteer

# Column of a cell's key: what it is called and, where its value is a primary key, of which model.
_COLUMNS: dict[str, tuple[object, type[Model] | None]] = {
    "team": (gettext_lazy("đội hình"), Team),
    "campaign": (gettext_lazy("chiến dịch"), Campaign),
    "point": (gettext_lazy("điểm hỗ trợ"), SupportPoint),
    "state": (gettext_lazy("tình trạng số liệu"), None),
    "service": (gettext_lazy("dịch vụ"), Service),
    "result": (gettext_lazy("kết quả"), None),
    "age_group": (gettext_lazy("nhóm tuổi"), None),
    "channel": (gettext_lazy("hình thức"), None),
    "metric": (gettext_lazy("chỉ số"), Metric),
    "hour": (gettext_lazy("giờ"), None),
    "volunteer": (gettext_lazy("tình nguyện viên"), Volunteer),
}


def describe(difference: Difference) -> str:
    """One line: which tally, which cell, and for each measure that differs what is kept and what was counted."""
    where = [_part(column, value) for column, value in difference.key.items() if value not in (None, "")]
    figures = [
        _("%(measure)s: đang lưu %(kept)s, đếm lại %(counted)s")
        % {"measure": measure, "kept": kept, "counted": difference.counted[measure]}
        for measure, kept in difference.kept.items()
        if kept != difference.counted[measure]
    ]
    # Equal figures in a cell that stands on one side only: a row of zeros too many or too few.
    figures = figures or [_("dòng thừa hoặc thiếu")]
    name = difference.tally._meta.verbose_name
    return f"{name} · {difference.day:%d/%m/%Y} · {', '.join(where)} → {'; '.join(figures)}"


def _part(column: str, value) -> str:
    label, model = _COLUMNS[column]
    if model is None:
        return f"{label} {value}"
    row = model._default_manager.filter(pk=value).first()
    return f"{label} “{row}” ({getattr(row, 'code', value)})"
