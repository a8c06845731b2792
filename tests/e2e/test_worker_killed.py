"""Real processes on PostgreSQL and Redis, killed with -9 in the middle of their work: all is kept, and counted once.

"In the middle" is made certain: the test holds a lock at which the process has to wait inside its transaction.
"""

import pytest

from tests.e2e.under_fire import PENDING, Crowd, portal_of_its_own, until

ROUNDS = ("before", "while the worker dies", "while the web server dies")


@pytest.fixture
def portal(tmp_path):
    with portal_of_its_own(tmp_path) as made:
        yield made


def test_what_was_sent_is_counted_once_though_worker_and_web_server_were_killed(portal):
    crowd = Crowd(portal, portal.seed(), ROUNDS)
    portal.start("web")
    portal.start("worker")
    until(portal.is_up)

    crowd.send("before")
    until(lambda: portal.ask(PENDING) == (0,))  # the worker works

    with portal.somebody_waits_at("reports_tallyslice", lambda: crowd.send("while the worker dies")):
        portal.kill("worker")
    with portal.somebody_waits_at("services_help_assistancelog", lambda: crowd.start("while the web server dies")):
        portal.kill("web")
    portal.start("web")
    crowd.finish()
    assert sum(phone.unanswered for phone in crowd.phones) > 0
    # Acknowledged while no worker was there: promised, not yet counted.
    assert portal.ask(PENDING)[0] > 0
    assert portal.run("manage.py", "verify_tallies", "--wait", "0").returncode == 2

    portal.start("worker")
    crowd.is_held_once_and_counted()
