"""``GET /api/v1/stats/``: the statistics for other programs, and what they need to know to ask."""

from urllib.parse import quote

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from core.api import (
    CsvRenderer,
    Negotiation,
    StrictParameters,
    cacheable,
    csv_response,
    invalid_parameter,
    not_modified,
)
from core.dated import today
from core.problems import InvalidParameters
from reports import api_schema as schema
from reports.stats import engine, paging, periods
from reports.stats.describe import description
from reports.stats.dimensions import DIMENSIONS
from reports.stats.etag import REVISIONS, etag_of, revision_etag
from reports.stats.freshness import freshness
from reports.stats.problems import BadQuery
from reports.stats.query import PARAMETERS, StatsQuery, parse
from teams.access import access_of
from teams.permissions import Right

LATER_FORMATS = ("xlsx", "jsonstat", "parquet")
PAGING = ("limit", "cursor")
ONLY_CSV = ("bom", "labels")


class StatsNegotiation(Negotiation):
    def select_renderer(self, request, renderers, format_suffix=None):
        if (wanted := request.query_params.get("format")) in LATER_FORMATS:
            message = _("Dạng %(format)s sẽ có ở bản sau. Hiện có: %(now)s.")
            offered = ", ".join(renderer.format for renderer in renderers)
            raise invalid_parameter("format", message % {"format": wanted, "now": offered}, "not_yet")
        return super().select_renderer(request, renderers, format_suffix)


class StatsResource(StrictParameters, APIView):
    rights = {"GET": Right.STATS_VIEW}
    renderer_classes = [JSONRenderer]
    # What the ETag moves with.
    revisions: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if repeated := sorted(name for name, values in request.query_params.lists() if len(values) > 1):
            fault = ErrorDetail(_("Mỗi tham số nêu một lần; nhiều giá trị ngăn cách bằng dấu phẩy."), code="repeated")
            raise InvalidParameters({name: [fault] for name in repeated})

    def handle_exception(self, exc):
        if isinstance(exc, BadQuery):
            faults = {name: [ErrorDetail(text, code=exc.fault_code)] for name, text in exc.faults.items()}
            exc = InvalidParameters(faults)
        return super().handle_exception(exc)


class StatsApi(StatsResource):
    """Rights first, then the question, then the ETag, and only then the figures."""

    renderer_classes = [JSONRenderer, CsvRenderer]
    content_negotiation_class = StatsNegotiation
    revisions = REVISIONS

    def parameters(self) -> set[str]:
        return super().parameters() | {*PARAMETERS, *PAGING, *ONLY_CSV}

    @extend_schema(**schema.STATS)
    def get(self, request):
        query = parse(request.query_params)
        is_csv = request.accepted_renderer.format == "csv"
        asked = self._csv_wishes() if is_csv else self._page_wishes(query)
        plan = engine.plan(query, access_of(request))
        fresh = freshness()
        # The whole address: “next” repeats it.
        etag = etag_of(query, plan.scope, fresh, request.build_absolute_uri(), request.accepted_renderer.format)
        if same := not_modified(request, etag):
            return same
        answer = engine.run(plan, fresh)
        response = csv_of(answer, query, **asked) if is_csv else Response(self._json(answer, query, **asked))
        return cacheable(response, etag)

    # --- wishes for the form of the answer ----------------------------------------------------------------------------
    def _csv_wishes(self) -> dict[str, bool]:
        if paging_asked := [name for name in PAGING if name in self.request.query_params]:
            raise invalid_parameter(paging_asked[0], _("CSV luôn có đủ mọi dòng, không chia trang."), "not_with_csv")
        return {name: self._flag(name) for name in ONLY_CSV}

    def _flag(self, name: str) -> bool:
        value = self.request.query_params.get(name, "0")
        if value not in ("0", "1"):
            raise invalid_parameter(name, _("Là 0 hoặc 1."), "invalid_choice")
        return value == "1"

    def _page_wishes(self, query: StatsQuery) -> dict[str, object]:
        if csv_asked := [name for name in ONLY_CSV if name in self.request.query_params]:
            raise invalid_parameter(csv_asked[0], _("Chỉ dùng với format=csv."), "only_with_csv")
        limit = self.request.query_params.get("limit", str(paging.USUAL_PAGE))
        number = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 9 else 0
        if not 1 <= number <= paging.MOST_PAGE:
            message = _("Là một số từ 1 đến %(highest)s.") % {"highest": paging.MOST_PAGE}
            raise invalid_parameter("limit", message, "out_of_range")
        cursor = self.request.query_params.get("cursor")
        return {"limit": number, "after": None if cursor is None else paging.read_cursor(cursor, query)}

    def _json(self, answer: engine.Answer, query: StatsQuery, *, limit: int, after: tuple | None) -> dict:
        rows, following = paging.page_of(answer, query, limit=limit, after=after)
        here = self.request.build_absolute_uri()
        return {
            "query": answer.query,
            "columns": answer.columns,
            "rows": rows,
            "labels": {code: answer.labels_of(code, rows) for code in answer.dimensions},
            "totals": answer.totals,
            "freshness": answer.freshness,
            "next": replace_query_param(here, "cursor", following) if following else None,
        }


