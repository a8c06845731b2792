"""The counter at which a paper is shown to be genuine: no account, no small counts, no trying out of codes."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains
from rest_framework.settings import api_settings

from core.jobs import services
from reports.official import files
from reports.official.content import Headline, Report
from reports.official.models import CODE_ALPHABET, CODE_LENGTH
from reports.official.verifying import public_figures
from tests import factories
from tests.factories import PEAK_DAY
from tests.reports.official import city_with_a_shift, count_again, draft_of, issued

pytestmark = pytest.mark.django_db
FIND = reverse("public:verify_find")


def address(issue) -> str:
    return reverse("public:verify", args=[issue.code])


@pytest.fixture
def world(db, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "ring", lambda *_args, **_options: None)
    monkeypatch.setattr(files, "render", lambda *_args: b"file")
    return city_with_a_shift()


@pytest.fixture
def draft(world):
    return draft_of(world, world.city_staff, kind="day", starts_on=PEAK_DAY, ends_on=PEAK_DAY)


def test_paper_is_told_by_its_code_to_anybody(client, world, draft, no_writes, django_assert_num_queries):
    issue = issued(draft, world.city_staff)
    assert len(issue.code) == CODE_LENGTH
    assert set(issue.code) <= set(CODE_ALPHABET)
    with no_writes(), django_assert_num_queries(2):
        page = client.get(address(issue))
    assertContains(page, "BAN CHẤP HÀNH ĐOÀN TP.\u00a0HỒ CHÍ MINH")
    assertContains(page, draft.subject)
    assertContains(page, issue.digest)
    # As at the foot of each page of the paper.
    assertContains(page, f"{issue.digest[:4]} {issue.digest[4:8]} {issue.digest[8:12]} {issue.digest[12:16]}")
    assertContains(page, "là bản mới nhất")
    assert [each["value"] for each in page.context["figures"]][:3] == [11, 11, 1]


def test_later_version_is_told(client, world, draft):
    first = issued(draft, world.city_staff)
    second = issued(draft, world.city_staff, reason="Sửa lời văn")
    page = client.get(address(first))
    assertContains(page, "đã có bản mới hơn")
    assertContains(page, address(second))
    assertNotContains(client.get(address(second)), "đã có bản mới hơn")


def test_what_is_told_stays_when_figures_change(client, world, draft):
    issue = issued(draft, world.city_staff)
    before = client.get(address(issue)).context["figures"]
    factories.log(world.session, world.services[0], people=50)
    count_again(world)
    assert client.get(address(issue)).context["figures"] == before


@pytest.mark.parametrize(
    ("people", "turns", "told"),
    [
        (5, 7, [5, 7]),
        (4, 4, ["dưới 5", "dưới 5"]),
        # Seven turns of three people are as telling as the three.
        (3, 7, ["dưới 5", "không công bố"]),
        (0, 0, [0, 0]),
    ],
)
def test_small_counts_of_citizens_are_not_told(people, turns, told):
    counts = (Headline("people", "Lượt người", people, True), Headline("service_turns", "Lượt dịch vụ", turns, True))
    sessions = Headline("sessions", "Ca hỗ trợ", 1)
    report = Report(None, "", (), None, "", "", headlines=(*counts, sessions))
    assert [each["value"] for each in public_figures(report)] == [*told, 1]


@pytest.mark.parametrize("code", ["khongcobaocaonay", "ABC", "a_b-c"])
def test_unknown_code_is_kindly_refused(client, world, code):
    page = client.get(reverse("public:verify", args=[code]))
    assert page.status_code == 404
    assertContains(page, "không phát hành báo cáo nào có mã này", status_code=404)


def test_code_may_be_typed_as_it_is_read(client, world, draft):
    issue = issued(draft, world.city_staff)
    typed = f" {issue.code[:8].upper()} {issue.code[8:]} "
    for given in (typed, issue.url):
        assertContains(client.get(FIND, {"code": given}, follow=True), issue.digest)
    assertContains(client.get(FIND), "Mã 24 chữ ở cuối địa chỉ")
    assert client.get(FIND, {"code": "mã có dấu \x00"}).status_code == 404


def test_codes_are_not_tried_out(client, world, monkeypatch):
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", {"anonymous": "3/min"})
    answers = [client.get(reverse("public:verify", args=["x"])) for _number in range(5)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
