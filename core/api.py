"""What every REST resource shares: input limits, strict parameters, pages, CSV and the ETag of revisions."""

import codecs
import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponseNotModified, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer

from core.dated import today
from core.models import Revision
from core.paging import FURTHEST_PAGE, LookingPaginator
from core.problems import InvalidParameters

BOM = "\ufeff"
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


def invalid_parameter(name: str, message, code: str = "invalid") -> InvalidParameters:
    """The fault of one query parameter, to be raised."""
    return InvalidParameters({name: [exceptions.ErrorDetail(message, code=code)]})


# --- what comes in ----------------------------------------------------------------------------------------------------
class JsonParser(BaseParser):
    """JSON within ``max_bytes``. DRF's own parser reads a body of any size, trips over deep nesting, and lets through
    half a surrogate pair, which no answer can then repeat.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer
    max_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(self.max_bytes + 1)
        if len(body) > self.max_bytes:
            raise RequestDataTooBig
        try:
            return orjson.loads(body.removeprefix(codecs.BOM_UTF8))
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(_("Nội dung gửi lên không phải JSON đúng chuẩn (UTF-8).")) from error


class Negotiation(DefaultContentNegotiation):
    """``?format=`` wins over ``Accept``; a format that a view does not have is a faulty parameter, not a 404."""

    def select_renderer(self, request, renderers, format_suffix=None):
        wanted = request.query_params.get("format")
        if wanted is None:
            # Nearly every program says nothing, “*/*”, or exactly what it wants: there is nothing to weigh then.
            accepted = request.META.get("HTTP_ACCEPT", "*/*")
            for renderer in renderers:
                if accepted in ("*/*", renderer.media_type):
                    return renderer, renderer.media_type
            return super().select_renderer(request, renderers, format_suffix)
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        offered = ", ".join(renderer.format for renderer in renderers)
        raise invalid_parameter("format", _("Chỉ có: %(formats)s.") % {"formats": offered}, "invalid_choice")


class StrictParameters:
    """A query parameter that the view does not know is refused by name: a typing error must not widen an answer."""

    def parameters(self) -> set[str]:
        return {"format"}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        unknown = sorted(set(request.query_params) - self.parameters())
        if unknown:
            message = exceptions.ErrorDetail(_("Không có tham số này ở địa chỉ này."), code="unknown_parameter")
            raise InvalidParameters({name: [message] for name in unknown})


class Pages(PageNumberPagination):
    """``page`` and ``page_size``, both checked: a page that does not exist is said so, never silently another one."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    page_query_description = "Trang, từ 1. Page number."
    page_size_query_description = "Số dòng một trang, 1–1000. Rows a page."

    def get_page_size(self, request) -> int:
        raw = request.query_params.get(self.page_size_query_param)
        if raw is None:
            return self.page_size
        return self._number(self.page_size_query_param, raw, self.max_page_size)

    def get_page_number(self, request, paginator) -> int:
        raw = request.query_params.get(self.page_query_param, "1")
        return self._number(self.page_query_param, raw, paginator.num_pages)

    @staticmethod
    def _number(name: str, raw: str, highest: int) -> int:
        number = int(raw) if _WHOLE_NUMBER.fullmatch(raw) else 0
        if not 1 <= number <= highest:
            message = _("Là một số từ 1 đến %(highest)s.") % {"highest": highest}
            raise invalid_parameter(name, message, "out_of_range")
        return number

    def get_schema_operation_parameters(self, view):
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= {"minimum": 1}
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"maximum": self.max_page_size, "default": self.page_size}
        return parameters


class PagesOfMany(Pages):
    """Of a list that grows without end: ``count`` is exact up to a limit, and says of itself when it is not.

    Beyond the limit each page is read with one row more than it shows: that row alone says whether another follows.
    """

    django_paginator_class = LookingPaginator
    count_is_exact_description = "`false`: `count` là ước lượng; hãy theo `next`. An estimate: follow `next`."

    def get_page_number(self, request, paginator) -> int:
        if not paginator.is_estimate:
            return super().get_page_number(request, paginator)
        return self._number(self.page_query_param, request.query_params.get(self.page_query_param, "1"), FURTHEST_PAGE)

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except exceptions.NotFound as error:  # the page after the last one of an estimate
            raise invalid_parameter(self.page_query_param, _("Không có trang này."), "out_of_range") from error

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        response.data = {"count": response.data.pop("count"), "count_is_exact": self._is_exact, **response.data}
        return response

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)
        described["properties"]["count_is_exact"] = {"type": "boolean", "description": self.count_is_exact_description}
        described["required"] = [*described["required"], "count_is_exact"]
        return described

    @property
    def _is_exact(self) -> bool:
        return not self.page.paginator.is_estimate


# --- what goes out ----------------------------------------------------------------------------------------------------
class FastJsonRenderer(JSONRenderer):
    """The same JSON, for answers of thousands of rows."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


class CsvRenderer(BaseRenderer):
    """Announces the format to the negotiation; lists write themselves as a stream (``csv_response``)."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        raise NotImplementedError  # pragma: no cover - a view with this renderer answers with csv_response


class _Line:
    """A file for ``csv.writer`` that hands each line back."""

    @staticmethod
    def write(line: str) -> str:
        return line


def csv_cell(value) -> object:
    """Lists joined by ``;``; a text that a spreadsheet would run as a formula is quoted by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        value = ";".join(str(item) for item in value)
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def csv_lines(columns: list[str], rows: Iterable[dict], *, bom: bool) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield (BOM if bom else "") + writer.writerow(columns)
    for row in rows:
        yield writer.writerow([csv_cell(row.get(column)) for column in columns])


def csv_response(columns: list[str], rows: Iterable[dict], *, filename: str, bom: bool) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_lines(columns, rows, bom=bom),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=f"{filename}.csv")},
    )


# --- caching ----------------------------------------------------------------------------------------------------------
def revision_etag(request, *, revisions: Iterable[str], caller: object) -> str:
    """A strong ETag from what the answer depends on, without making the answer.

    Read it before the data: a change in between then costs one more transfer, never a stale answer.
    """
    known = Revision.state()
    parts = [
        settings.SPECTACULAR_SETTINGS["VERSION"],
        request.path,
        sorted(request.query_params.lists()),
        getattr(request.accepted_renderer, "format", ""),
        get_language(),
        today().isoformat(),
        caller,
        [(name, known[name].number if name in known else 0) for name in revisions],
    ]
    text = json.dumps(parts, default=str, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def not_modified(request, etag: str) -> HttpResponseNotModified | None:
    """The 304, if the client already holds this answer. Ask it after the permission checks."""
    # A cache or compressing proxy on the way may have made the tag a weak one.
    if etag in {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}:
        return cacheable(HttpResponseNotModified(), etag)
    return None


def cacheable(response, etag: str):
    """For the caller's own cache only, and asked again each time."""
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept", "Accept-Language"])
    return response
