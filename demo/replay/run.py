"""A day through the real intake: many phones at once, over HTTP, the way a day has them."""

import datetime as dt
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from demo.replay.batches import Batch, batches_of
from demo.replay.client import GivenUp, Phone
from demo.replay.items import device_of, items_of_day
from demo.replay.keys import phone_keys
from demo.replay.ledger import ledger_of
from demo.replay.outcome import Outcome, Progress
from demo.replay.present import Present
from demo.world import plans
from demo.world.organisation import TEAMS

SEED = 2023
TEAM_SEEDS = {team.code: team for team in TEAMS}


class PhoneDay(NamedTuple):
    """One team's phone on one day."""

    team: str
    day: dt.date
    device: str
    batches: list[Batch]

    @property
    def items(self) -> list[dict]:
        return [item for batch in self.batches for item in batch.items]

    @property
    def name(self) -> str:
        return f"{self.team} {self.day}"


def phone_days(
    days: Iterable[dt.date], *, now: dt.datetime, teams: int | None = None, scale: float = 1.0, seed: int = SEED
) -> list[PhoneDay]:
    """What there is to send of these days up to ``now``."""
    plan = []
    for day in sorted(set(days)):
        present = Present(day)
        codes = [code for _campaign, sent_out in plans.work_on(day) for code in sent_out]
        for code in codes[:teams]:
            rng = random.Random(f"batches {seed} {code} {day}")
            batches = []
            for shift in items_of_day(TEAM_SEEDS[code], day, seed=seed, scale=scale):
                if present.takes_shift(shift[0].item):
                    items = [due.item for due in shift if due.at <= now and present.takes(due.item, code)]
                    batches += batches_of(items, rng)
            if batches:
                plan.append(PhoneDay(code, day, str(device_of(code, seed)), batches))
    return plan


class Replay:
    def __init__(self, plan: list[PhoneDay], *, url: str, phones: int, progress: Progress, ask_first: bool = False):
        self.plan, self.url, self.phones, self.ask_first = plan, url, phones, ask_first
        self.outcome = Outcome(sum(len(each.items) for each in plan), progress)
        self._done_with: set[str] = set()
        self._is_known = False

    def run(self) -> Outcome:
        """Send it all, ``phones`` at a time; what is late goes after everybody else's; in the end all compare."""
        with phone_keys(each.team for each in self.plan) as self.keys:
            if self.ask_first:
                self._all(self._ask, self.plan[: self.phones])
                if self._is_known:  # an empty portal need not be asked two hundred times
                    self._all(self._ask, self.plan[self.phones :])
            self._all(partial(self._send, late=False))
            self._all(partial(self._send, late=True))
            self._all(self._compare)
        return self.outcome

    def _all(self, act: Callable[[Phone, PhoneDay], None], plan: list[PhoneDay] | None = None) -> None:
        due = [each for each in (self.plan if plan is None else plan) if each.name not in self._done_with]
        with ThreadPoolExecutor(self.phones) as pool:
            running = [pool.submit(self._one, act, each) for each in due]
        for phone in running:
            phone.result()  # a mistake of ours is not to pass for a quiet day

    def _one(self, act: Callable[[Phone, PhoneDay], None], each: PhoneDay) -> None:
        if self.outcome.is_hopeless:
            return
        with Phone(self.url, each.device, self.keys[each.team]) as phone:
            try:
                act(phone, each)
            except GivenUp as error:
                # Its later batches need the session that this one may have opened.
                self._done_with.add(each.name)
                self.outcome.gave_up(each.name, error)

    def _ask(self, phone: Phone, each: PhoneDay) -> None:
        """What the portal holds already, to the last digit, need not travel again."""
        held = phone.ledger(each.day.isoformat())
        self._is_known |= held.count > 0
        if held == ledger_of(each.items):
            self._done_with.add(each.name)
            self.outcome.holds(len(each.items))

    def _send(self, phone: Phone, each: PhoneDay, *, late: bool) -> None:
        for batch in each.batches:
            if batch.late is not late:
                continue
            if batch.unanswered:
                phone.send_unheard(batch.items)
            self.outcome.answered(phone.send(batch.items))
            if batch.twice:
                self.outcome.answered(phone.send(batch.items), counts=False)

    def _compare(self, phone: Phone, each: PhoneDay) -> None:
        """At least as many as were sent; digests may differ by what people have done to the sessions since."""
        held, own = phone.ledger(each.day.isoformat()), ledger_of(each.items)
        self.outcome.compared(each.name, sent=own.count, held=held.count)
