"""``$filter`` by itself: what is understood, what is refused and how, and that narrowing never loses a row."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.odata.edm import BOOLEAN, DATE, MOMENT, NUMBER, STRING
from reports.odata.errors import BadOption, NotSupported
from reports.odata.expressions import DEEPEST, LONGEST, parse_filter
from reports.odata.narrowing import Days, days_of, values_of

TYPES = {
    "unit": STRING,
    "label": STRING,
    "day": DATE,
    "people": NUMBER,
    "open": BOOLEAN,
    "at": MOMENT,
    "nullable": STRING,
}
ROW = {
    "unit": None,
    "label": "Đoàn xã Vĩnh Lộc A",
    "day": dt.date(2023, 3, 26),
    "people": 7,
    "open": True,
    "at": dt.datetime(2023, 3, 26, 8, tzinfo=dt.UTC),
    "nullable": "it's",
}


def passes(text: str, **row) -> bool:
    return parse_filter(text, TYPES).of(ROW | row) is True


# --- what is understood -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "day eq 2023-03-26",
        "day ge 2023-03-01 and day lt 2023-04-01",
        "2023-03-01 le day",
        "people gt 6 and people ge 7 and people lt 8 and people le 7 and people ne 6",
        "people eq 7.0",
        "people gt -1",
        "nullable eq 'it''s'",
        "nullable in ('a','it''s')",
        "nullable in ('it''s')",
        "unit eq null",
        "unit ne 'BC'",
        "null eq unit",
        "open",
        "open eq true",
        "not (open eq false)",
        "not(people eq 8)",
        "not contains(label,'Hóc Môn')",
        "contains(label,'Vĩnh Lộc') and startswith(label,'Đoàn') and endswith(label,'A')",
        "contains(tolower(label),'đoàn')",
        "toupper(nullable) eq 'IT''S' and length(nullable) eq 4 and indexof(label,'xã') eq 5",
        "substring(label,5) eq 'xã Vĩnh Lộc A' and substring(label,5,2) eq 'xã'",
        "concat(concat(nullable,' '),trim(' x ')) eq 'it''s x'",
        "year(day) eq 2023 and month(day) eq 3 and day(day) eq 26",
        "at ge 2023-03-26T08:00:00Z and at lt 2023-03-26T15:00:01+07:00",
        "people eq 1 or people eq 7 and day eq 2023-03-26",  # and binds tighter
        "(people eq 1 or people eq 7) and day eq 2023-03-26",
        "  people   eq\t7  ",
    ],
)
def test_condition_that_holds(text):
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "unit eq 'BC'",
        "unit gt 'A'",
        "unit le 'A'",
        "not (unit gt 'A' or people eq 7)",
        "unit in ('BC','NH')",
        "people eq 1 and open",
        "null",
    ],
)
def test_condition_that_does_not_hold(text):
    assert not passes(text)


def test_function_of_an_absent_value_is_neither_true_nor_false():
    """OData's logic has three values; a row is kept by “true” only."""
    assert not passes("contains(unit,'B')")
    assert not passes("not contains(unit,'B')")
    assert passes("contains(unit,'B') or people eq 7")
    assert not passes("contains(unit,'B') and people eq 7")
    assert passes("not (contains(unit,'B') and people eq 8)")


def test_text_is_compared_as_the_portal_stores_it():
    """A Mac sends “ĩ” as two characters."""
    decomposed = "Vi\u0303nh"
    assert len(decomposed) == 5
    assert passes(f"contains(label,'{decomposed}')")


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "chưa hết câu"),
        ("people", "chỗ cần điều kiện đúng hoặc sai lại là một giá trị"),
        ("people eq", "chưa hết câu"),
        ("people eq 7 7", "thừa “7”"),
        ("people eq 7)", "thừa “)”"),
        ("(people eq 7", "thiếu “)”"),
        ("people eq 7 and", "chưa hết câu"),
        ("people eq 7 and people", "chỗ cần điều kiện đúng hoặc sai lại là một giá trị"),
        ("people eq '7'", "không so sánh Edm.Int64 với Edm.String được"),
        ("people in (7,'7')", "không so sánh Edm.Int64 với Edm.String được"),
        ("people in ()", "thừa “)”"),
        ("day eq 2023-02-31", "“2023-02-31” không phải một ngày có thật"),
        ("at eq 2023-02-31T08:00:00Z", "“2023-02-31T08:00:00Z” không phải một ngày có thật"),
        ("day eq 2023-03-26T08:00:00Z", "không so sánh Edm.Date với Edm.DateTimeOffset được"),
        ("unit eq 'BC", "không đọc được từ “'BC”"),
        ("unit eq @p", "không đọc được từ “@p”"),
        ("people eq 1 eq true", "thừa “eq”"),
        ("year(label) eq 2023", "hàm year nhận (Edm.Date)"),
        ("contains(label) eq true", "hàm contains nhận (Edm.String, Edm.String)"),
        ("not people eq 7", "chỗ cần điều kiện đúng hoặc sai lại là một giá trị"),
        ("(" * 60 + "open" + ")" * 60, f"lồng quá {DEEPEST} lớp"),
        ("not " * 60 + "open", f"lồng quá {DEEPEST} lớp"),
        ("open" + " " * LONGEST, f"dài quá {LONGEST} ký tự"),
    ],
)
def test_fault_is_named(text, said):
    with pytest.raises(BadOption) as refused:
        parse_filter(text, TYPES)
    assert str(refused.value) == f"Không hiểu $filter: {said}."
    assert (refused.value.status, refused.value.code, refused.value.target) == (400, "invalid_option", "$filter")


