"""The door: who is let in, how often one may try, and where one stands afterwards."""

import pytest
from django.conf import settings as real_settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from accounts.models import UserKind
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = "/login/"


def sign_in(client, username: str, password: str = factories.PASSWORD, **fields):
    return client.post(LOGIN, {"login": username, "password": password} | fields)


# --- where one stands afterwards ------------------------------------------------------------------------------------
DOORS = {
    "leader": "/field/",
    "city_staff": "/dashboard/",
    "unit_staff": "/dashboard/",
    "viewer": "/dashboard/",
    "nobody": "/",
}


@pytest.mark.parametrize("who", DOORS)
def test_login_leads_to_the_first_door_that_opens(client, world, who):
    answer = client.post(LOGIN, {"login": getattr(world, who).username, "password": factories.PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == DOORS[who]
    assert answer.status_code == 200


def test_login_goes_on_to_the_page_that_was_asked_for(client, world):
    asked = client.get("/field/web/mo-ca/")
    page = client.get(asked.url)
    assert 'name="next" value="/field/web/mo-ca/"' in page.text
    assert sign_in(client, "doi-truong", next="/field/web/mo-ca/").url == "/field/web/mo-ca/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_login_never_leads_to_another_site(client, world, elsewhere):
    assert sign_in(client, "doi-truong", next=elsewhere).url == reverse("home")


def test_login_page_of_somebody_signed_in_leads_home(client, world):
    client.force_login(world.leader)
    assert client.get(LOGIN).url == reverse("home")


# --- who is let in --------------------------------------------------------------------------------------------------
def test_login_of_a_phone_or_a_system_by_password_is_refused(client):
    for kind in (UserKind.DEVICE, UserKind.CLIENT):
        account = factories.user(kind=kind)
        account.set_unusable_password()
        account.save()
        for password in ("", "!", factories.PASSWORD, account.password):
            sign_in(client, account.username, password)
            assert SESSION_KEY not in client.session


def test_login_knows_the_name_in_capitals_as_phones_write_it(client):
    factories.user("to-truong")
    sign_in(client, "To-Truong")
    assert SESSION_KEY in client.session


@pytest.mark.parametrize("name", ["", " ", "x" * 5000, "tổ trưởng", "a\x00b", "' OR 1=1 --"])
def test_login_with_a_name_that_nobody_has_is_refused_quietly(client, name):
    page = sign_in(client, name)
    assert page.status_code == 200
    assert SESSION_KEY not in client.session


def test_login_needs_its_token(world):
    forged = Client(enforce_csrf_checks=True)
    answer = sign_in(forged, "doi-truong")
    assert answer.status_code == 403
    assert SESSION_KEY not in forged.session


def test_login_gives_a_new_session_key(client, world):
    client.get(LOGIN)
    client.session["before"] = True
    client.session.save()
    before = client.session.session_key
    sign_in(client, "doi-truong")
    assert client.session.session_key != before


def test_login_lasts_on_this_phone_and_only_there(client, world):
    cookie = sign_in(client, "doi-truong").cookies[real_settings.SESSION_COOKIE_NAME]
    assert cookie["max-age"] == 60 * 60 * 24 * 60
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_password_of_an_account_is_hashed_by_argon2(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    account = factories.user()
    assert account.password.startswith("argon2$argon2id$")
    assert account.check_password(factories.PASSWORD)


def test_account_closed_in_mid_session_is_out_at_the_next_request(client, world):
    client.force_login(world.leader)
    world.leader.is_active = False
    world.leader.save()
    assert client.get("/field/web/").url == f"{LOGIN}?next=/field/web/"


# --- how often ------------------------------------------------------------------------------------------------------
def test_login_may_not_be_tried_without_end(client, world):
    answers = [sign_in(client, "doi-truong", f"sai-{number}") for number in range(12)]
    said = [str(answer.context["form"].non_field_errors()[0]) for answer in answers]
    assert said[0] == "Tên đăng nhập hoặc mật khẩu không đúng."
    assert said[-1] == "Đăng nhập sai quá nhiều lần. Vui lòng thử lại sau."
    # The right password does not help any more for a while.
    sign_in(client, "doi-truong")
    assert SESSION_KEY not in client.session


def test_login_of_one_name_tried_too_often_leaves_other_names_alone(client, world):
    for number in range(12):
        sign_in(client, "doi-truong", f"sai-{number}")
    other = Client(REMOTE_ADDR="10.0.0.8")
    sign_in(other, "can-bo-bc")
    assert SESSION_KEY in other.session


# --- as it looks ----------------------------------------------------------------------------------------------------
def test_login_page_speaks_english_to_those_who_ask(client):
    client.cookies[real_settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in client.get(LOGIN).text


def test_login_page_helps_the_phone_to_fill_it_in(client):
    page = client.get(LOGIN).text
    for attribute in ('autocomplete="username"', 'autocomplete="current-password"'):
        assert attribute in page


def test_login_page_is_kept_by_no_cache(client):
    assert "no-store" in client.get(LOGIN)["Cache-Control"]
