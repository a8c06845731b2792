"""JSON-stat 2.0 (https://json-stat.org/format/): one dataset, the cube of the dimensions and the measures."""

from math import prod
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _

from reports.formats import JsonStatRenderer
from reports.formats.digest import digest_of
from reports.formats.wording import question, title
from reports.stats.dimensions import DIMENSIONS
from reports.stats.engine import Answer
from reports.stats.labels import NO_CODE
from reports.stats.query import StatsQuery

MEASURE = "measure"
TIME, GEO = ("day", "week", "month"), ("area",)
# The mark of Eurostat and others for what is not published.
CONFIDENTIAL = "c"


def write(answer: Answer, _query: StatsQuery) -> HttpResponse:
    return HttpResponse(orjson.dumps(dataset(answer)), content_type=JsonStatRenderer.media_type)


def dataset(answer: Answer) -> dict[str, Any]:
    index = {code: _index(answer, code) for code in answer.dimensions}
    size = [*(len(places) for places in index.values()), len(answer.measures)]
    value, status = _cells(answer, index, size)
    as_of = answer.freshness["as_of"]
    role = {
        "time": [code for code in answer.dimensions if code in TIME],
        "geo": [code for code in answer.dimensions if code in GEO],
        "metric": [MEASURE],
    }
    return {
        "version": "2.0",
        "class": "dataset",
        "label": title(answer),
        "source": _("Xung Kích Số, Thành Đoàn TP. Hồ Chí Minh"),
        **({"updated": as_of.isoformat()} if as_of else {}),
        "note": [f"{what}: {how}" for what, how in question(answer)],
        "id": [*answer.dimensions, MEASURE],
        "size": size,
        "role": {name: codes for name, codes in role.items() if codes},
        "dimension": {code: _dimension(answer, code, index[code]) for code in answer.dimensions}
        | {MEASURE: _measures(answer)},
        "value": value,
        **({"status": status} if status else {}),
        "extension": {
            "query": answer.query,
            "totals": answer.totals,
            "freshness": answer.freshness,
            "digest": digest_of(answer),
        },
    }


def _name(code) -> str:
    return NO_CODE if code is None else str(code)


def _index(answer: Answer, dimension: str) -> dict[Any, int]:
    """Place of each code along the dimension, in the order of the answer."""
    if answer.orders and dimension in answer.dimensions:
        at = answer.dimensions.index(dimension)
        found = {row[dimension]: order[at] for row, order in zip(answer.rows, answer.orders, strict=True)}
        return {code: place for place, code in enumerate(sorted(found, key=lambda code: found[code]))}
    return {code: place for place, code in enumerate(dict.fromkeys(row[dimension] for row in answer.rows))}


def _cells(answer: Answer, index: dict[str, dict], size: list[int]) -> tuple[list | dict, dict[str, str]]:
    """A list if every cell of the cube has a figure; else only the cells that have one, by their number."""
    codes = [measure.code for measure in answer.measures]
    cells: dict[int, int | None] = {}
    for row in answer.rows:
        place = 0
        for dimension, places in index.items():
            place = place * len(places) + places[row[dimension]]
        cells.update((place * len(codes) + number, row[code]) for number, code in enumerate(codes))
    status = {str(place): CONFIDENTIAL for place, figure in cells.items() if figure is None}
    if len(cells) == prod(size):
        return [cells[place] for place in range(len(cells))], status
    return {str(place): cells[place] for place in sorted(cells)}, status


def _dimension(answer: Answer, code: str, places: dict[Any, int]) -> dict[str, Any]:
    return {
        "label": str(DIMENSIONS[code].label),
        "category": {
            "index": [_name(value) for value in places],
            "label": {_name(value): answer.label(code, value) for value in places},
        },
    }


def _measures(answer: Answer) -> dict[str, Any]:
    return {
        "label": _("Số đo"),
        "category": {
            "index": [measure.code for measure in answer.measures],
            "label": {measure.code: str(measure.label) for measure in answer.measures},
            "unit": {measure.code: {"decimals": 0} for measure in answer.measures},
            "note": {measure.code: [str(measure.definition)] for measure in answer.measures},
        },
    }
