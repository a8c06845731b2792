"""``/api/v1/sync/``: batches from the phones, and the ledger by which a phone proves that nothing is missing."""

import orjson
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import JsonParser, StrictParameters, invalid_parameter
from core.problems import TooLarge
from services_help import sync_schema as schema
from services_help.intake import fields, ledger, receive
from teams.access import access_of
from teams.permissions import Right


class BatchParser(JsonParser):
    """JSON of at most 1 MB, refused before it is read. Django never reads more of a body than was announced."""

    max_bytes = schema.MAX_BYTES

    def parse(self, stream, media_type=None, parser_context=None):
        request = parser_context["request"]
        if _announced(request) > self.max_bytes:
            raise TooLarge(_("Một lần gửi tối đa 1 MB. Hãy chia nhỏ rồi gửi lại."))
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(_("Nội dung gửi lên không phải JSON đúng chuẩn (UTF-8).")) from error


def _announced(request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:  # Django, too, then reads nothing
        return 0


class FastJSONRenderer(JSONRenderer):
    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        # No content is no body, and not "null": a 204 with bytes in it would spoil the next answer of the connection.
        return b"" if data is None else orjson.dumps(data)


class SyncApi(StrictParameters, APIView):
    rights = {"POST": Right.LOG_RECORD}
    parser_classes = [BatchParser]
    renderer_classes = [FastJSONRenderer]
    throttle_scope = "sync"

    @extend_schema(
        operation_id="sync",
        summary="Nhận một lô từ một thiết bị. Take a batch from a device.",
        description=schema.SYNC,
        request=schema.SyncBatchSerializer,
        responses=schema.SyncAnswerSerializer,
    )
    def post(self, request):
        device, items = _batch(request.data)
        now = timezone.now()
        results = receive(items, device=device, access=access_of(request), now=now)
        return Response(
            {"received_at": timezone.localtime(now).isoformat(), "items": [result.as_json() for result in results]}
        )


def _batch(body) -> tuple:
    """The device and the items, each item as it came; what is wrong with the batch itself is a 400."""
    if type(body) is not dict:
        raise exceptions.ValidationError(_("Nội dung gửi lên phải là một đối tượng JSON."), code="wrong_type")
    items = body.get("items")
    if type(items) is not list:
        raise _fault("items", _("Thiếu danh sách các mục."), "missing" if items is None else "wrong_type")
    if len(items) > schema.MAX_ITEMS:
        raise TooLarge(_("Một lần gửi tối đa %(limit)s mục. Hãy chia nhỏ rồi gửi lại.") % {"limit": schema.MAX_ITEMS})
    device = body.get("device")
    try:
        return fields.uuid(device), items
    except fields.Refused as refused:
        code = "missing" if device is None else refused.code
        raise _fault("device", _("Mã thiết bị phải là một UUID."), code) from refused


def _fault(name: str, message, code: str) -> exceptions.ValidationError:
    return exceptions.ValidationError({name: [exceptions.ErrorDetail(message, code=code)]})


class LedgerApi(StrictParameters, APIView):
    rights = {"GET": Right.LOG_RECORD}
    renderer_classes = [FastJSONRenderer]
    throttle_scope = "sync"

    def parameters(self) -> set[str]:
        return super().parameters() | {"device", "day"}

    @extend_schema(
        operation_id="sync_ledger",
        summary="Cổng đang giữ gì của một thiết bị trong một ngày. What the server holds from a device on a day.",
        description=schema.LEDGER,
        parameters=[
            OpenApiParameter("device", {"type": "string", "format": "uuid"}, required=True, description="UUID."),
            OpenApiParameter(
                "day",
                {"type": "string", "format": "date"},
                required=True,
                description="Ngày của ca hỗ trợ. Day of the session.",
            ),
        ],
        responses=schema.LedgerSerializer,
    )
    def get(self, request):
        device = _parameter(request, "device", fields.uuid, _("Mã thiết bị phải là một UUID."))
        day = _parameter(request, "day", fields.day, _("Ngày có dạng năm-tháng-ngày, ví dụ 2026-03-26."))
        return Response(ledger(device, day, access_of(request)), headers={"Cache-Control": "private, no-store"})


def _parameter(request, name: str, parse: fields.Parser, message):
    try:
        return parse(request.query_params.get(name, ""))
    except fields.Refused as refused:
        code = refused.code if name in request.query_params else "missing"
        raise invalid_parameter(name, message, code) from refused
