"""How the REST interface describes itself: OpenAPI 3.1 with, for each operation, the problems that it can answer."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from core.problems import BY_STATUS, CONTENT_TYPE

WRITES = ("POST", "PUT", "PATCH")


class ProblemErrorSerializer(serializers.Serializer):
    """One fault in the input."""

    code = serializers.CharField(help_text="Mã ổn định cho chương trình. Stable code for programs.")
    detail = serializers.CharField(help_text="Cho người đọc, theo Accept-Language. For a person.")
    pointer = serializers.CharField(
        required=False, help_text="JSON pointer (RFC 6901) của chỗ sai trong body. Where in the body."
    )
    parameter = serializers.CharField(
        required=False, help_text="Tên tham số sai trên địa chỉ. Name of the faulty query parameter."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Problem",
            value={
                "type": "urn:xungkichso:problem:invalid_parameter",
                "title": "Tham số không hợp lệ",
                "status": 400,
                "code": "invalid_parameter",
                "detail": "Có tham số sai trên địa chỉ; xem “errors”.",
                "instance": "/api/v1/units/",
                "errors": [{"code": "invalid", "detail": "Số trang là một số từ 1.", "parameter": "page"}],
            },
        )
    ]
)
class ProblemSerializer(serializers.Serializer):
    """RFC 9457. `code` không đổi theo ngôn ngữ; `title` và `detail` theo Accept-Language (vi, en)."""

    type = serializers.CharField(help_text="URN, `urn:xungkichso:problem:<code>`.")
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    code = serializers.CharField(help_text="Mã ổn định cho chương trình. Stable code for programs.")
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="Địa chỉ được gọi. The path that was called.")
    errors = ProblemErrorSerializer(many=True, required=False)
    request_id = serializers.CharField(
        required=False, help_text="Chỉ ở lỗi 5xx: hãy gửi mã này cho người vận hành. Quote it to the operator."
    )


class ProblemAutoSchema(AutoSchema):
    """Adds the problems that the operation can answer, unless the view describes that status itself."""

    def get_description(self) -> str:
        """Never the docstring, which speaks to developers; ``extend_schema(description=…)`` comes before this."""
        return ""

    def _get_response_bodies(self, direction="response"):
        responses = super()._get_response_bodies(direction)
        if direction == "response":
            if self._has_etag():
                responses.setdefault("304", {"description": str(_("Không có gì đổi từ lần trước."))})
            for status in self._problem_statuses():
                if str(status) not in responses:
                    response = OpenApiResponse(ProblemSerializer, description=str(BY_STATUS[status][1]))
                    responses[str(status)] = self._get_response_for_code(response, str(status), [CONTENT_TYPE])
        return responses

    def _problem_statuses(self) -> list[int]:
        view, writes = self.view, self.method in WRITES
        statuses = [400, 406]
        if view.get_authenticators():
            statuses.append(401)  # a bad token is refused by public views too
        if writes or not all(isinstance(permission, AllowAny) for permission in view.get_permissions()):
            statuses.append(403)
        if "{" in self.path:
            statuses.append(404)
        if writes:
            statuses += [409, 413, 415]
        if view.get_throttles():
            statuses.append(429)
        return sorted([*statuses, 500])

    def _has_etag(self) -> bool:
        return self.method == "GET" and bool(getattr(self.view, "revisions", ()))

    def _get_format_parameters(self):
        told = {"description": "Dạng trả lời; thắng Accept. Form of the answer; wins over Accept."}
        return [parameter | told for parameter in super()._get_format_parameters()]

    def get_override_parameters(self):
        return [*super().get_override_parameters(), *([IF_NONE_MATCH] if self._has_etag() else [])]

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if "text/csv" in response.get("content", {}):
            response["content"]["text/csv"] = {"schema": {"type": "string"}}
        return response

    def _get_response_headers_for_code(self, status_code, direction="response"):
        headers = super()._get_response_headers_for_code(status_code, direction)
        return headers | {
            name: {"schema": {"type": kind}, "description": str(description)}
            for name, status, kind, description in (
                ("WWW-Authenticate", "401", "string", _("Cách đăng nhập được nhận.")),
                ("Retry-After", "429", "integer", _("Số giây cần đợi.")),
                ("ETag", "200" if self._has_etag() else "", "string", _("Gửi lại bằng If-None-Match ở lần sau.")),
            )
            if status == status_code
        }


# --- what the resources say of themselves -----------------------------------------------------------------------------
BOM = OpenApiParameter(
    "bom",
    OpenApiTypes.STR,
    enum=["0", "1"],
    description="`1`: CSV mở đầu bằng BOM để Excel đọc đúng tiếng Việt. Byte order mark for Excel.",
)
ON = OpenApiParameter(
    "on", OpenApiTypes.DATE, description="Ngày được hỏi; mặc định hôm nay. As of this day; today if absent."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="ETag của lần trước: trả 304 nếu chưa có gì đổi. The ETag of the last answer.",
)


def listing(summary: str):
    return extend_schema(summary=summary, parameters=[BOM])


def detail(summary: str):
    return extend_schema(summary=summary)


def dated_detail(summary: str, *examples: OpenApiExample):
    return extend_schema(summary=summary, parameters=[ON], examples=[*examples])
