"""Handing out in a real browser: what is ordered is followed until its file is there, with JavaScript and without."""

import pytest
from playwright.sync_api import expect

from core.dated import today
from core.jobs import running
from core.jobs.models import Job
from tests import factories


@pytest.fixture
def day(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    day = factories.campaign_day(factories.campaign(owner=world.city, name="Ngày cao điểm"), today())
    for team in (world.team, world.team_vinh_loc):
        factories.deployment(team, day)
    return day


def ordered(visitor, day) -> Job:
    """By the buttons alone, from the menu on."""
    page = visitor.open("/dashboard/")
    page.get_by_role("link", name="Phát thẻ", exact=True).click()
    page.get_by_role("link", name="Chọn để in").click()
    page.get_by_role("button", name="Tạo thẻ, làm tệp in").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "0")
    return Job.objects.get()


def test_progress_is_seen_without_reload_until_the_file_is_there(visit, world, day):
    visitor = visit("laptop", user=world.unit_staff)
    job = ordered(visitor, day)
    page = visitor.page
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Dừng việc").focus()
    running.run(job.pk, 0)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    expect(page.get_by_text("Đã tạo mã cho 2/2 đội")).to_be_visible()
    expect(page.get_by_role("button", name="Dừng việc")).to_be_focused()
    running.run(job.pk, 60)
    expect(page.get_by_role("status")).to_have_text(f"{job.title}: Xong")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Tải tệp").click()
    assert taken.value.suggested_filename == f"Thẻ đăng nhập máy {today():%d-%m-%Y}.pdf"
    assert page.evaluate("window.sameDocument")
    assert visitor.barriers() == []


def test_page_renews_itself_without_javascript_until_the_file_is_there(visit, world, day):
    visitor = visit("phone", user=world.unit_staff, java_script_enabled=False)
    page = visitor.open(f"/handout/day/{day.pk}/")
    page.get_by_role("button", name="Tạo thẻ, làm tệp in").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    running.run(Job.objects.get().pk, 60)
    expect(page.get_by_role("link", name="Tải tệp")).to_be_visible()
    assert page.locator("meta[http-equiv=refresh]").count() == 0
