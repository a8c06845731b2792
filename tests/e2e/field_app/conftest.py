"""A leader with the offline app in the hand, in a real browser before a live server."""

from types import SimpleNamespace
from typing import Self

import pytest
from django.test import Client
from playwright.sync_api import Locator, expect

from accounts.models import User
from core.dated import today
from demo.world import people
from teams.models import Team
from tests.e2e.visitor import DEVICES, Visitor, open_visitor
from tests.emptying import sow

THUMB = 48
# When to give up, not how long to wait: a busy machine has the time that it needs, and a faultless run never gets here.
SOON = 60_000
ALONE, TOGETHER, REFERRED = "Hướng dẫn xong, tự làm được", "Làm xong, có hỗ trợ", "Chuyển tuyến"


@pytest.fixture
def city(transactional_db) -> SimpleNamespace:
    """The demo world of today, with nothing logged in it."""
    sow(today())
    return SimpleNamespace(
        team=Team.objects.get(code=people.TEAM), leader=User.objects.get(username="demo.doitruong"), day=today()
    )


class App:
    """Taps what can be read on the screen, and reads what it says."""

    def __init__(self, visitor: Visitor):
        self.visitor, self.page, self.taps = visitor, visitor.page, 0

    def open(self) -> Self:
        self.page.goto("/field/")
        return self.ready()

    def ready(self) -> Self:
        self.page.wait_for_selector("html[data-ready]")
        return self

    def reload(self) -> Self:
        self.page.reload()
        return self.ready()

    def find(self, label: str) -> Locator:
        return self.page.get_by_role("button", name=label).or_(self.page.get_by_role("link", name=label))

    def tap(self, label: str) -> Self:
        return self.touch(self.find(label).first)

    def touch(self, target: Locator) -> Self:
        # As laid out: a button that was just pressed is drawn a little smaller.
        size = target.evaluate("target => [target.offsetWidth, target.offsetHeight]")
        assert min(size) >= THUMB, f"{target}: {size}"
        target.tap()
        self.taps += 1
        return self

    def tile(self, service: str) -> Locator:
        return self.page.locator(f"[data-service={service}]")

    def log(self, service: str, result: str = ALONE) -> Self:
        """One citizen: two taps. Waits until the app has said so."""
        before = self.turns
        self.touch(self.tile(service)).tap(result)
        self.page.wait_for_selector(f'[data-turns="{before + 1}"]')
        return self

    def pick(self, label: str) -> Self:
        radio = self.page.get_by_role("radio", name=label, exact=True)
        radio.click(force=True)
        expect(radio).to_be_checked()
        return self

    def open_shift(self) -> Self:
        """The plan's shift, or one without a plan where there is none."""
        if self.find("Mở ca").first.text_content().strip() == "Mở ca ngoài kế hoạch":
            self.tap("Mở ca ngoài kế hoạch").page.wait_for_selector("select")
        self.page.get_by_role("button", name="Mở ca", exact=True).first.tap()
        self.page.wait_for_selector(".tiles")
        return self

    @property
    def people(self) -> int:
        return int(self.page.locator("[data-people]").get_attribute("data-people"))

    @property
    def turns(self) -> int:
        return int(self.page.locator("[data-turns]").get_attribute("data-turns"))

    def sees(self, text: str) -> Self:
        self.page.get_by_text(text).first.wait_for()
        return self

    def all_sent(self) -> Self:
        """The pill says so, and says when."""
        self.page.wait_for_function("() => document.querySelector('.pill')?.textContent.includes('nhận')")
        self.page.locator(".pill", has_text="Đã gửi hết").wait_for(timeout=SOON)
        return self

    def offline(self, is_offline: bool = True) -> Self:
        self.visitor.context.set_offline(is_offline)
        return self

    def worker_is_there(self) -> Self:
        """The app is kept whole, so that it opens without network."""
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        return self


def barriers(app: App, screens: list[str]) -> dict[tuple, list[str]]:
    """What is in the way of a thumb, an old eye or a screen reader on each of ``screens``; empty when nothing is."""
    found = {}
    # As it comes; with the app's own large text; with the text of all pages at 200 %.
    for large, size in ((False, ""), (True, ""), (False, "200%")):
        app.page.evaluate(f"() => document.documentElement.classList.toggle('large', {str(large).lower()})")
        app.page.evaluate(f"() => {{ document.documentElement.style.fontSize = '{size}'; }}")
        for name in screens:
            app.page.evaluate(f"() => {{ location.hash = '{name}'; }}")
            app.page.wait_for_timeout(150)
            found[name, large, size] = app.visitor.wider_than_screen() + (
                [] if large or size else app.visitor.barriers() + small_targets(app)
            )
    return {key: what for key, what in found.items() if what}


def small_targets(app: App) -> list[str]:
    return app.page.evaluate("""() =>
      [...document.querySelectorAll("button, a, select, textarea, input:not([type=file])")]
      .map((e) => [e.closest("label") ?? e, e]).filter(([e]) => e.offsetParent)
      .filter(([e]) => { const b = e.getBoundingClientRect(); return b.height < 47.9 || b.width < 47.9; })
      .map(([, e]) => e.outerHTML.slice(0, 120))""")


def told(complaints: list[str]) -> list[str]:
    """What somebody with the console open would mind; being without network, or signed out, is no fault of the page."""
    expected = ("ERR_INTERNET_DISCONNECTED", "ERR_ABORTED", "answered 401")
    return [complaint for complaint in complaints if not any(text in complaint for text in expected)]


@pytest.fixture
def field_app(browser, live_server):
    """``field_app(user)``: the app on a phone of its own, signed in as ``user`` (None: nobody is)."""
    made: list[Visitor] = []

    def open_(user=None, **options) -> App:
        visitor = open_visitor(browser, live_server.url, DEVICES["phone"] | options, user=user)
        visitor.context.set_default_timeout(SOON)
        made.append(visitor)
        return App(visitor).open()

    yield open_
    for visitor in made:
        leave_in_peace(visitor)
    assert told([complaint for visitor in made for complaint in visitor.complaints]) == []


def leave_in_peace(visitor: Visitor) -> None:
    """What is still on its way would meet the emptying of the tables."""
    visitor.page.evaluate("""async () => {
      const sent = () => performance.getEntriesByType("resource").length;
      for (let before = -1; before !== sent(); ) {
        before = sent();
        await new Promise((done) => setTimeout(done, 400));
      }
    }""")
    visitor.leave()


def ledger(user, device: str, day) -> dict:
    client = Client()
    client.force_login(user)
    return client.get("/api/v1/sync/ledger/", {"device": device, "day": f"{day:%Y-%m-%d}"}).json()
