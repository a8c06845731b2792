"""`make screenshots`: every screen of the portal as pictures in var/screenshots: public pages and the admin on a phone
and a laptop, the command desk also on a wall and on paper (ARGS=--desk: only that), a leader's shift on the phone.

It starts a portal of its own with the demo world, in a folder that is thrown away; --url takes one that runs already
(its demo.json gives the accounts, and a shift is opened and closed there). --readme takes the pictures of README.md.
"""

import argparse
import base64
import contextlib
import html
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.chromium import FLAGS, find_chromium
from scripts.desk_screens import desk_pages
from scripts.field_states import states

IMAGES = BASE / "docs" / "images"
LARGEST = 200_000  # bytes of a picture in the README
HERE = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "color_scheme": "light", "reduced_motion": "reduce"}
DEVICES = {
    "phone": HERE | {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
    "laptop": HERE | {"viewport": {"width": 1366, "height": 768}},
}
CITY, UNIT, LEADER = "demo.thanhdoan", "demo.binhchanh", "demo.doitruong"
# Name, account (None: nobody is signed in), path.
SCREENS = [
    ("front", None, "/"),
    ("front-search", None, "/?q=vinh+loc"),
    ("front-nothing", None, "/?q=khong-co-noi-nao"),
    ("login", None, "/login/"),
    ("not-found", None, "/khong-co-trang-nay/"),
    ("api-docs", None, "/api/v1/docs/"),
    ("rules", LEADER, "/field/web/quy-tac/"),
    ("admin", CITY, "/admin/"),
    ("admin-units", CITY, "/admin/teams/unit/"),
    ("admin-teams", CITY, "/admin/teams/team/"),
    ("admin-volunteers", UNIT, "/admin/teams/volunteer/"),
    ("admin-volunteer-import", UNIT, "/imports/new/volunteers/"),
    ("admin-campaigns", CITY, "/admin/campaigns/campaign/"),
    ("admin-campaign-add", CITY, "/admin/campaigns/campaign/add/"),
    ("admin-deployments", UNIT, "/admin/campaigns/deployment/"),
    ("admin-points", CITY, "/admin/campaigns/supportpoint/"),
    ("admin-sessions", CITY, "/admin/services_help/session/"),
    ("admin-logs", CITY, "/admin/services_help/assistancelog/"),
    ("admin-services", CITY, "/admin/services_help/service/"),
    ("admin-users", CITY, "/admin/accounts/user/"),
    ("admin-audit", CITY, "/admin/core/auditevent/"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def own_portal() -> Iterator[dict]:
    """A portal with the demo world in a folder of its own, ready when the peak day has been replayed."""
    with tempfile.TemporaryDirectory(prefix="xks-screens-") as var:
        env = {**os.environ, "VAR_DIR": var, "PORT": str(free_port()), "READ_ENV_FILES": "0"}
        command = [sys.executable, "scripts/run.py", "--stop-with-parent"]
        portal = subprocess.Popen(command, cwd=BASE, env=env, stdout=subprocess.PIPE, text=True)
        try:
            for line in portal.stdout:
                print(line, end="", flush=True)
                if line.startswith("Cổng Xung Kích Số đang chạy"):
                    break
            else:
                raise SystemExit("✗ Cổng không khởi động được. | The portal did not start.")
            yield json.loads((Path(var) / "demo.json").read_text())
        finally:
            portal.terminate()
            portal.communicate(timeout=60)


# --- the screens ----------------------------------------------------------------------------------------------------


class Photographer:
    """One browser; a context for each device and account."""

    def __init__(self, browser: Browser, demo: dict, folder: Path):
        self.browser, self.demo, self.folder = browser, demo, folder
        self.contexts: dict[tuple, BrowserContext] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def page(self, device: str, username: str | None, **options) -> Page:
        key = (device, username, *options.items())
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(base_url=self.demo["url"], **DEVICES[device] | options)
            if username:
                self.sign_in(self.contexts[key], username)
        return self.contexts[key].new_page()

    def sign_in(self, context: BrowserContext, username: str) -> None:
        [password] = [each["password"] for each in self.demo["accounts"] if each["username"] == username]
        page = context.new_page()
        page.goto("/login/")
        page.fill("[name=login]", username)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(re.compile("/(field|dashboard|admin)/"))
        page.close()

    def take(self, page: Page, name: str) -> None:
        width = page.viewport_size["width"]
        page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True)
        print(f"  {name}-{width}.png", flush=True)

    def take_all(self) -> None:
        for device in DEVICES:
            for name, username, path in SCREENS:
                page = self.page(device, username)
                page.goto(path.format_map(self.demo), wait_until="networkidle")
                self.take(page, name)
                page.close()
        self.take_shift()
        self.take_app()
        self.take_desk()

    def take_desk(self) -> None:
        for name, page in desk_pages(self):
            self.take(page, name)

    def take_app(self) -> None:
        """The offline app in all its states, on a phone that has never had it."""
        page = self.page("phone", LEADER, device_scale_factor=2)
        for name in states(page):
            self.take(page, f"app-{name}")

    def take_shift(self) -> None:
        """A leader's shift: opened, people ticked, citizens logged, one line taken back, closed."""
        page = self.page("phone", LEADER)
        for name, _page in shift(page):
            self.take(page, f"field-{name}")


def shift(page: Page) -> Iterator[tuple[str, Page]]:
    """Goes through a shift; stops at each screen worth a picture."""
    page.goto("/field/web/")
    yield "home", page
    tap(page, page.locator(".plan form button").first)
    yield "attendance", page
    everybody = page.get_by_role("button", name="Cả đội có mặt")
    if everybody.count():
        tap(page, everybody)
    tap(page, page.get_by_role("link", name="Ghi lượt hỗ trợ"))
    yield "session", page
    for number in range(3):
        tap(page, page.locator(".tile").nth(number))
        if number == 0:
            yield "record", page
        tap(page, page.locator(".choice").first)
    yield "logged", page
    tap(page, page.locator("a.tab").first)
    yield "logs", page
    page.go_back()
    tap(page, page.get_by_role("link", name="Đóng ca"))
    yield "close", page
    tap(page, page.get_by_role("button", name="Đóng ca"))
    yield "closed", page


def tap(page: Page, target) -> None:
    with page.expect_navigation():
        target.click()


# --- pictures for the README ----------------------------------------------------------------------------------------

SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 32px; display: flex; gap: 24px; justify-content: center; background: #e5effc;
  font: 15px/1.5 system-ui, sans-serif; }}
