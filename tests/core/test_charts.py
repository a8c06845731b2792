"""Charts: the drawing and the table say the same, in every language, and never break the policy of the page."""

import re
from html.parser import HTMLParser

import pytest
from django.template import Context, Template
from django.utils.translation import override

from core.templatetags.charts import round_top

ROWS = [
    {"label": "Bình Chánh", "value": 1500, "goal": 2000},
    {"label": "Khối <Ngân hàng>", "value": 375, "url": "/dashboard/?unit=NH"},
    {"label": "Côn Đảo", "value": "dưới 5"},
    {"label": "Chưa báo cáo", "value": None},
]


def draw(tag: str, language: str = "vi", **context) -> str:
    with override(language):
        return Template("{% load charts %}{% " + tag + " %}").render(Context(context))


def bar_widths(html: str) -> list[str]:
    return re.findall(r'class="bar[^"]*"[^>]* width="([^"]+)"', html)


def cells(html: str) -> list[str]:
    """The text of every table cell, as a screen reader would read the rows."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.found, self.cell, self.drawing = [], None, 0

        def handle_starttag(self, tag, attrs):
            self.drawing += tag == "svg"
            if tag in ("th", "td"):
                self.cell = ""

        def handle_endtag(self, tag):
            self.drawing -= tag == "svg"
            if tag in ("th", "td"):
                self.found.append(" ".join(self.cell.split()))
                self.cell = None

        def handle_data(self, data):
            if self.cell is not None and not self.drawing:
                self.cell += data

    reader = Reader()
    reader.feed(html)
    return reader.found


def test_bar_chart_draws_each_bar_against_the_highest_value_or_goal():
    assert bar_widths(draw('bar_chart rows "Lượt người"', rows=ROWS)) == ["75.00%", "18.75%", "0.00%", "0.00%"]


def test_bar_chart_is_a_table_with_the_same_figures():
    assert cells(draw('bar_chart rows "Lượt người" unit="lượt" label="Đơn vị"', rows=ROWS)) == [
        "Đơn vị", "", "lượt",
        "Bình Chánh", "", "1.500 / 2.000",
        "Khối <Ngân hàng>", "", "375",
        "Côn Đảo", "", "dưới 5",
        "Chưa báo cáo", "", "–",
    ]  # fmt: skip


def test_bar_chart_marks_a_goal_and_explains_the_mark_only_where_there_is_one():
    assert draw('bar_chart rows "Lượt"', rows=ROWS).count('<svg x="100.00%"') == 1
    assert "chỉ tiêu" in draw('bar_chart rows "Lượt"', rows=ROWS)
    assert "chỉ tiêu" not in draw('bar_chart rows "Lượt"', rows=ROWS[1:])


def test_bar_chart_escapes_names_that_people_typed():
    html = draw('bar_chart rows "Lượt"', rows=ROWS)
    assert "Khối &lt;Ngân hàng&gt;" in html
    assert "<Ngân" not in html


def test_bar_chart_with_nothing_but_zeros_draws_no_bar():
    assert bar_widths(draw('bar_chart rows "Lượt"', rows=[{"label": "a", "value": 0}])) == ["0.00%"]


def test_bar_chart_without_rows_says_so():
    assert "Chưa có số liệu." in draw('bar_chart rows "Lượt"', rows=[])


def test_hour_chart_fills_the_hours_between_the_first_and_the_last():
    html = draw('hour_chart rows "Theo giờ" unit="lượt"', rows=[{"hour": 7, "value": 40}, {"hour": 9, "value": 100}])
    assert re.findall(r'class="bar[^"]*"[^>]* height="([^"]+)"', html) == ["40.00%", "0.00%", "100.00%"]
    assert cells(html) == ["Giờ", "lượt", "7:00–7:59", "40", "8:00–8:59", "0", "9:00–9:59", "100"]


def test_hour_chart_marks_the_hour_that_is_still_running():
    html = draw('hour_chart rows "x" now=9', rows=[{"hour": 8, "value": 1}, {"hour": 9, "value": 1}])
    assert re.findall(r'class="(bar[^"]*)"', html) == ["bar", "bar now"]


def test_hour_chart_of_a_long_day_labels_every_third_hour():
    html = draw('hour_chart rows "x"', rows=[{"hour": 0, "value": 1}, {"hour": 23, "value": 2}])
    assert re.findall(r">(\d+)h<", html) == ["0", "3", "6", "9", "12", "15", "18", "21"]


@pytest.mark.parametrize(("options", "legend"), [("", "Ngày đang xem"), (' label="Ca này"', "Ca này")])
def test_hour_chart_beside_another_day_says_what_the_bars_and_what_the_marks_are(options, legend):
    html = draw(f'hour_chart rows "x" then_label="ngày trước"{options}', rows=[{"hour": 8, "value": 5, "then": 2}])
    shown = re.search(r'<p class="legend.*?</p>', html)[0]
    assert re.sub(r"<[^>]+>", " ", shown).split() == f"{legend} ngày trước".split()


def test_hour_chart_without_rows_says_so():
    assert "Chưa có số liệu." in draw('hour_chart rows "x"', rows=[])


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (3, 5), (11, 20), (55, 100), (501, 1000), (1000, 1000)])
def test_round_top_is_the_next_one_two_or_five(highest, top):
    assert round_top(highest) == top


def test_progress_is_drawn_up_to_the_goal_and_told_as_it_is():
    html = draw('progress "Lượt người" 5512 5000 110.24')
    assert bar_widths(html) == ["100.00%"]
    assert "110\N{NO-BREAK SPACE}%" in html
    assert "5.512" in html


def test_progress_without_a_percentage_draws_an_empty_bar_and_no_per_cent_sign():
    html = draw('progress "Lượt người" value goal percent', value=0, goal=None, percent=None)
    assert bar_widths(html) == ["0.00%"]
    assert "·" not in html


@pytest.mark.parametrize("language", ["vi", "en"])
def test_geometry_is_written_with_a_point_whatever_the_language(language):
    rows = [{"hour": hour, "value": 1234 + hour} for hour in range(6, 20)]
    drawings = draw('hour_chart rows "x"', language, rows=rows) + draw('bar_chart bars "x"', language, bars=ROWS)
    lengths = re.findall(r' (?:x|y|width|height)="([^"]*)"', drawings)
    assert lengths
    assert [length for length in lengths if not re.fullmatch(r"-?\d+(\.\d+)?%?", length)] == []
