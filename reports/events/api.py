"""``GET /api/v1/events/``: what has changed, for programs that follow the figures."""

import hashlib
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.api import cacheable, invalid_parameter, not_modified
from reports.api import StatsResource
from reports.events import feed, schema
from reports.stats import engine
from reports.stats.authentication import AUTHENTICATION, moment_of
from reports.stats.etag import revision_etag
from reports.stats.moment import REVISIONS, Moment
from reports.stats.query import parse
from teams.access import access_of

QUESTION = ("unit", "campaign", "from", "to")
LATEST = "latest"


class EventsApi(StatsResource):
    """Not for public tokens, which have another right: it would tell of figures that are too small to be shown."""

    authentication_classes = AUTHENTICATION

    def parameters(self) -> set[str]:
        return super().parameters() | {*QUESTION, "after", "limit"}

    @extend_schema(**schema.EVENTS)
    def get(self, request):
        access = access_of(request)
        asked = {name: request.query_params[name] for name in QUESTION if name in request.query_params}
        limit = self._limit()
        plan = engine.plan(parse(asked), access)
        moment = moment_of(request)
        etag = revision_etag(moment, "events", access.fingerprint, request.build_absolute_uri())
        if same := not_modified(request, etag):
            return same
        newest = feed.head(access)
        page = feed.page(plan, access, after=self._after(newest), newest=newest, limit=limit)
        return cacheable(Response(self._told(page, _structure(moment))), etag)

    def _told(self, page: feed.Page, structure: str) -> dict:
        here, stats = self.request.build_absolute_uri(), self.request.build_absolute_uri(reverse("stats"))
        for event in page.events:
            event["stats"] = f"{stats}?{urlencode(event.pop('question'))}"
        return {
            "events": page.events,
            "after": page.after,
            "structure": structure,
            "next": replace_query_param(here, "after", page.after) if page.more else None,
        }

    def _after(self, newest: int) -> int:
        text = self.request.query_params.get("after", "0")
        if text == LATEST:
            return newest
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise invalid_parameter("after", _("Là số “after” của câu trả lời trước, 0 hoặc “latest”."))
        if int(text) > newest:
            # Of another portal, or from before a backup was restored: to answer “nothing new” would be a lie.
            message = _("Số này ở sau mọi thay đổi của cổng. Hãy đọc lại số liệu rồi hỏi tiếp với after=latest.")
            raise invalid_parameter("after", message, "ahead")
        return int(text)

    def _limit(self) -> int:
        text = self.request.query_params.get("limit", str(schema.USUAL_PAGE))
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not 1 <= number <= schema.MOST_PAGE:
            message = _("Là một số từ 1 đến %(highest)s.") % {"highest": schema.MOST_PAGE}
            raise invalid_parameter("limit", message, "out_of_range")
        return number


def _structure(moment: Moment) -> str:
    numbers = [number for name, number in zip(REVISIONS, moment.revisions, strict=True) if name != "tallies"]
    return hashlib.sha256(repr(numbers).encode()).hexdigest()[:16]
