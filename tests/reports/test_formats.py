"""One answer, five forms: the same values in each, cell by cell, and each of them what its own standard says."""

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile

import duckdb
import openpyxl
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from reports import tallies
from reports.stats.dimensions import DIMENSIONS
from tests import factories
from tests.reports import readers, worlds
from tests.reports.questions import measures_for
from tests.reports.readers import STATS, content, fetch

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonstat": "application/vnd.json-stat+json",
    "parquet": "application/vnd.apache.parquet",
}
QUESTIONS = [
    {},
    {"by": "unit", "measures": "people,sessions,volunteers,teams"},
    {"by": "unit,day", "depth": "descendants"},
    {"by": "day,hour", "measures": "service_turns"},
    {"by": "team,service", "measures": "people,HS_NOP,KH"},
    {"by": "week,month,state", "hierarchy": "as_is", "measures": "volunteer_minutes,points"},
    {"by": "area,block,campaign"},
    {"by": "result,age_group,channel", "unit": "BC"},
    {"by": "day", "period": "2019"},  # no row at all
]


@pytest.fixture
def busy(db):
    return worlds.busy()


@pytest.fixture
def client(db) -> APIClient:
    client = APIClient()
    client.force_login(factories.user(is_superuser=True))
    return client


def in_some_order(rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def assert_forms_agree(client, params: dict) -> None:
    told = readers.from_json(client, params)
    for form, read in readers.FORMS.items():
        found = read(client, params)
        assert found.columns == told.columns, form
        # A cube has its own order; in files the rows stand as in the JSON.
        order = in_some_order if form == "jsonstat" else list
        assert order(found.rows) == order(told.rows), form
        assert found.totals in (None, told.totals), form
        assert (found.totals is None) == (form == "csv")
        assert found.digest == told.digest, form


# --- the same everywhere ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("params", QUESTIONS, ids=str)
def test_every_form_holds_the_same_values(busy, client, params):
    assert_forms_agree(client, params)


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_every_form_holds_the_same_values_whatever_is_asked(busy, client, data):
    by = tuple(data.draw(st.lists(st.sampled_from(list(DIMENSIONS)), max_size=3, unique=True), label="by"))
    offered = measures_for(by)
    if not offered:
        return
    measures = data.draw(st.lists(st.sampled_from(offered), min_size=1, max_size=4, unique=True), label="measures")
    params = {"measures": ",".join(measures)} | ({"by": ",".join(by)} if by else {})
    params["depth"] = data.draw(st.sampled_from(["self", "children", "descendants"]), label="depth")
    params["hierarchy"] = data.draw(st.sampled_from(["as_was", "as_is"]), label="hierarchy")
    params |= data.draw(st.sampled_from([{}, {"unit": "BC"}, {"period": "2023-03"}, {"state": "approved"}]))
    assert_forms_agree(client, params)


def test_digest_is_what_the_docs_say_and_a_client_gets_it_from_the_pages(busy, client):
    params = {"by": "unit,day", "depth": "descendants", "measures": "people,volunteers"}
    response = client.get(STATS, params | {"limit": 2})
    page = response.json()
    answer = {name: page[name] for name in ("query", "columns", "rows", "totals")}
    while page["next"]:
        page = client.get(page["next"]).json()
        answer["rows"] += page["rows"]
    text = json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert response.headers["Stats-Digest"] == f"sha-256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_digest_moves_with_a_figure_and_with_the_question(busy, client):
    def digest(**params) -> str:
        return client.get(STATS, params).headers["Stats-Digest"]

    before = [digest(by="unit"), digest(by="unit", period="2023-03")]
    assert len(set(before)) == 2
    factories.log(busy.sessions[0], busy.services[0], people=1)
    tallies.rebuild()
    assert not {digest(by="unit"), digest(by="unit", period="2023-03")} & {before[0]}


# --- how it is asked for ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("form", "media_type"), MEDIA_TYPES.items())
def test_form_is_chosen_by_name_or_by_accept(busy, client, form, media_type):
    named = fetch(client, form, {"by": "unit"})
    accepted = client.get(STATS, {"by": "unit"}, HTTP_ACCEPT=media_type)
    for response in (named, accepted):
        assert response.headers["Content-Type"].split(";")[0] == media_type
        assert response.headers["Stats-State"] == "provisional"
        assert response.headers["Stats-As-Of"]
    # The same answer, the same bytes: a strong ETag says so.
    assert content(named) == content(fetch(client, form, {"by": "unit"}))


@pytest.mark.parametrize("form", ["xlsx", "jsonstat", "parquet"])
def test_etag_of_a_file_is_its_own_and_saves_making_it(busy, client, form):
    response = fetch(client, form, {"by": "unit"})
    etag = response.headers["ETag"]
    assert etag != fetch(client, "json", {"by": "unit"}).headers["ETag"]
    again = client.get(STATS, {"by": "unit", "format": form}, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_file_is_named_in_vietnamese_with_an_ascii_name_for_old_programs(busy, client, form):
    told = fetch(client, form, {"by": "unit", "period": "2023-03"}).headers["Content-Disposition"]
    assert told.startswith(f'attachment; filename="thong-ke-theo-don-vi-2023-03-01-2023-03-31.{form}"; ')
    assert told.endswith(f"filename*=UTF-8''th%E1%BB%91ng%20k%C3%AA%20theo%20%C4%91%C6%A1n%20v%E1%BB%8B%20"
                         f"2023-03-01%202023-03-31.{form}")  # fmt: skip


def test_web_worker_does_not_load_a_writer_before_it_is_asked_for():
    """Each of them would cost every worker its memory at the start."""
    code = (
        "import django; django.setup(); import config.urls, reports.api, sys;"
        "print([name for name in ('arro3.core', 'reports.formats.xlsx', 'reports.formats.parquet')"
        " if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"


# --- XLSX -------------------------------------------------------------------------------------------------------------
def sheets(response) -> tuple:
    return tuple(openpyxl.load_workbook(io.BytesIO(content(response))).worksheets)


def test_xlsx_has_names_beside_codes_typed_cells_and_a_marked_total(busy, client):
    figures, _about = sheets(fetch(client, "xlsx", {"by": "unit,day,hour", "measures": "people"}))
    header = [cell.value for cell in figures[1]]
    assert header == ["Mã đơn vị", "Đơn vị", "Ngày", "Mã giờ", "Giờ", "Lượt người"]
    row = figures[2]
    assert isinstance(row[2].value, dt.datetime)
    assert row[2].number_format == "dd/mm/yyyy"
    assert [type(row[place].value) for place in (3, 5)] == [int, int]
    assert row[5].number_format == "#,##0"
    assert figures.freeze_panes == "F2"
    last = figures[figures.max_row]
    assert (last[0].value, last[0].font.bold, last[5].font.bold) == ("Tổng cộng", True, True)
    # The filter of the columns leaves the total where it is.
    assert figures.auto_filter.ref == f"A1:F{figures.max_row - 1}"
    assert figures.column_dimensions["B"].width > len("Huyện Đoàn Bình Chánh")


def test_xlsx_says_what_was_asked_what_it_means_and_how_to_check_it(busy, client):
    asked = {"by": "unit", "measures": "people,volunteers", "period": "2023-03", "unit": "BC"}
    response = fetch(client, "xlsx", asked)
    figures, about = sheets(response)
    assert (figures.title, about.title) == ("Số liệu", "Giải thích")
    told = [(row[0], row[1]) for row in about.iter_rows(values_only=True)]
    assert told[0][0] == "Lượt người, Tình nguyện viên theo Đơn vị"
    for line in [
        ("Đơn vị", "BC"),
        ("Thời gian", "Từ 01/03/2023 đến hết 31/03/2023"),
        ("Cây đơn vị", "Theo đơn vị vào ngày hỗ trợ"),
        ("Tình trạng số liệu", "Tạm tính"),
        ("Mã kiểm (digest)", response.headers["Stats-Digest"]),
        ("by", "unit"),
        ("from", "2023-03-01"),
    ]:
        assert line in told
    [people] = [how for what, how in told if what == "Lượt người"]
    assert people.startswith("people. Số lượt người dân được hỗ trợ")
    [volunteers] = [how for what, how in told if what == "Tình nguyện viên"]
    assert volunteers.endswith("Không cộng các dòng; lấy ở dòng tổng cộng.")


def test_xlsx_speaks_english_to_those_who_ask_for_it(busy, client):
    response = client.get(STATS, {"by": "day", "format": "xlsx"}, HTTP_ACCEPT_LANGUAGE="en")
    figures, _about = sheets(response)
    assert "Lượt người" not in [cell.value for cell in figures[1]]


def test_xlsx_runs_no_formula(busy, client):
    evil = factories.team("=1+1", unit=busy.bank, name='=HYPERLINK("http://x.vn","@")')
    factories.log(factories.session(evil), busy.services[0])
    tallies.rebuild()
    response = fetch(client, "xlsx", {"by": "team"})
    figures, _about = sheets(response)
    cells = [cell for row in figures.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [cell.value for cell in cells] == ["=1+1", '=HYPERLINK("http://x.vn","@")']
    assert {(cell.data_type, cell.quotePrefix) for cell in cells} == {("s", True)}
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content(response))).read("xl/worksheets/sheet1.xml")


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_shows_numbers_as_numbers_and_vietnamese_intact(busy, client, tmp_path):
    """Opened and saved by another program as a flat document, whose cells carry their types."""
    asked = {"by": "unit,day", "measures": "people"}
    (tmp_path / "số liệu.xlsx").write_bytes(content(fetch(client, "xlsx", asked)))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    subprocess.run(
        [
            "soffice",
            home,
            "--headless",
            "--convert-to",
            "fods",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "số liệu.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    document = (tmp_path / "số liệu.fods").read_text()
    told = readers.from_json(client, asked)
    assert "Huyện Đoàn Bình Chánh" in document
    for row in told.rows:
        assert f'office:value-type="float" office:value="{row["people"]}"' in document
        assert f'office:value-type="date" office:date-value="{row["day"]}"' in document
    assert f'office:value="{told.totals["people"]}"' in document
    assert 'office:value-type="string"' in document


# --- JSON-stat --------------------------------------------------------------------------------------------------------
TOOLKIT = """
import JSONstat from "jsonstat-toolkit";
let text = "";
for await (const part of process.stdin) text += part;
const found = JSONstat(JSON.parse(text));
if (found.class !== "dataset") throw new Error(`class ${found.class}`);
console.log(JSON.stringify({
  id: found.id, size: found.size, role: found.role, label: found.label, updated: found.updated,
  table: found.toTable({ type: "arrobj", content: "id", status: true, by: "measure" }),
  named: found.toTable({ type: "arrobj", field: "label", content: "label" }),
}));
"""


def by_the_toolkit(dataset: bytes) -> dict:
    """As the library of the format's author reads it."""
    command = ["node", "--input-type=module", "--eval", TOOLKIT]
    read = subprocess.run(command, input=dataset, cwd=settings.BASE_DIR, capture_output=True, check=True)
    return json.loads(read.stdout)


def test_jsonstat_is_read_by_the_library_of_its_author(busy, client):
    asked = {"by": "unit,day,area", "measures": "people,sessions"}
    found = by_the_toolkit(content(fetch(client, "jsonstat", asked)))
    told = client.get(STATS, asked).json()
    assert found["id"] == ["unit", "day", "area", "measure"]
    assert found["role"] | {"classification": []} == {
        "time": ["day"],
        "geo": ["area"],
        "metric": ["measure"],
        "classification": [],
    }
    rows = [
        {name: None if code == "null" else code for name, code in row.items() if name != "status"}
        for row in found["table"]
        if row["people"] is not None
    ]
    assert in_some_order(rows) == in_some_order(told["rows"])
    assert found["updated"] == told["freshness"]["as_of"]
    assert "Huyện Đoàn Bình Chánh" in {row["Đơn vị"] for row in found["named"]}


def test_jsonstat_keeps_to_the_rules_of_its_standard(busy, client):
    for params in QUESTIONS:
        found = json.loads(content(fetch(client, "jsonstat", params)))
        assert (found["version"], found["class"]) == ("2.0", "dataset")
        assert len(found["id"]) == len(found["size"]) == len(found["dimension"])
        cells = 1
        for name, size in zip(found["id"], found["size"], strict=True):
            category = found["dimension"][name]["category"]
            assert len(category["index"]) == len(set(category["index"])) == size
            assert set(category["label"]) == set(category["index"])
            cells *= size
        for member in ("value", "status"):
            held = found.get(member, {})
            if isinstance(held, list):
                assert len(held) == cells
            else:
                assert all(str(int(place)) == place and 0 <= int(place) < cells for place in held)
        assert {name for names in found["role"].values() for name in names} <= set(found["id"])


def test_jsonstat_is_dense_only_where_every_cell_has_a_figure(busy, client):
    assert isinstance(json.loads(content(fetch(client, "jsonstat", {"by": "day"})))["value"], list)
    assert isinstance(json.loads(content(fetch(client, "jsonstat", {"by": "team,day,hour"})))["value"], dict)


# --- Parquet ----------------------------------------------------------------------------------------------------------
def test_parquet_is_typed_and_says_what_it_holds(busy, client):
    asked = {"by": "unit,day,hour", "measures": "people"}
    types, _rows, metadata = readers.open_parquet(content(fetch(client, "parquet", asked)))
    assert types == {"unit": "VARCHAR", "day": "DATE", "hour": "BIGINT", "people": "BIGINT"}
    told = client.get(STATS, asked).json()
    assert metadata["query"] == told["query"]
    assert metadata["labels"] == told["labels"]
    assert metadata["freshness"] == told["freshness"]
    assert metadata["definitions"]["people"].startswith("Số lượt người dân")


def test_parquet_keeps_codes_in_a_dictionary(busy, client, tmp_path):
    (tmp_path / "f.parquet").write_bytes(content(fetch(client, "parquet", {"by": "team,day"})))
    with duckdb.connect() as database:
        found = database.execute(
            "SELECT path_in_schema, encodings, compression FROM parquet_metadata($1)", [str(tmp_path / "f.parquet")]
        ).fetchall()
    [(encodings, compression)] = [each[1:] for each in found if each[0] == "team"]
    assert "RLE_DICTIONARY" in encodings
    assert compression == "ZSTD"
