"""A burst of phones while everything under the portal dies, the database too: nothing lost, nothing twice, no drift.

The database, the broker and every process are this test's own.
"""

import contextlib
import signal
import time

import psycopg2
import pytest
import redis

from tests.e2e.under_fire import PENDING, Crowd, Portal, until
from tests.services import OwnPostgres, OwnRedis

BURST = "the burst"


@pytest.fixture
def ground(tmp_path):
    with contextlib.ExitStack() as stack:
        database, broker = OwnPostgres(stack).start(), OwnRedis(stack).start()
        portal = Portal(tmp_path, database.url, broker.url)
        with contextlib.closing(psycopg2.connect(f"{database.url}/postgres")) as admin, admin.cursor() as cursor:
            admin.autocommit = True
            cursor.execute(f"CREATE DATABASE {portal.database.rpartition('/')[2]}")
        stack.callback(portal.stop)
        yield portal, database, broker


def test_burst_survives_the_death_of_everything_under_it(ground):
    portal, database, broker = ground
    crowd = Crowd(portal, portal.seed(), (BURST,), phones=6, batches=400)
    for name in ("web", "worker", "second worker"):
        portal.start(name)
    until(portal.is_up)
    crowd.start(BURST)

    def goes_on() -> None:
        """Several have been answered since: the next blow hits a portal at work."""
        before = answered(crowd)
        until(lambda: answered(crowd) > before + 3, seconds=90)

    goes_on()
    redis.Redis.from_url(broker.url).flushall()
    goes_on()
    portal.kill("worker")  # with its clock
    goes_on()
    database.stop(signal.SIGQUIT)  # as in a crash: it recovers from its log
    time.sleep(1)
    database.start()
    goes_on()
    broker.stop(signal.SIGKILL)
    goes_on()  # the intake needs no broker
    broker.start()
    portal.kill("web")
    portal.start("web")
    goes_on()
    portal.kill("second worker")
    portal.start("worker")
    portal.start("second worker")
    goes_on()
    for phone in crowd.phones:
        phone.has_enough = True
    crowd.finish()

    assert sum(phone.unanswered for phone in crowd.phones) > 0
    until(lambda: portal.ask(PENDING) == (0,), seconds=120)
    crowd.is_held_once_and_counted()


def answered(crowd: Crowd) -> int:
    return sum(phone.answered for phone in crowd.phones)
