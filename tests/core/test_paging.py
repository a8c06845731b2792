"""Long lists: exact while that is quick, an honest guess beyond, and every row on one page exactly."""

import pytest
from django.core.paginator import EmptyPage
from django.db import connection
from django.utils import translation

from core.models import AuditEvent
from core.paging import EstimatingPaginator, LookingPaginator, planned_rows

pytestmark = pytest.mark.django_db
LIMIT, A_PAGE = 20, 8


class UpToTwenty(EstimatingPaginator):
    most_counted = LIMIT


def paginator(count: int, *, analysed: bool = True) -> UpToTwenty:
    AuditEvent.objects.bulk_create(
        AuditEvent(actor_label="A", action="teams.team_changed", target_type="teams.team", target_id=str(number))
        for number in range(count)
    )
    if analysed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE core_auditevent")
    return UpToTwenty(AuditEvent.objects.all(), A_PAGE)


def test_count_up_to_the_limit_is_exact():
    pages = paginator(LIMIT)
    assert (pages.count, pages.is_estimate, pages.count_text, pages.num_pages) == (LIMIT, False, "20", 3)


def test_count_beyond_the_limit_is_the_planners_and_says_so():
    pages = paginator(1234)
    with translation.override("vi"):
        assert (pages.count, pages.is_estimate, pages.count_text) == (1234, True, "khoảng 1.200")


def test_count_that_the_planner_takes_for_less_says_only_what_was_seen():
    pages = paginator(100)
    pages = UpToTwenty(AuditEvent.objects.filter(target_id__contains="9", action__contains="x"), A_PAGE)
    assert pages.count == 0
    AuditEvent.objects.bulk_create(
        AuditEvent(actor_label="A", action="x", target_type="teams.team", target_id="9") for _ in range(LIMIT + 5)
    )
    pages = UpToTwenty(AuditEvent.objects.filter(target_id__contains="9", action__contains="x"), A_PAGE)
    with translation.override("vi"):
        assert (pages.count, pages.count_text) == (LIMIT + 1, "hơn 20")


def test_count_reads_no_more_than_the_limit(django_assert_num_queries):
    pages = paginator(1234)
    with django_assert_num_queries(2) as asked:
        assert pages.count == 1234
    assert f"LIMIT {LIMIT + 1}" in asked[0]["sql"]
    assert asked[1]["sql"].startswith("EXPLAIN")
    with django_assert_num_queries(1):
        assert UpToTwenty(AuditEvent.objects.all(), A_PAGE).count == 1234, "asked of the planner once a minute"


@pytest.mark.parametrize("count", [0, 1, A_PAGE, LIMIT, LIMIT + 1, 2 * LIMIT + 5])
def test_pages_hold_every_row_once(count):
    pages, found, number = paginator(count), [], 1
    while (page := pages.page(number)).has_next():
        found += page.object_list
        number += 1
    found += page.object_list
    assert found == list(AuditEvent.objects.all())


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "", "9" * 30, None])
def test_page_that_is_no_page_is_refused_beyond_the_limit_too(number):
    pages = paginator(LIMIT + 1)
    with pytest.raises(EmptyPage):
        pages.page(number)


def test_page_after_the_guessed_last_is_still_looked_for():
    pages = paginator(60, analysed=False)
    assert [len(pages.page(number).object_list) for number in (8, 9)] == [4, 0]


def test_planned_rows_follow_the_filter():
    paginator(1000)
    assert planned_rows(AuditEvent.objects.filter(target_id="7")) < 10 < planned_rows(AuditEvent.objects.all())


# --- for programs -----------------------------------------------------------------------------------------------------
class LookingUpToTwenty(LookingPaginator):
    most_counted = LIMIT


def test_last_page_beyond_the_limit_is_known_by_the_row_that_does_not_follow():
    paginator(2 * A_PAGE + LIMIT - LIMIT % A_PAGE, analysed=False)  # full pages alone
    pages = LookingUpToTwenty(AuditEvent.objects.order_by("pk"), A_PAGE)
    assert pages.is_estimate
    seen, number = [], 1
    while True:
        page = pages.page(number)
        seen += [event.target_id for event in page]
        if not page.has_next():
            break
        number = page.next_page_number()
    assert seen == [str(each) for each in range(4 * A_PAGE)]
    with pytest.raises(EmptyPage):
        pages.page(number + 1)
