"""Signing in and out, as a person meets it: Vietnamese, with a way on from every page."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.shortcuts import render
from django.template.loader import get_template
from django.urls import reverse

from accounts.models import UserKind
from tests import factories

pytestmark = pytest.mark.django_db


def sign_in(client, username: str, password: str = factories.PASSWORD):
    return client.post(reverse("account_login"), {"login": username, "password": password})


def test_login_page_speaks_to_leaders_and_sends_citizens_away_kindly(client):
    page = client.get(reverse("account_login"))
    assert page.status_code == 200
    assert "Đội trưởng có thẻ QR? Quét bằng máy ảnh của điện thoại." in page.text
    assert "Người dân không cần tài khoản." in page.text


def test_login_page_has_no_self_registration_and_no_way_to_send_mail(client):
    page = client.get(reverse("account_login"))
    assert "signup" not in page.text
    assert "reset" not in page.text


def test_login_with_the_right_password_goes_home(client):
    factories.user("to-truong")
    assert sign_in(client, "to-truong").url == reverse("home")
    assert SESSION_KEY in client.session


def test_login_with_a_wrong_password_says_so_and_keeps_the_name_that_was_typed(client):
    factories.user("to-truong")
    page = sign_in(client, "to-truong", "không phải")
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert 'value="to-truong"' in page.text
    assert SESSION_KEY not in client.session


def test_login_says_the_same_for_a_wrong_password_and_an_unknown_name(client):
    factories.user("to-truong")
    wrong, unknown = sign_in(client, "to-truong", "sai"), sign_in(client, "khong-co", "sai")
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_login_of_a_closed_account_explains_whom_to_ask(client):
    factories.user("da-nghi", is_active=False)
    answer = sign_in(client, "da-nghi")
    assert answer.url == reverse("account_inactive")
    assert "hãy nhờ cán bộ quản trị của đơn vị mở lại" in client.get(answer.url).text
    assert SESSION_KEY not in client.session


def test_logout_needs_a_post(client):
    client.force_login(factories.user())
    page = client.get(reverse("account_logout"))
    assert "Đăng xuất khỏi cổng?" in page.text
    assert SESSION_KEY in client.session
    assert client.post(reverse("account_logout")).url == reverse("public:front")
    assert SESSION_KEY not in client.session


def test_password_change_asks_for_the_old_one(client):
    client.force_login(factories.user())
    page = client.get(reverse("account_change_password"))
    assert "oldpassword" in page.context["form"].fields
    assert "Mật khẩu hiện tại" in page.text


def test_password_change_of_an_account_without_one_offers_to_set_it(client):
    leader = factories.user()
    leader.set_unusable_password()
    leader.save()
    client.force_login(leader)
    answer = client.get(reverse("account_change_password"))
    assert answer.url == reverse("account_set_password")
    page = client.get(answer.url)
    assert "Mật khẩu mới" in page.text
    assert "Mật khẩu hiện tại" not in page.text


@pytest.mark.parametrize("name", ["account_change_password", "account_set_password"])
def test_phone_that_came_in_by_a_pass_gets_no_password(client, name):
    """It would be a way in that outlives the paper, and works on any other phone."""
    client.force_login(factories.user(kind=UserKind.DEVICE))
    assert client.get(reverse(name)).status_code == 403
    assert (
        client.post(reverse(name), {"password1": "mat-khau-moi-2026", "password2": "mat-khau-moi-2026"}).status_code
        == 403
    )


def test_unknown_address_says_so_in_vietnamese_with_a_way_out(client):
    page = client.get("/khong-co-trang-nay/")
    assert page.status_code == 404
    assert "Không tìm thấy trang này" in page.text
    assert f'href="{reverse("public:front")}"' in page.text


@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html", "429.html"])
def test_page_for_a_broken_moment_needs_no_request_and_no_query(name, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = get_template(name).render()
    assert 'href="/"' in page


def test_masthead_escapes_the_name_of_the_user(client, rf):
    request = rf.get("/")
    request.user = factories.user(full_name="<b>Mẫu</b>")
    page = render(request, "404.html").content.decode()
    assert "&lt;b&gt;Mẫu&lt;/b&gt;" in page
    assert "<b>Mẫu</b>" not in page
