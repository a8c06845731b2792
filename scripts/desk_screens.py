"""Every screen of the command desk on a phone, a laptop and a wall, and as it comes out of the printer.

Part of `make screenshots`; a screen that is no longer where its way leads stops the run, so that none is forgotten.
"""

import io
from collections.abc import Callable, Iterator

import openpyxl
from playwright.sync_api import Page

CITY, UNIT, VIEWER = "demo.thanhdoan", "demo.binhchanh", "demo.xem"
PRINT = "print"
# Width and height; the last one is a sheet of A4 at 96 dots an inch.
SIZES = {"phone": (360, 740), "laptop": (1366, 768), "wall": (1920, 1080), PRINT: (794, 1123)}
PEAK = 'main a[href^="/plan/campaigns/"]:has-text("Ngày hoạt động cao điểm")'
MONTH = 'main a[href^="/plan/campaigns/"]:has-text("Tháng Thanh niên")'
DAY, SESSION = 'main a[href^="/plan/days/"]', 'main th a[href^="/review/"]'
FIRST_TEAM = 'main a[href^="/dashboard/team/"]'
# The reader, the address, and what is clicked from there on: keys of rows differ from one portal to the next.
type Way = tuple[str, str, tuple[str, ...]]
SCREENS: dict[str, Way] = {
    "plan": (CITY, "/plan/", ()),
    "plan-nothing": (CITY, "/plan/?q=khong-co", ()),
    "plan-campaign": (CITY, "/plan/", (PEAK,)),
    "plan-campaign-new": (CITY, "/plan/campaigns/new/", ()),
    "plan-campaign-edit": (CITY, "/plan/", (PEAK, "a[href$='/edit/']")),
    "plan-day": (CITY, "/plan/", (PEAK, DAY)),
    "plan-day-viewer": (VIEWER, "/plan/", (PEAK, DAY)),
    "plan-board": (CITY, "/plan/", (PEAK, DAY, "a[href$='/board/']")),
    "plan-deploy": (UNIT, "/plan/", (PEAK, DAY, "a[href$='/deploy/']")),
    "plan-deployment": (UNIT, "/plan/", (PEAK, DAY, "a[href^='/plan/deployments/']")),
    "plan-import": (CITY, "/plan/", (PEAK, DAY, "a[href^='/imports/new/']")),
    "plan-targets": (CITY, "/plan/", (MONTH, "a[href$='/targets/']")),
    "plan-targets-one": (CITY, "/plan/", (MONTH, "a[href$='/targets/']", "a[href$='/one/']")),
    "plan-targets-copy": (CITY, "/plan/", (PEAK, "a[href$='/targets/']", "a[href$='/copy/']")),
    "plan-points": (UNIT, "/plan/points/", ()),
    "plan-point": (UNIT, "/plan/points/", ("main th a[href^='/plan/points/']",)),
    "plan-calendars": (UNIT, "/plan/calendars/", ()),
    "handout": (CITY, "/handout/", ()),
    "handout-day": (CITY, "/handout/", ('main a[href^="/handout/day/"]',)),
    "handout-passes": (UNIT, "/passes/", ()),
    "jobs": (CITY, "/jobs/", ()),
    "board-peak": (CITY, "/dashboard/?day={peak_day}", ()),
    "board-today": (CITY, "/dashboard/", ()),
    "board-unit": (UNIT, "/dashboard/?day={peak_day}", ()),
    "board-empty": (CITY, "/dashboard/?day=2020-01-01", ()),
    "board-wall": (CITY, "/dashboard/wall/?day={peak_day}", ()),
    "board-map": (CITY, "/dashboard/w/map/?day={peak_day}", ()),
    "board-ranking": (CITY, "/dashboard/w/units/?day={peak_day}", ()),
    "board-team": (CITY, "/dashboard/w/teams/?day={peak_day}", (FIRST_TEAM,)),
    "board-explain": (CITY, "/dashboard/?day={peak_day}", ("main .why-link",)),
    "board-proof": (CITY, "/dashboard/proof/", ()),
    "board-boundaries": (CITY, "/dashboard/boundaries/", ()),
    "reorganise": (CITY, "/reorganise/", ()),
    "reorganise-done": (CITY, "/reorganise/", ('main th a[href^="/reorganise/"]',)),
    "reorganise-decide": (CITY, "/reorganise/", ('main th a[href^="/reorganise/"]', "main a[href$='/decide/']")),
    "reorganise-new": (CITY, "/reorganise/new/", ()),
    "imports": (CITY, "/imports/", ()),
    "imports-units": (CITY, "/imports/new/units/", ()),
    "imports-past": (CITY, "/imports/past-figures/", ()),
    "office-trail": (CITY, "/office/trail/", ()),
    "office-event": (CITY, "/office/trail/", ('main tbody a[href^="/office/trail/"]',)),
    "office-roles": (CITY, "/office/roles/", ()),
    "office-catalogue": (CITY, "/office/catalogue/", ()),
    "office-retention": (CITY, "/office/retention/", ()),
    "office-retention-rule": (CITY, "/office/retention/", ('main tbody a[href^="/office/retention/"]',)),
    "office-monitor": (CITY, "/office/monitor/", ()),
    "access": (CITY, "/access/", ()),
    "second-factor": (CITY, "/second-factor/", ()),
    "reports": (CITY, "/reports/", ()),
    "report-drafts": (UNIT, "/reports/drafts/", ()),
    "report-new": (UNIT, "/reports/new/", ()),
    "report-templates": (CITY, "/reports/templates/", ()),
    "report-verify": (VIEWER, "/verify/", ()),
    "review": (CITY, "/review/", ()),
    "review-unit": (UNIT, "/review/", ()),
    "review-returned": (CITY, "/review/?tab=returned", ()),
    "review-session": (CITY, "/review/", (SESSION,)),
    "review-take-back": (CITY, "/review/", (SESSION, "a[href*='/take-back/']")),
    "review-late": (CITY, "/review/late/", ()),
    "review-locks": (CITY, "/review/locks/", ()),
    "review-adjustments": (CITY, "/review/adjustments/", ()),
}