img {{ border-radius: 18px; box-shadow: 0 8px 30px #0f1f3833; width: 270px; }}
pre {{ margin: 0; padding: 24px 28px; border-radius: 14px; background: #0b1424; color: #eaf1fb; width: 100%;
  font: 14px/1.55 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; }}
b {{ color: #ffc72c; font-weight: 400; }}
</style>{content}"""


def data_url(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def sheet(browser: Browser, content: str, width: int, file: Path) -> None:
    page = browser.new_page(viewport={"width": width, "height": 100})
    page.set_content(SHEET.format(content=content))
    page.screenshot(path=file, full_page=True)
    page.close()


def readme_phone(photographer: Photographer) -> None:
    page = photographer.page("phone", LEADER, device_scale_factor=1.5)
    images = "".join(f'<img src="{data_url(page.screenshot())}">' for _state in phone_states(page))
    sheet(photographer.browser, images, 4 * 294 + 40, IMAGES / "phone.png")


def phone_states(page: Page) -> Iterator[None]:
    """The app through four states: choosing a service, its result, without network, closing."""
    page.goto("/field/")
    page.get_by_role("button", name="Mở ca", exact=True).first.tap()
    page.locator("[data-service=DVC-NOP]").tap()
    result = page.get_by_role("button", name="Hướng dẫn xong, tự làm được")
    result.wait_for()
    yield
    result.tap()
    page.locator(".pill", has_text="Đã gửi hết").wait_for()
    yield
    page.context.set_offline(True)
    for service in ("DVC-TRA", "DVC-PHI"):
        page.locator(f"[data-service={service}]").tap()
        result.tap()
        page.wait_for_selector(".tiles")
    page.locator(".pill", has_text="chờ mạng").wait_for()
    yield
    page.context.set_offline(False)
    page.evaluate("() => { location.hash = location.hash.replace('shift/', 'close/'); }")
    page.locator(".pill", has_text="Đã gửi hết").wait_for(timeout=30_000)
    yield


def readme_staff(photographer: Photographer) -> None:
    for name, path in [("dashboard", "/dashboard/?day={peak_day}"), ("admin", "/admin/"), ("front", "/")]:
        page = photographer.page("laptop", None if name == "front" else CITY)
        page.set_viewport_size({"width": 1366, "height": 900})
        page.goto(path.format_map(photographer.demo), wait_until="networkidle")
        page.screenshot(path=IMAGES / f"{name}.png")
        page.close()


def readme_rest(photographer: Photographer) -> None:
    """A question by a program and the beginning of the true answer."""
    demo = photographer.demo
    day, unit = demo["peak_day"], demo["units"]["binh_chanh"]
    path = f"/api/v1/stats/?by=unit&measures=people,service_turns&unit={unit}&from={day}&to={day}"
    request = urllib.request.Request(
        demo["url"] + path, headers={"Authorization": f"Bearer {demo['tokens']['stats_unit']}"}
    )
    with urllib.request.urlopen(request) as answer:
        body = json.load(answer)
    shown = {key: body[key] for key in ("columns", "totals", "freshness") if key in body}
    shown["rows"] = body["rows"][:5]
    shown["labels"] = {"unit": {row["unit"]: body["labels"]["unit"][row["unit"]] for row in body["rows"][:5]}}
    text = json.dumps(shown, ensure_ascii=False, indent=1)
    text = re.sub(r"\{\s+([^{}]*?)\s+\}", lambda match: "{" + re.sub(r"\s*\n\s*", " ", match[1]) + "}", text)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda match: "[" + re.sub(r"\s*\n\s*", " ", match[1]) + "]", text)
    curl = f"$ curl -H 'Authorization: Bearer xks_…' \\\n    '{path}'"
    content = f"<pre><b>{html.escape(curl)}</b>\n\n{html.escape(text)}</pre>"
    sheet(photographer.browser, content, 1000, IMAGES / "rest.png")


def take_readme(photographer: Photographer) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for picture in (readme_staff, readme_rest, readme_phone):
        picture(photographer)
    for file in sorted(IMAGES.glob("*.png")):
        size = file.stat().st_size
        print(f"  {file.relative_to(BASE)}: {size // 1000} kB", flush=True)
        if size > LARGEST:
            raise SystemExit(f"✗ {file.name} quá lớn | is too large ({size} B)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a portal with the demo world that runs already")
    parser.add_argument("--demo", type=Path, default=BASE / "var" / "demo.json", help="its demo.json (var/demo.json)")
    parser.add_argument("--folder", type=Path, default=BASE / "var" / "screenshots")
    parser.add_argument("--desk", action="store_true", help="take only the screens of the command desk")
    parser.add_argument("--readme", action="store_true", help="take only the README's pictures, into docs/images")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        demo = json.loads(options.demo.read_text()) | {"url": options.url} if options.url else None
        demo = demo or stack.enter_context(own_portal())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        photographer = Photographer(browser, demo, options.folder)
        if options.readme:
            take_readme(photographer)
        elif options.desk:
            photographer.take_desk()
        else:
            photographer.take_all()
        browser.close()


if __name__ == "__main__":
    main()
