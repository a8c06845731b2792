"""Deployments as a table to print and to hand out."""

from import_export.resources import ModelResource

from campaigns.models import Deployment
from teams.access import NOTHING
from teams.imports.cells import Cell, show_day, show_text


class DeploymentResource(ModelResource):
    day = Cell("Ngày", "day", show=show_day)
    starts_at = Cell("Từ giờ", "starts_at", show=lambda time: f"{time:%H:%M}")
    ends_at = Cell("Đến giờ", "ends_at", show=lambda time: f"{time:%H:%M}")
    team_code = Cell("Mã đội hình", "team_code")
    team = Cell("Đội hình", "team", show=show_text)
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
        self.access = access

    def export_resource(self, instance, **kwargs):
        day = instance.campaign_day
        instance.day, instance.campaign, instance.team_code = day.day, day.campaign.name, instance.team.code
        instance.area = instance.point.area if instance.point else ""
        return super().export_resource(instance, **kwargs)
