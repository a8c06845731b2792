"""The Python client against the live portal: questions, pages that belong together, files, what can be asked."""

import csv
import datetime as dt
import hashlib
import io

import pytest
import xungkichso
from xungkichso import BadQuestion, Portal

from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
MARCH = {"period": "2023-03"}


# --- questions --------------------------------------------------------------------------------------------------------
def test_answer_is_what_the_portal_says(world, portal):
    answer = portal.stats(measures=["people", "sessions"], by=["unit", "day"], **MARCH)
    assert answer.columns == ("unit", "day", "people", "sessions")
    assert (answer.dimensions, answer.measures) == (("unit", "day"), ("people", "sessions"))
    assert list(answer) == [
        {"unit": "NH", "day": "2023-03-26", "people": 4, "sessions": 1},
        {"unit": "BC", "day": "2023-03-26", "people": 3, "sessions": 2},
        {"unit": "BC", "day": "2023-03-27", "people": 48, "sessions": 2},
        {"unit": None, "day": "2023-03-26", "people": 8, "sessions": 1},
    ]
    assert answer.totals == {"people": 63, "sessions": 6}
    assert answer.query["from"] == "2023-03-01"
    assert answer.label("unit", "BC") == "Huyện Đoàn Bình Chánh"
    assert answer.label("unit", None) == "Chưa xếp đơn vị"
    told = portal._json("stats/", {})["freshness"]["as_of"]
    assert answer.freshness == xungkichso.Freshness(
        as_of=dt.datetime.fromisoformat(told), pending=0, lag_seconds=0, state="provisional"
    )
    assert answer.freshness.as_of.utcoffset() == dt.timedelta(hours=7)


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ({"by": "unit,day"}, {"by": ["unit", "day"]}),
        ({"by": ("unit", "day")}, {"by": ["unit", "day"]}),
        ({"start": "2023-03-26", "end": PEAK_DAY}, {"from": "2023-03-26", "to": "2023-03-26"}),
        ({"unit": "BC", "depth": "descendants"}, {"unit": "BC", "depth": "descendants"}),
        ({"unit": "BC@2020-01-01"}, {"unit": "BC@2020-01-01"}),
        ({"service": ["DVC-NOP"], "hierarchy": "as_is"}, {"service": ["DVC-NOP"], "hierarchy": "as_is"}),
        ({"unit": None, "campaign": []}, {"unit": None, "campaign": []}),
    ],
)  # fmt: skip
def test_python_words_are_understood(portal, question, understood):
    query = portal.stats(**question).query
    assert {name: query[name] for name in understood} == understood


def test_word_that_the_portal_does_not_know_is_refused_by_name(portal):
    with pytest.raises(BadQuestion) as refused:
        portal.stats(by="unit", colour="red")
    assert [(fault.parameter, fault.code) for fault in refused.value.faults] == [("colour", "unknown_parameter")]


def test_names_are_in_the_language_of_the_portal_object(world):
    with Portal(world.url, world.key, language="en") as english:
        answer = english.stats(by="service", **MARCH)
        assert answer.label("service", "DVC-NOP") == "Service DVC-NOP"
        assert english.schema().measures["people"].label == "People"


# --- pages ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", [1, 2, 3, 4, 5])
def test_pages_of_any_size_make_the_same_answer(portal, page):
    whole = portal.stats(by=["unit", "day"], **MARCH)
    paged = portal.stats(by=["unit", "day"], page=page, **MARCH)
    assert (paged.rows, paged.labels, paged.totals) == (whole.rows, whole.labels, whole.totals)
    assert len(paged) == 4


def test_answer_is_as_many_requests_as_it_has_pages(portal, calls):
    portal.stats(by="unit", **MARCH)
    assert [call.status for call in calls] == [200]
    portal.stats(by="unit", page=2, **MARCH)
    assert [call.status for call in calls[1:]] == [200, 200]


