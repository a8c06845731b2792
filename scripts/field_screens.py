"""Pictures of each state of the field app in var/screenshots/field: empty, logging, offline, conflict, closed.

`python scripts/field_screens.py [--url http://…]`: without --url it starts a portal of its own with the demo world.
"""

import argparse
import contextlib
import json
import sys
import urllib.request
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.chromium import FLAGS, find_chromium
from scripts.screenshots import DEVICES, own_portal

LEADER = "demo.doitruong"
ALONE, TOGETHER = "Hướng dẫn xong, tự làm được", "Làm xong, có hỗ trợ"
LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
}


class Camera:
    def __init__(self, page: Page, folder: Path, look: str):
        self.page, self.folder, self.look, self.number = page, folder, look, 0

    def take(self, name: str) -> None:
        self.page.wait_for_timeout(400)
        self.number += 1
        self.page.screenshot(path=self.folder / f"{self.look}-{self.number:02d}-{name}.png")

    def tap(self, label: str, *, exact: bool = False) -> None:
        self.page.get_by_role("button", name=label, exact=exact).first.tap()

    def log(self, service: str, result: str = ALONE) -> None:
        self.page.locator(f"[data-service={service}]").tap()
        self.tap(result)
        self.page.wait_for_selector(".tiles")

    def open(self, screen: str) -> None:
        self.page.evaluate("screen => { location.hash = screen; }", screen)


def sign_in(context: BrowserContext, demo: dict) -> Page:
    [password] = [each["password"] for each in demo["accounts"] if each["username"] == LEADER]
    page = context.new_page()
    page.goto("/login/?next=/field/")
    page.fill("[name=login]", LEADER)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("html[data-ready]")
    return page


def refuse(route) -> None:
    """As the server would answer, had it another content under these ids."""
    items = json.loads(route.request.post_data)["items"]
    errors = [{"code": "id_taken", "detail": "Mã này đã dùng cho nội dung khác. Hãy ghi lại mục này.", "pointer": ""}]
    results = [{"id": item["id"], "status": "conflict", "digest": "0" * 64, "errors": errors} for item in items]
    route.fulfill(json={"received_at": "2026-01-01T00:00:00+07:00", "items": results})


def shift(camera: Camera, context: BrowserContext) -> None:
    page = camera.page
    camera.take("day")
    camera.tap("Mở ca", exact=True)
    page.wait_for_selector(".tiles")
    camera.take("empty")
    page.locator("[data-service=DVC-NOP]").tap()
    camera.take("result")
    camera.tap(ALONE)
    camera.log("DVC-TRA", TOGETHER)
    camera.take("logging")
    camera.tap("Cùng người")
    camera.take("same-citizen")
    camera.log("DVC-PHI")
    page.wait_for_timeout(1500)
    session = page.url.split("/")[-1]
    for name in ("bulk", "present", "notes", "list", "rules", "sync", "settings"):
        camera.open(f"{name}/{session}/DVC-NOP")
        camera.take(name)
    camera.open(f"shift/{session}")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("() => caches.match(document.documentElement.dataset.partQr).then(Boolean)")
    context.set_offline(True)
    page.reload()
    camera.log("DVC-TRA")
    camera.log("DVC-NOP")
    page.locator(".pill", has_text="chờ mạng").wait_for()
    camera.take("offline-unsent")
    camera.open("sync")
    camera.take("offline-sync")
    camera.open("rescue")
    camera.tap("Hiện mã QR")
    page.wait_for_selector(".qr img")
    camera.take("offline-rescue")
    context.set_offline(False)
    camera.open(f"shift/{session}")
    page.locator(".pill", has_text="Đã gửi hết").wait_for(timeout=30_000)
    conflict(camera, session)
    close(camera, session)


def conflict(camera: Camera, session: str) -> None:
    page = camera.page
    # Of the context: a page with a worker asks past its own routes.
    page.context.route("**/api/v1/sync/", refuse)
    camera.log("DVC-PHI")
    page.locator(".pill.bad").wait_for()
    camera.take("conflict")
    camera.open("problems")
    camera.take("problems")
    page.context.unroute("**/api/v1/sync/")
    camera.tap("Ghi lại mới")
    camera.open(f"shift/{session}")


def close(camera: Camera, session: str) -> None:
    camera.open(f"close/{session}")
    camera.take("close")
    camera.tap("Đóng ca")
    camera.page.get_by_text("Cổng đã nhận đủ").wait_for(timeout=30_000)
    camera.take("closed")


def photograph(browser: Browser, demo: dict, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for look, options in LOOKS.items():
        context = browser.new_context(base_url=demo["url"], **DEVICES["phone"] | options)
        first = context.new_page()
        first.goto("/field/")
        camera = Camera(first, folder, look)
        camera.take("welcome")
        first.close()
        camera.page = sign_in(context, demo)
        shift(camera, context)
        context.close()
        print(f"  {look}: {camera.number}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="of a portal that runs already; its var/demo.json is read from --demo")
    parser.add_argument("--demo", default="var/demo.json")
    parser.add_argument("--out", default="var/screenshots/field")
    chosen = parser.parse_args()
    running = contextlib.nullcontext(json.loads(Path(chosen.demo).read_text()) | {"url": chosen.url})
    with running if chosen.url else own_portal() as demo, sync_playwright() as play:
        urllib.request.urlopen(demo["url"], timeout=10).close()
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        photograph(browser, demo, BASE / chosen.out)
        browser.close()


if __name__ == "__main__":
    main()
