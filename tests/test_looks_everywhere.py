"""Whatever door shows volunteers by name leaves a trace of who looked: each address of the matrix is tried."""

import json

import pytest

from desk.office.trail import looks
from tests.test_permission_matrix import ask, city, sections  # noqa: F401 - a fixture

# As the world of the matrix calls its volunteers; a page that escapes or cuts the whole name still has this in it.
NAMES = "Mẫu TNV-"


@pytest.fixture
def sent(monkeypatch) -> list[dict]:
    told: list[dict] = []
    monkeypatch.setattr(looks.current_app, "send_task", lambda _name, args: told.extend(args[0]))
    monkeypatch.setattr(looks, "_is_new", lambda _look: True)
    return told


def doors() -> list[str]:
    return sorted(
        {address for _columns, rows in sections().values() for method, address, _words in rows if method == "GET"}
    )


def _text(answer) -> str:
    text = answer.whole.decode(errors="replace")
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    return json.dumps(json.loads(text), ensure_ascii=False) if is_json else text


def test_every_door_that_shows_volunteers_is_told_of(city, sent):  # noqa: F811
    """Staff of the city come through all of them."""
    told, untold = set(), set()
    for address in doors():
        sent.clear()
        answer = ask(city.callers["city"], "GET", address.format_map(city.things))
        if answer.status_code == 200 and NAMES in _text(answer):
            (told if sent else untold).add(address)
    assert untold == set()
    assert {"/admin/teams/volunteer/", "/field/web/ca/{session_nh}/diem-danh/"} <= told


@pytest.mark.parametrize("caller", ["leader", "device"])
def test_what_the_phone_shows_a_leader_of_the_own_team_is_not(city, caller, sent):  # noqa: F811
    for address in ("/field/api/kit/?team=TO-TT", "/field/web/ca/{session_tt}/diem-danh/"):
        assert NAMES in _text(ask(city.callers[caller], "GET", address.format_map(city.things)))
    assert sent == []
