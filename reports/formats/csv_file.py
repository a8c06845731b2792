"""CSV: every row, as a stream."""

from django.http import StreamingHttpResponse

from core.api import csv_response
from reports.stats.engine import Answer
from reports.stats.query import StatsQuery


def write(answer: Answer, _query: StatsQuery, *, bom: bool = False, labels: bool = False) -> StreamingHttpResponse:
    """With ``labels`` the name of each code stands beside it."""
    columns: list[str] = []
    for column in answer.columns:
        columns += [column, f"{column}_label"] if labels and column in answer.dimensions else [column]
    rows = (row | _labels(answer, row) for row in answer.rows) if labels else answer.rows
    return csv_response(columns, rows, filename="stats", bom=bom)


def _labels(answer: Answer, row: dict) -> dict[str, str]:
    return {f"{code}_label": answer.label(code, row[code]) for code in answer.dimensions}
