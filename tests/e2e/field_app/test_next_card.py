"""A phone whose card has ended: the next card of its team sends what is left on it, one of another team does not."""

import pytest
from django.urls import reverse

from core.dated import DAY, today
from services_help.models import AssistanceLog, Receipt, Session
from teams.access import access_of_user
from teams.models import DevicePass
from teams.passes import issue_passes, revoke_pass
from tests.e2e.field_app.conftest import App, barriers
from tests.e2e.field_app.phone import lines, pill_says, tap_away, town
from tests.e2e.visitor import DEVICES, open_visitor

pytestmark = pytest.mark.django_db(transaction=True)
LOGS = 4
ENTRIES = LOGS + 1  # the shift is one too
GOES_ON = f"Máy này còn {ENTRIES} mục của thẻ cũ. Thẻ mới cùng đội đã nhận và gửi tiếp, bạn không cần ghi lại."


@pytest.fixture
def world(transactional_db):
    return town()


def card(world, team) -> tuple[str, DevicePass]:
    """The address that its code leads to."""
    [issued] = issue_passes(team=team, count=1, valid_to=today() + DAY, access=access_of_user(world.city_staff))
    return reverse("field:pass", args=[issued.code]), issued.device_pass


def scan(app: App, address: str) -> App:
    app.page.goto(address)
    app.tap("Đăng nhập máy này")
    return app.ready()


@pytest.fixture
def left(browser, live_server, world):
    """A phone with a morning of its first card, of which nothing was sent when the card ended."""
    visitor = open_visitor(browser, live_server.url, DEVICES["phone"])
    app = App(visitor)
    address, device_pass = card(world, world.team)
    scan(app, address).worker_is_there()
    app.offline().open_shift()
    tap_away(app, LOGS)
    pill_says(app, f"{ENTRIES} chưa gửi", "chờ mạng")
    revoke_pass(device_pass=device_pass, access=access_of_user(world.unit_staff))
    app.offline(False)
    pill_says(app, f"{ENTRIES} chưa gửi", "cần đăng nhập")
    assert lines() == 0
    yield app
    visitor.leave()


def test_next_card_of_the_team_sends_what_the_first_has_left_once(left, world):
    app = left.tap("Gửi dữ liệu").sees("hoặc quét thẻ QR mới của đội, để gửi tiếp")
    address, device_pass = card(world, world.team)
    scan(app, address).sees(GOES_ON).all_sent()
    device_pass.refresh_from_db()
    assert (lines(), AssistanceLog.objects.live().count()) == (LOGS, LOGS)
    assert Session.objects.get().created_by == device_pass.device_user
    assert set(Receipt.objects.values_list("device", flat=True)) == {Session.objects.get().device}
    # The shift is in its hand, with the figures of the first.
    app.tap("Ghi tiếp").page.wait_for_selector(".tiles")
    assert app.turns == LOGS
    app.log("DVC-NOP").all_sent()
    assert barriers(app.tap("Quay lại").sees(GOES_ON), ["sync", "day"]) == {}
    # Told until the app is opened anew.
    app.page.goto("/field/")
    app.ready().all_sent()
    assert (lines(), app.page.get_by_text("của thẻ cũ").count()) == (LOGS + 1, 0)


def test_card_of_another_team_neither_sends_nor_shows_it_and_the_own_teams_next_one_does(left, world):
    address, _pass = card(world, world.team_vinh_loc)
    app = scan(left, address).sees("Hôm nay")
    app.page.evaluate("() => { location.hash = 'sync'; }")
    app.sees(f"{ENTRIES} mục chưa gửi của Máy của Tổ xung kích Tân Túc (thẻ 1) trên máy này.")
    app.tap("Gửi ngay").page.wait_for_timeout(1_000)
    assert lines() == 0
    app.tap("Quay lại").sees("Hôm nay")
    assert [app.page.get_by_text(words).count() for words in ("Ghi tiếp", "của thẻ cũ", "cần xem lại")] == [0, 0, 0]
    address, _pass = card(world, world.team)
    scan(app, address).sees(GOES_ON).all_sent()
    assert (lines(), Session.objects.get().team) == (LOGS, world.team)
