"""Reading an answer back from each of its forms, to the rows and totals that the JSON has."""

import csv
import datetime as dt
import io
import json
import tempfile
from itertools import product
from typing import Any, NamedTuple

import duckdb
import openpyxl

STATS = "/api/v1/stats/"


class Read(NamedTuple):
    columns: list[str]
    rows: list[dict]
    # None: the form has no place for them.
    totals: dict | None
    digest: str


def fetch(client, form: str, params: dict):
    response = client.get(STATS, params | {"format": form})
    assert response.status_code == 200, response.text
    return response


def content(response) -> bytes:
    return response.getvalue()


def from_json(client, params: dict, limit: int = 3) -> Read:
    """All pages of a few rows."""
    response = fetch(client, "json", params | {"limit": limit})
    page = response.json()
    first, rows = page, list(page["rows"])
    while page["next"]:
        page = client.get(page["next"]).json()
        rows += page["rows"]
    return Read(first["columns"], rows, first["totals"], response.headers["Stats-Digest"])


def from_csv(client, params: dict) -> Read:
    response = fetch(client, "csv", params)
    columns, *lines = list(csv.reader(io.StringIO(content(response).decode())))
    dimensions = [name for name in params.get("by", "").split(",") if name]

    def read(column: str, text: str):
        if text == "":
            return None
        return int(text) if column == "hour" or column not in dimensions else text

    rows = [{column: read(column, text) for column, text in zip(columns, line, strict=True)} for line in lines]
    return Read(columns, rows, None, response.headers["Stats-Digest"])


def from_xlsx(client, params: dict) -> Read:
    response = fetch(client, "xlsx", params)
    book = openpyxl.load_workbook(io.BytesIO(content(response)))
    figures, about = book.worksheets
    told = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    dimensions = [name for name in params.get("by", "").split(",") if name]
    places, place = {}, 0
    for name in dimensions:
        places[name] = place
        place += 1 if name == "day" else 2
    measures = params.get("measures", "people,service_turns").split(",")
    places |= {name: max(place, 1) + number for number, name in enumerate(measures)}

    def read(value):
        return value.date().isoformat() if isinstance(value, dt.datetime) else value

    lines = [[read(value) for value in line] for line in figures.iter_rows(min_row=2, values_only=True)]
    *body, total = lines
    assert total[0] == "Tổng cộng"
    totals = {name: total[places[name]] for name in measures}
    rows = [{name: line[at] for name, at in places.items()} for line in body] if dimensions else [totals]
    assert told["Mã kiểm (digest)"] == response.headers["Stats-Digest"]
    return Read([*dimensions, *measures], rows, totals, response.headers["Stats-Digest"])


def from_jsonstat(client, params: dict) -> Read:
    response = fetch(client, "jsonstat", params)
    found = json.loads(content(response))
    *dimensions, _measure = found["id"]
    indexes = [found["dimension"][name]["category"]["index"] for name in found["id"]]
    values = found["value"]
    cells = dict(enumerate(values)) if isinstance(values, list) else {int(place): n for place, n in values.items()}
    rows: dict[tuple, dict[str, Any]] = {}
    for place, (*codes, measure) in enumerate(product(*indexes)):
        if place in cells:
            rows.setdefault(tuple(codes), {})[measure] = cells[place]

    def read(name: str, code: str):
        if code == "null":
            return None
        return int(code) if name == "hour" else code

    told = [
        {name: read(name, code) for name, code in zip(dimensions, codes, strict=True)} | figures
        for codes, figures in rows.items()
    ]
    assert found["extension"]["digest"] == response.headers["Stats-Digest"]
    return Read([*dimensions, *indexes[-1]], told, found["extension"]["totals"], response.headers["Stats-Digest"])


def open_parquet(data: bytes) -> tuple[dict[str, str], list[dict], dict]:
    """(column -> type, rows, what the file says of itself), as another database reads it."""
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as database:
        file.write(data)
        file.flush()
        found = database.execute("SELECT * FROM read_parquet($1)", [file.name])
        types = {column[0]: str(column[1]) for column in found.description}
        rows = [dict(zip(types, row, strict=True)) for row in found.fetchall()]
        held = database.execute("SELECT key, value FROM parquet_kv_metadata($1)", [file.name]).fetchall()
    [told] = [value for key, value in held if key == b"xungkichso"]
    return types, rows, json.loads(told)


def from_parquet(client, params: dict) -> Read:
    response = fetch(client, "parquet", params)
    types, found, told = open_parquet(content(response))
    rows = [
        {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}
        for row in found
    ]
    assert told["digest"] == response.headers["Stats-Digest"]
    return Read(list(types), rows, told["totals"], response.headers["Stats-Digest"])


FORMS = {"csv": from_csv, "xlsx": from_xlsx, "jsonstat": from_jsonstat, "parquet": from_parquet}
