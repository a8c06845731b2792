"""Every page, for somebody who may see it, on a phone and on a laptop.

A sound page says nothing on the console, breaks no rule of its Content-Security-Policy, misses no file, does not scroll
sideways on a phone, and holds no serious barrier for people who use it without eyes or without a mouse.
"""

from functools import partial

import pytest
from django.conf import settings
from django.contrib import admin
from pytest_django.live_server_helper import LiveServer

from core.jobs import running
from reports.tallies import refresh
from reports.tallies.slices import Slice
from scripts.chromium import FLAGS, find_shell
from teams.models import ImportRun
from tests import factories
from tests.e2e.served import demo_city
from tests.e2e.visitor import DEVICES, Visitor, open_visitor
from tests.emptying import empty_the_database

# (name, who looks, path); {…} is an attribute of the city in tests/e2e/served.py.
PUBLIC = [
    ("front", None, "/"),
    ("front-found", None, "/?q=vinh+loc"),
    ("front-not-found", None, "/?q=khong-co-noi-nao"),
    ("login", None, "/login/"),
    ("login-inactive", None, "/login/inactive/"),
    ("logout", "viewer", "/logout/"),
    ("password", "viewer", "/password/"),
    ("reauthenticate", "viewer", "/reauthenticate/"),
    ("second-factor", "viewer", "/second-factor/"),
    ("access", "viewer", "/access/"),
    ("access-person", "city", "/access/{leader.pk}/"),
    ("access-factor", "city", "/access/{leader.pk}/factor/"),
    ("access-token", "city", "/access/tokens/{token}/revoke/"),
    ("pass-to-redeem", None, "/field/pass/{pass_code}/"),
    ("verify", None, "/verify/{report_code}/"),
    ("verify-find", None, "/verify/"),
]
FIELD = [
    ("home", "leader", "/field/web/"),
    ("rules", "leader", "/field/web/quy-tac/"),
    ("session-open", "leader", "/field/web/mo-ca/"),
    ("session", "leader", "/field/web/ca/{session.id}/"),
    ("session-same-visit", "leader", "/field/web/ca/{session.id}/?cung=1"),
    ("session-logged", "leader", "/field/web/ca/{session.id}/?ghi={log.id}"),
    ("attendance", "leader", "/field/web/ca/{session.id}/diem-danh/"),
    ("record", "leader", "/field/web/ca/{session.id}/dv/{log.service.code}/"),
    ("record-bulk", "leader", "/field/web/ca/{session.id}/dv/{log.service.code}/so-luong/"),
    ("logs", "leader", "/field/web/ca/{session.id}/luot/"),
    ("undo", "leader", "/field/web/ca/{session.id}/luot/{log.id}/huy/"),
    ("close", "leader", "/field/web/ca/{session.id}/dong/"),
    ("closed", "leader", "/field/web/ca/{closed_own.id}/"),
    ("closed-late", "leader", "/field/web/ca/{old}/"),
    ("returned", "leader", "/field/web/ca/{returned.id}/"),
    ("returned-more", "leader", "/field/web/ca/{returned.id}/?bo-sung=1"),
]
STAFF = [
    ("dashboard-city", "city", "/dashboard/"),
    ("dashboard-unit", "unit", "/dashboard/"),
    ("dashboard-viewer", "viewer", "/dashboard/"),
    ("dashboard-peak", "city", "/dashboard/?day=2023-03-26"),
    ("dashboard-proof", "city", "/dashboard/proof/"),
    ("dashboard-empty", "city", "/dashboard/?day=2020-01-01"),
    ("dashboard-of-a-unit", "city", "/dashboard/?unit=HD-BC&day=2023-03-26"),
    ("board-wall", "city", "/dashboard/wall/"),
    ("board-team", "unit", "/dashboard/team/{team.code}/"),
    ("board-boundaries", "city", "/dashboard/boundaries/"),
    ("board-map", "city", "/dashboard/w/map/"),
    ("board-hours", "city", "/dashboard/w/hours/"),
    ("board-targets", "city", "/dashboard/w/targets/"),
    ("board-units", "city", "/dashboard/w/units/"),
    ("board-points", "city", "/dashboard/w/points/"),
    ("board-devices", "city", "/dashboard/w/devices/"),
    ("board-flags", "city", "/dashboard/w/flags/"),
    ("board-flags-none", "city", "/dashboard/w/flags/?day=2020-01-01"),
    ("board-services-none", "city", "/dashboard/w/services/?day=2020-01-01"),
    ("plan-campaigns", "city", "/plan/"),
    ("plan-campaigns-none", "unit", "/plan/?q=khong-co"),
    ("plan-campaign-new", "city", "/plan/campaigns/new/"),
    ("plan-campaign", "city", "/plan/campaigns/{campaign}/"),
    ("plan-campaign-edit", "city", "/plan/campaigns/{campaign}/edit/"),
    ("plan-day", "unit", "/plan/days/{campaign_day}/"),
    ("plan-day-viewer", "viewer", "/plan/days/{campaign_day}/"),
    ("plan-board", "unit", "/plan/days/{campaign_day}/board/"),
    ("plan-deploy", "unit", "/plan/days/{campaign_day}/deploy/"),
    ("plan-import", "unit", "/imports/new/deployments/{campaign_day}/"),
    ("plan-deployment", "unit", "/plan/deployments/{deployment}/"),
    ("plan-targets", "city", "/plan/campaigns/{campaign}/targets/"),
    ("plan-targets-one", "city", "/plan/campaigns/{campaign}/targets/set/one/"),
    ("plan-targets-copy", "city", "/plan/campaigns/{campaign}/targets/set/copy/"),
    ("plan-targets-formula", "city", "/plan/campaigns/{campaign}/targets/set/formula/"),
    ("plan-targets-import", "city", "/imports/new/targets/{campaign}/"),
    ("plan-points", "unit", "/plan/points/"),
    ("plan-point-new", "unit", "/plan/points/new/"),
    ("plan-point", "unit", "/plan/points/{point}/"),
    ("plan-calendars", "unit", "/plan/calendars/"),
    ("passes", "unit", "/passes/"),
    ("pass-revoke", "unit", "/passes/{device_pass}/revoke/"),
    ("handout", "unit", "/handout/"),
    ("handout-day", "city", "/handout/day/{campaign_day}/"),
    ("handout-unit", "unit", "/handout/unit/{own_unit}/"),
    ("jobs", "unit", "/jobs/"),
    ("job-open", "unit", "/jobs/{job_open}/"),
    ("job-failed", "unit", "/jobs/{job_failed}/"),
    ("imports", "city", "/imports/"),
    *((f"import-{name}", "city", f"/imports/new/{name}/") for name in ("units", "teams", "past-figures")),
    ("import-volunteers", "unit", "/imports/new/volunteers/"),
    ("past-figures", "unit", "/imports/past-figures/"),
    ("past-figures-nothing", "unit", "/imports/past-figures/?q=khong-co"),
    ("review", "unit", "/review/"),
    ("review-flagged", "city", "/review/?tab=flagged"),
    ("review-none", "unit", "/review/?tab=returned"),
    ("review-not-found", "unit", "/review/?first=2020-01-01&last=2020-01-01"),
    ("review-session", "unit", "/review/{closed_own.id}/"),
    ("review-session-open", "city", "/review/{session.id}/"),
    ("review-session-locked", "city", "/review/{old}/"),
    ("review-take-back", "unit", "/review/{session.id}/take-back/{session.id}/"),
    ("review-adjust", "city", "/review/{old}/take-back/{old_log}/"),
    ("review-late", "city", "/review/late/"),
    ("review-late-unit", "unit", "/review/late/"),
    ("review-locks", "city", "/review/locks/"),
    ("review-lock-new", "city", "/review/locks/new/"),
    ("review-lock-lift", "city", "/review/locks/{lock}/lift/"),
    ("review-adjustments", "unit", "/review/adjustments/"),
    ("office-trail", "city", "/office/trail/"),
    ("office-trail-unit", "unit", "/office/trail/?q=khong-co"),
    ("office-event", "city", "/office/trail/{event}/"),
    ("office-roles", "unit", "/office/roles/"),
    ("office-roles-none", "city", "/office/roles/?q=khong-co-ai"),
    ("office-catalogue", "city", "/office/catalogue/"),
    ("office-catalogue-none", "unit", "/office/catalogue/?day=1990-01-01"),
    ("office-retention", "city", "/office/retention/"),
    ("office-retention-rule", "city", "/office/retention/attendances/"),
    ("office-retention-held", "city", "/office/retention/scene_photos/"),
    ("office-monitor", "city", "/office/monitor/"),
    ("office-person", "unit", "/office/people/{volunteer}/"),
    ("office-person-nameless", "unit", "/office/people/{nameless}/"),
    ("reorganise", "city", "/reorganise/"),
    ("reorganise-new", "city", "/reorganise/new/"),
    ("reorganise-done", "city", "/reorganise/{reform}/"),
    ("reorganise-decide", "city", "/reorganise/{reform}/decide/"),
    ("reorganise-draft", "city", "/reorganise/{reorganisation}/"),
    ("reorganise-draft-decide", "city", "/reorganise/{reorganisation}/decide/"),
    *((f"reorganise-{kind}", "city", f"/reorganise/{{reorganisation}}/steps/{kind}/") for kind in ("open", "split")),
    ("reorganise-discard", "city", "/reorganise/{reorganisation}/discard/"),
    ("reports", "city", "/reports/"),
    ("reports-viewer", "viewer", "/reports/"),
    ("reports-not-found", "city", "/reports/?q=khong-co"),
    ("report-drafts", "unit", "/reports/drafts/"),
    ("report-new", "unit", "/reports/new/"),
    ("report-draft", "unit", "/reports/drafts/{report_draft}/"),
    ("report-draft-edit", "unit", "/reports/drafts/{report_draft}/edit/"),
    ("report-issue-again", "unit", "/reports/drafts/{report_draft}/issue/"),
    ("report-draft-delete", "unit", "/reports/drafts/{report_draft}/delete/"),
    ("report-issued", "viewer", "/reports/{report_issue}/"),
    ("report-templates", "city", "/reports/templates/"),
    ("admin-home", "city", "/admin/"),
    ("admin-home-unit", "unit", "/admin/"),
    ("admin-deploy", "city", "/admin/campaigns/campaignday/{campaign_day}/deploy/"),
    ("admin-deployment-cancel", "city", "/admin/campaigns/deployment/{deployment}/cancel/"),
    ("admin-record-void", "unit", "/admin/services_help/session/{session.id}/void/{log.id}/"),
    ("admin-appointment-end", "unit", "/admin/teams/appointment/{appointment}/end/"),
    ("admin-pass-revoke", "unit", "/admin/teams/devicepass/{device_pass}/revoke/"),
    ("admin-token-revoke", "city", "/admin/teams/apitoken/{token}/revoke/"),
    ("admin-history", "city", "/admin/teams/team/{team.pk}/history/"),
    ("admin-session-photos", "unit", "/admin/services_help/session/{session.id}/change/"),
    ("admin-photo-remove", "unit", "/admin/services_help/session/{session.id}/photo/{photo.id}/remove/"),
    ("admin-phones-unsent", "unit", "/admin/services_help/devicereport/?trouble=unsent"),
    ("admin-search-nothing", "city", "/admin/teams/team/?q=khong-co-doi-nao"),
]
EXPORTS = ["teams/unit", "teams/team", "teams/volunteer", "campaigns/deployment", "services_help/session"]
MODELS = {model._meta.label_lower: model for model in admin.site._registry}
ADDED_BY_HAND = [
    "accounts.user", "campaigns.campaign", "campaigns.campaignday", "campaigns.deployment", "campaigns.supportpoint",
    "campaigns.target", "teams.apitoken", "teams.appointment", "teams.team", "teams.unit", "teams.volunteer",
]  # fmt: skip
CASES = [
    *PUBLIC,
    *((f"field-{name}", who, path) for name, who, path in FIELD),
    *STAFF,
    *((f"export-{name}", "city", f"/admin/{name}/export/") for name in EXPORTS),
]
# By device: what is made for the other one.
FAR_FROM_HOME = {"phone": "/admin/", "laptop": "/field/"}
# A sheet of A4 without the margins that a browser leaves, and the board's, which lies on its side, without its own.
PORTRAIT = DEVICES["paper"]["viewport"]
LANDSCAPE = {"width": 1032, "height": 703}
# Drawn by libraries, out of our reach: (axe's rule, element) -> why it may stay.
KNOWN = {
    ("list", ".select2-selection--multiple > ul"): "select2 puts its button that clears everything between the items",
    (
        "nested-interactive",
        ".opblock-summary-control",
    ): "Swagger UI's row, a button, holds the button that copies its path",
}


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker):
    """One database for the whole file instead of one for each test: a page that is opened writes nothing."""
    with django_db_blocker.unblock():
        yield
        empty_the_database()


