"""What came after the lock is decided about in a real browser: by keyboard alone, and on a phone without JavaScript."""

import pytest
from playwright.sync_api import expect

from core.dated import today
from services_help.intake import receive
from services_help.models import LateEntry
from services_help.review import lock_period
from teams.access import access_of_user
from tests.e2e.test_review import press
from tests.factories import local
from tests.services_help.intake_items import DEVICE, attendance_item, log_item, session_item, stocked


@pytest.fixture
def late(world):
    """A whole shift with two lines and somebody present, sent after its day was locked."""
    stocked(world)
    access = access_of_user(world.city_staff)
    lock_period(unit=world.city, starts_on=today(), ends_on=today(), reason="Chốt số", access=access)
    times = {"started_at": local(today(), 0, 1).isoformat(), "ended_at": local(today(), 0, 5).isoformat()}
    opened = session_item(day=today(), **times)
    at = {"happened_at": local(today(), 0, 2).isoformat()}
    items = [opened, log_item(opened, people=3, **at), log_item(opened, **at), attendance_item(opened)]
    receive(items, device=DEVICE, access=access_of_user(world.leader))
    return f"{world.team} ngày {today():%d/%m/%Y}"


def decisions() -> list[str]:
    return list(LateEntry.objects.order_by("pk").values_list("decision", flat=True))


def test_entries_are_declined_by_keyboard_and_let_in_later(visit, world, late):
    visitor = visit("laptop", user=world.city_staff)
    page = visitor.open("/review/late/")
    assert (page.get_by_role("checkbox", checked=True).count(), visitor.barriers()) == (0, [])
    press(page, "checkbox", f"Chọn cả 4 mục của {late}", "Space")
    press(page, "textbox", "Lý do")
    page.keyboard.type("Không có ca này")
    press(page, "button", f"Không nhận của {late}")
    expect(page.get_by_text("Đã để 4 mục ngoài số liệu.")).to_be_visible()
    assert decisions() == ["declined"] * 4

    page.get_by_role("link", name="Đã không nhận").click()
    expect(page.get_by_text("Không có ca này").first).to_be_visible()
    assert (visitor.barriers(), visitor.wider_than_screen()) == ([], [])
    for box in (
        page.get_by_role("group", name=str(world.team)).get_by_role("listitem").get_by_role("checkbox").all()[:2]
    ):
        box.check()
    page.get_by_label("Lý do").fill("Đã đối chiếu sổ của đội")
    page.get_by_role("button", name="Nhận vào số liệu").click()
    expect(page.get_by_text("Đã nhận 2 mục vào số liệu.")).to_be_visible()
    assert sorted(decisions()) == ["accepted", "accepted", "declined", "declined"]


def test_all_of_a_session_are_let_in_on_a_phone_without_javascript(visit, world, late):
    visitor = visit("phone", user=world.city_staff, java_script_enabled=False)
    page = visitor.open("/review/late/")
    page.get_by_role("checkbox", name="Chọn cả 4 mục").check()
    page.get_by_label("Lý do").fill("Máy hết pin")
    page.get_by_role("button", name="Nhận vào số liệu").click()
    expect(page.get_by_text("Đã nhận 4 mục vào số liệu.")).to_be_visible()
    assert decisions() == ["accepted"] * 4