class StatsSchemaApi(StatsResource):
    revisions = ("catalogue",)

    @extend_schema(**schema.SCHEMA)
    def get(self, request):
        etag = revision_etag("schema")
        if same := not_modified(request, etag):
            return same
        formats = {"formats": [renderer.format for renderer in StatsApi.renderer_classes]}
        return cacheable(Response(description() | formats), etag)


class StatsPeriodsApi(StatsResource):
    def parameters(self) -> set[str]:
        return super().parameters() | {"period"}

    @extend_schema(**schema.PERIODS)
    def get(self, request):
        asked = request.query_params.get("period")
        try:
            found = [_period(text) for text in ([asked] if asked is not None else periods.RELATIVE)]
        except ValueError as error:
            raise invalid_parameter("period", str(error)) from error
        return Response({"today": today(), "periods": found})


def _period(text: str) -> dict:
    period = periods.resolve(text)
    return {"code": text, "from": period.start, "to": period.end}


# --- CSV --------------------------------------------------------------------------------------------------------------
def csv_of(answer: engine.Answer, query: StatsQuery, *, bom: bool, labels: bool) -> StreamingHttpResponse:
    """Every row; with ``labels`` the name of each code stands beside it."""
    columns: list[str] = []
    for column in answer.columns:
        columns += [column, f"{column}_label"] if labels and column in answer.dimensions else [column]
    rows = (row | _labels(answer, row) for row in answer.rows) if labels else answer.rows
    response = csv_response(columns, rows, filename="stats", bom=bom)
    name = _file_name(query)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{slugify(name.replace("Đ", "D").replace("đ", "d"))}.csv"; '
        f"filename*=UTF-8''{quote(f'{name}.csv')}"
    )
    # A file of rows has no other place for these.
    response.headers["Stats-As-Of"] = answer.freshness["as_of"].isoformat() if answer.freshness["as_of"] else ""
    response.headers["Stats-State"] = answer.freshness["state"] or ""
    return response


def _labels(answer: engine.Answer, row: dict) -> dict[str, str]:
    return {f"{code}_label": answer.label(code, row[code]) for code in answer.dimensions}


def _file_name(query: StatsQuery) -> str:
    """A name that a person recognises in the downloads; no path, no sign that a system forbids in file names."""
    parts = [_("Thống kê")]
    if query.by:
        parts.append(_("theo %(dimensions)s") % {"dimensions": ", ".join(str(DIMENSIONS[c].label) for c in query.by)})
    days = sorted({day.isoformat() for day in (query.start, query.end) if day})
    return " ".join([*parts, *days]).lower()
