"""The phones themselves: one asyncio loop, one connection each, calls in order, the next one after the answer.

Each phone starts at its own moment whatever the portal does (an open loop): a portal that falls behind is called all
the same, and its answers then take longer. What fails is counted, and sent again as a phone would.
"""

import asyncio
import time
from dataclasses import dataclass, field

from bench.burst.phones import Call, Phone

TRIES, AGAIN_AFTER, PATIENCE = 4, 2.0, 60


@dataclass
class Outcome:
    """What the phones have seen. Times are of time.perf_counter()."""

    begun: float
    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # answered, but not what it should be
    stored: int = 0
    replayed: int = 0
    # phone -> when its last call was acknowledged
    done: dict[int, float] = field(default_factory=dict)
    late: float = 0.0  # how far the sender itself fell behind

    @property
    def last_ack(self) -> float:
        return max(self.done.values(), default=self.begun)


async def send_all(phones: list[Phone], port: int, on_done) -> Outcome:
    outcome = Outcome(time.perf_counter())
    running = set()
    for phone in sorted(phones, key=lambda phone: phone.begins):
        due = outcome.begun + phone.begins
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        else:
            outcome.late = max(outcome.late, -wait)
        task = asyncio.create_task(_phone(phone, port, outcome, on_done))
        running.add(task)
        task.add_done_callback(running.discard)
    while running:
        await asyncio.wait(running)
    return outcome


async def _phone(phone: Phone, port: int, outcome: Outcome, on_done) -> None:
    for call in phone.calls:
        for attempt in range(TRIES):
            try:
                async with asyncio.timeout(PATIENCE):
                    await _call(phone, call, port, outcome)
                break
            except (OSError, TimeoutError, asyncio.IncompleteReadError, RuntimeError) as error:
                outcome.errors.append(f"{phone.number}: {error!r}"[:200])
                await asyncio.sleep(AGAIN_AFTER * 2**attempt)
        else:
            return
    outcome.done[phone.number] = time.perf_counter()
    on_done(phone, outcome.done[phone.number])


async def _call(phone: Phone, call: Call, port: int, outcome: Outcome) -> None:
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        head = (
            f"POST /api/v1/sync/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {phone.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(call.body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + call.body)
        answer = await reader.read(-1)
    finally:
        writer.close()
    outcome.took.append(time.perf_counter() - begin)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:150])
    stored, replayed = answer.count(b'"status":"stored"'), answer.count(b'"status":"replayed"')
    outcome.stored += stored
    outcome.replayed += replayed
    # A call that is sent again after an error may have been stored the first time.
    if stored + replayed != call.items or (call.is_replay and stored):
        outcome.wrong.append(f"{phone.number}: {answer[-300:]!r}")
