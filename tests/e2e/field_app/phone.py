"""A phone with a memory of its own: what is on it outlives the browser, also one that is killed."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from django.test import Client
from playwright.sync_api import BrowserType, Error

from core.dated import today
from scripts.chromium import FLAGS, find_chromium
from services_help.models import AssistanceLog, Session
from tests import factories
from tests.e2e.field_app.conftest import SOON, App
from tests.e2e.visitor import DEVICES, REPORT_CSP, Visitor
from tests.services_help.intake_items import stocked

SERVICE = "DVC-NOP"
# Two taps for each citizen, as fast as the screen answers, and no faster than a browser lets a page change its address
# (200 times in ten seconds). What the screen has confirmed is said on the console.
TAP_AWAY = """async ([times, service]) => {
  const rest = (ms) => new Promise((go) => setTimeout(go, ms));
  const until = async (look) => {
    for (let found; ; await rest(4)) if ((found = look())) return found;
  };
  const turns = () => Number(document.querySelector("[data-turns]")?.dataset.turns ?? -1);
  for (let n = 0; n < times; n++) {
    const started = performance.now(), before = turns();
    document.querySelector(`[data-service="${service}"]`).click();
    (await until(() => document.querySelector("[data-result=done_self]"))).click();
    await until(() => turns() === before + 1);
    console.log(`shown ${before + 1}`);
    await rest(Math.max(0, 120 - (performance.now() - started)));
  }
}"""


def town() -> SimpleNamespace:
    """The small city, with a plan for its team today and something to offer."""
    world = stocked(factories.small_city())
    place = factories.point(
        "D-TT", unit=world.tan_tuc, area=factories.area("27595", name="Tân Túc"), name="Chợ Tân Túc"
    )
    day = factories.campaign_day(factories.campaign("CD-1", owner=world.city), today())
    factories.deployment(world.team, day, place)
    return world


def until(look: Callable, app: App | None = None, seconds: float = SOON / 1000):
    """Asks again until there is an answer; meanwhile the page goes on."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        app.page.wait_for_timeout(50) if app else time.sleep(0.05)
    return found


class Phone(App):
    """The app in a browser with a profile on the disk."""

    def __init__(self, chromium: BrowserType, profile: Path, url: str, *, flags: tuple[str, ...] = (), **options):
        self.chromium, self.profile, self.url, self.options = chromium, profile, url, options
        self.flags = [*FLAGS, *flags]
        self.start()

    def start(self) -> "Phone":
        context = self.chromium.launch_persistent_context(
            self.profile,
            executable_path=find_chromium(),
            args=self.flags,
            base_url=self.url,
            **(DEVICES["phone"] | self.options),
        )
        context.add_init_script(REPORT_CSP)
        context.set_default_timeout(SOON)
        visitor = Visitor(context, context.pages[0], self.url)
        visitor.page.on("console", lambda message: self.said.append(message.text))
        visitor.page.on("pageerror", visitor.on_page_error)
        self.said: list[str] = []
        super().__init__(visitor)
        return self

    def signed_in(self, user) -> "Phone":
        self.visitor.sign_in(user)
        return self

    def kill(self) -> None:
        """As when the battery falls out: -9, and nothing is tidied up."""
        [process] = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_browser(pid)]
        os.kill(process, signal.SIGKILL)
        until(lambda: not self._is_browser(process))
        with contextlib.suppress(Error):  # it has gone already
            self.visitor.context.close()
        for left in self.profile.glob("Singleton*"):
            left.unlink(missing_ok=True)

    def _is_browser(self, pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        return f"--user-data-dir={self.profile}" in command and not any(part.startswith("--type=") for part in command)

    def begin_tapping(self, times: int) -> None:
        """Goes on by itself; what the screen confirms is in ``confirmed``."""
        self.page.evaluate(f"(asked) => {{ globalThis.tapping = ({TAP_AWAY})(asked); }}", [times, SERVICE])

    @property
    def confirmed(self) -> int:
        return max((int(text.removeprefix("shown ")) for text in self.said if text.startswith("shown ")), default=0)

    def leave(self) -> None:
        self.visitor.leave()


def tap_away(app: App, times: int) -> None:
    """``times`` citizens by two taps each; returns when the last one is on the screen."""
    app.page.evaluate(TAP_AWAY, [times, SERVICE])


# --- the truth on the screen ------------------------------------------------------------------------------------------
def pill_says(app: App, first: str, second: str = "") -> App:
    pill = app.page.locator(".pill", has=app.page.locator("b", has_text=first))
    if second:
        pill = pill.filter(has=app.page.locator("small", has_text=second))
    pill.wait_for(timeout=SOON)
    return app


def books_agree(app: App, user, entries: int, day=None) -> None:
    """Phone and server hold the same ``entries`` of this phone: the screen says so, and the server does."""
    app.page.evaluate("() => { location.hash = 'sync'; }")
    app.tap("Đối chiếu lại")
    app.sees(f"máy {entries}, máy chủ {entries}: khớp")
    device = Session.objects.values_list("device", flat=True).distinct().get()
    client = Client()
    client.force_login(user)
    asked = {"device": str(device), "day": str(day or today())}
    assert client.get("/api/v1/sync/ledger/", asked).json()["count"] == entries


def lines() -> int:
    return AssistanceLog.objects.count()


def press_until(app: App, happened: Callable) -> None:
    """The leader presses "Gửi ngay", as often as it takes."""
    app.page.evaluate("() => { location.hash = 'sync'; }")
    button = app.find("Gửi ngay").first
    button.wait_for()
    until(lambda: happened() or button.tap(), app)
