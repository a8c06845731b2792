"""A pass, a key or a session that is taken back while its batch is being stored: nothing of the batch is kept.

Each interleaving is forced. The batch waits at a lock of the test, after it was let in; then its access is taken back;
then it goes on.
"""

import threading
from functools import partial

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, connections, transaction
from django.test import Client

from accounts.closing import deactivate
from accounts.models import User
from accounts.services import set_password
from accounts.sessions import end_all_sessions, end_session
from core.dated import today
from core.errors import AccessEnded
from core.ids import uuid7
from services_help.models import AssistanceLog, Receipt, ScenePhoto, Session
from teams.access import access_of_user
from teams.appointments import end_appointment
from teams.models import ApiToken, DevicePass
from teams.passes import issue_passes, revoke_pass
from teams.permissions import Scope
from teams.standing import require_standing
from teams.tokens import revoke_token
from tests import factories
from tests.accounts.signing_in import by_password
from tests.services_help.intake_items import bearer, log_item, post, session_item, signed_in, statuses, stocked
from tests.services_help.pictures import jpeg
from tests.services_help.test_sync_at_once import LOGS, Sender, locked, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(transactional_db):
    return stocked(factories.small_city())


def phone(city) -> Client:
    """A phone that came in by a pass."""
    issued = issue_passes(team=city.team, count=1, valid_to=today(), access=access_of_user(city.city_staff))[0]
    client = Client()
    client.post(f"/field/pass/{issued.code}/")
    return client


class By(Sender):
    """A sender that comes in by something else than a session of a user."""

    def __init__(self, client, items):
        super().__init__(User.objects.first(), items)
        self.client = client


def held() -> tuple[int, int, int]:
    return Session.objects.count(), AssistanceLog.objects.count(), Receipt.objects.count()


def refused_in_mid_batch(client, take_back, then: int = 401) -> None:
    """The batch is at its logs, with its session written, when ``take_back`` is called."""
    session = session_item()
    sender = By(client, [session, log_item(session)])
    with locked(LOGS):
        sender.sends()
        until(sender.waits_for_a_lock)
        take_back()
    answer = sender.answer()
    assert answer.status_code == 401
    assert answer.json()["code"] == "access_ended"
    assert held() == (0, 0, 0), "nothing of it is kept, no receipt either"
    assert post(client, [session]).status_code == then, "and the next call is refused at the door"
    assert held() == (0, 0, 0)


def api(client: Client):
    """The same cookies, in the client that sends items."""
    made = signed_in(User.objects.first())
    made.cookies = client.cookies
    return made


def test_device_pass(city):
    client = api(phone(city))
    device_pass = DevicePass.objects.get()
    refused_in_mid_batch(client, lambda: revoke_pass(device_pass=device_pass, access=access_of_user(city.city_staff)))


def test_key_of_a_program(city):
    client = bearer(Scope.LOGS_WRITE, team=city.team)
    token = ApiToken.objects.get()
    refused_in_mid_batch(client, lambda: revoke_token(token=token, by=city.city_staff))


def test_account_of_a_leader(city):
    refused_in_mid_batch(signed_in(city.leader), lambda: deactivate(user=city.leader, by=city.city_staff))


@pytest.mark.parametrize("since", [factories.LONG_AGO, today()], ids=["of-before", "of-today"])
def test_appointment_of_a_leader(city, since):
    city.leader.appointments.update(valid_from=since)
    held = city.leader.appointments.get()
    access = access_of_user(city.city_staff)
    end = partial(end_appointment, appointment=held, access=access)
    refused_in_mid_batch(signed_in(city.leader), end, then=403)


def test_one_session_of_a_leader(city):
    client = api(by_password(city.leader))
    session = UserSession.objects.get(user=city.leader)
    refused_in_mid_batch(client, lambda: end_session(session=session, by=city.city_staff))


def test_all_sessions_of_a_leader(city):
    refused_in_mid_batch(signed_in(city.leader), lambda: end_all_sessions(user=city.leader, by=city.city_staff))


def test_new_password_for_a_leader(city):
    refused_in_mid_batch(
        signed_in(city.leader), lambda: set_password(user=city.leader, password=None, by=city.city_staff)
    )


def test_access_that_goes_on_is_not_disturbed(city):
    """Another's end, and another session's end, are no business of this batch."""
    session = session_item()
    sender = By(signed_in(city.leader), [session, log_item(session)])
    with locked(LOGS):
        sender.sends()
        until(sender.waits_for_a_lock)
        deactivate(user=city.leader_bank, by=city.city_staff)
    assert statuses(sender.answer()) == ["stored", "stored"]


def test_page_of_the_field_leads_to_the_door_and_keeps_nothing(city):
    shift = factories.session(city.team, today())
    client = signed_in(city.leader)
    session_key = client.session.session_key

    address = f"/field/web/ca/{shift.pk}/dong/"
    form = client.get(address).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields} | {"ended_at": "23:59"}
    BrowserSession.objects.filter(session_key=session_key).delete()  # still in the cache: ended after the call came in
    assert client.post(address, typed).url == f"/login/?next={address}"
    shift.refresh_from_db()
    assert shift.ended_at is None


def test_picture_that_was_still_on_its_way(city, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    shift = factories.session(city.team, by=city.leader)
    client = signed_in(city.leader)
    BrowserSession.objects.filter(session_key=client.session.session_key).delete()
    answer = client.put(f"/field/api/photos/{uuid7()}/?session={shift.pk}", jpeg(), content_type="image/jpeg")
    assert answer.status_code == 401
    assert ScenePhoto.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# --- the other order: the batch is first ------------------------------------------------------------------------------
def closes_the_account(city) -> None:
    deactivate(user=city.leader, by=city.city_staff)


def ends_the_appointment(city) -> None:
    end_appointment(appointment=city.leader.appointments.get(), access=access_of_user(city.city_staff))


@pytest.mark.parametrize("take_back", [closes_the_account, ends_the_appointment])
def test_revocation_waits_for_a_batch_that_has_looked(city, take_back):
    """Whoever revokes is answered after the last work of that access is in; never between its look and its commit."""
    access = access_of_user(city.leader)
    backend: list[int] = []
    done = threading.Event()

    def revoke():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend.append(cursor.fetchone()[0])
            take_back(city)
            done.set()
        finally:
            connections.close_all()

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [backend[0]])
            return cursor.fetchone()[0]

    with transaction.atomic():
        require_standing(access)
        thread = threading.Thread(target=revoke, daemon=True)
        thread.start()
        until(lambda: bool(backend) and waits())
        assert not done.is_set()
    thread.join(20)
    assert done.is_set()
    with pytest.raises(AccessEnded), transaction.atomic():
        require_standing(access)


def test_batches_of_one_key_do_not_wait_for_each_other(city):
    access = access_of_user(city.leader)
    looked = threading.Event()

    def look():
        try:
            with transaction.atomic():
                require_standing(access)
            looked.set()
        finally:
            connections.close_all()

    with transaction.atomic():
        require_standing(access)
        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        assert looked.wait(20)
    thread.join(20)
