"""Units and teams as REST resources. Read only: what moves units and teams moves other people's figures."""

from django.db.models import OuterRef, Subquery
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from core.dated import valid_on
from core.schema import dated_detail, listing
from teams import lineage
from teams.models import AdminArea, Team, TeamHome, TeamKind, Unit, UnitPlacement
from teams.models.units import Block, UnitKind
from teams.permissions import Right
from teams.rest import DatedFilter, DatedResource, code_or_400, search_filter


def area_filter() -> filters.CharFilter:
    return filters.CharFilter(method="in_area", label="Mã địa bàn (phường, xã). Code of the administrative area.")


class InArea:
    """The area as it is valid on the day: codes were used again."""

    def in_area(self, queryset, name, value: str):
        return queryset.filter(area=code_or_400(AdminArea.objects.on(self.day), name, value))


# --- units ------------------------------------------------------------------------------------------------------------
class UnitSerializer(serializers.ModelSerializer):
    parent = serializers.CharField(
        source="parent_code", allow_null=True, read_only=True, help_text="Mã đơn vị cấp trên trong ngày. Parent's code."
    )
    area = serializers.CharField(
        source="area.code", default=None, allow_null=True, read_only=True, help_text="Mã địa bàn. Area code."
    )

    parents = lineage.ParentSerializer(
        source="placements", many=True, read_only=True, help_text="Trực thuộc qua các thời kỳ. Its parents, by days."
    )
    predecessors = lineage.LineSerializer(
        source="predecessions", many=True, read_only=True, other="old", help_text="Từ đơn vị nào. What it came from."
    )
    successors = lineage.LineSerializer(
        source="successions", many=True, read_only=True, other="new", help_text="Thành đơn vị nào. What became of it."
    )

    class Meta:
        model = Unit
        fields = [
            *("code", "name", "kind", "block", "parent", "area", "valid_from", "valid_to"),
            *("parents", "predecessors", "successors"),
        ]


class UnitFilter(InArea, DatedFilter):
    q = search_filter()
    kind = filters.ChoiceFilter(choices=UnitKind.choices, label="Loại đơn vị. Kind.")
    block = filters.ChoiceFilter(choices=Block.choices, label="Khối. Block.")
    parent = filters.CharFilter(method="directly_under", label="Mã đơn vị cấp trên trực tiếp. Children of this unit.")
    under = filters.CharFilter(method="anywhere_under", label="Mã đơn vị; gồm nó và mọi cấp dưới. Whole subtree.")
    area = area_filter()
    ordering = filters.OrderingFilter(fields={"sort_key": "name", "code": "code", "valid_from": "valid_from"})

    class Meta:
        model = Unit
        fields: list[str] = []

    def directly_under(self, queryset, name, value: str):
        placed = UnitPlacement.objects.on(self.day).filter(parent=self.unit(name, value))
        return queryset.filter(pk__in=placed.values("unit"))

    def anywhere_under(self, queryset, name, value: str):
        return queryset.below(self.unit(name, value), self.day)


@extend_schema_view(
    list=listing("Các đơn vị Đoàn trong phạm vi của người gọi. Units that the caller may see."),
    retrieve=dated_detail(
        "Một đơn vị theo mã, cùng các đơn vị trước và sau nó. One unit, what it came from and what became of it.",
        lineage.EXAMPLE,
    ),
)
@extend_schema(tags=["units"])
class UnitResource(DatedResource):
    queryset = Unit.objects.for_list()
    serializer_class = UnitSerializer
    filterset_class = UnitFilter
    rights = {"GET": Right.ORG_VIEW}
    revisions = ("org",)

    def get_queryset(self):
        placed = UnitPlacement.objects.filter(valid_on(OuterRef("as_of")), unit=OuterRef("pk"))
        units = super().get_queryset().annotate(parent_code=Subquery(placed.values("parent__code")[:1]))
        if getattr(self, "swagger_fake_view", False):  # there is no caller
            return units
        return units.prefetch_related(*lineage.prefetches(self.access))


# --- teams ------------------------------------------------------------------------------------------------------------
class TeamSerializer(serializers.ModelSerializer):
    unit = serializers.CharField(
        source="unit_code",
        allow_null=True,
        read_only=True,
        help_text="Mã đơn vị chủ quản trong ngày. Home unit's code.",
    )
    area = serializers.CharField(
        source="area.code", default=None, allow_null=True, read_only=True, help_text="Mã địa bàn. Area code."
    )

    class Meta:
        model = Team
        fields = ["code", "name", "kind", "unit", "area", "field", "is_assumed", "note", "valid_from", "valid_to"]


class TeamFilter(InArea, DatedFilter):
    q = search_filter()
    kind = filters.ChoiceFilter(choices=TeamKind.choices, label="Loại đội hình. Kind.")
    unit = filters.CharFilter(method="of_unit", label="Mã đơn vị chủ quản. Home unit.")
    under = filters.CharFilter(method="anywhere_under", label="Mã đơn vị; gồm đội của mọi cấp dưới. Whole subtree.")
    area = area_filter()
    ordering = filters.OrderingFilter(fields={"sort_key": "name", "code": "code", "valid_from": "valid_from"})

    class Meta:
        model = Team
        fields: list[str] = []

    def of_unit(self, queryset, name, value: str):
        return self._at_home(queryset, [self.unit(name, value)])

    def anywhere_under(self, queryset, name, value: str):
        return self._at_home(queryset, Unit.objects.below(self.unit(name, value), self.day))

    def _at_home(self, queryset, units):
        homes = TeamHome.objects.on(self.day).filter(unit__in=units)
        return queryset.filter(pk__in=homes.values("team"))


@extend_schema_view(
    list=listing("Các đội hình trong phạm vi của người gọi. Teams that the caller may see."),
    retrieve=dated_detail("Một đội hình theo mã. One team."),
)
@extend_schema(tags=["teams"])
class TeamResource(DatedResource):
    queryset = Team.objects.for_list()
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    rights = {"GET": Right.ORG_VIEW}
    revisions = ("org",)

    def get_queryset(self):
        homes = TeamHome.objects.filter(valid_on(OuterRef("as_of")), team=OuterRef("pk"))
        return super().get_queryset().annotate(unit_code=Subquery(homes.values("unit__code")[:1]))
