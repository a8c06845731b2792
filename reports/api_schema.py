"""The words of ``/api/v1/stats/`` for the OpenAPI document."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.problems import CONTENT_TYPE
from core.schema import BOM, ProblemSerializer
from reports.formats import JsonStatRenderer, ParquetRenderer, XlsxRenderer
from reports.stats.dimensions import DIMENSIONS, MOST_DIMENSIONS
from reports.stats.engine import STATES
from reports.stats.measures import DEFAULT
from reports.stats.paging import MOST_PAGE, USUAL_PAGE
from reports.stats.periods import EXAMPLES
from reports.stats.query import CHOICES, DEFAULTS


# --- the answer -------------------------------------------------------------------------------------------------------
class FreshnessSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(allow_null=True, help_text="Thay đổi gần nhất đã được tính. Last change counted.")
    pending = serializers.IntegerField(min_value=0, help_text="Thay đổi đã nhận, chưa tính. Stored, not yet counted.")
    lag_seconds = serializers.IntegerField(min_value=0, help_text="Thay đổi cũ nhất chưa tính đã chờ bao lâu.")
    state = serializers.ChoiceField(
        STATES,
        allow_null=True,
        help_text="Tình trạng kém chắc chắn nhất trong các số liệu; null: không có số liệu. The least certain state.",
    )


class StatsQuerySerializer(serializers.Serializer):
    """The question as it was understood."""

    measures = serializers.ListField(child=serializers.CharField())
    by = serializers.ListField(child=serializers.ChoiceField([*DIMENSIONS]))
    unit = serializers.CharField(allow_null=True)
    depth = serializers.ChoiceField(CHOICES["depth"])
    campaign = serializers.ListField(child=serializers.CharField())
    service = serializers.ListField(child=serializers.CharField())
    hierarchy = serializers.ChoiceField(CHOICES["hierarchy"])
    state = serializers.ChoiceField(CHOICES["state"])

    def get_fields(self):
        # ``from`` is a word of Python.
        days = {name: serializers.DateField(allow_null=True) for name in ("from", "to")}
        return super().get_fields() | days


class StatsAnswerSerializer(serializers.Serializer):
    query = StatsQuerySerializer()
    columns = serializers.ListField(child=serializers.CharField(), help_text="Chiều, rồi chỉ tiêu đo.")
    rows = serializers.ListField(
        child=serializers.DictField(child=serializers.JSONField(allow_null=True)),
        help_text="Chiều bằng mã, số liệu bằng số nguyên. Dimensions by code, measures as whole numbers.",
    )
    labels = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()), help_text="Chiều → mã → tên. Code to name."
    )
    totals = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        help_text="Của cả câu trả lời, không riêng trang này. Of the whole answer, not of the page.",
    )
    freshness = FreshnessSerializer()
    next = serializers.URLField(allow_null=True, help_text="Trang sau. The next page.")


EXAMPLE = OpenApiExample(
    "Bình Chánh",
    value={
        "query": {
            "measures": ["people", "sessions"],
            "by": ["unit"],
            "unit": "BC",
            "depth": "children",
            "campaign": [],
            "service": [],
            "from": "2023-03-26",
            "to": "2023-03-26",
            "hierarchy": "as_was",
            "state": "all",
        },
        "columns": ["unit", "people", "sessions"],
        "rows": [{"unit": "BC-TT", "people": 214, "sessions": 2}],
        "labels": {"unit": {"BC-TT": "Đoàn thị trấn Tân Túc"}},
        "totals": {"people": 214, "sessions": 2},
        "freshness": {
            "as_of": "2023-03-26T17:42:10.512000+07:00",
            "pending": 0,
            "lag_seconds": 0,
            "state": "provisional",
        },
        "next": None,
    },
    response_only=True,
    media_type="application/json",
)


class JsonStatSerializer(serializers.Serializer):
    """JSON-stat 2.0, a dataset: the cube of the dimensions and the measures."""

    version = serializers.CharField(help_text="2.0")
    label = serializers.CharField()
    source = serializers.CharField()
    updated = serializers.DateTimeField(required=False)
    note = serializers.ListField(child=serializers.CharField(), help_text="Câu hỏi. The question in words.")
    id = serializers.ListField(child=serializers.CharField(), help_text="Chiều, rồi `measure`.")
    size = serializers.ListField(child=serializers.IntegerField())
    role = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    dimension = serializers.DictField(child=serializers.JSONField())
    value = serializers.JSONField(help_text="Mảng nếu mọi ô có số; nếu không: số thứ tự ô → số. Dense or sparse.")
    status = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="`c`: số nhỏ không công bố. Not published."
    )
    extension = serializers.JSONField(help_text="query, totals, freshness, digest.")

    def get_fields(self):
        # ``class`` is a word of Python.
        return super().get_fields() | {"class": serializers.CharField(help_text="dataset")}


def _list(name: str, description: str, **options) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, many=True, explode=False, description=description, **options)


def _choice(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, enum=CHOICES[name], default=DEFAULTS[name], description=description)


UNKNOWN_UNIT = {
    (404, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description="Không có đơn vị này, hoặc ngoài phạm vi.")
}
HEADERS = [
    OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, response=[200], description=description)
    for name, description in (
        ("Stats-As-Of", "Thay đổi gần nhất đã được tính. Last change counted."),
        ("Stats-State", "Tình trạng kém chắc chắn nhất. The least certain state."),
        ("Stats-Digest", "SHA-256 của cả câu trả lời, như nhau ở mọi dạng. Of the whole answer, equal in all forms."),
    )
]
STATS = {
    "operation_id": "stats_query",
    "tags": ["stats"],
    "summary": "Số liệu theo đơn vị, ngày, dịch vụ… The figures, split as asked.",
    "description": (
        "Số liệu tính từ nhật ký gốc, trong phạm vi của người gọi. `unit` vắng mặt: cả phạm vi. "
        "*Figures counted from what was logged, within the caller's scope.* "
        "`/api/v1/stats/schema/` nêu mọi chiều, mọi số đo và những gì đi được với nhau."
    ),
    "parameters": [
        _list("measures", f"Số đo; mặc định {','.join(DEFAULT)}. Measures, see /stats/schema/."),
        _list("by", f"Chiều, nhiều nhất {MOST_DIMENSIONS}. What to split by.", enum=[*DIMENSIONS]),
        OpenApiParameter("unit", description="Mã đơn vị (hoặc mã@ngày đầu). Unit code; default: the whole scope."),
        _choice("depth", "Đơn vị nào hiện ra khi by=unit: chính nó, cấp dưới trực tiếp, hay mọi cấp dưới."),
        _list("campaign", "Mã chiến dịch; gồm mọi chiến dịch con. Campaigns with all that they contain."),
        _list("service", "Mã dịch vụ hoặc nhóm dịch vụ. Services or groups."),
        OpenApiParameter("from", OpenApiTypes.DATE, description="Từ ngày, kể cả ngày đó. First day, inclusive."),
        OpenApiParameter("to", OpenApiTypes.DATE, description="Đến ngày, kể cả ngày đó. Last day, inclusive."),
        OpenApiParameter("period", description=f"Kỳ, thay cho from và to: {', '.join(EXAMPLES)}."),
        _choice("hierarchy", "as_was: theo đơn vị của ngày đó; as_is: theo đơn vị hôm nay. The tree then, or now."),
        _choice("state", "approved: chỉ số liệu đã duyệt hoặc đã khóa. Only approved or locked figures."),
        OpenApiParameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST_PAGE, "default": USUAL_PAGE},
            description="Số dòng một trang (chỉ JSON). Rows a page.",
        ),
        OpenApiParameter("cursor", description="Như trong `next`. As given by `next`."),
        BOM,
        OpenApiParameter(
            "labels",
            OpenApiTypes.STR,
            enum=["0", "1"],
            description="`1`: CSV có thêm cột tên cạnh mỗi cột mã. Names beside the codes (CSV only).",
        ),
        *HEADERS,
    ],
    "examples": [EXAMPLE],
    "responses": {
        (200, "application/json"): StatsAnswerSerializer,
        (200, "text/csv"): OpenApiTypes.STR,
        (200, XlsxRenderer.media_type): OpenApiTypes.BINARY,
        (200, JsonStatRenderer.media_type): JsonStatSerializer,
        (200, ParquetRenderer.media_type): OpenApiTypes.BINARY,
        **UNKNOWN_UNIT,
    },
}


# --- what can be asked ------------------------------------------------------------------------------------------------
class StatsDimensionSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    note = serializers.CharField(allow_blank=True)


class StatsMeasureSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    definition = serializers.CharField()
    additive = serializers.BooleanField(help_text="false: không được cộng các dòng; dùng totals. Do not add up rows.")
    of_citizens = serializers.BooleanField(
        help_text="Số đếm người dân: dưới 5 không công bố. Small counts are private."
    )
    by = serializers.ListField(child=serializers.CharField(), help_text="Chia được theo. Dimensions it knows.")
    combinations = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Những chiều đi cùng nhau được; một phần cũng được. Sets of dimensions, or any part of one.",
    )
    filter_by_service = serializers.BooleanField()


class StatsParameterSerializer(serializers.Serializer):
    choices = serializers.ListField(child=serializers.CharField())
    default = serializers.CharField()


class StatsLimitsSerializer(serializers.Serializer):
    rows = serializers.IntegerField(help_text="Quá số này thì từ chối, không cắt bớt. Refused beyond, never truncated.")
    page = serializers.IntegerField()
    usual_page = serializers.IntegerField()
    dimensions = serializers.IntegerField()
    measures = serializers.IntegerField()
    values = serializers.IntegerField()


class StatsPublishedSerializer(serializers.Serializer):
    by = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Các bảng; một phần cũng được. Tables."
    )
    to = serializers.DateField(help_text="Hết ngày này. The last day that is published.")
    parameters = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Chỉ các giá trị này. Only these values."
    )
    absent = serializers.ListField(child=serializers.CharField(), help_text="Không được dùng. Not to be used.")


class StatsSchemaSerializer(serializers.Serializer):
    dimensions = StatsDimensionSerializer(many=True)
    measures = StatsMeasureSerializer(many=True)
    parameters = serializers.DictField(child=StatsParameterSerializer())
    periods = serializers.ListField(child=serializers.CharField())
    limits = StatsLimitsSerializer()
    formats = serializers.ListField(child=serializers.CharField())
    published = StatsPublishedSerializer(
        allow_null=True, help_text="Khóa để công bố hỏi được gì; khóa khác: null. What a public token may ask."
    )


SCHEMA = {
    "operation_id": "stats_schema",
    "tags": ["stats"],
    "summary": "Hỏi được gì: chiều, số đo, định nghĩa, giới hạn. What can be asked.",
    "responses": StatsSchemaSerializer,
}


class StatsPeriodSerializer(serializers.Serializer):
    code = serializers.CharField()

    def get_fields(self):
        return super().get_fields() | {name: serializers.DateField() for name in ("from", "to")}


class StatsPeriodsSerializer(serializers.Serializer):
    today = serializers.DateField(help_text="Ngày ở TP. Hồ Chí Minh. The day in the city.")
    periods = StatsPeriodSerializer(many=True)


PERIODS = {
    "operation_id": "stats_periods",
    "tags": ["stats"],
    "summary": "Một kỳ là những ngày nào, tính từ hôm nay. The days that a period stands for.",
    "parameters": [
        OpenApiParameter(
            "period", description=f"Một kỳ; vắng mặt: mọi kỳ tương đối. For example {', '.join(EXAMPLES)}."
        )
    ],
    "responses": StatsPeriodsSerializer,
}
