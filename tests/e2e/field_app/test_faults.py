"""Bad networks, a full disk, a wrong clock: nothing is lost, nothing is counted twice, the screen tells the truth."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session as Login
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Error

from core.dated import today
from services_help.field import shell
from services_help.models import AssistanceLog, Session
from tests.e2e.field_app.conftest import ALONE, SOON, App
from tests.e2e.field_app.phone import (
    books_agree,
    lines,
    pill_says,
    press_until,
    tap_away,
    town,
    until,
)
from tests.e2e.field_app.proxy import (
    at_most,
    deliver_twice,
    drop_answer,
    empty_answer,
    half_answer,
    page_of,
    pass_on,
    portal_page,
    proxy_before,
    reset_before,
)
from tests.e2e.visitor import DEVICES, open_visitor

pytestmark = pytest.mark.django_db(transaction=True)
LOGS = 6
ENTRIES = LOGS + 1  # the shift is one too


@pytest.fixture
def world(transactional_db):
    return town()


@pytest.fixture
def proxy(live_server):
    with proxy_before(live_server.url) as made:
        yield made


@pytest.fixture
def open_phone(browser, proxy, world):
    """``open_phone()``: the leader's phone behind the proxy; whatever breaks, its page raises no error of its own."""
    made = []

    def open_(script: str = "") -> App:
        visitor = open_visitor(browser, proxy.url, DEVICES["phone"], user=world.leader)
        visitor.context.set_default_timeout(SOON)
        if script:
            visitor.context.add_init_script(script)
        made.append(visitor)
        return App(visitor).open()

    yield open_
    for visitor in made:
        visitor.leave()
    faults = ("answered ", " failed: ", "ERR_", "JSON")
    assert [said for visitor in made for said in visitor.complaints if not any(text in said for text in faults)] == []


@pytest.fixture
def morning(open_phone):
    """A shift and its lines, all of it without network, and nothing sent."""
    app = open_phone().worker_is_there().offline().open_shift()
    tap_away(app, LOGS)
    pill_says(app, f"{ENTRIES} chưa gửi", "chờ mạng")
    return app


def nothing_lost_nothing_twice(app, world, logs: int = LOGS) -> None:
    assert AssistanceLog.objects.live().count() == AssistanceLog.objects.count() == logs
    assert Session.objects.count() == 1
    books_agree(app, world.leader, logs + 1)
    pill_says(app, "Đã gửi hết", "nhận")


# name -> (what every batch meets, whether the server has heard of it all the same)
FAULTS = {
    "answer dropped after commit": (drop_answer, True),
    "connection reset before the server heard": (reset_before, False),
    "connection reset in the middle of the answer": (half_answer, True),
    "empty body": (empty_answer, True),
    "captive portal": (portal_page, False),
    "gateway without a server": (page_of(502), False),
    "storm of 500": (page_of(500), False),
}
TRIES = 12


@pytest.mark.parametrize("name", FAULTS)
def test_fault_that_lasts(name, morning, proxy, world):
    fault, arrives = FAULTS[name]
    proxy.lasts(fault)
    morning.offline(False)
    for tries in range(1, TRIES + 1):
        press_until(morning, lambda wanted=tries: proxy.posts >= wanted)
    # Whatever the server holds by now, the phone has had no word of it.
    pill_says(morning, f"{ENTRIES} chưa gửi", "chờ mạng")
    assert lines() == (LOGS if arrives else 0)
    proxy.lasts(pass_on)
    press_until(morning, lambda: "Đã gửi hết" in morning.page.locator(".pill").text_content())
    nothing_lost_nothing_twice(morning, world)


def test_batch_that_is_delivered_twice_is_counted_once(morning, proxy, world):
    proxy.lasts(deliver_twice)
    morning.offline(False).all_sent()
    nothing_lost_nothing_twice(morning, world)


def test_batch_that_is_too_large_goes_in_smaller_ones(morning, proxy, world):
    proxy.lasts(at_most(900))
    morning.offline(False).all_sent()
    assert proxy.posts > 2
    nothing_lost_nothing_twice(morning, world)


def test_sign_in_that_ends_in_mid_queue_keeps_the_rest_and_the_screen(open_phone, proxy, world):
    app = open_phone().worker_is_there().offline().open_shift()
    tap_away(app, 60)

    def session_ends(exchange) -> None:
        Login.objects.all().delete()
        connection.close()  # of the proxy's thread
        cache.clear()
        pass_on(exchange)

    proxy.meets(pass_on, session_ends)
    app.offline(False)
    pill_says(app, "11 chưa gửi", "cần đăng nhập")
    assert lines() == 49
    # Logging goes on, on the same screen.
    app.log("DVC-NOP")
    pill_says(app, "12 chưa gửi", "cần đăng nhập")
    app.tap("Gửi dữ liệu").sees("Phiên đăng nhập đã hết. Các lượt vẫn nằm trong máy; đăng nhập lại,")
    app.visitor.sign_in(world.leader)
    app.tap("Gửi ngay").all_sent()
    nothing_lost_nothing_twice(app, world, logs=61)


