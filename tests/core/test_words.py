"""Rows are found by the beginnings of words, blind to accents; a text that is no word finds by nothing."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.models import AuditEvent
from core.words import AddWordIndex, words_of


def event(actor: str, target: str = "") -> AuditEvent:
    return AuditEvent.objects.create(
        action="teams.team_changed", target_type="teams.team", actor_label=actor, target_label=target
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nguyen", ["Nguyễn Văn An"]),
        ("VĂN ngu", ["Nguyễn Văn An"]),
        ("tổ", ["Nguyễn Văn An"]),
        ("to tan-tuc", ["Nguyễn Văn An"]),
        ("TO/TT", ["Nguyễn Văn An"]),
        ("hoà", ["Lê Hòa"]),
        ("guyen", []),
        ("van le", []),
        ("… !", ["Lê Hòa", "Nguyễn Văn An"]),
        ("a' | b & !c:* \\ ()", []),
        ("\x00hoa", ["Lê Hòa"]),
    ],
)
def test_words_are_found_by_their_beginnings(text, names):
    event("Nguyễn Văn An", "Tổ Tân Túc (TO-TT)")
    event("Lê Hòa")
    assert sorted(each.actor_label for each in AuditEvent.objects.worded(text)) == names


class Always(TestCase):
    @given(st.text(max_size=30), st.text(max_size=20))
    @settings(max_examples=25)
    def test_whatever_is_typed_is_an_answer_and_a_name_finds_its_row(self, name, typed):
        made = event(name.replace("\x00", ""))
        assert list(AuditEvent.objects.worded(typed)) is not None
        if words_of(name):
            assert made in AuditEvent.objects.worded(name)


@pytest.mark.django_db
def test_the_words_have_an_index_that_the_search_goes_by():
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = AuditEvent.objects.worded("nguyen").order_by().explain()
    assert "core_auditevent_words" in plan


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_index_of_words_can_be_taken_back_and_described(vendor):
    rule = AddWordIndex("a_table", "search_key")
    assert len(rule.forwards_sql(vendor)) == len(rule.backwards_sql(vendor)) == (vendor == "postgresql")
    assert "a_table" in rule.describe()
    name, args, kwargs = rule.deconstruct()
    assert (name, type(rule)(*args, **kwargs).forwards_sql(vendor)) == ("AddWordIndex", rule.forwards_sql(vendor))
