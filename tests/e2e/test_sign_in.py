"""Signing in as staff do it, in a real browser: an app that makes codes, and a passkey by a virtual authenticator."""

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from accounts.models import User
from tests import factories
from tests.accounts.signing_in import code_of, forget_used_codes

FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def staff(transactional_db, settings):
    settings.MFA_REQUIRED = True
    return factories.small_city().city_staff


def sign_in(page: Page, user) -> None:
    page.goto("/login/")
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill(factories.PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def sign_out(page: Page) -> None:
    page.goto("/logout/")
    page.get_by_role("main").get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("/")


def finger_of(page: Page):
    """A reader of fingers in this machine; ``send`` commands it further."""
    reader = page.context.new_cdp_session(page)
    reader.send("WebAuthn.enable")
    reader.id = reader.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})["authenticatorId"]
    return reader


def test_passkey_is_made_and_then_opens_the_door_alone_and_as_second_factor(visit, staff):
    visitor = visit("laptop")
    page = visitor.page
    reader = finger_of(page)
    sign_in(page, staff)
    page.wait_for_url("/second-factor/")
    assert visitor.barriers() == []
    page.get_by_role("link", name="Thêm khóa truy cập").click()
    page.get_by_label("Đặt tên cho khóa này").fill("Máy ở cơ quan")
    assert visitor.barriers() == []
    page.get_by_role("button", name="Tạo khóa truy cập").click()

    expect(page.get_by_role("heading", name="Giữ kỹ các mã dự phòng này")).to_be_visible()
    assert page.locator(".code-list code").count() == 10
    assert visitor.barriers() == []
    made = reader.send("WebAuthn.getCredentials", {"authenticatorId": reader.id})["credentials"]
    assert [(each["rpId"], each["isResidentCredential"]) for each in made] == [("localhost", True)]
    page.get_by_role("link", name="Tôi đã cất, vào cổng").click()
    page.wait_for_url("/dashboard/")

    sign_out(page)
    page.goto("/login/")
    page.get_by_role("button", name="Vào bằng khóa truy cập").click()
    page.wait_for_url("/dashboard/")

    sign_out(page)
    sign_in(page, staff)
    page.wait_for_url("/login/code/")
    assert visitor.barriers() == []
    page.get_by_role("button", name="Dùng khóa truy cập").click()
    page.wait_for_url("/dashboard/")
    page.goto("/second-factor/")
    expect(page.get_by_text("Máy ở cơ quan")).to_be_visible()


def test_passkey_of_nobody_and_a_finger_that_is_refused_are_told_kindly(visit, staff):
    visitor = visit("phone")
    page = visitor.page
    reader = finger_of(page)
    sign_in(page, staff)
    page.get_by_role("link", name="Thêm khóa truy cập").click()
    reader.send("WebAuthn.setUserVerified", {"authenticatorId": reader.id, "isUserVerified": False})
    page.get_by_role("button", name="Tạo khóa truy cập").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa xong")
    assert Authenticator.objects.count() == 0
    reader.send("WebAuthn.setUserVerified", {"authenticatorId": reader.id, "isUserVerified": True})
    page.get_by_role("button", name="Tạo khóa truy cập").click()  # the same form, once more
    expect(page.get_by_role("heading", name="Giữ kỹ các mã dự phòng này")).to_be_visible()

    Authenticator.objects.all().delete()  # taken off by staff; the phone still has its key
    page.context.clear_cookies()
    page.goto("/login/")
    page.get_by_role("button", name="Vào bằng khóa truy cập").click()
    expect(page.get_by_text("Cổng không nhận khóa truy cập này")).to_be_visible()


def test_app_of_codes_is_set_up_and_used_without_javascript(visit, staff):
    page = visit("phone", java_script_enabled=False).page
    sign_in(page, staff)
    page.get_by_role("link", name="Bật bằng ứng dụng tạo mã").click()
    expect(page.get_by_alt_text("Mã QR cho ứng dụng tạo mã")).to_be_visible()
    page.get_by_text("Không quét được? Nhập khóa này").click()
    secret = page.locator("code.secret").text_content()
    page.get_by_label("Mã xác nhận").fill(code_of(secret))
    page.get_by_role("button", name="Bật").click()
    code = re.sub(r"\s", "", page.locator(".code-list code").first.text_content())
    page.get_by_role("link", name="Tôi đã cất, vào cổng").click()
    page.wait_for_url("/dashboard/")

    sign_out(page)
    sign_in(page, staff)
    page.wait_for_url("/login/code/")
    page.get_by_label("Mã xác nhận").fill("000000")
    page.get_by_role("button", name="Vào cổng").click()
    expect(page.get_by_text("Mã không đúng hoặc đã dùng")).to_be_visible()
    forget_used_codes(staff)  # what was used to set it up
    page.get_by_label("Mã xác nhận").fill(code_of(secret))
    page.get_by_role("button", name="Vào cổng").click()
    page.wait_for_url("/dashboard/")

    sign_out(page)
    sign_in(page, staff)
    page.get_by_label("Mã xác nhận").fill(code)
    page.get_by_role("button", name="Vào cổng").click()
    page.wait_for_url("/dashboard/")


@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_pages_of_somebody_enrolled_are_sound(visit, staff, device):
    """Those of tests/e2e/test_pages.py have no factor, and need none."""
    visitor = visit(device)
    page = visitor.page
    sign_in(page, staff)
    for address in ("/second-factor/", "/second-factor/passkey/", "/second-factor/app/"):
        visitor.open(address)
        assert (visitor.wider_than_screen(), visitor.barriers()) == ([], []), address
    page.get_by_text("Không quét được? Nhập khóa này").click()
    page.get_by_label("Mã xác nhận").fill(code_of(page.locator("code.secret").text_content()))
    page.get_by_role("button", name="Bật").click()
    expect(page.get_by_role("heading", name="Giữ kỹ các mã dự phòng này")).to_be_visible()
    assert (visitor.wider_than_screen(), visitor.barriers()) == ([], [])
    leader = User.objects.get(username="doi-truong")
    for address in (
        "/second-factor/",
        "/second-factor/codes/",
        "/second-factor/app/remove/",
        "/access/",
        f"/access/{leader.pk}/",
        "/reauthenticate/code/",
    ):
        visitor.open(address)
        assert (visitor.wider_than_screen(), visitor.barriers()) == ([], []), address


def test_whole_way_to_the_code_goes_by_the_keyboard(visit, staff):
    page = visit("laptop").page
    page.goto("/login/")
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type(staff.username)
    page.keyboard.press("Tab")
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/second-factor/")
    page.get_by_role("link", name="Bật bằng ứng dụng tạo mã").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("/second-factor/app/")
    page.get_by_text("Không quét được? Nhập khóa này").focus()
    page.keyboard.press("Enter")
    secret = page.locator("code.secret").text_content()
    page.keyboard.press("Tab")
    page.keyboard.type(code_of(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Giữ kỹ các mã dự phòng này")).to_be_visible()