def test_two_tabs_send_each_entry_once(open_phone, proxy, world):
    first = open_phone().worker_is_there().offline().open_shift()
    tap_away(first, 10)
    second = another_tab(first)
    assert second.turns == 10
    tap_away(second, 10)
    # The other tab is told, and counts what both have.
    first.page.wait_for_selector('[data-turns="20"]')
    pill_says(first, "21 chưa gửi")
    pill_says(second, "21 chưa gửi")
    first.offline(False)
    first.all_sent()
    second.all_sent()
    assert proxy.posts == 1
    nothing_lost_nothing_twice(first, world, logs=20)


@pytest.mark.parametrize("days", [-1, 1])
def test_clock_that_is_a_day_wrong_is_noticed_and_corrected(days, open_phone, proxy, world):
    # The clock jumps without network: only the next answer of the server can tell.
    app = open_phone().worker_is_there().offline()
    app.visitor.context.add_init_script(CLOCK % (days * 86_400_000))
    app.reload().open_shift()
    tap_away(app, LOGS)
    app.offline(False).all_sent()
    app.tap("Gửi dữ liệu").sees(
        "Đồng hồ của máy sai hơn 12 giờ. Ứng dụng lấy giờ của máy chủ; hãy chỉnh lại giờ của máy."
    )
    session = Session.objects.get()
    assert session.day == today()
    times = list(AssistanceLog.objects.order_by("happened_at").values_list("happened_at", flat=True))
    # In the order of the taps, all within the shift, and now.
    assert [row.pk for row in AssistanceLog.objects.order_by("happened_at")] == [
        row.pk for row in AssistanceLog.objects.order_by("pk")
    ]
    assert timezone.now() - dt.timedelta(minutes=5) < session.started_at <= times[0] <= times[-1] < timezone.now()
    nothing_lost_nothing_twice(app, world)


# Date alone is wrong, as on a phone set by hand; what measures durations goes on.
CLOCK = """(() => {
  const Right = Date, by = %d;
  globalThis.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() + by); }
    static now() { return Right.now() + by; }
  };
})()"""


def test_full_disk_is_told_and_the_entry_is_taken_once_there_is_room(browser, proxy, world):
    visitor = open_visitor(browser, proxy.url, DEVICES["phone"], user=world.leader)
    visitor.context.set_default_timeout(SOON)
    # Before the first write: later, Chromium goes by the figure that it has in mind.
    quota = {"origin": proxy.url, "quotaSize": 4_000_000}
    visitor.context.new_cdp_session(visitor.page).send("Storage.overrideQuotaForOrigin", quota)
    app = App(visitor).open().worker_is_there().open_shift().all_sent()
    app.log("DVC-NOP").all_sent()
    app.offline().page.evaluate(FILL)

    app.touch(app.tile("DVC-NOP")).tap(ALONE)
    app.sees("Chưa ghi được: máy hết chỗ hoặc trình duyệt chặn lưu.")
    # Nothing is said to be recorded, and the choice is still there.
    pill_says(app, "Đã gửi hết")
    assert app.page.locator("[data-turns]").count() == 0
    app.page.evaluate("() => new Promise((done) => { indexedDB.deleteDatabase('ballast').onsuccess = done; })")
    app.tap(ALONE).page.wait_for_selector('[data-turns="2"]')
    pill_says(app, "1 chưa gửi")
    app.offline(False).all_sent()
    nothing_lost_nothing_twice(app, world, logs=2)
    visitor.leave()


# Takes all the room there is, to the last kilobyte.
FILL = """async () => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("ballast");
    asked.onupgradeneeded = () => asked.result.createObjectStore("weights", { autoIncrement: true });
    asked.onsuccess = () => done(asked.result);
  });
  const fits = (size) => new Promise((done) => {
    const tx = db.transaction("weights", "readwrite", { durability: "strict" });
    tx.objectStore("weights").add(crypto.getRandomValues(new Uint8Array(size)));
    tx.oncomplete = () => done(true);
    tx.onabort = () => done(false);
  });
  for (let size = 65536; size >= 64; size /= 2) while (await fits(size));
  db.close();
}"""