def go(page: Page, steps: tuple[str, ...]) -> None:
    for step in steps:
        link = page.locator(step).first
        link.wait_for(state="attached")
        # Some stand in a part that is folded up on a small screen.
        page.goto(link.get_attribute("href"), wait_until="networkidle")


def press(page: Page, label: str) -> None:
    with page.expect_navigation(wait_until="networkidle"):
        page.get_by_role("button", name=label).first.click()


# --- screens that answer a form -------------------------------------------------------------------------------------
def preview_of_file(page: Page, _demo: dict) -> None:
    """Good rows, one that clashes, one that is wrong."""
    go(page, (PEAK, DAY, "a[href^='/imports/new/']"))
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in (
        ("Đội hình", "Điểm hỗ trợ", "Từ giờ", "Đến giờ"),
        ("XK-BC-02", "", "17:30", "19:00"),
        ("XK-BC-04", "", "08:00", "09:00"),
        ("Đội không có thật", "", "08:00", "09:00"),
    ):
        book.active.append(row)
    book.save(stream)
    file = {"name": "phan-cong.xlsx", "mimeType": "application/octet-stream", "buffer": stream.getvalue()}
    page.set_input_files("input[type=file]", file)
    press(page, "Kiểm tra tệp")
    page.get_by_role("button", name="Kiểm tra lại").wait_for()  # a worker reads it


def issued_report(page: Page, _demo: dict) -> None:
    page.get_by_label("Cả chiến dịch").check()
    page.select_option("[name=campaign]", label="Tháng Thanh niên năm 2023")
    press(page, "Soạn bản nháp")
    press(page, "Lưu bản nháp")
    go(page, ("main a[href$='/issue/']",))
    press(page, "Phát hành")
    page.get_by_role("link", name="Xem báo cáo đã phát hành").wait_for()
    go(page, ("main a[href^='/reports/']",))


def preview_of_targets(page: Page, _demo: dict) -> None:
    go(page, (PEAK, "a[href$='/targets/']", "a[href$='/formula/']"))
    page.select_option("[name=unit]", index=1)
    page.select_option("[name=measure]", index=1)
    page.fill("[name=rate]", "12,5")
    press(page, "Xem trước")


def preview_of_lock(page: Page, demo: dict) -> None:
    page.select_option("[name=unit]", index=1)
    for name in ("starts_on", "ends_on"):
        page.fill(f"[name={name}]", demo["peak_day"])
    page.fill("[name=reason]", "Chốt số ngày cao điểm")
    press(page, "Xem trước")


# A form filled in, up to the page that answers; only a report is stored.
DEEDS: dict[str, tuple[str, str, Callable[[Page, dict], None]]] = {
    "plan-import-preview": (CITY, "/plan/", preview_of_file),
    "plan-targets-preview": (CITY, "/plan/", preview_of_targets),
    "report-issued": (CITY, "/reports/new/", issued_report),
    "review-lock-preview": (CITY, "/review/locks/new/", preview_of_lock),
}


def desk_pages(photographer) -> Iterator[tuple[str, Page]]:
    """(name of the picture, page that shows it), each page once and then in every size."""
    for name, page in _opened(photographer):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(media="print" if size == PRINT else "screen")
            yield f"desk-{name}-print" if size == PRINT else f"desk-{name}", page
        page.close()


def _opened(photographer) -> Iterator[tuple[str, Page]]:
    for name, (username, path, steps) in SCREENS.items():
        page = photographer.page("laptop", username)
        page.goto(path.format_map(photographer.demo), wait_until="networkidle")
        go(page, steps)
        yield name, page
    for name, (username, path, act) in DEEDS.items():
        page = photographer.page("laptop", username)
        page.goto(path, wait_until="networkidle")
        act(page, photographer.demo)
        yield name, page
