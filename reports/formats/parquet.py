"""Parquet: codes as text (dictionary-encoded), days as days, figures as int64, and what they are in the metadata.

Written by arro3, the Arrow of Rust: 12 MB to install and nothing at start (docs/decisions/0009).
"""

import datetime as dt
import io

import orjson
from arro3.core import Array, DataType, Field, Schema, Table
from arro3.io import write_parquet
from django.http import HttpResponse

from reports.formats import ParquetRenderer
from reports.formats.digest import digest_of
from reports.formats.wording import title
from reports.stats.engine import Answer
from reports.stats.query import StatsQuery

EPOCH = dt.date(1970, 1, 1)
COMPRESSION = "zstd(3)"
# One key: several would be written in an order of chance, and equal answers have equal bytes.
METADATA = "xungkichso"


def write(answer: Answer, _query: StatsQuery) -> HttpResponse:
    buffer = io.BytesIO()
    write_parquet(_table(answer), buffer, compression=COMPRESSION, key_value_metadata={METADATA: _told(answer)})
    return HttpResponse(buffer.getvalue(), content_type=ParquetRenderer.media_type)


def _table(answer: Answer) -> Table:
    arrays, fields = [], []
    for column in answer.columns:
        values = [row[column] for row in answer.rows]
        array = _dimension(column, values) if column in answer.dimensions else Array(values, DataType.int64())
        arrays.append(array)
        fields.append(Field(column, array.type, nullable=True))
    return Table.from_arrays(arrays, schema=Schema(fields))


def _dimension(code: str, values: list) -> Array:
    if code == "day":
        days = [None if value is None else (dt.date.fromisoformat(value) - EPOCH).days for value in values]
        return Array(days, DataType.int32()).cast(DataType.date32())
    return Array(values, DataType.int64() if code == "hour" else DataType.string())


def _told(answer: Answer) -> str:
    return orjson.dumps(
        {
            "title": title(answer),
            "query": answer.query,
            "totals": answer.totals,
            "labels": answer.labels,
            "definitions": {measure.code: str(measure.definition) for measure in answer.measures},
            "freshness": answer.freshness,
            "digest": digest_of(answer),
        }
    ).decode()