@pytest.fixture(scope="module")
def city(db):
    return demo_city()


@pytest.fixture(scope="module")
def server(city):
    live = LiveServer("localhost")
    with pytest.MonkeyPatch.context() as patch:
        for model_admin in admin.site._registry.values():
            patch.setattr(model_admin, "list_per_page", 10)  # ten rows say what a hundred would, in a tenth of the time
        yield live
    live.stop()


@pytest.fixture(scope="module")
def engine(playwright):
    """There are hundreds of pages here, and none needs more of a browser than its engine."""
    shell = playwright.chromium.launch(executable_path=find_shell(), args=FLAGS)
    yield shell
    shell.close()


@pytest.fixture(scope="module")
def visitors(engine, server):
    """By device and role. They stay, so that their browsers need not fetch every style and script again."""
    made: dict[tuple, Visitor] = {}
    yield made
    for visitor in made.values():
        visitor.leave()


@pytest.fixture
def visitor_with(engine, server, city, visitors):
    """``visitor_with("wall", "city")``, ``visitor_with("phone", None)`` for somebody without an account."""
    used: list[Visitor] = []

    def choose(device: str, who: str | None) -> Visitor:
        key = (device, who)
        if key not in visitors:
            user = getattr(city, who) if who else None
            visitors[key] = open_visitor(engine, server.url, DEVICES[device], user=user)
        used.append(visitors[key])
        used[-1].complaints.clear()
        return used[-1]

    yield choose
    assert [complaint for visitor in used for complaint in visitor.complaints] == []


