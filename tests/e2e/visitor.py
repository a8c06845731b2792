"""Somebody with a browser, who notices everything that a person with the console open would notice."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

VIETNAM = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "color_scheme": "light"}
DEVICES = {
    "phone": VIETNAM
    | {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
        "user_agent": (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/120.0.0.0 Mobile Safari/537.36"
        ),
    },
    "laptop": VIETNAM | {"viewport": {"width": 1366, "height": 768}},
    # What the board is made for on a peak day, and a sheet of A4 without its margins; few pages are looked at on them.
    "wall": VIETNAM | {"viewport": {"width": 1920, "height": 1080}},
    "paper": VIETNAM | {"viewport": {"width": 718, "height": 1045}},
}
# Every refusal of the page's Content-Security-Policy becomes a line on the console.
REPORT_CSP = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective}: ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`));"""
# Not innerWidth: a phone's grows with what does not fit.
WIDER_THAN_SCREEN = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1);
  return [`${document.documentElement.scrollWidth} px`, ...wide.slice(0, 8).map((e) => e.outerHTML.slice(0, 160))];
}"""
# What a box keeps to itself: nobody scrolls on paper or on a wall. A name that ends in dots says so itself.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((e) => {
  if (!(e instanceof HTMLElement) || !e.checkVisibility()) return false;
  if (e.clientWidth <= 1 || e.closest(".visually-hidden, .skip")) return false; // for the ear
  const { overflowX, overflowY, textOverflow } = getComputedStyle(e);
  return (overflowX !== "visible" && textOverflow !== "ellipsis" && e.scrollWidth > e.clientWidth + 1)
    || (overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1);
}).map((e) => [e.scrollWidth, e.scrollHeight, e.clientWidth, e.clientHeight, e.outerHTML.slice(0, 160)].join(" "))"""
# As it is drawn: what stands in a picture grows and shrinks with it.
SMALLEST_TEXT = """(within) => {
  const texts = document.createTreeWalker(within, NodeFilter.SHOW_TEXT), found = [];
  // Not checkVisibility(): in a picture it is not told of what is not drawn.
  const drawn = (e) => !e || (getComputedStyle(e).display !== "none" && drawn(e.parentElement));
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const range = document.createRange(), element = text.parentElement;
    range.selectNodeContents(text);
    const { width, height } = range.getBoundingClientRect();
    if (!text.data.trim() || width <= 1 || height <= 1) continue;
    if (element.closest(".visually-hidden") || !drawn(element)) continue;
    const scale = element instanceof SVGElement ? element.getScreenCTM().a : 1;
    found.push([parseFloat(getComputedStyle(element).fontSize) * scale, text.data.trim()]);
  }
  return found.sort(([one], [other]) => one - other)[0];
}"""


@dataclass
class Visitor:
    context: BrowserContext
    page: Page
    url: str  # of the server
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, *, status: int = 200) -> Page:
        """Goes there and waits until the page is at rest; another status than ``status`` is a complaint."""
        answer = self.page.goto(path, wait_until="load")
        if answer.status != status:
            self.complaints.append(f"{path}: {answer.status}, expected {status}")
        return self.page

    @property
    def device(self) -> str:
        """One of ``DEVICES``."""
        return next(name for name, given in DEVICES.items() if given["viewport"] == self.page.viewport_size)

    def sign_in(self, user) -> None:
        """A session as the login page would give it."""
        client = Client()
        client.force_login(user)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.url}])

    def wider_than_screen(self) -> list[str]:
        """What makes the page scroll sideways; empty when it does not."""
        return self.page.evaluate(WIDER_THAN_SCREEN)

    def cut_off(self) -> list[str]:
        """What cannot be seen without scrolling inside of the page."""
        return self.page.evaluate(CUT_OFF)

    def smallest_text(self, within: str) -> tuple[float, str]:
        """In pixels of the screen, and what it says."""
        size, text = self.page.locator(within).evaluate(SMALLEST_TEXT)
        return round(size, 1), text

    def barriers(self, known: dict[tuple[str, str], str] | None = None) -> list[str]:
        """What axe-core finds serious or critical for people who cannot see, or cannot point, as others do.

        ``known``: (axe's rule, selector of the element that may break it) -> why we let it.
        """
        found = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} | {node['failureSummary']}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
            if not any(rule["id"] == id_ and self._matches(node["target"][0], where) for id_, where in known or {})
        ]

    def _matches(self, target: str, selector: str) -> bool:
        return self.page.locator(target).evaluate("(element, selector) => element.matches(selector)", selector)

    def leave(self) -> None:
        self.context.close()

    # --- listening ----------------------------------------------------------------------------------------------------
    def on_console(self, message: ConsoleMessage) -> None:
        # A document or a file that is answered with an error is told by on_response, with its status.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{self.page.url}: console: {message.text}")

    def on_page_error(self, error: Exception) -> None:
        self.complaints.append(f"{self.page.url}: {error}")

    def on_response(self, response: Response) -> None:
        # Documents are asked for by `open`, which knows the status to expect.
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{self.page.url}: {response.url} answered {response.status}")

    def on_request_failed(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # what the next page no longer needs
            self.complaints.append(f"{self.page.url}: {request.url} failed: {request.failure}")


def open_visitor(browser: Browser, url: str, device: dict, *, user=None) -> Visitor:
    context = browser.new_context(base_url=url, **device)
    context.add_init_script(REPORT_CSP)
    context.set_default_timeout(30_000)  # a ceiling: the first page of all is drawn cold
    visitor = Visitor(context, context.new_page(), url)
    visitor.page.on("console", visitor.on_console)
    visitor.page.on("pageerror", visitor.on_page_error)
    visitor.page.on("response", visitor.on_response)
    visitor.page.on("requestfailed", visitor.on_request_failed)
    if user:
        visitor.sign_in(user)
    return visitor
