"""The field app in each state worth a picture; what needs staff, or bad luck, is put into the portal's answers here."""

import datetime as dt
import json
from collections.abc import Iterator

from playwright.sync_api import Page, Route

ALONE = "Hướng dẫn xong, tự làm được"
REASON = "Ca này ghi 96 lượt trong một giờ nhưng chưa điểm danh ai. Đội xem lại giúp."
ANSWER = "Sáng nay điểm rất đông, đội đã điểm danh đủ bốn bạn và hủy hai lượt ghi nhầm."
REFUSED = [{"pointer": "", "code": "expired_service", "detail": "Dịch vụ này đã ngừng từ 31/12/2024."}]


def states(page: Page) -> Iterator[str]:
    """Stops at each one and gives its name; ``page`` is signed in as a leader."""
    page.goto("/field/")
    page.wait_for_selector("html[data-ready]")
    yield "day"
    yield from _at_work(page)
    yield from _in_trouble(page)
    yield from _closed(page)
    yield from _sent_back(page)


def _at_work(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Mở ca", exact=True).first.tap()
    page.wait_for_selector(".tiles")
    yield "shift-empty"
    _log(page, "DVC-NOP")
    page.locator("[data-service=DVC-TRA]").tap()
    page.get_by_role("button", name=ALONE).wait_for()
    yield "result"
    page.get_by_role("button", name=ALONE).tap()
    _all_sent(page)
    yield "shift-logging"
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    _log(page, "DVC-PHI")
    _log(page, "DVC-NOP")
    page.locator(".pill", has_text="chờ mạng").wait_for()
    yield "offline-unsent"
    page.context.set_offline(False)
    _all_sent(page)


def _in_trouble(page: Page) -> Iterator[str]:
    """An entry that is not taken, and one that comes after the lock."""
    page.route("**/api/v1/sync/", _refuse)
    _log(page, "DVC-TRA")
    page.locator(".pill", has_text="1 cần xem lại").wait_for()
    page.unroute("**/api/v1/sync/")
    shift = page.url.partition("#")[2]
    _show(page, "problems")
    page.get_by_text("Dịch vụ này đã ngừng").first.wait_for()
    yield "refused"
    page.get_by_role("button", name="Bỏ mục này").tap()
    page.get_by_role("button", name="Bấm lần nữa để bỏ").tap()
    page.get_by_text("Không có mục nào cần xem lại.").wait_for()
    _show(page, shift)
    page.route("**/api/v1/sync/", _take_late)
    _log(page, "DVC-NOP")
    _all_sent(page)
    page.unroute("**/api/v1/sync/")
    _show(page, shift.replace("shift", "list"))
    page.get_by_text("Đến muộn").first.wait_for()
    yield "late"
    _show(page, shift)


def _closed(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Đóng ca").tap()
    yield "close"
    page.get_by_role("button", name="Đóng ca").tap()
    page.get_by_text("Ca đã đóng").first.wait_for()
    _all_sent(page)
    yield "closed"


def _sent_back(page: Page) -> Iterator[str]:
    shift = page.url.partition("/field/#shift/")[2]
    _send_back(page, shift)
    page.goto("/field/")
    page.get_by_text(REASON).wait_for()
    yield "returned-day"
    page.get_by_role("button", name="Xem và trả lời").tap()
    page.get_by_text("Cán bộ nhắn:").wait_for()
    yield "returned"
    page.context.set_offline(True)
    page.get_by_label("Trả lời cán bộ").fill(ANSWER)
    page.get_by_role("button", name="Gửi trả lời").tap()
    page.get_by_text("Câu trả lời đã lưu trong máy").wait_for()
    yield "answer-waits"
    page.route("**/answer/", lambda route: route.fulfill(json={"status": "stored"}))
    page.context.set_offline(False)
    page.get_by_text("Cán bộ đã nhận câu trả lời.").wait_for(timeout=30_000)
    yield "answered"


# --- what the portal would say ----------------------------------------------------------------------------------------
def _refuse(route: Route) -> None:
    items = route.request.post_data_json["items"]
    said = [{"id": item["id"], "status": "rejected", "digest": None, "errors": REFUSED} for item in items]
    route.fulfill(json={"received_at": dt.datetime.now(dt.UTC).isoformat(), "items": said})


def _take_late(route: Route) -> None:
    response = route.fetch()
    body = response.json()
    route.fulfill(response=response, json=body | {"items": [item | {"late": True} for item in body["items"]]})


def _send_back(page: Page, shift: str) -> None:
    now = dt.datetime.now(dt.UTC).isoformat()

    def answer(route: Route) -> None:
        response = route.fetch(headers=route.request.headers | {"if-none-match": ""})
        kit = response.json()
        plan = {"team": kit["teams"][0]["code"], "point": kit["points"][0]["code"], "day": kit["today"]}
        row = plan | {"id": shift, "started_at": now, "ended_at": now, "note": "", "reason": REASON, "returned_at": now}
        route.fulfill(status=200, body=json.dumps(kit | {"returned": [row]}), content_type="application/json")

    page.route("**/field/api/kit/**", answer)


# --- taps -------------------------------------------------------------------------------------------------------------
def _log(page: Page, service: str) -> None:
    page.locator(f"[data-service={service}]").tap()
    page.get_by_role("button", name=ALONE).tap()
    page.wait_for_selector(".tiles")


def _show(page: Page, screen: str) -> None:
    page.evaluate(f"() => {{ location.hash = '{screen}'; }}")


def _all_sent(page: Page) -> None:
    page.locator(".pill", has_text="Đã gửi hết").wait_for(timeout=60_000)
