"""Figures of past years as a REST resource: read only, apart from the statistics, each with its document."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from campaigns.past import PastFigure
from core.schema import detail, listing
from teams.models import Unit
from teams.permissions import Right
from teams.rest import NUMBER, Day, Filter, Resource, found_or_400


class PastFigureSerializer(serializers.ModelSerializer):
    campaign = serializers.CharField(
        source="campaign.code", default=None, allow_null=True, read_only=True, help_text="Mã chiến dịch. Campaign code."
    )
    programme = serializers.CharField(
        source="about", read_only=True, help_text="Tên chiến dịch hoặc chương trình. Name of the campaign or programme."
    )
    unit = serializers.CharField(source="unit.code", read_only=True, help_text="Mã đơn vị. Unit code.")

    class Meta:
        model = PastFigure
        fields = ["id", "campaign", "programme", "unit", "starts_on", "ends_on", "measure", "value", "source"]


class PastFigureFilter(Filter):
    right = Right.STATS_VIEW
    campaign = filters.CharFilter(field_name="campaign__code", label="Mã chiến dịch. Campaign.")
    unit = filters.CharFilter(method="of_unit", label="Mã đơn vị. Unit.")
    measure = filters.CharFilter(label="Mã chỉ số. Measure.")
    starts_from = Day(field_name="starts_on", lookup_expr="gte", label="Kỳ bắt đầu từ ngày. Period begins from.")
    ends_by = Day(field_name="ends_on", lookup_expr="lte", label="Kỳ kết thúc đến ngày. Period ends by.")

    class Meta:
        model = PastFigure
        fields: list[str] = []

    def of_unit(self, queryset, name, value: str):
        """Each version of the unit: figures of 2019 are of the units of 2019."""
        units = Unit.objects.visible_to(self.access, self.right).filter(code=value)
        return queryset.filter(unit__in=found_or_400(units, name, value))


@extend_schema_view(
    list=listing("Số liệu các năm trước, nhập từ văn bản. Figures of past years, imported from documents."),
    retrieve=detail("Một số liệu. One figure."),
)
@extend_schema(
    tags=["past-figures"],
    description=(
        "Số ghi trong văn bản cũ, kèm nguồn; không cộng vào `/stats/`. "
        "What older documents say, each with its source; never part of `/stats/`."
    ),
)
class PastFigureResource(Resource):
    queryset = PastFigure.objects.for_list()
    serializer_class = PastFigureSerializer
    filterset_class = PastFigureFilter
    rights = {"GET": Right.STATS_VIEW}
    revisions = ("campaigns", "org")
    lookup_field = "id"
    lookup_value_regex = NUMBER
