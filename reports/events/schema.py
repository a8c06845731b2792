"""The words of ``/api/v1/events/`` for the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reports.api_schema import UNKNOWN_UNIT
from reports.events.feed import TYPE

USUAL_PAGE, MOST_PAGE = 200, 1000


class FigureEventSerializer(serializers.Serializer):
    id = serializers.IntegerField(
        help_text="Số thứ tự, chỉ tăng; các thay đổi cùng lúc có chung một số. Grows; shared by changes of one moment."
    )
    type = serializers.ChoiceField([TYPE])
    at = serializers.DateTimeField(help_text="Lúc số liệu đổi. When the figures changed.")
    day = serializers.DateField(help_text="Ngày của số liệu. The day that the figures are of.")
    team = serializers.CharField()
    unit = serializers.CharField(allow_null=True, help_text="Đơn vị của đội hình vào ngày đó. The team's unit then.")
    campaign = serializers.CharField(allow_null=True)
    stats = serializers.URLField(help_text="Câu hỏi lấy số liệu mới. The question that tells the figures now.")


class FigureEventPageSerializer(serializers.Serializer):
    events = FigureEventSerializer(many=True)
    after = serializers.IntegerField(help_text="Giữ lại để hỏi tiếp. Keep it: the next question goes on from here.")
    structure = serializers.CharField(
        help_text=(
            "Đổi khi tổ chức, chiến dịch hay danh mục đổi: hãy hỏi lại số liệu chia theo đơn vị. "
            "Changes with organisation, campaigns or catalogue: ask again what you keep by unit."
        )
    )
    next = serializers.URLField(allow_null=True, help_text="Còn nữa thì hỏi ngay ở đây. There is more, here, now.")


EVENTS: dict[str, Any] = {
    "operation_id": "events_list",
    "tags": ["stats"],
    "summary": "Số liệu nào vừa đổi, theo thứ tự. Which figures have changed, in order.",
    "description": (
        "Dòng sự kiện để chương trình khác theo dõi số liệu mà không phải hỏi lại tất cả. Mỗi đội hình × ngày × "
        "chiến dịch có một dòng, chuyển về cuối mỗi khi đổi. Một thay đổi có thể được kể hơn một lần, không bao giờ bị "
        "bỏ sót. "
        "*What has changed since `after`, at least once, within the caller's scope; one row a team, day and campaign, "
        "moved to the end when it changes again.*"
    ),
    "parameters": [
        OpenApiParameter(
            "after",
            OpenApiTypes.STR,
            default="0",
            description="Số `after` của lần trước; `0`: từ đầu; `latest`: từ bây giờ. As the last answer gave it.",
        ),
        OpenApiParameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST_PAGE, "default": USUAL_PAGE},
            description="Khoảng bao nhiêu dòng một lần; các thay đổi cùng lúc không bị tách. About how many at once.",
        ),
        OpenApiParameter("unit", description="Mã đơn vị; gồm mọi cấp dưới. A unit with all below it."),
        OpenApiParameter(
            "campaign", description="Mã chiến dịch, phân cách bằng dấu phẩy; gồm chiến dịch con. Campaigns."
        ),
        OpenApiParameter("from", OpenApiTypes.DATE, description="Số liệu từ ngày. Figures of days from."),
        OpenApiParameter("to", OpenApiTypes.DATE, description="Số liệu đến ngày. Figures of days to."),
    ],
    "responses": {(200, "application/json"): FigureEventPageSerializer, **UNKNOWN_UNIT},
}
