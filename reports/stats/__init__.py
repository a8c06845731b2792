"""The statistics: one question (``StatsQuery``) and one ``answer``, for the API, the dashboard and the front page."""

from reports.stats.engine import Answer, answer
from reports.stats.etag import etag_of, revision_etag
from reports.stats.measures import MEASURES
from reports.stats.problems import BadQuery, TooManyRows, UnknownUnit
from reports.stats.query import StatsQuery, parse
from reports.stats.suppress import suppressed

__all__ = [
    "MEASURES",
    "Answer",
    "BadQuery",
    "StatsQuery",
    "TooManyRows",
    "UnknownUnit",
    "answer",
    "etag_of",
    "parse",
    "revision_etag",
    "suppressed",
]
