"""The words of ``/api/v1/stats/explain/`` for the OpenAPI document."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reports.api_schema import STATS, UNKNOWN_UNIT, FreshnessSerializer, StatsQuerySerializer
from reports.explain.asking import AT
from reports.explain.counting import LESS, RECORDED
from reports.explain.explanation import DIFFERS, EQUAL, PENDING, TOO_LARGE
from reports.stats.dimensions import DIMENSIONS

_NOT_HERE = {"limit", "cursor", "bom", "labels", "format"}
QUESTION = [
    *(each for each in STATS["parameters"] if each.name not in _NOT_HERE),
    OpenApiParameter(
        "measure",
        description="Số đo được giải thích; mặc định là số đo đầu tiên của `measures`, không có thì `people`. "
        "The measure to be explained.",
    ),
    *(
        OpenApiParameter(
            f"{AT}{code}",
            description="Ô: mã như trong `rows`; `null` là dòng không có giá trị. The cell: the code as in `rows`.",
        )
        for code in DIMENSIONS
    ),
]
PAGES = [
    OpenApiParameter("page", {"type": "integer", "minimum": 1, "default": 1}, description="Trang, từ 1. Page."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        description="Số dòng một trang. Rows a page.",
    ),
]


class PagedSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ExplainMeasureSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    definition = serializers.CharField()
    additive = serializers.BooleanField()


class ExplainCellSerializer(serializers.Serializer):
    dimension = serializers.CharField()
    code = serializers.CharField(allow_null=True)

    def get_fields(self):
        # ``label`` is an attribute of every field.
        return super().get_fields() | {"label": serializers.CharField(allow_null=True)}


class ExplainPartSerializer(serializers.Serializer):
    code = serializers.ChoiceField((RECORDED, *LESS))
    value = serializers.IntegerField(help_text="Có dấu: cộng các phần ra `counted` (số đo cộng dồn được). Signed.")
    rows = serializers.IntegerField(help_text="Số dòng, lượt điểm danh hoặc ca. Rows.")
    text = serializers.CharField()
    reason = serializers.CharField(help_text="Vì sao tính hoặc không tính. Why it counts, or does not.")


class ExplainGroupSerializer(serializers.Serializer):
    team = serializers.CharField()
    team_name = serializers.CharField()
    day = serializers.DateField()
    sessions = serializers.IntegerField()
    recorded = serializers.IntegerField()
    not_counted = serializers.IntegerField()
    figure = serializers.IntegerField()


class ExplainGroupsSerializer(PagedSerializer):
    results = ExplainGroupSerializer(many=True)


class ExplainNarrowerRowSerializer(serializers.Serializer):
    code = serializers.CharField(allow_null=True)
    figure = serializers.IntegerField()
    url = serializers.URLField()

    def get_fields(self):
        return super().get_fields() | {"label": serializers.CharField()}


class ExplainNarrowerSerializer(serializers.Serializer):
    by = serializers.CharField()
    rows = ExplainNarrowerRowSerializer(many=True)


class ExplanationSerializer(serializers.Serializer):
    query = StatsQuerySerializer()
    measure = ExplainMeasureSerializer()
    cell = ExplainCellSerializer(many=True)
    figure = serializers.IntegerField(help_text="Như `/stats/` nói. As the statistics tell it.")
    counted = serializers.IntegerField(allow_null=True, help_text="Đếm lại từ nhật ký gốc. Counted again from raw.")
    status = serializers.ChoiceField((EQUAL, PENDING, DIFFERS, TOO_LARGE))
    status_text = serializers.CharField()
    sentence = serializers.CharField(allow_blank=True)
    parts = ExplainPartSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    freshness = FreshnessSerializer()
    by_team_and_day = ExplainGroupsSerializer()
    narrower = ExplainNarrowerSerializer(allow_null=True, help_text="Khi quá lớn: các phần nhỏ hơn. Smaller parts.")
    sessions = serializers.URLField(allow_null=True, help_text="Cần quyền xem ca. Takes the right to see sessions.")
    distinct = serializers.URLField(allow_null=True)
    access = serializers.CharField(allow_null=True, help_text="Ai xem được các ca. Who may see more.")


class ExplainVoidSerializer(serializers.Serializer):
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True)


class ExplainSessionSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    team = serializers.CharField()
    team_name = serializers.CharField()
    day = serializers.DateField()
    point = serializers.CharField(allow_null=True)
    point_name = serializers.CharField(allow_null=True)
    campaign = serializers.CharField(allow_null=True)
    state = serializers.CharField(help_text="provisional, approved, locked.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    opened_by = serializers.CharField(allow_null=True, help_text="null cho khóa API. Not told to tokens.")
    closed_by = serializers.CharField(allow_null=True)
    void = ExplainVoidSerializer(allow_null=True)
    rows = serializers.IntegerField(help_text="Số dòng trong ô. Rows in the cell.")
    not_counted = serializers.IntegerField()
    figure = serializers.IntegerField()
    lines = serializers.URLField()


class ExplainHiddenSerializer(PagedSerializer):
    too_many = serializers.BooleanField(help_text="Quá nhiều ca: hỏi một phần nhỏ hơn. Ask for a smaller part.")
    hidden = serializers.IntegerField(help_text="Số ca người gọi không được xem. Sessions that are not the caller's.")


class ExplainSessionsSerializer(ExplainHiddenSerializer):
    results = ExplainSessionSerializer(many=True)


class ExplainLineSerializer(serializers.Serializer):
    """A log, or for measures of presence an attendance (`volunteer` …)."""

    id = serializers.UUIDField()
    happened_at = serializers.DateTimeField(required=False)
    service = serializers.CharField(required=False)
    service_name = serializers.CharField(required=False)
    result = serializers.CharField(required=False)
    people = serializers.IntegerField(required=False)
    same_visit = serializers.BooleanField(required=False)
    quantity = serializers.IntegerField(required=False, allow_null=True)
    metric = serializers.CharField(required=False, allow_null=True)
    age_group = serializers.CharField(required=False, allow_null=True)
    channel = serializers.CharField(required=False)
    volunteer = serializers.CharField(required=False)
    volunteer_name = serializers.CharField(required=False, allow_null=True)
    minutes = serializers.IntegerField(required=False, allow_null=True)
    figure = serializers.IntegerField(help_text="Góp vào số này. What it gives to the figure.")
    not_counted = serializers.ChoiceField(LESS, allow_null=True)
    void = ExplainVoidSerializer(allow_null=True)


class ExplainLinesSerializer(PagedSerializer):
    session = serializers.UUIDField()
    outside = serializers.IntegerField(help_text="Dòng của ca không thuộc ô. Rows of the session outside the cell.")
    results = ExplainLineSerializer(many=True)


class ExplainOneSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    sessions = serializers.IntegerField()


class ExplainDistinctSerializer(ExplainHiddenSerializer):
    results = ExplainOneSerializer(many=True)


def _operation(identifier: str, summary: str, answer, *more: OpenApiParameter, **options) -> dict:
    return {
        "operation_id": identifier,
        "tags": ["stats"],
        "summary": summary,
        "parameters": [*QUESTION, *more, *PAGES],
        "responses": {(200, "application/json"): answer, **UNKNOWN_UNIT},
        **options,
    }


EXPLAIN = _operation(
    "stats_explain",
    "Số này từ đâu? Where a figure comes from.",
    ExplanationSerializer,
    description=(
        "Câu hỏi của `/api/v1/stats/` và một ô của câu trả lời: `at_unit=BC-TT&at_day=2023-03-26`. "
        "*The question of the statistics and one cell of its answer: the figure, what it is made of, and the same "
        "counted again from the raw logs.*"
    ),
)
SESSIONS = _operation(
    "stats_explain_sessions", "Các ca đứng sau số. The sessions behind it.", ExplainSessionsSerializer
)
LINES = _operation(
    "stats_explain_lines",
    "Các dòng của một ca trong ô. The lines of one session in the cell.",
    ExplainLinesSerializer,
    OpenApiParameter("session", OpenApiTypes.UUID, required=True, description="Ca. The session."),
)
DISTINCT = _operation(
    "stats_explain_distinct",
    "Những đối tượng khác nhau được đếm. Those that are counted once.",
    ExplainDistinctSerializer,
)
