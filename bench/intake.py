"""Batches of 50 through ``POST /api/v1/sync/`` against one plain DRF POST per log: acknowledged logs a second.

Both sides run in the same gunicorn, on the same PostgreSQL, called by the same number of phones over kept-alive
connections, in turns. Ours stores receipts, checks every rule and feeds the worker; the plain side does none of that.
"""

import datetime as dt
import http.client
import itertools
import json
import threading
import time
import uuid

from bench import world
from bench.report import Comparison
from services_help.models import AssistanceLog, Service
from teams.models import Team

PHONES = 8
BATCH = 50
BATCHES_PER_PHONE = 20
PLAIN_POSTS_PER_PHONE = 60
START = "2026-03-02T07:30:00+07:00"


class Phone:
    """One kept-alive connection of one team."""

    def __init__(self, port: int, team: Team, service: Service):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.team, self.service = team, service
        self.device, self.session = uuid.uuid4(), uuid.uuid4()

    def post(self, path: str, body: dict) -> dict:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.KEY}"}
        self.connection.request("POST", path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return json.loads(content)

    def open_session(self) -> None:
        item = {"type": "session", "id": str(self.session), "team": self.team.code, "day": START[:10], "point": None}
        answer = self.sync([item | {"started_at": START, "ended_at": None, "note": ""}])
        assert answer["items"][0]["status"] == "stored", answer

    def sync(self, items: list[dict]) -> dict:
        return self.post("/api/v1/sync/", {"device": str(self.device), "items": items})

    def log(self, number: int) -> dict:
        happened = dt.datetime.fromisoformat(START) + dt.timedelta(seconds=number * 30)
        return {
            "type": "log",
            "id": str(uuid.uuid4()),
            "session": str(self.session),
            "service": self.service.code,
            "result": "done_assisted",
            "people": 1,
            "same_visit": False,
            "quantity": None,
            "metric": None,
            "age_group": "31-59",
            "beneficiary": None,
            "channel": "point",
            "happened_at": happened.isoformat(),
        }

    def send_batches(self) -> int:
        for batch in range(BATCHES_PER_PHONE):
            answer = self.sync([self.log(batch * BATCH + i) for i in range(BATCH)])
            assert all(item["status"] == "stored" for item in answer["items"]), answer["items"][:2]
        return BATCHES_PER_PHONE * BATCH

    def send_plain(self) -> int:
        for number in range(PLAIN_POSTS_PER_PHONE):
            item = self.log(number) | {"service": self.service.pk, "device": str(self.device), "beneficiary": ""}
            self.post("/bench/logs/", item)
        return PLAIN_POSTS_PER_PHONE


def logs_per_second(phones: list[Phone], send) -> float:
    before = AssistanceLog.objects.count()
    sent, failures = [], []

    def run(phone):
        try:
            sent.append(send(phone))
        except Exception as error:  # shown below: a failed phone must fail the benchmark
            failures.append(error)

    threads = [threading.Thread(target=run, args=[phone]) for phone in phones]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if failures:
        raise failures[0]
    # What was acknowledged is in the database, to the row.
    assert AssistanceLog.objects.count() - before == sum(sent)
    return sum(sent) / seconds


def measure(port: int, rounds: int) -> Comparison:
    service = Service.objects.leaves().on(world.FIRST_DAY).get(code="DVC-TK")
    teams = itertools.cycle(Team.objects.order_by("code"))
    ours, plain = [], []
    for _round in range(rounds + 1):
        phones = [Phone(port, next(teams), service) for _ in range(PHONES)]
        for phone in phones:
            phone.open_session()
        ours.append(logs_per_second(phones, Phone.send_batches))
        plain.append(logs_per_second(phones, Phone.send_plain))
    return Comparison(
        name=f"Tiếp nhận qua HTTP, {PHONES} máy, lô {BATCH} lượt, so với mỗi lượt một POST DRF ModelSerializer",
        unit="lượt/giây",
        ours=ours[1:],  # the first round warms both sides
        other=plain[1:],
        other_name="DRF thường",
        higher_is_better=True,
        at_least=10,
    )
