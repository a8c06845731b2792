"""How an official document writes numbers, days and symbols (HD 29-HD/TWĐTN-VP; NĐ 30/2020, Phụ lục I)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.official.content import Chart, Column, Letterhead, Table
from reports.official.layouts import wording
from reports.official.layouts.shapes import shape


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (190_962, "count", "190.962"), (0, "count", "0"), (999, "count", "999"), (-1_200, "count", "-1.200"),
        (20_472.5, "count", "20.472,5"), (4.0, "count", "4"), (37.5, "percent", "37,5%"), (100, "percent", "100,0%"),
        (1_204.25, "percent", "1.204,25%"), (None, "count", "–"), (None, "percent", "–"), (None, "text", ""),
        ("=1+1", "text", "=1+1"), ("dưới 5", "count", "dưới 5"),
    ],
)  # fmt: skip
def test_figures(value, kind, written):
    assert wording.figure(value, kind) == written


@given(st.integers(-(10**12), 10**12), st.sampled_from(["count", "percent"]))
@settings(max_examples=25)
def test_no_digit_of_a_figure_is_lost(value, kind):
    written = wording.figure(value / 10, kind).rstrip("%")
    assert float(written.replace(".", "").replace(",", ".")) == value / 10


@pytest.mark.parametrize(
    ("day", "written"),
    [
        ("2026-01-05", "ngày 05 tháng 01 năm 2026"), ("2026-02-28", "ngày 28 tháng 02 năm 2026"),
        ("2026-03-09", "ngày 09 tháng 3 năm 2026"), ("2026-11-30", "ngày 30 tháng 11 năm 2026"),
    ],
)  # fmt: skip
def test_days_below_ten_and_the_first_two_months_are_padded(day, written):
    assert wording.day_in_full(day) == written


def test_what_the_office_fills_in_by_hand_is_a_gap():
    head = Letterhead(("A",), "BC/TĐTN-VP", "TP. Hồ Chí Minh")
    gap = wording.GAP
    assert len(gap) > 4
    assert wording.symbol(head) == f"Số: {gap}-BC/TĐTN-VP"
    assert wording.place_and_day(head) == f"TP. Hồ Chí Minh, ngày{gap}tháng{gap}năm"
    assert wording.attached_to(head) == f"(Kèm theo Báo cáo số {gap}-BC/TĐTN-VP ngày{gap}tháng{gap}năm)"


@pytest.mark.parametrize(("number", "written"), [("7", "07"), ("123", "123"), ("12a", "12a"), (" 9 ", "09")])
def test_a_number_below_ten_is_padded(number, written):
    head = Letterhead(("A",), "BC/TĐTN-VP", "TP. Hồ Chí Minh", number, "2026-03-09")
    assert wording.symbol(head) == f"Số: {written}-BC/TĐTN-VP"


@pytest.mark.parametrize("as_of", ["2023-02-05T17:30:00+07:00", "2023-02-05T10:30:00Z", "2023-02-05T17:30:59"])
def test_the_moment_is_told_in_the_time_of_the_city(as_of):
    assert wording.moment(as_of) == "17 giờ 30 phút ngày 05/02/2023"


def test_recipients_end_with_a_full_stop():
    assert wording.recipients(("Như trên", "Các đơn vị", "Lưu: VP")) == ["Như trên;", "Các đơn vị;", "Lưu: VP."]
    assert wording.recipients(()) == []


def test_a_screen_reader_is_told_each_bar():
    chart = Chart("c", "Theo đơn vị", "lượt", ("Quận 1", "Quận 3"), (1_204, 9))
    assert wording.told(chart) == "Biểu đồ thanh: Theo đơn vị (đơn vị tính: lượt). Quận 1: 1.204; Quận 3: 9."


@given(st.lists(st.sampled_from(["TT", "Tên đơn vị", "Lượt người", "Nghiêngngả"]), min_size=1, max_size=14))
@settings(max_examples=25)
def test_columns_always_fill_the_page_and_no_more(titles):
    columns = tuple(Column(title, "text" if title[0] in "TN" else "count") for title in titles)
    rows = tuple(tuple("Đoàn khối Dân - Chính - Đảng" if c.kind == "text" else 12_345 for c in columns) for _ in "ab")
    found = shape(Table("t", "T", columns, rows), 160)
    assert sum(found.widths) == pytest.approx(160)
    assert min(found.widths) > 0


def test_letters_shrink_before_a_figure_breaks():
    few, many = (tuple(Column("Lượt người", "count") for _ in range(number)) for number in (4, 14))
    sizes = [shape(Table("t", "T", each, (tuple(123_456_789 for _ in each),)), 160).size for each in (few, many)]
    assert sizes[0] == 12
    assert sizes[1] < 12