@pytest.fixture(params=["phone", "laptop"])
def visitor_as(request, visitor_with):
    """``visitor_as("leader")``, on each of the two devices that nearly every page is made for."""
    return partial(visitor_with, request.param)


def look(visitor, path: str, *, status: int = 200) -> None:
    """At each size nothing overflows and nothing complains. Barriers are sought on the device that a page is made for,
    and on both where both are usual: to seek them takes most of the time, and what they stand in is the same page."""
    visitor.open(path, status=status)
    assert visitor.wider_than_screen() == []
    if not path.startswith(FAR_FROM_HOME.get(visitor.device, "/admin/")):
        assert visitor.barriers(KNOWN) == []


@pytest.mark.parametrize(("who", "path"), [pytest.param(who, path, id=name) for name, who, path in CASES])
def test_page_is_sound(visitor_as, city, who, path):
    look(visitor_as(who), path.format_map(vars(city)))


# --- where nobody scrolls ---------------------------------------------------------------------------------------------
@pytest.fixture
def busy(city):
    """More turns than the whole city has ever had on a peak day, for as long as the test looks at them."""
    of_day = [Slice(city.day, city.closed.team_id)]
    log = factories.log(city.closed, city.log.service, people=155_000)
    refresh(of_day)
    yield
    factories.void(log)
    refresh(of_day)


