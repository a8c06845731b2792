"""A list that nobody counts knows whether there is a next page, and nothing beyond."""

import pytest

from core.models import AuditEvent
from core.next_page import NextPaginator

pytestmark = pytest.mark.django_db
A_PAGE = 3


@pytest.fixture
def events(db):
    AuditEvent.objects.bulk_create(AuditEvent(action="a.b", target_id=f"{number}") for number in range(7))


@pytest.mark.parametrize(
    ("asked", "number", "shown", "has_next"),
    [
        (None, 1, "012", True),
        ("1", 1, "012", True),
        ("2", 2, "345", True),
        ("3", 3, "6", False),
        ("4", 1, "012", True),
        ("0", 1, "012", True),
        ("-1", 1, "012", True),
        ("hai", 1, "012", True),
        ("9" * 30, 1, "012", True),
    ],
)
def test_page_and_what_follows(events, django_assert_max_num_queries, asked, number, shown, has_next):
    with django_assert_max_num_queries(2):
        page = NextPaginator(AuditEvent.objects.order_by("pk"), A_PAGE).get_page(asked)
    assert (page.number, "".join(event.target_id for event in page), page.has_next()) == (number, shown, has_next)
    assert page.has_previous() is (number > 1)
    assert page.has_other_pages()
    if has_next:
        assert page.next_page_number() == number + 1


def test_page_takes_one_query(events, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert NextPaginator(AuditEvent.objects.order_by("pk"), 6).get_page(1).has_next()
        assert not NextPaginator(AuditEvent.objects.none(), 7).get_page(1).has_other_pages()
