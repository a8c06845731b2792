"""The field app on a cheap phone with a bad network: bytes, requests and times, beside a bare page of the same size.

A real Chromium before the same gunicorn; the wire is measured through its DevTools, the network and the processor are
slowed down there too.
"""

import sys
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.report import Comparison
from core.dated import today
from scripts.chromium import FLAGS, find_chromium
from services_help.models import Service
from teams.models import AdminArea, Team
from teams.permissions import Role
from tests import factories
from tests.e2e.visitor import DEVICES, Visitor

MOST_BYTES, MOST_REQUESTS = 25_000, 6
COLD_MS, CACHED_MS, SLOWER = 5_000, 500, 1.5
# Two seconds for each answer, and 50 kB a second, as in the DevTools of Chromium.
SLOW_3G = {"offline": False, "latency": 2_000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
NO_NETWORK = SLOW_3G | {"offline": True}
FEW, MANY, TAPS = 20, 2_000, 15
SERVICE = "DVC-TK"

MARKED = "() => performance.getEntriesByName('field-ready')[0].startTime"
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventStart"
# The result's tap until the screen shows one more, which it does only after the disk has it. Milliseconds of each.
TAP = """async ([times, service]) => {
  const rest = (ms) => new Promise((go) => setTimeout(go, ms));
  const turns = () => Number(document.querySelector("[data-turns]")?.dataset.turns ?? -1);
  const until = (look) => new Promise((done) => {
    const found = () => look() && (watch.disconnect(), done(look()));
    const watch = new MutationObserver(found);
    watch.observe(document, { subtree: true, childList: true, attributes: true });
    found();
  });
  const took = [];
  for (let n = 0; n < times; n++) {
    const before = turns();
    document.querySelector(`[data-service="${service}"]`).click();
    const result = await until(() => document.querySelector("[data-result=done_self]"));
    await rest(60);
    const tapped = performance.now();
    result.click();
    await until(() => turns() === before + 1);
    took.push(performance.now() - tapped);
    await rest(100);
  }
  return took;
}"""
# As many entries more as asked for, as if they had been tapped: copies of the last one.
MULTIPLY = """async (more) => {
  const kept = (asked) => new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const db = await kept(indexedDB.open("xks-field"));
  const tx = db.transaction(["ops", "shifts"], "readwrite");
  const [ops, shifts] = [tx.objectStore("ops"), tx.objectStore("shifts")];
  const { seq, ...op } = (await kept(ops.getAll())).filter(({ kind }) => kind === "log").at(-1);
  for (let n = 0; n < more; n++) {
    const id = crypto.randomUUID();
    ops.add({ ...op, id, item: { ...op.item, id } });
  }
  const shift = await kept(shifts.get([op.user, op.session]));
  shifts.put({ ...shift, people: shift.people + more, turns: shift.turns + more });
  await new Promise((done) => (tx.oncomplete = done));
  db.close();
}"""


@dataclass
class Wire:
    """What went over the network for one page, as its DevTools saw it; the worker's own requests are not in it."""

    cdp: CDPSession
    begun: float | None = None
    done: list[tuple[float, int]] = field(default_factory=list)  # seconds since the start, bytes

    def __post_init__(self) -> None:
        self.cdp.on("Network.requestWillBeSent", self._begin)
        self.cdp.on("Network.loadingFinished", self._end)
        self.cdp.send("Network.enable")

    def _begin(self, event: dict) -> None:
        self.begun = event["timestamp"] if self.begun is None else self.begun

    def _end(self, event: dict) -> None:
        if event["encodedDataLength"]:  # nothing of it came from a cache
            self.done.append((event["timestamp"] - self.begun, event["encodedDataLength"]))

    def until(self, milliseconds: float) -> list[int]:
        """Bytes of each request that was there by then."""
        return [size for at, size in self.done if at * 1000 <= milliseconds + 50]


class Phone:
    """Chromium as on a phone of the team's leader, with nothing in its caches."""

    def __init__(self, browser: Browser, url: str, leader):
        self.context: BrowserContext = browser.new_context(base_url=url, **DEVICES["phone"])
        self.context.set_default_timeout(90_000)
        self.page: Page = self.context.new_page()
        self.cdp = self.context.new_cdp_session(self.page)
        self.wire = Wire(self.cdp)
        Visitor(self.context, self.page, url).sign_in(leader)

    def slow(self, times: int, network: dict | None = None) -> "Phone":
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": times})
        if network:
            self.cdp.send("Network.emulateNetworkConditions", network)
        return self

    def open(self, path: str = "/field/") -> float:
        """Milliseconds until it could be used."""
        self.page.goto(path)
        if not path.startswith("/field/"):
            return self.page.evaluate(LOADED)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page.evaluate(MARKED)

    def is_kept(self) -> "Phone":
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        return self

    def open_shift(self) -> "Phone":
        self.page.get_by_role("button", name="Mở ca", exact=True).first.click()
        self.page.wait_for_selector(".tiles")
        return self

    def tap(self, times: int) -> list[float]:
        return self.page.evaluate(TAP, [times, SERVICE])


def leader_with_a_plan():
    team = Team.objects.order_by("code").first()
    unit = team.homes.get().unit
    day = factories.campaign_day(factories.campaign("CD-BENCH", owner=unit), today())
    place = factories.point("D-BENCH", unit=unit, area=AdminArea.objects.on(today()).first())
    factories.deployment(team, day, place)
    assert Service.objects.leaves().on(today()).filter(code=SERVICE).exists()
    return factories.user("bench-leader", Role.TEAM_LEADER, team=team)


def measure(port: int, rounds: int) -> list[Comparison]:
    if not find_chromium():
        print("Không có Chromium: bỏ qua ứng dụng hiện trường | no Chromium, no field app", file=sys.stderr)
        return []
    leader, url = leader_with_a_plan(), f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)

        def phone() -> Phone:
            return Phone(browser, url, leader)

        return [*first_visit(phone, rounds), cached(phone, rounds), taps(phone)]


