"""What each phone will send: a session, who was there, forty logs, in one or two calls, as the field app does.

Everything follows from the seed and the phone's number, and is encoded before the first call, so that the sender costs
as little as it can. One phone of fifty takes a log back, one of fifty never hears the answer and sends a call again.
"""

import datetime as dt
import random
import uuid
from dataclasses import dataclass, field

import orjson

from bench.facts import VIETNAM

LOGS = 40
SERVICES = ("DVC-TK", "DVC-NOP", "DVC-TRA", "TTS-TK", "TTS-QR", "DDT-CAI", "DDT-KH2", "KDS-CKS")
METRICS = {"DVC-NOP": "HS_NOP", "TTS-TK": "TK_NH", "DDT-CAI": "CAI", "KDS-CKS": "CKS"}
AGES = ("16-30", "16-30", "31-59", "31-59", "31-59", "60+", None)
RESULTS = ("done_assisted", "done_assisted", "done_self", "done_self", "referred", "not_done")


@dataclass(frozen=True)
class Call:
    body: bytes
    items: int
    # Sent a second time: every item must be answered "replayed".
    is_replay: bool = False


@dataclass
class Phone:
    number: int
    key: str
    begins: float  # seconds after the start
    calls: list[Call] = field(default_factory=list)
    # The ids of what it sends, by kind.
    ids: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    turns: int = 0  # what counts of it in the end


def key_of(team: str) -> str:
    return f"xks_bench_key_of_{team}"


def code_of(number: int, phones: int) -> str:
    """As bench.world names its teams."""
    return f"TO-{number:0{max(3, len(str(phones - 1)))}}"


def yesterday() -> dt.date:
    """A day that is over whatever the hour: logs that come after midnight are of the day that they were made on."""
    return dt.datetime.now(VIETNAM).date() - dt.timedelta(days=1)


def plan(phones: int, seconds: float, day: dt.date, *, seed: int) -> list[Phone]:
    return [_phone(number, phones, seconds, day, random.Random(f"{seed} {number}")) for number in range(phones)]


def _phone(number: int, phones: int, seconds: float, day: dt.date, rng: random.Random) -> Phone:
    team = code_of(number, phones)
    phone = Phone(number, key_of(team), rng.uniform(0, seconds))
    begin = dt.datetime.combine(day, dt.time(7, 30), VIETNAM) + dt.timedelta(minutes=rng.randrange(30))
    end = begin + dt.timedelta(minutes=240)
    session = _id(begin, rng)
    shift = {"type": "session", "id": str(session), "team": team, "day": day.isoformat(), "point": f"{team}-D0"}
    shift |= {"started_at": begin.isoformat(), "ended_at": None, "note": ""}
    people = [
        {"type": "attendance", "id": str(_id(begin, rng)), "session": str(session), "volunteer": f"{team}-{n:02}"}
        for n in range(rng.randint(3, 6))
    ]
    logs = [_log(n, session, begin + dt.timedelta(minutes=6 * n), rng) for n in range(LOGS)]
    voids = []
    if rng.random() < 0.02:
        voids = [{"type": "void", "id": str(_id(end, rng)), "target": logs[7]["id"], "reason": "Bấm nhầm"}]
    closed = shift | {"ended_at": end.isoformat()}
    if rng.random() < 0.5:
        calls = [[closed, *people, *logs, *voids]]
    else:
        calls = [[shift, *people, *logs[:20]], [closed, *logs[20:], *voids]]
    device = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    phone.calls = [Call(orjson.dumps({"device": device, "items": items}), len(items)) for items in calls]
    if rng.random() < 0.02:
        last = phone.calls[-1]
        phone.calls.append(Call(last.body, last.items, is_replay=True))
    phone.turns = LOGS - len(voids)
    kinds = {"session": [shift], "attendance": people, "log": logs, "void": voids}
    phone.ids = {kind: [uuid.UUID(item["id"]) for item in items] for kind, items in kinds.items()}
    return phone


def _log(number: int, session: uuid.UUID, at: dt.datetime, rng: random.Random) -> dict:
    service, result = rng.choice(SERVICES), rng.choice(RESULTS)
    metric = METRICS.get(service) if result.startswith("done") else None
    return {
        "type": "log",
        "id": str(_id(at, rng)),
        "session": str(session),
        "service": service,
        "result": result,
        "people": 1,
        "same_visit": number > 0 and rng.random() < 0.18,
        "quantity": 1 if metric else None,
        "metric": metric,
        "age_group": rng.choice(AGES),
        "beneficiary": None,
        "channel": "point",
        "happened_at": at.isoformat(),
    }


def _id(at: dt.datetime, rng: random.Random) -> uuid.UUID:
    """Version 7, as the field app makes them."""
    number = int(at.timestamp() * 1000) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    return uuid.UUID(int=number)
