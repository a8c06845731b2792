"""Answers as pandas tables: types, names, and sums that are the portal's own totals."""

import duckdb
import pandas
import pytest
from xungkichso import Answer, Freshness

pytestmark = pytest.mark.django_db
MARCH = {"period": "2023-03"}
DIMENSIONS = [
    "unit", "team", "area", "block", "campaign", "day", "week", "month", "hour", "service", "service_group",
    "result", "age_group", "channel", "state",
]  # fmt: skip


def dtypes(frame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_every_dimension_has_a_type(portal):
    assert set(DIMENSIONS) == set(portal.schema().dimensions)
    found = {name: dtypes(portal.stats(by=name, **MARCH).to_pandas())[name] for name in DIMENSIONS}
    dates = {"day", "week", "month"}
    assert {name for name, kind in found.items() if kind.startswith("datetime64")} == dates
    assert found["hour"] == "int64"
    assert {found[name] for name in DIMENSIONS if name not in dates | {"hour"}} == {"category"}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_sums_are_the_totals(portal, name):
    answer = portal.stats(measures="people,service_turns", by=name, page=1, **MARCH)
    frame = answer.to_pandas(labels=True)
    assert dtypes(frame)["people"] == "int64"
    assert frame[["people", "service_turns"]].sum().to_dict() == answer.totals == {"people": 63, "service_turns": 63}


def test_days_weeks_and_months_are_their_first_day(portal):
    frame = portal.stats(by="day,week,month", start="2023-03-27", end="2023-03-27").to_pandas()
    (row,) = frame.itertuples()
    assert [f"{moment:%Y-%m-%d}" for moment in (row.day, row.week, row.month)] == [
        "2023-03-27",
        "2023-03-27",
        "2023-03-01",
    ]
    (sunday,) = portal.stats(by="week", period="2023-03-26").to_pandas().itertuples()
    assert f"{sunday.week:%Y-%m-%d}" == "2023-03-20"


def test_names_stand_beside_codes_and_absent_ones_are_missing_values(portal):
    frame = portal.stats(by="unit", **MARCH).to_pandas(labels=True)
    assert list(frame.columns) == ["unit", "unit_label", "people", "service_turns"]
    assert frame["unit_label"].tolist() == ["Đoàn khối Ngân hàng", "Huyện Đoàn Bình Chánh", "Chưa xếp đơn vị"]
    assert frame["unit"].cat.categories.tolist() == ["NH", "BC"]
    assert frame["unit"].isna().tolist() == [False, False, True]
    assert dtypes(frame)["unit_label"] == "category"


def test_table_is_what_others_read_from_the_parquet_file(portal, tmp_path):
    """Two ways to one table."""
    question = {"measures": "people,sessions", "by": "unit,day"} | MARCH
    frame = portal.stats(**question).to_pandas()
    path = portal.download(tmp_path / "figures.parquet", format="parquet", **question)
    file = duckdb.read_parquet(str(path)).df()
    for name in frame.columns:
        mine, theirs = frame[name], file[name].astype(frame[name].dtype)
        pandas.testing.assert_series_equal(mine, theirs, check_categorical=False)


def test_table_can_be_grouped_and_pivoted(portal):
    answer = portal.stats(by="unit,day", **MARCH)
    table = answer.to_pandas().pivot_table("people", "unit", "day", aggfunc="sum", observed=True)
    assert table.loc["BC"].tolist() == [3, 48]


def test_question_totals_and_freshness_travel_with_the_table(portal):
    answer = portal.stats(by="unit", **MARCH)
    attrs = answer.to_pandas().attrs
    assert attrs["totals"] == answer.totals
    assert attrs["query"]["from"] == "2023-03-01"
    assert attrs["freshness"]["as_of"] == answer.freshness.as_of
    assert attrs["labels"]["unit"]["BC"] == "Huyện Đoàn Bình Chánh"


def test_answer_without_rows_has_the_same_columns_and_types(portal):
    empty = portal.stats(by="unit,day", period="2022-01").to_pandas(labels=True)
    full = portal.stats(by="unit,day", **MARCH).to_pandas(labels=True)
    assert len(empty) == 0
    assert dtypes(empty) == dtypes(full)


def test_totals_alone_are_one_row(portal):
    assert portal.stats(**MARCH).to_pandas().to_dict("records") == [{"people": 63, "service_turns": 63}]


def test_figure_that_is_not_published_is_a_missing_number():
    answer = Answer(
        query={"measures": ["people"], "by": ["unit"]},
        columns=("unit", "people"),
        rows=({"unit": "A", "people": None}, {"unit": "B", "people": 7}),
        labels={"unit": {"A": "Cùng tên", "B": "Cùng tên"}},
        totals={"people": None},
        freshness=Freshness(None, 0, 0, None),
    )
    frame = answer.to_pandas(labels=True)
    assert dtypes(frame)["people"] == "Int64"
    assert frame["people"].isna().tolist() == [True, False]
    assert frame["unit_label"].tolist() == ["Cùng tên", "Cùng tên"]
    assert isinstance(frame, pandas.DataFrame)
