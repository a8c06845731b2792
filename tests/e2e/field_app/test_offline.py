"""A morning without network: nothing that the screen has confirmed is lost, also when the browser is killed."""

import pytest

from services_help.models import AssistanceLog, Session
from tests.e2e.field_app.phone import Phone, books_agree, lines, pill_says, tap_away, town, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return town()


@pytest.fixture
def phone(browser_type, live_server, tmp_path):
    made = Phone(browser_type, tmp_path / "profile", live_server.url)
    yield made
    made.leave()


def test_two_hundred_entries_survive_a_kill_and_arrive_once(phone, world):
    phone.signed_in(world.leader).open().worker_is_there().offline()
    phone.reload().open_shift()
    for _ in range(5):
        phone.log("DVC-NOP")

    phone.begin_tapping(195)
    for confirmed in range(10, 101, 10):
        until(lambda wanted=confirmed: phone.confirmed >= wanted, phone)
    phone.kill()
    confirmed = phone.confirmed

    # Started again without network, and nobody is signed in any more: all that was confirmed is there.
    phone.start().offline().open()
    phone.tap("Ghi tiếp").page.wait_for_selector(".tiles")
    kept = phone.turns
    assert confirmed <= kept < 200
    pill_says(phone, f"{kept + 1} chưa gửi")  # the shift is an entry too
    tap_away(phone, 200 - kept)
    assert (phone.people, phone.turns, lines()) == (200, 200, 0)
    pill_says(phone, "201 chưa gửi", "chờ mạng")

    phone.signed_in(world.leader).offline(False).all_sent()
    assert (lines(), Session.objects.count()) == (200, 1)
    assert AssistanceLog.objects.live().values("id").distinct().count() == 200
    books_agree(phone, world.leader, 201)
    assert phone.visitor.complaints == []
