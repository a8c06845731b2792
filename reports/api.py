"""``GET /api/v1/stats/``: the statistics for other programs, and what they need to know to ask."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from core.api import (
    FastJsonRenderer,
    StrictParameters,
    cacheable,
    invalid_parameter,
    not_modified,
)
from core.dated import today
from core.problems import InvalidParameters
from reports import api_schema as schema
from reports import formats
from reports.stats import engine, paging, periods, published
from reports.stats.authentication import AUTHENTICATION, moment_of
from reports.stats.describe import description
from reports.stats.etag import REVISIONS, etag_of, revision_etag
from reports.stats.moment import Remembered
from reports.stats.problems import BadQuery
from reports.stats.query import PARAMETERS, StatsQuery, parse
from teams.access import access_of
from teams.permissions import Right

PAGING = ("limit", "cursor")
ONLY_CSV = ("bom", "labels")
# Only where the answer knows what may be published; everything else stays closed to public tokens.
OPEN_TO_PUBLIC_TOKENS = {"GET": (Right.STATS_VIEW, Right.STATS_PUBLISHED)}
_remembered = Remembered()


class StatsResource(StrictParameters, APIView):
    rights: dict[str, Right | tuple[Right, ...]] = {"GET": Right.STATS_VIEW}
    renderer_classes = [FastJsonRenderer]
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

    authentication_classes = AUTHENTICATION
    rights = OPEN_TO_PUBLIC_TOKENS
    renderer_classes = [FastJsonRenderer, *formats.RENDERERS]
    revisions = REVISIONS

    def parameters(self) -> set[str]:
        return super().parameters() | {*PARAMETERS, *PAGING, *ONLY_CSV}

    @extend_schema(**schema.STATS)
    def get(self, request):
        access, form = access_of(request), request.accepted_renderer.format
        moment = moment_of(request)
        # The whole address: “next” repeats it.
        address = request.build_absolute_uri()
        asked_before = (repr(access.fingerprint), address, form, get_language(), today())
        if (held := _remembered.tag(asked_before, moment)) and (same := not_modified(request, held)):
            return same
        query = parse(request.query_params)
        if access.is_public:
            query, access = published.question(query, access, request.query_params)
        asked = self._page_wishes(query) if form == "json" else self._file_wishes(form)
        plan = engine.plan(query, access)
        etag = etag_of(query, plan.scope, moment, address, form, access.is_public)
        _remembered.keep(asked_before, moment, etag)
        if same := not_modified(request, etag):
            return same
        answer = engine.run(plan, moment.freshness)
        if access.is_public:
            answer = published.suppress_small(answer, plan, moment)
        if form == "json":
            response = Response(self._json(answer, query, **asked))
        else:
            response = formats.respond(form, answer, query, **asked)
        return cacheable(formats.describe(response, answer), etag)

    # --- wishes for the form of the answer ----------------------------------------------------------------------------
    def _file_wishes(self, form: str) -> dict[str, bool]:
        if paging_asked := [name for name in PAGING if name in self.request.query_params]:
            message = _("%(format)s luôn có đủ mọi dòng, không chia trang.") % {"format": form.upper()}
            raise invalid_parameter(paging_asked[0], message, f"not_with_{form}")
        if form != "csv":
            self._refuse_csv_wishes()
            return {}
        return {name: self._flag(name) for name in ONLY_CSV}

    def _refuse_csv_wishes(self) -> None:
        if csv_asked := [name for name in ONLY_CSV if name in self.request.query_params]:
            raise invalid_parameter(csv_asked[0], _("Chỉ dùng với format=csv."), "only_with_csv")

    def _flag(self, name: str) -> bool:
        value = self.request.query_params.get(name, "0")
        if value not in ("0", "1"):
            raise invalid_parameter(name, _("Là 0 hoặc 1."), "invalid_choice")
        return value == "1"

    def _page_wishes(self, query: StatsQuery) -> dict[str, object]:
        self._refuse_csv_wishes()
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
    authentication_classes = AUTHENTICATION
    rights = OPEN_TO_PUBLIC_TOKENS
    revisions = ("catalogue",)

    @extend_schema(**schema.SCHEMA)
    def get(self, request):
        access = access_of(request)
        is_public = access.is_public
        etag = revision_etag(moment_of(request), "schema", is_public)
        if same := not_modified(request, etag):
            return same
        more = {
            "formats": [renderer.format for renderer in StatsApi.renderer_classes],
            "published": published.description() if is_public else None,
        }
        return cacheable(Response(description() | more), etag)


class StatsPeriodsApi(StatsResource):
    rights = OPEN_TO_PUBLIC_TOKENS

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
