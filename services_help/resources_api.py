"""The service catalogue and the sessions as REST resources. Both read only: sessions come in through the intake."""

from django.db.models import Exists, OuterRef, Prefetch, Q
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from campaigns.models import Campaign, SupportPoint
from core.dated import valid_on
from core.schema import detail, listing
from services_help.models import Service, ServiceMetric, Session, SessionState, Void
from teams.models import Team, Unit, UnitAncestry
from teams.permissions import Right
from teams.rest import DatedFilter, Day, Filter, Flag, Resource, code_or_400, found_or_400, search_filter

UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


# --- services ---------------------------------------------------------------------------------------------------------
class ServiceSerializer(serializers.ModelSerializer):
    group = serializers.CharField(
        source="group.code",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="Mã nhóm; trống: nó là nhóm. Group.",
    )
    replaced_by = serializers.CharField(
        source="replaced_by.code", default=None, allow_null=True, read_only=True, help_text="Mã dịch vụ thay thế."
    )
    metrics = serializers.SerializerMethodField(help_text="Mã chỉ số kết quả, chỉ số chính đứng đầu. Metric codes.")

    class Meta:
        model = Service
        fields = [
            "code",
            "name",
            "name_en",
            "short_name",
            "short_name_en",
            "group",
            "metrics",
            "replaced_by",
            "valid_from",
            "valid_to",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_metrics(self, service: Service) -> list[str]:
        return [link.metric.code for link in service.service_metrics.all()]


class ServiceFilter(DatedFilter):
    q = search_filter()
    group = filters.CharFilter(method="in_group", label="Mã nhóm. Services of this group.")
    ordering = filters.OrderingFilter(fields={"position": "position", "code": "code"})

    class Meta:
        model = Service
        fields: list[str] = []

    def in_group(self, queryset, name, value: str):
        return queryset.filter(group=code_or_400(Service.objects.groups(), name, value))


@extend_schema_view(
    list=listing("Danh mục dịch vụ hai cấp: nhóm và dịch vụ. The two-level service catalogue."),
    retrieve=detail("Một dịch vụ hoặc nhóm theo mã. One service or group."),
)
@extend_schema(tags=["services"])
class ServiceResource(Resource):
    """Whoever works with the figures or sends them needs the codes: any of these rights opens it.

    A service's code is never used again, so one that has ended is still found by it.
    """

    queryset = Service.objects.select_related("group", "replaced_by").prefetch_related(
        Prefetch("service_metrics", ServiceMetric.objects.select_related("metric").order_by("position", "pk"))
    )
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter
    rights = {"GET": (Right.CAMPAIGN_VIEW, Right.LOG_RECORD, Right.STATS_VIEW)}
    revisions = ("catalogue",)

    def visible(self, queryset):
        return queryset


# --- sessions ---------------------------------------------------------------------------------------------------------
class SessionSerializer(serializers.ModelSerializer):
    team = serializers.CharField(source="team.code", read_only=True, help_text="Mã đội hình. Team code.")
    point = serializers.CharField(
        source="point.code", default=None, allow_null=True, read_only=True, help_text="Mã điểm hỗ trợ. Point code."
    )
    campaign = serializers.CharField(
        source="campaign.code", default=None, allow_null=True, read_only=True, help_text="Mã chiến dịch. Campaign code."
    )
    is_void = serializers.BooleanField(read_only=True, help_text="Ca đã hủy, không tính vào số liệu. Taken back.")

    class Meta:
        model = Session
        fields = [
            "id",
            "team",
            "day",
            "point",
            "campaign",
            "started_at",
            "ended_at",
            "note",
            "state",
            "is_void",
            "received_at",
        ]


class SessionFilter(Filter):
    """Codes mean every version of the thing: a session of 2023 belongs to the unit of that code then."""

    right = Right.SESSION_VIEW

    team = filters.CharFilter(method="of_team", label="Mã đội hình. Team.")
    under = filters.CharFilter(
        method="anywhere_under", label="Mã đơn vị; gồm mọi cấp dưới, theo ngày của ca. Subtree as of the session's day."
    )
    campaign = filters.CharFilter(method="of_campaign", label="Mã chiến dịch. Campaign.")
    point = filters.CharFilter(method="at_point", label="Mã điểm hỗ trợ. Point.")
    day = Day(label="Ngày của ca. Day.")
    # "from" is a word of Python; the parameter has the name that the statistics use.
    vars()["from"] = Day(field_name="day", lookup_expr="gte", label="Từ ngày. From this day on.")
    to = Day(field_name="day", lookup_expr="lte", label="Đến hết ngày. Up to this day.")
    state = filters.ChoiceFilter(choices=SessionState.choices, label="Tình trạng số liệu. State of the figures.")
    open = Flag(method="still_open", label="`1`: ca chưa đóng; `0`: ca đã đóng. Not yet closed, or closed.")
    all = Flag(method="keep", label="`1`: kể cả ca đã hủy. Voided ones too.")
    ordering = filters.OrderingFilter(fields={"day": "day", "started_at": "started_at", "received_at": "received_at"})

    class Meta:
        model = Session
        fields: list[str] = []

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        return queryset if self.form.cleaned_data.get("all") == "1" else queryset.filter(is_void=False)

    def of_team(self, queryset, name, value: str):
        return queryset.filter(team__in=self._known(Team, Right.SESSION_VIEW, name, value))

    def of_campaign(self, queryset, name, value: str):
        return queryset.filter(campaign__in=self._known(Campaign, Right.CAMPAIGN_VIEW, name, value))

    def at_point(self, queryset, name, value: str):
        return queryset.filter(point__in=self._known(SupportPoint, Right.CAMPAIGN_VIEW, name, value))

    def anywhere_under(self, queryset, name, value: str):
        units = Unit.objects.visible_to(self.access, Right.SESSION_VIEW).filter(code=value)
        home = "descendant__team_homes__"
        then = UnitAncestry.objects.filter(
            valid_on(OuterRef("day")),
            valid_on(OuterRef("day"), home),
            ancestor__in=found_or_400(units, name, value),
            descendant__team_homes__team=OuterRef("team"),
        )
        return queryset.filter(Exists(then))

    def still_open(self, queryset, name, value: str):
        return queryset.filter(ended_at__isnull=value == "1")

    def _known(self, model, right: Right, name: str, value: str) -> list:
        """What has that code and is visible itself, or is named by a visible session (a team that has moved away)."""
        named = Session.objects.visible_to(self.access).filter(**{name: OuterRef("pk")})
        visible = model.objects.visible_to(self.access, right)
        rows = model.objects.filter(Q(pk__in=visible.values("pk")) | Exists(named), code=value)
        return found_or_400(rows, name, value)


@extend_schema_view(
    list=listing("Các ca hỗ trợ trong phạm vi của người gọi. Sessions that the caller may see."),
    retrieve=detail("Một ca hỗ trợ. One session."),
)
@extend_schema(tags=["sessions"])
class SessionResource(Resource):
    """Without an ETag: a counter that moved with every session would make all phones wait for one another."""

    queryset = Session.objects.for_list().annotate(is_void=Exists(Void.objects.of(OuterRef("id"), OuterRef("device"))))
    serializer_class = SessionSerializer
    filterset_class = SessionFilter
    rights = {"GET": Right.SESSION_VIEW}
    lookup_field = "id"
    lookup_value_regex = UUID
