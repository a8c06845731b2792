"""What figures can be split by: how each dimension is read in SQL, and which tallies know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from reports.tallies.cuts import CUTS

# From the coarsest to the finest: the order in which the engine tries them.
ALL = frozenset(CUTS)
WITH_SERVICE = frozenset({"service", "result", "hour", "line"})
WITH_RESULT = frozenset({"outcome", "result", "line"})
WITH_AGE = frozenset({"person", "outcome", "line"})
WITH_CHANNEL = frozenset({"person", "line"})
WITH_HOUR = frozenset({"rhythm", "hour"})
# What a tally by month cannot tell.
WITHIN_A_MONTH = frozenset({"day", "week"})
POINT = "LEFT JOIN campaigns_supportpoint p ON p.id = t.point_id"
TEAM = "JOIN teams_team tm ON tm.id = t.team_id"
SERVICE = "JOIN services_help_service sv ON sv.id = t.service_id"
OWNER = "LEFT JOIN teams_unit owner ON owner.id = h.unit_id"


@dataclass(frozen=True)
class Dimension:
    code: str
    label: object
    # The SQL of its raw value, by database vendor where they differ; ``unit`` is put together in sql.py.
    sql: str | Mapping[str, str] = ""
    tallies: frozenset[str] = ALL
    joins: tuple[str, ...] = ()
    # Reads the team's home unit (alias ``h``) of the day, or of today.
    needs_home: bool = False
    note: object = field(default="")

    def expression(self, vendor: str) -> str:
        return self.sql if isinstance(self.sql, str) else self.sql[vendor]


DIMENSIONS: dict[str, Dimension] = {
    dimension.code: dimension
    for dimension in [
        Dimension("unit", _("Đơn vị"), needs_home=True, note=_("Theo “depth” và “hierarchy”.")),
        Dimension("team", _("Đội hình"), "t.team_id"),
        Dimension(
            "area",
            _("Địa bàn"),
            "COALESCE(p.area_id, tm.area_id)",
            joins=(POINT, TEAM),
            note=_("Địa bàn của điểm hỗ trợ, không có thì của đội hình. Mã dạng 27604@2025-07-01 vì mã được dùng lại."),
        ),
        Dimension(
            "block", _("Khối"), "owner.block", joins=(OWNER,), needs_home=True, note=_("Khối của đơn vị chủ quản.")
        ),
        Dimension("campaign", _("Chiến dịch"), "t.campaign_id"),
        Dimension("day", _("Ngày"), "t.day"),
        Dimension(
            "week",
            _("Tuần"),
            {
                "postgresql": "date_trunc('week', t.day)::date",
                "sqlite": "date(t.day, '-' || ((strftime('%%w', t.day) + 6) %% 7) || ' days')",
            },
            note=_("Tuần ISO, bắt đầu từ thứ Hai."),
        ),
        Dimension(
            "month",
            _("Tháng"),
            {"postgresql": "date_trunc('month', t.day)::date", "sqlite": "date(t.day, 'start of month')"},
        ),
        Dimension("hour", _("Giờ"), "t.hour", WITH_HOUR, note=_("Giờ trong ngày ở TP. Hồ Chí Minh, 0–23.")),
        Dimension("service", _("Dịch vụ"), "t.service_id", WITH_SERVICE),
        Dimension(
            "service_group",
            _("Nhóm dịch vụ"),
            "COALESCE(sv.group_id, sv.id)",
            WITH_SERVICE,
            joins=(SERVICE,),
        ),
        Dimension("result", _("Kết quả"), "t.result", WITH_RESULT),
        Dimension("age_group", _("Nhóm tuổi"), "NULLIF(t.age_group, '')", WITH_AGE),
        Dimension("channel", _("Hình thức"), "t.channel", WITH_CHANNEL),
        Dimension("state", _("Tình trạng số liệu"), "t.state"),
    ]
}
MOST_DIMENSIONS = 5
