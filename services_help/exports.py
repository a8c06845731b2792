"""Sessions as a table: what was done where, by whom, and how much of it."""

from import_export.resources import ModelResource

from services_help.models import Session, SessionState
from services_help.totals import with_totals
from teams.access import NOTHING
from teams.imports.cells import Cell, choice_cell, clock, day_cell, number_cell, show_time


class SessionResource(ModelResource):
    file_title = "Ca hỗ trợ"

    day = day_cell("Ngày", "day")
    started_at = Cell("Mở ca", "opened", show=show_time, typed=True)
    ended_at = Cell("Đóng ca", "shut", show=show_time, typed=True)
    team_code = Cell("Mã đội hình", "team_code")
    team = Cell("Đội hình", "team")
    point = Cell("Điểm hỗ trợ", "point")
    campaign = Cell("Chiến dịch", "campaign")
    people = number_cell("Lượt người", "people")
    turns = number_cell("Lượt dịch vụ", "turns")
    volunteers = number_cell("Tình nguyện viên", "volunteers")
    voided = Cell("Đã hủy", "is_voided", show=lambda voided: "Có" if voided else "Không")
    state = choice_cell("Tình trạng số liệu", "state", SessionState)
    note = Cell("Ghi chú", "note")

    class Meta:
        model = Session
        fields = (
            "day", "started_at", "ended_at", "team_code", "team", "point", "campaign",
            "people", "turns", "volunteers", "voided", "state", "note",
        )  # fmt: skip

    def __init__(self, access=NOTHING, **kwargs):
        super().__init__(**kwargs)

    def filter_export(self, queryset, **kwargs):
        return with_totals(queryset.select_related("team", "point", "campaign"))

    def export_resource(self, instance, **kwargs):
        instance.team_code = instance.team.code
        instance.opened, instance.shut = clock(instance.started_at), clock(instance.ended_at)
        return super().export_resource(instance, **kwargs)
