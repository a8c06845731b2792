"""Numbers as the reader writes them."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.translation import override

from core.templatetags.vi import is_words, vi_decimal, vi_number, vi_percent

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (190962, "190.962", "190,962"),
        (4_200_000, "4.200.000", "4,200,000"),
        (-1500, "-1.500", "-1,500"),
        (1234.5, "1.235", "1,235"),
    ],
)
def test_vi_number_groups_thousands_by_the_active_language(value, vietnamese, english):
    with override("vi"):
        assert vi_number(value) == vietnamese
    with override("en"):
        assert vi_number(value) == english


@pytest.mark.parametrize(
    ("value", "places", "vietnamese", "english"),
    [
        (37.5, 1, "37,5", "37.5"),
        (Decimal("37.25"), 1, "37,3", "37.3"),
        (40.04, 1, "40", "40"),
        (12345.678, 2, "12.345,68", "12,345.68"),
    ],
)
def test_vi_decimal_rounds_half_up_and_drops_a_zero_fraction(value, places, vietnamese, english):
    with override("vi"):
        assert vi_decimal(value, places) == vietnamese
    with override("en"):
        assert vi_decimal(value, places) == english


def test_vi_percent_takes_a_percentage_and_keeps_the_sign_on_the_line():
    with override("vi"):
        assert vi_percent(37.5) == f"37,5{NBSP}%"
        assert vi_percent(Decimal("110.24"), 0) == f"110{NBSP}%"
    with override("en"):
        assert vi_percent(37.5) == "37.5%"


@pytest.mark.parametrize("write", [vi_number, vi_decimal, vi_percent])
def test_a_suppressed_cell_passes_through_as_words(write):
    assert write("dưới 5") == "dưới 5"
    assert is_words("dưới 5")
    assert not is_words(5)


@pytest.mark.parametrize("write", [vi_number, vi_decimal, vi_percent])
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_missing_value_is_a_dash_and_never_a_zero(write, nothing):
    assert write(nothing) == "–"


def test_the_filters_are_loaded_by_a_template_under_the_name_vi():
    template = Template("{% load vi %}{{ people|vi_number }} · {{ share|vi_percent:0 }}")
    with override("vi"):
        assert template.render(Context({"people": 55000, "share": 37.6})) == f"55.000 · 38{NBSP}%"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_key_in_a_form_is_written_as_it_is(language):
    """Only the filters group: a form that sends ``1,234`` back names no row."""
    with override(language):
        assert Template('<input value="{{ pk }}">').render(Context({"pk": 1234567})) == '<input value="1234567">'