def test_digest_is_that_of_every_file(portal):
    answer = portal.stats(by=["unit", "day"], page=1, **MARCH)
    told = {
        form: portal._http.get("stats/", {"by": "unit,day", "format": form} | MARCH, accept="*/*").headers[
            "Stats-Digest"
        ]
        for form in portal.schema().formats
    }
    assert set(told.values()) == {answer.digest}


def test_next_page_is_asked_of_the_portal_whatever_address_it_names(world, calls):
    """``next`` comes out of an answer; a key goes only where its owner has sent it."""
    with Portal(world.url.replace("localhost", "127.0.0.1"), world.key) as portal:
        portal.stats(by="unit", page=1, **MARCH)
    assert {call.url.split("/api/")[0] for call in calls} == {world.url.replace("localhost", "127.0.0.1")}


# --- files ------------------------------------------------------------------------------------------------------------
def test_csv_holds_the_same_figures(portal, tmp_path):
    file = portal.download(tmp_path / "thang-3.csv", by="unit,day", labels=True, bom=True, **MARCH)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    answer = portal.stats(by="unit,day", **MARCH)
    assert [(row["unit"], int(row["people"])) for row in rows] == [(row["unit"] or "", row["people"]) for row in answer]
    assert rows[1]["unit_label"] == "Huyện Đoàn Bình Chánh"


def test_every_format_that_the_schema_names_can_be_downloaded(portal, tmp_path):
    for name in portal.schema().formats:
        file = portal.download(tmp_path / f"figures.{name}", format=name, by="unit", **MARCH)
        assert file.stat().st_size > 50, name


def test_file_that_is_refused_leaves_the_old_one_alone(portal, tmp_path):
    file = tmp_path / "figures.csv"
    file.write_text("yesterday's")
    with pytest.raises(BadQuestion):
        portal.download(file, by="colour")
    assert file.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [file]


def test_file_is_transferred_once_while_nothing_changes(portal, tmp_path, calls):
    digests = {
        hashlib.sha256(portal.download(tmp_path / name, by="unit", **MARCH).read_bytes()).digest() for name in "ab"
    }
    assert len(digests) == 1
    assert [call.status for call in calls] == [200, 304]


# --- what can be asked ------------------------------------------------------------------------------------------------
def test_schema_says_what_adds_up_and_what_goes_together(portal):
    schema = portal.schema()
    assert schema.measures["people"].additive
    assert not schema.measures["volunteers"].additive
    assert schema.measures["people"].definition.startswith("Số lượt người dân")
    assert schema.measures["people"].goes_with("unit", "hour")
    assert not schema.measures["people"].goes_with("hour", "age_group")
    assert schema.dimensions["unit"].label == "Đơn vị"
    assert schema.limits["rows"] == 50_000
    assert {"json", "csv"} <= set(schema.formats)
    assert "LAST_7_DAYS" in schema.periods


@pytest.mark.parametrize("code", ["people", "sessions", "volunteers"])
def test_schema_keeps_its_word(portal, code):
    """A measure can be split by each dimension that it is said to go with, and by no other."""
    schema = portal.schema()
    refused = set()
    for dimension in schema.dimensions:
        try:
            portal.stats(measures=code, by=dimension, **MARCH)
        except BadQuestion:
            refused.add(dimension)
    assert refused == {each for each in schema.dimensions if not schema.measures[code].goes_with(each)}


def test_periods_are_days(portal):
    assert portal.period("2026W31") == xungkichso.Period("2026W31", dt.date(2026, 7, 27), dt.date(2026, 8, 2))
    last = portal.periods()["LAST_7_DAYS"]
    assert last.end - last.start == dt.timedelta(days=6)


def test_key_of_a_unit_sees_that_unit_only(world):
    with Portal(world.url, world.bank_key) as portal:
        assert portal.stats(by="unit", **MARCH).totals["people"] == 4
