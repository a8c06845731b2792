"""Sessions as a table: what was done where, by whom, and how much of it."""

from django.utils import timezone
from import_export.resources import ModelResource

from services_help.models import Session, SessionState
from services_help.totals import with_totals
from teams.imports.cells import Cell, choice_cell, show_day


def show_time(moment) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


class SessionResource(ModelResource):
    day = Cell("Ngày", "day", show=show_day)
    started_at = Cell("Mở ca", "started_at", show=show_time)
    ended_at = Cell("Đóng ca", "ended_at", show=show_time)
    team_code = Cell("Mã đội hình", "team_code")
    team = Cell("Đội hình", "team")
    point = Cell("Điểm hỗ trợ", "point")
    campaign = Cell("Chiến dịch", "campaign")
    people = Cell("Lượt người", "people")
    turns = Cell("Lượt dịch vụ", "turns")
    volunteers = Cell("Tình nguyện viên", "volunteers")
    voided = Cell("Đã hủy", "is_voided", show=lambda voided: "Có" if voided else "Không")
    state = choice_cell("Tình trạng số liệu", "state", SessionState)
    note = Cell("Ghi chú", "note")

    class Meta:
        model = Session
        fields = (
            "day", "started_at", "ended_at", "team_code", "team", "point", "campaign",
            "people", "turns", "volunteers", "voided", "state", "note",
        )  # fmt: skip

    def filter_export(self, queryset, **kwargs):
        return with_totals(queryset)

    def export_resource(self, instance, **kwargs):
        instance.team_code = instance.team.code
        return super().export_resource(instance, **kwargs)