def test_wall_shows_everything_at_once_and_large(visitor_with, busy):
    visitor = visitor_with("wall", "city")
    look(visitor, "/dashboard/wall/")
    assert visitor.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert visitor.cut_off() == []
    wider = "figures => figures.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText)"
    assert visitor.page.locator(".wall-figures dd").evaluate_all(wider) == []  # into the next one
    assert visitor.smallest_text("#live") >= (20, "")  # what is read from five metres
    assert visitor.smallest_text(".wall-figures .main:first-child dd:not(.against)") >= (70, "")


def test_board_is_sound_on_a_large_screen(visitor_with):
    visitor = visitor_with("wall", "city")
    look(visitor, "/dashboard/")
    assert visitor.smallest_text("main") >= (12, "")


@pytest.mark.parametrize(
    ("path", "size"),
    [
        pytest.param("/dashboard/", LANDSCAPE, id="board"),
        pytest.param("/review/", PORTRAIT, id="review-queue"),
        pytest.param("/plan/campaigns/{campaign}/targets/", PORTRAIT, id="targets"),
        pytest.param("/review/locks/", PORTRAIT, id="locks"),
    ],
)
def test_page_is_printed_whole_and_without_what_is_pressed(visitor_with, city, path, size):
    visitor = visitor_with("paper", "city")
    page = visitor.page
    page.set_viewport_size(size)
    page.emulate_media(media="print")
    visitor.open(path.format_map(vars(city)))
    assert page.locator("h1:visible").count() == 1
    assert (visitor.wider_than_screen(), visitor.cut_off()) == ([], [])
    # Of links to other lists the one to this is left, which says what the sheet holds.
    pressed = ":is(button, input, select, textarea, .button, .plain, nav a:not([aria-current])):visible"
    assert page.locator(pressed).all_inner_texts() == []


