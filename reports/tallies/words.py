"""A difference between tallies and raw rows, in words that staff can act on."""

from collections.abc import Iterable

from django.db.models import Choices, Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, SupportPoint
from reports.tallies.drift import Difference
from services_help.models import AgeGroup, Channel, Metric, Result, Service, SessionState
from teams.models import Team, Volunteer

# Column of a cell's key: what it is called and, where its value is a primary key, of which model.
_COLUMNS: dict[str, tuple[object, type[Model] | type[Choices] | None]] = {
    "team": (gettext_lazy("đội hình"), Team),
    "campaign": (gettext_lazy("chiến dịch"), Campaign),
    "point": (gettext_lazy("điểm hỗ trợ"), SupportPoint),
    "state": (gettext_lazy("tình trạng số liệu"), SessionState),
    "service": (gettext_lazy("dịch vụ"), Service),
    "result": (gettext_lazy("kết quả"), Result),
    "age_group": (gettext_lazy("nhóm tuổi"), AgeGroup),
    "channel": (gettext_lazy("hình thức"), Channel),
    "metric": (gettext_lazy("chỉ số"), Metric),
    "hour": (gettext_lazy("giờ"), None),
    "volunteer": (gettext_lazy("tình nguyện viên"), Volunteer),
}

_MEASURES = {
    "people": gettext_lazy("lượt người"),
    "service_turns": gettext_lazy("lượt dịch vụ"),
    "sessions": gettext_lazy("ca hỗ trợ"),
    "volunteer_turns": gettext_lazy("lượt tình nguyện viên"),
    "volunteer_minutes": gettext_lazy("phút tình nguyện"),
    "quantity": gettext_lazy("số lượng"),
    "turns": gettext_lazy("lượt có mặt"),
    "minutes": gettext_lazy("số phút"),
}


def describe(difference: Difference) -> str:
    """One line: which tally, which cell, and for each measure that differs what is kept and what was counted."""
    return describe_all([difference])[0]


def describe_all(differences: Iterable[Difference]) -> list[str]:
    """Many in as few queries as one: the names are looked up together."""
    differences = list(differences)
    names = _names(differences)
    return [_line(difference, names) for difference in differences]


def _names(differences: list[Difference]) -> dict[str, dict]:
    """column -> {primary key: row}"""
    found = {}
    for column, (_label, model) in _COLUMNS.items():
        keys = {each.key.get(column) for each in differences} - {None}
        if keys and model is not None and issubclass(model, Model):
            found[column] = model._default_manager.in_bulk(keys)
    return found


def _line(difference: Difference, names: dict[str, dict]) -> str:
    where = [_part(column, value, names) for column, value in difference.key.items() if value not in (None, "")]
    figures = [
        _("%(measure)s: đang lưu %(kept)s, đếm lại %(counted)s")
        % {"measure": _MEASURES[measure], "kept": kept, "counted": difference.counted[measure]}
        for measure, kept in difference.kept.items()
        if kept != difference.counted[measure]
    ]
    # Equal figures in a cell that stands on one side only: a row of zeros too many or too few.
    figures = figures or [_("dòng thừa hoặc thiếu")]
    name = difference.tally._meta.verbose_name
    return f"{name} · {difference.day:%d/%m/%Y} · {', '.join(where)} → {'; '.join(figures)}"


def _part(column: str, value, names: dict[str, dict]) -> str:
    label, model = _COLUMNS[column]
    if model is None or issubclass(model, Choices):
        # Not the enum itself: a row that should not be there may hold what is no choice.
        shown = value if model is None else dict(model.choices).get(value, value)
        return f"{label} “{shown}”" if model else f"{label} {shown}"
    row = names[column].get(value)
    return f"{label} “{row}” ({getattr(row, 'code', value)})"
