"""``/api/v1/odata/``: the three kinds of address. Rights first, then the question, the ETag, and only then figures."""

import re
from dataclasses import replace

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.utils.urls import replace_query_param

from core.api import cacheable, not_modified
from core.errors import NotAllowed
from reports.api import StatsResource
from reports.odata import pages
from reports.odata.authentication import KeyAsPassword
from reports.odata.codes import Codes
from reports.odata.csdl import metadata
from reports.odata.edm import STRING, VERSION
from reports.odata.errors import BadOption, NoResource, NotSupported, as_odata
from reports.odata.expressions import parse_filter
from reports.odata.facts import Feed
from reports.odata.model import FACTS, NAMES, EntitySet, all_sets, entity_set
from reports.odata.options import BEYOND, COUNTING, SYSTEM, Options, parse_options, refuse_beyond
from reports.odata.payload import Form, Payload, form_of, service_document
from reports.odata.tables import Reader
from reports.stats import engine
from reports.stats.etag import revision_etag
from reports.stats.moment import Moment
from reports.stats.query import StatsQuery, parse
from teams.access import access_of
from teams.authentication import TokenAuthentication

# Of /api/v1/stats/, and with the same meaning: what no filter of rows can say.
OF_THE_STATS = ("unit", "campaign", "hierarchy", "state")
ADDRESS = re.compile(r"(?P<table>\w+)(?:\((?:\w+=)?(?P<key>'(?:[^']|'')*')\))?(?P<count>/\$count)?")
BATCH = "$batch"


class FeedNegotiation(BaseContentNegotiation):
    """The feed reads ``Accept`` and ``$format`` as OData does (payload.form_of)."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)
class OdataResource(StatsResource):
    """What the addresses have in common. The contract of the feed is its ``$metadata``, not the OpenAPI document."""

    authentication_classes = [KeyAsPassword, TokenAuthentication]
    content_negotiation_class = FeedNegotiation

    def parameters(self) -> set[str]:
        return {"$format", *BEYOND}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.access = access_of(request)
        self._refuse_old_clients(request.headers.get("OData-MaxVersion"))
        refuse_beyond(request.query_params)

    def permission_denied(self, request, message=None, code=None):
        """Published figures hide small counts; rows that can be filtered at will would give them away."""
        if access_of(request).is_public:
            raise NotAllowed(_("Khóa để công bố không dùng được ở nguồn OData; hãy dùng khóa nội bộ."))
        super().permission_denied(request, message, code)

    @staticmethod
    def _refuse_old_clients(most: str | None) -> None:
        if most is not None and not re.match(r"4|[5-9]|[1-9][0-9]", most.strip()):
            raise BadOption("OData-MaxVersion", _("Nguồn này trả lời theo OData 4.0."))

    def handle_exception(self, exc):
        return as_odata(super().handle_exception(exc), getattr(exc, "target", None))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["OData-Version"] = VERSION
        return response

    @property
    def root(self) -> str:
        # What is relative to it begins after the slash, however the address was typed.
        return self.request.build_absolute_uri(reverse("odata").rstrip("/") + "/")

    @property
    def form(self) -> Form:
        return form_of(self.request.query_params.get("$format"), self.request.headers.get("Accept", ""))

    def tagged(self, moment: Moment, *parts) -> str:
        """The ETag: of everything the bytes depend on, without any figure.

        Who holds it has had this answer with these rights, so it is asked for before the question is understood.
        """
        address = self.request.build_absolute_uri()
        return revision_etag(moment, "odata", address, self.access.fingerprint, moment.freshness, parts)


@extend_schema(exclude=True)
class ServiceDocument(OdataResource):
    def get(self, request):
        return HttpResponse(service_document(self.root, all_sets(), self.form), content_type=self.form.content_type)


@extend_schema(exclude=True)
class Metadata(OdataResource):
    def get(self, request):
        """XML whatever ``Accept`` says: some clients ask for everything as JSON, and read this as XML."""
        etag = self.tagged(Moment.read(self.access))
        if same := not_modified(request, etag):
            return same
        return cacheable(HttpResponse(metadata(), content_type="application/xml;charset=utf-8"), etag)


@extend_schema(exclude=True)
class Rows(OdataResource):
    """A table, one row of it by its key, or how many rows it has."""

    def parameters(self) -> set[str]:
        address = ADDRESS.fullmatch(self._resource)
        if address is None or address["table"] not in NAMES:
            return set(self.request.query_params)  # the answer is 404, whatever was asked of it
        options = {*COUNTING} if address["count"] else {"$select"} if address["key"] else {*SYSTEM}
        return super().parameters() | options | (set(OF_THE_STATS) if address["table"] in FACTS else set())

    @property
    def _resource(self) -> str:
        return self.kwargs["resource"].rstrip("/")

    def get(self, request, resource: str):
        if self._resource == BATCH:
            raise NotSupported(BATCH)
        address = ADDRESS.fullmatch(self._resource)
        if address is None or address["table"] not in NAMES or (address["key"] and address["count"]):
            raise NoResource
        form, moment = Form() if address["count"] else self.form, Moment.read(self.access)
        etag = self.tagged(moment, form)
        if same := not_modified(request, etag):
            return same
        table = entity_set(address["table"])
        options = parse_options(request.query_params, table)
        if address["count"]:
            options = replace(options, select=())
        elif address["key"]:
            options = _of_key(options, table, address["key"])
        answer = Answer(self, table, options, self._base(), moment.freshness, form)
        return cacheable(
            answer.count() if address["count"] else answer.one() if address["key"] else answer.page(), etag
        )

    def _base(self) -> StatsQuery:
        """What the parameters of the statistics say; a unit that is not the caller's is refused here."""
        params = self.request.query_params
        query = parse({name: params[name] for name in OF_THE_STATS if name in params})
        engine.plan(query, self.access)
        return query


