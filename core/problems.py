"""RFC 9457 problem details: the one shape of every error under ``/api/`` and of the field app's ``/field/api/``.

``code`` is what a program decides by and never changes; ``title`` and ``detail`` are for a person, in the language that
``Accept-Language`` asks for. ``errors`` names each fault: by JSON pointer in the body, by name in the query.
"""

import math
from collections.abc import Iterable, Mapping

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.settings import api_settings

from core.errors import DomainError

CONTENT_TYPE = "application/problem+json"
PREFIXES = ("/api/", "/field/api/")

# What a status says when nothing more is known: (code, title, detail).
BY_STATUS = {
    400: ("bad_request", _("Yêu cầu không hợp lệ"), _("Máy chủ không hiểu yêu cầu này.")),
    401: ("not_authenticated", _("Chưa đăng nhập"), _("Hãy đăng nhập, hoặc gửi khóa API: “Authorization: Bearer …”.")),
    403: ("not_allowed", _("Không có quyền"), _("Tài khoản hoặc khóa API này không có quyền làm việc này.")),
    404: ("not_found", _("Không tìm thấy"), _("Không có địa chỉ này, hoặc bạn không được xem.")),
    405: ("method_not_allowed", _("Phương thức không được dùng"), _("Địa chỉ này không nhận phương thức đó.")),
    406: ("not_acceptable", _("Không có dạng dữ liệu này"), _("Cổng không trả được dạng dữ liệu mà Accept đòi.")),
    409: ("refused", _("Không thực hiện được"), _("Yêu cầu trái với dữ liệu đang có.")),
    413: ("too_large", _("Dữ liệu gửi quá lớn"), _("Hãy chia nhỏ rồi gửi lại.")),
    415: ("unsupported_media_type", _("Kiểu dữ liệu không được nhận"), _("Hãy gửi application/json.")),
    429: ("throttled", _("Gửi quá nhanh"), _("Hãy đợi hết thời gian ghi ở Retry-After rồi thử lại.")),
    500: ("server_error", _("Lỗi máy chủ"), _("Cổng gặp lỗi và đã ghi lại. Hãy thử lại sau ít phút.")),
    503: ("unavailable", _("Tạm thời không phục vụ"), _("Hãy thử lại sau ít phút.")),
}  # fmt: skip
# Codes whose title says more than their status does.
TITLES = {
    "invalid": _("Dữ liệu không hợp lệ"),
    "invalid_parameter": _("Tham số không hợp lệ"),
    "parse_error": _("Không đọc được dữ liệu gửi"),
    "authentication_failed": _("Khóa hoặc phiên đăng nhập không hợp lệ"),
    "csrf_failed": _("Thiếu mã chống giả mạo"),
    "personal_data": _("Có thông tin cá nhân"),
}
DETAILS = {
    "invalid": _("Dữ liệu gửi lên có chỗ sai; xem “errors”."),
    "invalid_parameter": _("Có tham số sai trên địa chỉ; xem “errors”."),
}
# DRF's own names for what has one name here.
RENAMED = {"permission_denied": "not_allowed", "error": "bad_request"}


class InvalidParameters(exceptions.ValidationError):
    """Something in the query string is wrong: ``InvalidParameters({"page": [...]})``."""

    default_code = "invalid_parameter"


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = BY_STATUS[413][2]


def problem(
    request,
    status: int,
    *,
    code: str | None = None,
    detail=None,
    errors: Iterable[Mapping] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer itself. A plain response, so that it is JSON even where the view would have written CSV."""
    usual_code, title, usual_detail = BY_STATUS.get(status, BY_STATUS[500 if status >= 500 else 400])
    code = code or usual_code
    body = {
        "type": f"urn:xungkichso:problem:{code}",
        "title": str(TITLES.get(code, title)),
        "status": status,
        "code": code,
        "detail": str(detail or DETAILS.get(code) or usual_detail),
        "instance": request.path,
    }
    if errors := list(errors):
        body["errors"] = errors
    if status >= 500 and (request_id := structlog.contextvars.get_contextvars().get("request_id")):
        body["request_id"] = str(request_id)  # what to quote to the operator
    response = JsonResponse(
        body, status=status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False}, headers=headers
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def exception_handler(exc, context) -> HttpResponse | None:
    """DRF's hook. None lets a real fault through to Django, which logs it and asks ``handler500``."""
    request = context["request"]
    if isinstance(exc, DomainError):
        return problem(request, exc.status, code=exc.code, detail=exc.message)
    exc = _as_api_exception(exc)
    if exc is None:
        return None
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    if getattr(exc, "wait", None) is not None:
        headers["Retry-After"] = str(max(1, math.ceil(exc.wait)))
    if isinstance(exc, exceptions.ValidationError):
        in_query = isinstance(exc, InvalidParameters) or request.method in ("GET", "HEAD", "OPTIONS")
        return problem(
            request,
            400,
            code="invalid_parameter" if in_query else "invalid",
            errors=list(_flatten(exc.detail, in_query=in_query)),
        )
    code = getattr(exc.detail, "code", exc.default_code)
    # DRF's stock sentences are technical English; a detail that a view wrote itself is worth showing.
    detail = exc.detail if _is_own_detail(exc) else None
    return problem(request, exc.status_code, code=RENAMED.get(code, code), detail=detail, headers=headers)


def _as_api_exception(exc) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, ModelValidationError):
        return exceptions.ValidationError(get_error_detail(exc))
    if isinstance(exc, SuspiciousOperation | BadRequest | UnreadablePostError):
        return exceptions.ParseError()
    return None


def _is_own_detail(exc: exceptions.APIException) -> bool:
    stock = isinstance(
        exc,
        exceptions.MethodNotAllowed
        | exceptions.NotAcceptable
        | exceptions.UnsupportedMediaType
        | exceptions.Throttled
        | exceptions.NotAuthenticated,
    )
    return not stock and isinstance(exc.detail, str) and exc.detail != str(exc.default_detail)


def _flatten(detail, *, in_query: bool, path: tuple[str, ...] = ()):
    """One entry a fault, in the order of the input."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = path if name in (api_settings.NON_FIELD_ERRORS_KEY, "__all__") else (*path, str(name))
            yield from _flatten(inner, in_query=in_query, path=here)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            # A list of sentences is about one value; a list of mappings is about the members of a list.
            nested = isinstance(inner, Mapping | list)
            yield from _flatten(inner, in_query=in_query, path=(*path, str(index)) if nested else path)
    else:
        entry = {"code": getattr(detail, "code", None) or "invalid", "detail": str(detail)}
        if in_query:
            entry["parameter"] = path[0] if path else ""
        else:
            entry["pointer"] = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        yield entry