def test_new_version_waits_for_what_is_half_entered_and_costs_nothing_unsent(morning, proxy, world, monkeypatch):
    old = shell.release().version
    morning.reload().page.wait_for_selector(".tiles")
    # Online again, but the portal's batches fail: all of it is still unsent when the new version comes.
    proxy.lasts(page_of(502))
    morning.offline(False)
    morning.touch(morning.tile("DVC-NOP")).sees("Kết quả?").page.evaluate("() => { globalThis.before = true; }")
    new = new_version_comes(morning, monkeypatch)
    assert kept(morning) == {f"xks-field-{old}", f"xks-field-{new}"}
    look_for_versions(morning)
    assert (is_waiting(morning), is_replaced(morning)) == (True, False)

    # Once it is entered, the new version may come at any moment.
    morning.sees("Kết quả?").tap(ALONE).page.wait_for_selector(f'[data-turns="{LOGS + 1}"]')
    until(lambda: is_replaced(morning), morning)
    morning.ready().page.wait_for_selector(f'[data-turns="{LOGS + 1}"]')
    until(lambda: kept(morning) == {f"xks-field-{new}"}, morning)
    pill_says(morning, f"{ENTRIES + 1} chưa gửi", "chờ mạng")
    proxy.lasts(pass_on)
    press_until(morning, lambda: "Đã gửi hết" in morning.page.locator(".pill").text_content())
    nothing_lost_nothing_twice(morning, world, logs=LOGS + 1)


def test_new_version_that_one_tab_lets_in_waits_for_what_another_has_half_entered(open_phone, world, monkeypatch):
    first = open_phone().worker_is_there().open_shift().all_sent().reload()
    second = another_tab(first)
    second.touch(second.tile("DVC-NOP")).tap("Ghi cho cả nhóm").tap("Thêm 5: Số người")
    for tab in (first, second):
        tab.page.evaluate("() => { globalThis.before = true; }")
    new_version_comes(first, monkeypatch)
    until(lambda: is_replaced(first), first)
    # Longer than a page would take to be loaded anew.
    second.page.wait_for_timeout(2_500)
    assert not is_replaced(second)
    second.tap(ALONE).page.wait_for_selector('[data-turns="7"]')
    until(lambda: is_replaced(second), second)
    second.ready().all_sent()
    nothing_lost_nothing_twice(second, world, logs=1)


def test_app_that_is_taken_off_the_phones_leaves_what_is_unsent_and_comes_back(morning, proxy, world, settings):
    morning.reload().page.wait_for_selector(".tiles")
    proxy.lasts(page_of(502))
    morning.offline(False)
    settings.FIELD_APP_OFF = True
    look_for_versions(morning)
    # Whoever has it open is led to the pages that need no app: by the page or by the worker, whichever comes first.
    until(lambda: "/field/web/" in morning.page.url and is_gone(morning), morning)
    morning.page.goto("/field/")
    assert morning.page.url.endswith("/field/web/")
    assert (morning.page.evaluate(UNSENT), lines()) == (ENTRIES, 0)

    settings.FIELD_APP_OFF = False
    proxy.lasts(pass_on)
    morning.open().all_sent().worker_is_there()
    nothing_lost_nothing_twice(morning, world)


WORKERS = "() => navigator.serviceWorker.getRegistrations().then((found) => found.length)"
UNSENT = """() => new Promise((done) => {
  indexedDB.open("xks-field").onsuccess = ({ target: { result } }) => {
    const rows = result.transaction("ops").objectStore("ops").getAll();
    rows.onsuccess = () => done(rows.result.filter(({ state }) => state === "queued").length, result.close());
  };
})"""


def new_version_comes(app: App, monkeypatch) -> str:
    """It is there whole, beside the one in use."""
    written = shell._shell
    monkeypatch.setattr(shell, "_shell", lambda names: written(names) + b"<!-- a new version -->")
    app.page.evaluate("() => navigator.serviceWorker.getRegistration().then((found) => found.update())")
    new = shell.release().version
    until(lambda: f"xks-field-{new}" in kept(app) and is_waiting(app), app)
    return new


def another_tab(app: App) -> App:
    tab = App(app.visitor)
    tab.page = app.visitor.context.new_page()
    tab.page.goto(app.page.url)
    tab.ready().page.wait_for_selector(".tiles")
    return tab


def kept(app: App) -> set[str]:
    return set(app.page.evaluate("() => caches.keys()"))


def is_waiting(app: App) -> bool:
    return app.page.evaluate("() => navigator.serviceWorker.getRegistration().then((found) => !!found.waiting)")


def is_gone(app: App) -> bool:
    try:
        return kept(app) == set() and not app.page.evaluate(WORKERS)
    except Error:  # the page is on its way to another
        return False


def is_replaced(app: App) -> bool:
    try:
        return app.page.evaluate("() => !globalThis.before")
    except Error:  # it is being loaded anew
        return False


def look_for_versions(app: App) -> None:
    """As when the phone is taken out of the pocket."""
    app.page.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")