def first_visit(phone, rounds: int) -> list[Comparison]:
    ready, floor, sizes, requests = [], [], [], []
    for _round in range(rounds):
        visitor = phone().slow(6, SLOW_3G)
        ready.append(visitor.open())
        wire = visitor.wire.until(ready[-1])
        sizes.append(float(sum(wire)))
        requests.append(float(len(wire)))
        visitor.context.close()
        visitor = phone().slow(6, SLOW_3G)
        floor.append(visitor.open(f"/bench/floor/{sum(wire)}/"))
        visitor.context.close()
    name = "Ứng dụng hiện trường, lần mở đầu"
    return [
        below(f"{name}: byte trên đường truyền", "byte", sizes, MOST_BYTES),
        below(f"{name}: số lần hỏi máy chủ", "lần", requests, MOST_REQUESTS),
        below(f"{name}: dùng được, Slow 3G, CPU chậm 6 lần", "ms", ready, COLD_MS),
        beside(f"{name}: như trên, so với một trang tĩnh trơn cùng số byte", ready, floor),
    ]


def cached(phone, rounds: int) -> Comparison:
    visitor = phone()
    visitor.open()
    visitor.is_kept()
    visitor.slow(4, NO_NETWORK).open()  # what comes from the disk for the first time
    ready = [visitor.open() for _round in range(rounds * 3)]
    visitor.context.close()
    return below("Ứng dụng hiện trường, mở khi không có mạng: dùng được, CPU chậm 4 lần", "ms", ready, CACHED_MS)


def taps(phone) -> Comparison:
    visitor, took, there = phone(), {}, 5
    visitor.open()
    visitor.is_kept().context.set_offline(True)  # the worker's requests too
    visitor.open_shift().tap(there)
    for entries in (FEW, MANY):
        visitor.page.evaluate(MULTIPLY, entries - there)
        visitor.page.reload()
        visitor.page.wait_for_selector(".tiles")
        visitor.tap(3)
        took[entries] = visitor.tap(TAPS)
        there = entries + 3 + TAPS
    visitor.context.close()
    return Comparison(
        name=f"Chạm kết quả đến khi đã lưu và hiện ra: máy có {MANY:,} mục, so với {FEW} mục",
        unit="ms",
        ours=sorted(took[MANY]),
        other=sorted(took[FEW]),
        other_name=f"{FEW} mục",
        higher_is_better=False,
        at_least=1 / SLOWER,
    )


def below(name: str, unit: str, ours: list[float], bar: float) -> Comparison:
    return Comparison(name, unit, ours, [float(bar)] * len(ours), "mức trần", higher_is_better=False, at_least=1)


def beside(name: str, ours: list[float], floor: list[float]) -> Comparison:
    return Comparison(name, "ms", ours, floor, "trang tĩnh", higher_is_better=False)
