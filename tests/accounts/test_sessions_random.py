"""In any order of coming in, ending, closing and opening again: what was ended never opens anything once more."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.closing import deactivate, reactivate
from accounts.models import User
from accounts.services import set_password
from accounts.sessions import end_all_sessions, end_session
from tests import factories
from tests.accounts.signing_in import by_password, is_in

pytestmark = pytest.mark.django_db
PAGE = "/access/"
ACTS = st.sampled_from(["come in", "come in", "end one", "end all", "end others", "password", "close", "open"])


class Person:
    """What should be so, beside what is."""

    def __init__(self, by: User):
        self.user, self.by = factories.user(), by
        self.is_active, self.machines = True, []  # (client, whether it is in)

    def do(self, act: str, number: int) -> None:
        getattr(self, act.replace(" ", "_"))(number)

    def come_in(self, _number: int) -> None:
        # Of an address of its own: how often one may try is not what is asked here.
        number = factories.number()
        client = by_password(self.user, Client(REMOTE_ADDR=f"10.0.{number // 250 % 250}.{number % 250}"))
        assert is_in(client) is self.is_active
        self.machines.append([client, self.is_active])

    def end_one(self, number: int) -> None:
        rows = {row.session_key: row for row in UserSession.objects.filter(user=self.user)}
        standing = [each for each in self.machines if each[1]]
        if standing:
            machine = standing[number % len(standing)]
            end_session(session=rows[machine[0].session.session_key], by=self.by)
            machine[1] = False

    def end_all(self, _number: int) -> None:
        end_all_sessions(user=self.user, by=self.by)
        self._all_but(None)

    def end_others(self, number: int) -> None:
        standing = [each for each in self.machines if each[1]]
        if standing:
            kept = standing[number % len(standing)]
            kept[0].post("/access/end/")
            self._all_but(kept)

    def password(self, _number: int) -> None:
        set_password(user=self.user, password=factories.PASSWORD, by=self.by)
        self._all_but(None)

    def close(self, _number: int) -> None:
        deactivate(user=self.user, by=self.by)
        self.is_active = False
        self._all_but(None)

    def open(self, _number: int) -> None:
        reactivate(user=self.user, by=self.by)
        self.is_active = True

    def _all_but(self, kept) -> None:
        self.user.refresh_from_db()
        for machine in self.machines:
            machine[1] = machine is kept


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.tuples(ACTS, st.integers(0, 5)), min_size=2, max_size=8))
def test_what_was_ended_never_opens_again(world, acts):
    person = Person(world.city_staff)
    for act, number in acts:
        person.do(act, number)
        assert [client.get(PAGE).status_code == 200 for client, _in in person.machines] == [
            is_standing for _client, is_standing in person.machines
        ], acts
