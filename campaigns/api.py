"""Campaigns, their days, support points and targets as REST resources; written where the role may."""

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from campaigns import services
from campaigns.models import (
    Campaign,
    CampaignDay,
    CampaignKind,
    CampaignStatus,
    DayKind,
    PointKind,
    ProgrammeGoal,
    SupportPoint,
    Target,
)
from core.schema import dated_detail, detail, listing
from teams.models import AdminArea, Unit
from teams.permissions import Right
from teams.rest import (
    NUMBER,
    CodeField,
    DatedFilter,
    DatedResource,
    Day,
    Filter,
    WritableResource,
    code_or_400,
    found_or_400,
    search_filter,
)

MANAGED = {
    "GET": Right.CAMPAIGN_VIEW,
    "POST": Right.CAMPAIGN_MANAGE,
    "PUT": Right.CAMPAIGN_MANAGE,
    "PATCH": Right.CAMPAIGN_MANAGE,
}


def unit_field(help_text: str) -> CodeField:
    return CodeField(queryset=Unit.objects.all(), right=Right.CAMPAIGN_VIEW, help_text=help_text)


def campaign_field(**kwargs) -> CodeField:
    return CodeField(queryset=Campaign.objects.all(), right=Right.CAMPAIGN_VIEW, **kwargs)


def writable(noun_vi: str, noun_en: str, read):
    return extend_schema_view(
        create=detail(f"Thêm {noun_vi}. Add a {noun_en}."),
        update=detail(f"Ghi lại toàn bộ {noun_vi}. Replace a {noun_en}."),
        partial_update=detail(f"Sửa vài trường của {noun_vi}. Change some fields of a {noun_en}."),
        **read,
    )


class FixedCode:
    """A code is what others know the row by: it is chosen once."""

    def validate_code(self, value: str) -> str:
        if self.instance is not None and value != self.instance.code:
            raise serializers.ValidationError(_("Mã không đổi được."), code="immutable")
        return value


class PlanFilter(Filter):
    right = Right.CAMPAIGN_VIEW

    def named_campaign(self, name: str, value: str) -> Campaign:
        return code_or_400(Campaign.objects.visible_to(self.access), name, value)

    def units_under(self, name: str, value: str):
        """The subtree, of each version of the unit: plans of 2023 stay with the units of 2023."""
        units = found_or_400(Unit.objects.visible_to(self.access, self.right).filter(code=value), name, value)
        return Unit.objects.filter(ancestries__ancestor__in=units).values("pk")


# --- campaigns --------------------------------------------------------------------------------------------------------
class CampaignSerializer(FixedCode, serializers.ModelSerializer):
    parent = campaign_field(allow_null=True, required=False, help_text="Mã chiến dịch chứa nó. Containing campaign.")
    owner = unit_field("Mã đơn vị chủ trì. Code of the unit in charge.")
    goals = CodeField(
        queryset=ProgrammeGoal.objects.all(),
        many=True,
        required=False,
        help_text="Mã mục tiêu chương trình chuyển đổi số. Programme goals served.",
    )

    class Meta:
        model = Campaign
        fields = [
            "code",
            "name",
            "kind",
            "parent",
            "owner",
            "theme",
            "description",
            "plan_number",
            "starts_on",
            "ends_on",
            "status",
            "goals",
        ]


class CampaignFilter(PlanFilter):
    q = search_filter()
    kind = filters.ChoiceFilter(choices=CampaignKind.choices, label="Loại. Kind.")
    status = filters.ChoiceFilter(choices=CampaignStatus.choices, label="Tình trạng. Status.")
    parent = filters.CharFilter(method="in_campaign", label="Mã chiến dịch chứa nó. Contained in this campaign.")
    under = filters.CharFilter(
        method="owned_under", label="Mã đơn vị; chủ trì là nó hay cấp dưới. Owned in this subtree."
    )
    day = Day(method="held_on", label="Diễn ra trong ngày. Running on this day.")
    ordering = filters.OrderingFilter(fields={"starts_on": "starts_on", "code": "code", "search_key": "name"})

    class Meta:
        model = Campaign
        fields: list[str] = []

    def in_campaign(self, queryset, name, value: str):
        return queryset.filter(parent=self.named_campaign(name, value))

    def owned_under(self, queryset, name, value: str):
        return queryset.filter(owner__in=self.units_under(name, value))

    def held_on(self, queryset, name, value):
        return queryset.filter(starts_on__lte=value).exclude(ends_on__lt=value)