def _of_key(options: Options, table: EntitySet, literal: str) -> Options:
    key = parse_filter(f"{table.key.name} eq {literal}", {table.key.name: STRING})
    return replace(options, filter=key)


class Answer:
    """To one question about one table."""

    def __init__(self, view: Rows, table: EntitySet, options: Options, base: StatsQuery, fresh: dict, form: Form):
        self.request, self.table, self.options, self.fresh, self.form = view.request, table, options, fresh, form
        self.payload = Payload(view.root, table, form, options.select)
        codes = Codes()
        self.feed = Feed(table, view.access, base, options, fresh, codes) if table.facts else None
        self.reader = Reader(view.access, fresh, codes)

    def _page(self) -> pages.Page:
        if self.feed is None:
            return pages.page_of_rows(self.reader.rows(self.table.name), self.options, self.table)
        query = self.request.query_params
        question = pages.fingerprint(self.request.path, query.items())
        return pages.page_of_feed(self.feed, question)

    def page(self) -> HttpResponse:
        page, following = self._page(), None
        if page.token:
            following = replace_query_param(self.request.build_absolute_uri(), "$skiptoken", page.token)
        return self._told(self.payload.rows(page.rows, count=page.count, following=following))

    def one(self) -> HttpResponse:
        rows = self._page().rows
        if not rows:
            raise NoResource
        return self._told(self.payload.row(rows[0]))

    def count(self) -> HttpResponse:
        if self.feed is not None:
            number = pages.count_of_feed(self.feed)
        else:
            number = len(pages.passing(self.reader.rows(self.table.name), self.options))
        return HttpResponse(str(number), content_type="text/plain;charset=utf-8")

    def _told(self, body: bytes) -> HttpResponse:
        response = HttpResponse(body, content_type=self.form.content_type)
        if self.feed is not None:
            # As beside the CSV of the statistics: rows have no other place for these.
            response.headers["Stats-As-Of"] = self.fresh["as_of"].isoformat() if self.fresh["as_of"] else ""
            response.headers["Stats-State"] = self.feed.state or ""
        return response
