"""Deployments as a table to print and to hand out."""

from import_export.resources import ModelResource

from campaigns.models import Deployment
from teams.access import NOTHING
from teams.imports.cells import Cell, day_cell, show_time


class DeploymentResource(ModelResource):
    file_title = "Phân công"

    day = day_cell("Ngày", "day")
    starts_at = Cell("Từ giờ", "starts_at", show=show_time, typed=True)
    ends_at = Cell("Đến giờ", "ends_at", show=show_time, typed=True)
    team_code = Cell("Mã đội hình", "team_code")
    team = Cell("Đội hình", "team")
    point = Cell("Điểm hỗ trợ", "point")
    area = Cell("Địa bàn", "area")
    campaign = Cell("Chiến dịch", "campaign")
    state = Cell("Tình trạng", "cancelled_at", show=lambda moment: "Đã hủy" if moment else "Có hiệu lực")
    note = Cell("Ghi chú", "note")

    class Meta:
        model = Deployment
        fields = ("day", "starts_at", "ends_at", "team_code", "team", "point", "area", "campaign", "state", "note")

    def __init__(self, access=NOTHING, **kwargs):
        super().__init__(**kwargs)

    def filter_export(self, queryset, **kwargs):
        return queryset.select_related("team", "campaign_day__campaign", "point__area")

    def export_resource(self, instance, **kwargs):
        day = instance.campaign_day
        instance.day, instance.campaign, instance.team_code = day.day, day.campaign.name, instance.team.code
        instance.area = instance.point.area if instance.point else ""
        return super().export_resource(instance, **kwargs)