def test_unknown_column_is_named():
    with pytest.raises(BadOption) as refused:
        parse_filter("Day eq 2023-03-26", TYPES)
    assert (str(refused.value), refused.value.code) == ("Bảng này không có cột “Day”.", "unknown_property")


@pytest.mark.parametrize("text", ["people add 1 eq 8", "round(people) eq 7", "people has 1", "any(people)"])
def test_what_odata_has_and_the_feed_has_not_is_not_implemented(text):
    with pytest.raises(NotSupported) as refused:
        parse_filter(text, TYPES)
    assert refused.value.status == 501


@given(st.text(max_size=40) | st.text(alphabet="()', eqandornt19-dayunit", max_size=40))
def test_no_text_is_answered_but_by_a_condition_or_a_refusal(text):
    try:
        node = parse_filter(text, TYPES)
    except (BadOption, NotSupported):
        return
    assert node.of(ROW) in (True, False, None)


# --- narrowing --------------------------------------------------------------------------------------------------------
FIRST, LAST = dt.date(2022, 12, 30), dt.date(2024, 1, 2)
days = st.dates(FIRST, LAST)
codes = st.sampled_from(["BC", "NH", "TD"])
signs = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
leaves = st.one_of(
    st.builds(lambda sign, day: f"day {sign} {day}", signs, days),
    st.builds(lambda sign, day: f"{day} {sign} day", signs, days),
    st.builds(lambda sign, year: f"year(day) {sign} {year}", signs, st.integers(2022, 2025)),
    st.builds(lambda found: f"day in ({','.join(map(str, found))})", st.lists(days, min_size=1, max_size=3)),
    st.builds(lambda sign, code: f"unit {sign} '{code}'", signs, codes),
    st.builds(lambda found: "unit in ({})".format(",".join(f"'{c}'" for c in found)), st.lists(codes, min_size=1)),
    st.sampled_from(["unit eq null", "day eq null", "unit in (null,'BC')", "contains(unit,'B')", "people gt 3"]),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda left, right, word: f"({left} {word} {right})", inner, inner, st.sampled_from(["and", "or"])),
        st.builds(lambda part: f"not ({part})", inner),
    ),
    max_leaves=6,
)


@given(text=filters, day=days, unit=st.none() | codes, people=st.integers(0, 6))
def test_narrowing_lets_through_every_row_that_the_filter_does(text, day, unit, people):
    node = parse_filter(text, TYPES)
    if node.of(ROW | {"day": day, "unit": unit, "people": people}) is not True:
        return
    found = days_of(node, "day")
    assert (found.first or FIRST) <= day <= (found.last or LAST)
    values = values_of(node, "unit")
    assert values is None or unit in values


@pytest.mark.parametrize(
    ("text", "days", "units"),
    [
        ("day ge 2023-03-01 and day lt 2023-04-01 and unit eq 'BC'", ("2023-03-01", "2023-04-01"), {"BC"}),
        ("2023-03-01 lt day and 2023-04-01 gt day and 'BC' eq unit", ("2023-03-01", "2023-04-01"), {"BC"}),
        ("2023-03-01 le day and 2023-04-01 ge day", ("2023-03-01", "2023-04-01"), None),
        ("year(day) eq 2023", ("2023-01-01", "2023-12-31"), None),
        ("(unit eq 'BC' or unit eq 'NH') and people gt 3", (None, None), {"BC", "NH"}),
        ("unit in ('BC','NH') and unit in ('NH','TD')", (None, None), {"NH"}),
        ("day eq 2023-03-26 or day eq 2023-04-02", ("2023-03-26", "2023-04-02"), None),
        ("unit eq 'BC' or people gt 3", (None, None), None),
        ("not (day ge 2023-03-01)", (None, None), None),
    ],
)
def test_narrowing_understands_what_excel_writes(text, days, units):
    node = parse_filter(text, TYPES)
    first, last = (day and dt.date.fromisoformat(day) for day in days)
    assert days_of(node, "day") == Days(first, last)
    assert values_of(node, "unit") == (units and frozenset(units))