@writable(
    "chiến dịch",
    "campaign",
    {
        "list": listing("Các chiến dịch mà người gọi thuộc về. Campaigns of the caller's units, above and below."),
        "retrieve": detail("Một chiến dịch theo mã. One campaign."),
    },
)
@extend_schema(tags=["campaigns"])
class CampaignResource(WritableResource):
    queryset = Campaign.objects.for_list().prefetch_related("goals")
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    rights = MANAGED
    write_right = Right.CAMPAIGN_MANAGE
    revisions = ("campaigns", "org")

    def unit_of(self, row, values: dict) -> Unit:
        return values.get("owner") or row.owner

    def save(self, row, values: dict) -> Campaign:
        return services.save_campaign(campaign=row, by=self.request.user, **values)


# --- campaign days ----------------------------------------------------------------------------------------------------
class CampaignDaySerializer(serializers.ModelSerializer):
    campaign = campaign_field(help_text="Mã chiến dịch. Campaign code.")

    class Meta:
        model = CampaignDay
        fields = ["id", "campaign", "day", "kind", "name"]
        validators: list = []


class CampaignDayFilter(PlanFilter):
    campaign = filters.CharFilter(method="of_campaign", label="Mã chiến dịch. Campaign.")
    kind = filters.ChoiceFilter(choices=DayKind.choices, label="Loại ngày. Kind.")
    day = Day(label="Ngày. Day.")
    # "from" is a word of Python; the parameter has the name that the statistics use.
    vars()["from"] = Day(field_name="day", lookup_expr="gte", label="Từ ngày. From this day on.")
    to = Day(field_name="day", lookup_expr="lte", label="Đến hết ngày. Up to this day.")
    ordering = filters.OrderingFilter(fields={"day": "day", "campaign__code": "campaign"})

    class Meta:
        model = CampaignDay
        fields: list[str] = []

    def of_campaign(self, queryset, name, value: str):
        return queryset.filter(campaign=self.named_campaign(name, value))


@writable(
    "ngày hoạt động",
    "campaign day",
    {
        "list": listing("Các ngày hoạt động của những chiến dịch ấy. Days of those campaigns."),
        "retrieve": detail("Một ngày hoạt động. One campaign day."),
    },
)
@extend_schema(tags=["campaign-days"])
class CampaignDayResource(WritableResource):
    queryset = CampaignDay.objects.select_related("campaign__owner").order_by("-day", "-campaign_id")
    serializer_class = CampaignDaySerializer
    filterset_class = CampaignDayFilter
    rights = MANAGED
    write_right = Right.CAMPAIGN_MANAGE
    revisions = ("campaigns", "org")
    lookup_field = "id"
    lookup_value_regex = NUMBER

    def unit_of(self, row, values: dict) -> Unit:
        return (values.get("campaign") or row.campaign).owner

    def save(self, row, values: dict) -> CampaignDay:
        return services.save_day(campaign_day=row, by=self.request.user, **values)


# --- support points ---------------------------------------------------------------------------------------------------
class SupportPointSerializer(FixedCode, serializers.ModelSerializer):
    unit = unit_field("Mã đơn vị phụ trách. Code of the unit that looks after it.")
    area = CodeField(queryset=AdminArea.objects.all(), help_text="Mã địa bàn (phường, xã). Area code.")

    class Meta:
        model = SupportPoint
        fields = [
            "code",
            "name",
            "kind",
            "unit",
            "area",
            "address",
            "lat",
            "lon",
            "opens_at",
            "closes_at",
            "valid_from",
            "valid_to",
        ]
        extra_kwargs = {"lat": {"min_value": -90, "max_value": 90}, "lon": {"min_value": -180, "max_value": 180}}
        validators: list = []


