"""An answer of the statistics as a file: the same values in every form, cell by cell.

Each form is a module with ``write``, imported when it is first asked for: some bring a library of their own,
and a web worker that never writes such a file does not pay for it.
"""

from collections.abc import Callable
from importlib import import_module

from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer

from core.api import CsvRenderer
from reports.formats.digest import digest_of
from reports.formats.wording import disposition
from reports.stats.engine import Answer
from reports.stats.query import StatsQuery


class FileRenderer(BaseRenderer):
    """Announces a format to the negotiation; the file itself is written by ``respond``."""

    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        raise NotImplementedError  # pragma: no cover - a view with this renderer answers with ``respond``


class XlsxRenderer(FileRenderer):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"


class JsonStatRenderer(FileRenderer):
    # No type is registered for JSON-stat; this one tells it apart from our own JSON, and "+json" how to read it.
    media_type = "application/vnd.json-stat+json"
    format = "jsonstat"


class ParquetRenderer(FileRenderer):
    media_type = "application/vnd.apache.parquet"
    format = "parquet"


RENDERERS = [CsvRenderer, XlsxRenderer, JsonStatRenderer, ParquetRenderer]
_WRITERS = {"csv": "csv_file", "xlsx": "xlsx", "jsonstat": "jsonstat", "parquet": "parquet"}


def respond(form: str, answer: Answer, query: StatsQuery, **wishes: bool) -> HttpResponseBase:
    """The whole answer as a file of this form, with what a file has no other place for in the headers."""
    write: Callable[..., HttpResponseBase] = import_module(f"reports.formats.{_WRITERS[form]}").write
    response = write(answer, query, **wishes)
    if form != "jsonstat":  # which is read by programs, and shown by browsers
        response.headers["Content-Disposition"] = disposition(query, form)
    return response


def describe(response: HttpResponseBase, answer: Answer) -> HttpResponseBase:
    """``response`` with the headers that every form of ``answer`` carries."""
    response.headers["Stats-As-Of"] = answer.freshness["as_of"].isoformat() if answer.freshness["as_of"] else ""
    response.headers["Stats-State"] = answer.freshness["state"] or ""
    response.headers["Stats-Digest"] = digest_of(answer)
    return response
