"""The phone's own queue and sending, in node, against this portal on PostgreSQL: with answers lost, cut and doubled, a
crash, a rescue and two tabs, the server holds what the phone shows, and each of it once.
"""

import datetime as dt
import json
from uuid import UUID

import pytest
from django.conf import settings
from django.db.models import Sum
from django.test import Client

from services_help.intake import ledger
from services_help.models import AssistanceLog, Attendance, Receipt, Session
from teams.access import access_of_user
from tests import factories
from tests.field_app.node import TESTS, bundle, node
from tests.services_help.intake_items import stocked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(transactional_db):
    return stocked(factories.small_city())


def morning(live_server, user, team, folder) -> dict:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    done = node(
        bundle(TESTS / "real_server.ts", folder),
        PORTAL_URL=live_server.url,
        SESSION_COOKIE=f"{name}={client.cookies[name].value}",
        TEAM=team.code,
        USER_ID=str(user.pk),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_what_the_phone_shows_is_what_the_server_holds(live_server, city, tmp_path):
    found = morning(live_server, city.leader, city.team, tmp_path)

    # 20 + 12 + 3 mended + 10; 30 undone; one more turn for the same citizen.
    assert found["shift"]["people"] == 45
    assert (found["shift"]["turns"], found["shift"]["by_service"]) == (46, {"DVC-NOP": 46})
    assert found["counts"] == {"unsent": 0, "held": 0, "refused": 1}
    assert [row[:2] for row in found["refused"]] == [["rejected", "unknown_service"]]
    assert found["refused"][0][2].startswith("Không có dịch vụ “KHONG-CO”")
    waited = [phase == "waiting" for phase in found["phases"]]
    assert waited == [True, True, True, True, False, False, True, False, False, False]

    session = Session.objects.get(pk=found["session"])
    logs = AssistanceLog.objects.live().filter(session=session)
    assert logs.aggregate(turns=Sum("people"))["turns"] == 46
    assert logs.filter(same_visit=False).aggregate(people=Sum("people"))["people"] == 45
    assert AssistanceLog.objects.filter(session=session).count() == logs.count() + 1
    present = Attendance.objects.live().filter(session=session)
    assert [row.volunteer.code for row in present] == found["shift"]["present"] == ["TNV-1"]
    assert session.note == "Đông, có mưa to"
    assert session.ended_at == dt.datetime.fromisoformat(found["shift"]["ended_at"])


def test_ledgers_of_phone_and_server_are_one(live_server, city, tmp_path):
    found = morning(live_server, city.leader, city.team, tmp_path)

    held = ledger(UUID(found["device"]), dt.date.fromisoformat(found["day"]), access_of_user(city.leader))
    assert (held["count"], held["digest"]) == (found["count"], found["digest"])
    assert found["agrees"] == [[held["count"], held["count"], True]]
    # Brought in by a colleague's phone, they still came from this one.
    assert set(Receipt.objects.values_list("device", flat=True)) == {UUID(found["device"])}
