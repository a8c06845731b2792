"""var/demo.json: what scripts and newcomers rely on."""

import datetime as dt
import json
import stat

import pytest
from django.core.management import call_command
from django.test import Client

from core.dated import today
from demo import handout
from teams.models import ApiToken
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def told(settings):
    settings.PORT = 8123
    call_command("seed_demo", verbosity=0)
    return json.loads(handout.demo_file().read_text())


def test_handout_has_what_the_contract_names(told):
    assert told["url"] == "http://127.0.0.1:8123"
    assert set(told["tokens"]) == {"stats_city", "stats_unit", "logs_team"}
    assert told["units"] == {"city": "TD", "binh_chanh": "HD-BC"}
    assert told["peak_day"] == "2023-03-26"
    assert told["today"] == today().isoformat()
    assert {account["role"] for account in told["accounts"]} == {
        "city_staff", "unit_staff", "team_leader", "viewer", "api_client"
    }  # fmt: skip
    assert all(set(account) == {"username", "password", "role", "unit"} for account in told["accounts"])


def test_handout_is_readable_by_its_owner_only(told):
    assert stat.S_IMODE(handout.demo_file().stat().st_mode) == 0o600


def test_accounts_sign_in_with_the_password_told(told):
    for account in told["accounts"]:
        assert Client().login(username=account["username"], password=account["password"])


def test_tokens_reach_as_far_as_they_should(told):
    tokens = {token.name.split()[-1]: token for token in ApiToken.objects.select_related("unit", "team")}
    assert tokens["stats_city"].unit.code == "TD"
    assert tokens["stats_unit"].unit.code == "HD-BC"
    assert (tokens["logs_team"].team.code, tokens["logs_team"].scopes) == (told["team"], ["logs:write"])
    assert not any("logs:write" in tokens[name].scopes for name in ("stats_city", "stats_unit"))


def test_keys_are_kept_by_a_second_run(told):
    call_command("seed_demo", verbosity=0)
    assert json.loads(handout.demo_file().read_text()) == told
    assert ApiToken.objects.count() == 3


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("{")])
def test_new_keys_are_issued_when_the_file_is_gone_or_broken(told, damage):
    damage(handout.demo_file())
    call_command("seed_demo", verbosity=0)
    keys = json.loads(handout.demo_file().read_text())["tokens"]
    assert set(keys.values()).isdisjoint(told["tokens"].values())
    assert all(handout._still_opens(key) for key in keys.values())


def test_expired_key_is_replaced(told):
    ApiToken.objects.filter(name="Mẫu: stats_city").update(expires_at=factories.local(dt.date(2020, 1, 1)))
    call_command("seed_demo", verbosity=0)
    keys = json.loads(handout.demo_file().read_text())["tokens"]
    assert keys["stats_city"] != told["tokens"]["stats_city"]
    assert keys["logs_team"] == told["tokens"]["logs_team"]
