"""The core of the offline work in a second engine, where the machine has one (Debian: firefox-esr)."""

import pytest
from django.conf import settings
from django.test import Client

from services_help.models import AssistanceLog, Session
from tests.e2e.field_app.firefox import Firefox, find_firefox
from tests.e2e.field_app.phone import SERVICE, TAP_AWAY, lines, town

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not find_firefox(), reason="no Firefox on this machine"),
]
TURNS = "return Number(document.querySelector('[data-turns]')?.dataset.turns ?? -1);"


@pytest.fixture
def world(transactional_db):
    return town()


@pytest.fixture
def firefox(live_server, tmp_path):
    made = Firefox(tmp_path / "profile", live_server.url)
    yield made
    made.kill()


def sign_in(firefox: Firefox, user) -> Firefox:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return firefox.take_cookie(name, client.cookies[name].value)


def test_entries_without_network_survive_a_kill_and_arrive_once(firefox, world):
    sign_in(firefox, world.leader).open()
    firefox.run("return navigator.serviceWorker.ready.then(() => true);")
    firefox.offline().reload().tap("Mở ca").sees(".tiles")
    firefox.run(f"await ({TAP_AWAY})(given);", 20, SERVICE)
    firefox.run(f"({TAP_AWAY})(given);", 80, SERVICE)
    firefox.until("return Number(document.querySelector('[data-turns]')?.dataset.turns) >= 50;")
    confirmed = max(50, firefox.run(TURNS))
    firefox.kill()

    # Started again without network, and signed out: what the screen had confirmed is there.
    firefox.start().offline().open()
    firefox.run("[...document.querySelectorAll('button')].find((e) => e.textContent.includes('Ghi tiếp')).click();")
    firefox.sees(".tiles")
    kept = firefox.run(TURNS)
    assert confirmed <= kept < 100
    firefox.sees(".pill b", f"{kept + 1} chưa gửi")
    firefox.run(f"await ({TAP_AWAY})(given);", 100 - kept, SERVICE)
    assert lines() == 0

    sign_in(firefox.offline(False), world.leader).open().sees(".pill b", "Đã gửi hết")
    assert (AssistanceLog.objects.live().count(), lines(), Session.objects.count()) == (100, 100, 1)
    firefox.run("location.hash = 'sync';")
    firefox.tap("Đối chiếu lại").sees("small", "máy 101, máy chủ 101: khớp")