def test_docs_of_the_api_are_sound(visitor_as):
    visitor = visitor_as(None)
    visitor.open("/api/v1/docs/")
    visitor.page.locator(".opblock").first.wait_for()
    assert visitor.wider_than_screen() == []
    assert visitor.barriers(KNOWN) == []


@pytest.mark.parametrize("label", sorted(MODELS))
def test_list_and_record_in_the_admin_are_sound(visitor_as, label):
    visitor = visitor_as("city")
    folder = f"/admin/{label.replace('.', '/')}/"
    look(visitor, folder)
    look(visitor, f"{folder}{MODELS[label]._default_manager.first().pk}/change/")


@pytest.mark.parametrize("label", ADDED_BY_HAND)
def test_new_record_in_the_admin_is_sound(visitor_as, label):
    look(visitor_as("city"), f"/admin/{label.replace('.', '/')}/add/")


def test_refused_form_in_the_admin_is_sound(visitor_as):
    visitor = visitor_as("city")
    visitor.open("/admin/campaigns/campaign/add/")
    with visitor.page.expect_navigation():
        visitor.page.locator("#campaign_form").evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    assert visitor.page.locator(".errornote").count() == 1
    assert visitor.wider_than_screen() == []
    assert visitor.barriers(KNOWN) == []


def test_import_that_is_refused_is_sound(visitor_as):
    visitor = visitor_as("city")
    page = visitor.open("/imports/new/volunteers/")
    rows = "Mã tình nguyện viên,Họ và tên,Mã đơn vị\nTNV-1,,KHONG-CO\nTNV-2,Nguyễn Văn Mẫu,BC-TT\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "danh-sach.csv", "mimeType": "text/csv", "buffer": rows.encode("utf-8-sig")}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Kiểm tra tệp").click()
    assert page.get_by_role("progressbar").is_visible()
    assert visitor.barriers() == []
    running.run(ImportRun.objects.latest("pk").job_id)
    page.get_by_role("heading", name="Các ô cần sửa").wait_for()
    assert visitor.wider_than_screen() == []
    assert visitor.barriers() == []


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        pytest.param(None, "/khong-co-trang-nay/", 404, id="404"),
        pytest.param("city", "/admin/khong-co/", 404, id="404-admin"),
        pytest.param("leader", "/passes/", 403, id="403"),
        pytest.param(None, "/field/pass/khong-co-the-nay/", 410, id="410"),
        pytest.param(None, "/test/400/", 400, id="400"),
        pytest.param(None, "/test/429/", 429, id="429"),
        pytest.param(None, "/test/500/", 500, id="500"),
    ],
)
def test_refusal_is_a_sound_page(visitor_as, settings, who, path, status):
    settings.ROOT_URLCONF = "tests.e2e.urls"
    visitor = visitor_as(who)
    look(visitor, path, status=status)
    assert visitor.page.locator("h1").count() == 1


def test_form_without_its_cookie_is_refused_on_a_sound_page(visitor_as):
    visitor = visitor_as(None)
    visitor.open("/login/")
    visitor.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    visitor.page.fill("[name=login]", "ai-do")
    visitor.page.fill("[name=password]", "mat-khau-nao-do")
    visitor.page.click("main form .button")
    assert visitor.page.title().startswith("Trang đã để quá lâu")
    assert visitor.wider_than_screen() == []
    assert visitor.barriers(KNOWN) == []


@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_front_without_data_is_sound(visit, device):
    visitor = visit(device)
    look(visitor, "/")
