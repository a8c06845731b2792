"""The words of a report, its frozen text, and what two of them tell differently; nothing of it asks a database."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.official.comparing import changes_between
from reports.official.composing import GAP, parts_of, without_gaps
from reports.official.content import Column, Headline, Letterhead, Part, Report, Section, Signature, Table
from reports.official.files import name_of
from reports.official.frozen import canonical, digest_of, thaw

NAMES = ("Lượt người", "Tỉ lệ (%)")
COLUMNS = (Column("Đơn vị"), Column(NAMES[0], "count"), Column(NAMES[1], "percent"))
CODES = st.sampled_from("ABCDEF")
ROWS = st.dictionaries(CODES, st.tuples(st.integers(0, 3), st.sampled_from([None, 12.5, 37.5])), max_size=5)


def report_of(rows: dict, people: int = 0, total: int | None = None) -> Report:
    """A report with one table; a row is found by its key, whatever it is called and wherever it stands."""
    table = Table(
        "units",
        "Theo đơn vị",
        COLUMNS,
        tuple((f"Đơn vị {code}", *cells) for code, cells in rows.items()),
        total=None if total is None else ("Tổng cộng", total, None),
        keys=tuple(rows),
    )
    section = Section("II", "KẾT QUẢ", (Part(table=table),))
    head, signed = Letterhead(("ĐOÀN",), "BC", "TP. Hồ Chí Minh"), Signature("TM. BTV", "BÍ THƯ")
    headlines = (Headline("people", "Lượt người", people, True),)
    return Report(head, "Kết quả", (section,), signed, "2023-03-26T17:00:00+07:00", "tạm tính", headlines=headlines)


# --- frozen -----------------------------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(0, 9), st.text(max_size=20))
def test_report_comes_back_from_its_text_and_the_text_from_it(rows, people, words):
    report = replace(report_of(rows, people), subject=words)
    text = canonical(report)
    assert thaw(text) == report
    assert digest_of(canonical(thaw(text))) == digest_of(text)


# --- differences ------------------------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(ROWS, ROWS, st.randoms())
def test_differences_are_those_of_the_cells_and_no_others(before, after, rng):
    """In whatever order the rows stand."""
    shuffled = list(after.items())
    rng.shuffle(shuffled)
    found = changes_between(report_of(before), report_of(dict(shuffled)))
    told = {(change.what, change.before, change.after) for change in found}
    expected = set()
    for code in {*before, *after}:
        for name, old, new in zip(NAMES, before.get(code, (None, None)), after.get(code, (None, None)), strict=True):
            if old != new:
                expected.add((f"Mục II, Theo đơn vị · Đơn vị {code} · {name}", old, new))
    assert told == expected
    assert len(found) == len(expected)


def test_differences_are_told_in_the_order_of_the_paper():
    before = report_of({"A": (1, None), "Z": (5, None)}, people=6, total=6)
    after = report_of({"B": (2, None), "A": (3, 37.5)}, people=5, total=5)
    assert [
        (change.what.split(" · ", 1)[1], change.before, change.after) for change in changes_between(before, after)
    ] == [
        ("Lượt người", 6, 5),
        ("Đơn vị B · Lượt người", None, 2),
        ("Đơn vị A · Lượt người", 1, 3),
        ("Đơn vị A · Tỉ lệ (%)", None, 37.5),
        ("Tổng cộng · Lượt người", 6, 5),
        ("Đơn vị Z · Lượt người", 5, None),
    ]


def test_row_that_is_called_otherwise_is_the_same_row():
    before = report_of({"A": (1, None)})
    [section] = before.sections
    renamed = replace(section.parts[0].table, rows=(("Đoàn khu vực A", 2, None),))
    after = replace(before, sections=(replace(section, parts=(Part(table=renamed),)),))
    [change] = changes_between(before, after)
    assert (change.what, change.before, change.after) == ("Mục II, Theo đơn vị · Đoàn khu vực A · Lượt người", 1, 2)


# --- words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Một đoạn.", [Part(text="Một đoạn.")]),
        ("- Việc một\n– Việc hai\n\nHết.", [Part(items=("Việc một", "Việc hai")), Part(text="Hết.")]),
        ("Gồm:\n- Một", [Part(text="Gồm:"), Part(items=("Một",))]),
        ("", [Part(text=GAP)]),
    ],
)
def test_lines_become_paragraphs_and_lists(text, parts):
    assert list(parts_of(text)) == parts


def test_paper_that_is_issued_has_no_gaps():
    parts = (*parts_of("", "1. Ưu điểm"), *parts_of("Còn ít đội.", "2. Hạn chế"))
    [section] = without_gaps((Section("III", "ĐÁNH GIÁ", parts),))
    assert section.parts == (Part(heading="2. Hạn chế"), Part(text="Còn ít đội."))


@pytest.mark.parametrize(
    ("subject", "version", "name"),
    [
        ("Kết quả ngày 26/03/2023", 2, "Báo cáo Kết quả ngày 26-03-2023 - bản 2.pdf"),
        ('Ai: "Được"?', None, "Báo cáo Ai   Được - bản nháp.pdf"),
        ("x" * 300, 1, f"Báo cáo {'x' * 92} - bản 1.pdf"),
    ],
)
def test_file_is_called_so_that_people_find_it_again(subject, version, name):
    assert name_of(subject, version, "pdf") == name