class SupportPointFilter(PlanFilter, DatedFilter):
    q = search_filter()
    kind = filters.ChoiceFilter(choices=PointKind.choices, label="Loại điểm. Kind.")
    unit = filters.CharFilter(method="of_unit", label="Mã đơn vị phụ trách. Unit in charge.")
    under = filters.CharFilter(method="anywhere_under", label="Mã đơn vị; gồm mọi cấp dưới. Whole subtree.")
    area = filters.CharFilter(method="in_area", label="Mã địa bàn. Area.")
    campaign = filters.CharFilter(
        method="of_campaign", label="Có đội được phân công trong chiến dịch. Used by campaign."
    )
    ordering = filters.OrderingFilter(fields={"sort_key": "name", "code": "code", "valid_from": "valid_from"})

    class Meta:
        model = SupportPoint
        fields: list[str] = []

    def of_unit(self, queryset, name, value: str):
        return queryset.filter(unit=self.unit(name, value))

    def anywhere_under(self, queryset, name, value: str):
        return queryset.filter(unit__in=self.units_under(name, value))

    def in_area(self, queryset, name, value: str):
        return queryset.filter(area=code_or_400(AdminArea.objects.on(self.day), name, value))

    def of_campaign(self, queryset, name, value: str):
        used = self.named_campaign(name, value).days.filter(deployments__cancelled_at__isnull=True)
        return queryset.filter(pk__in=used.values("deployments__point"))


@writable(
    "điểm hỗ trợ",
    "support point",
    {
        "list": listing("Các điểm hỗ trợ người dân. Support points."),
        "retrieve": dated_detail("Một điểm hỗ trợ theo mã. One support point."),
    },
)
@extend_schema(tags=["support-points"])
class SupportPointResource(DatedResource, WritableResource):
    queryset = SupportPoint.objects.for_list()
    serializer_class = SupportPointSerializer
    filterset_class = SupportPointFilter
    rights = {"GET": Right.CAMPAIGN_VIEW, "POST": Right.DEPLOY, "PUT": Right.DEPLOY, "PATCH": Right.DEPLOY}
    write_right = Right.DEPLOY
    revisions = ("campaigns", "org")

    def unit_of(self, row, values: dict) -> Unit:
        return values.get("unit") or row.unit

    def save(self, row, values: dict) -> SupportPoint:
        return services.save_point(point=row, by=self.request.user, **values)


# --- targets ----------------------------------------------------------------------------------------------------------
class TargetSerializer(serializers.ModelSerializer):
    campaign = campaign_field(help_text="Mã chiến dịch. Campaign code.")
    unit = unit_field("Mã đơn vị được giao. Code of the unit that is to reach it.")
    measure = serializers.RegexField(
        r"^[A-Za-z][A-Za-z0-9_]*$", max_length=30, help_text="Mã chỉ số: people, service_turns, HS_NOP, … Measure code."
    )

    class Meta:
        model = Target
        fields = ["id", "campaign", "unit", "measure", "value", "name"]
        extra_kwargs = {"value": {"min_value": 1}}
        validators: list = []


class TargetFilter(PlanFilter):
    campaign = filters.CharFilter(method="of_campaign", label="Mã chiến dịch. Campaign.")
    unit = filters.CharFilter(method="of_unit", label="Mã đơn vị. Unit.")
    under = filters.CharFilter(method="anywhere_under", label="Mã đơn vị; gồm mọi cấp dưới. Whole subtree.")
    measure = filters.CharFilter(label="Mã chỉ số. Measure.")
    ordering = filters.OrderingFilter(
        fields={"campaign__code": "campaign", "unit__code": "unit", "measure": "measure", "value": "value"}
    )

    class Meta:
        model = Target
        fields: list[str] = []

    def of_campaign(self, queryset, name, value: str):
        return queryset.filter(campaign=self.named_campaign(name, value))

    def of_unit(self, queryset, name, value: str):
        return queryset.filter(unit=self.unit(name, value))

    def anywhere_under(self, queryset, name, value: str):
        return queryset.filter(unit__in=self.units_under(name, value))


@writable(
    "chỉ tiêu",
    "target",
    {
        "list": listing("Chỉ tiêu của các đơn vị trong chiến dịch. Targets of units in campaigns."),
        "retrieve": detail("Một chỉ tiêu. One target."),
    },
)
@extend_schema(tags=["targets"])
class TargetResource(WritableResource):
    # The newest campaign first, by the table's own key: by its dates all targets would be sorted to show some.
    queryset = Target.objects.for_list().order_by("-campaign_id", "unit_id", "measure")
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    rights = MANAGED
    write_right = Right.CAMPAIGN_MANAGE
    revisions = ("campaigns", "org")
    lookup_field = "id"
    lookup_value_regex = NUMBER

    def unit_of(self, row, values: dict) -> Unit:
        return values.get("unit") or row.unit

    def save(self, row, values: dict) -> Target:
        return services.save_target(target=row, by=self.request.user, **values)
