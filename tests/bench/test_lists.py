"""What the benchmark of lists fills stands on its pages, and every address of it answers."""

import pytest

from bench import world
from bench.lists import desk, fill, pages, people, work
from bench.lists.run import Times
from core.jobs.models import Job
from services_help.models import Session
from services_help.reference import load_reference

ROWS = 3


@pytest.fixture
def known(db):
    load_reference()
    world.build(ROWS, seed=1)
    people.readers()
    people.fill(ROWS)
    desk.fill(ROWS, day=fill.DAY)
    work.fill(ROWS, day=fill.DAY, crowd=ROWS)
    return people.tickets() | desk.addresses() | work.of_crowd()


def test_every_page_answers_its_reader(client, known):
    for page in pages.SMALL_AND_LARGE:
        if page.reader != pages.WARDS:  # the same addresses again
            answer = client.get(page.path.format_map(known), headers={"cookie": known[page.reader]})
            assert (page.path, answer.status_code) == (page.path, 200)


def test_lists_hold_the_rows_asked_for_and_one_session_the_crowd(known):
    assert Job.objects.count() == ROWS
    crowd = Session.objects.get(pk=known["session"])
    assert (Session.objects.count(), crowd.logs.count(), crowd.attendances.count()) == (3 * ROWS + 1, ROWS, ROWS)


def test_a_ratio_is_that_of_the_medians():
    times = Times(pages.Page("Trang", "/"), small=[1.0, 2.0, 90.0], large=[3.0, 3.0, 1.0])
    assert times.ratio == 1.5
