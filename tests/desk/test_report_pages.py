"""Official reports as pages: lists, drafting, two writers at once, issuing with a confirmation, versions, files."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from core.dated import DAY
from core.ids import uuid7
from core.jobs import services
from core.jobs.models import Job
from core.models import AuditEvent
from reports.official import files
from reports.official.models import ReportDraft, ReportIssue
from tests import factories
from tests.factories import PEAK_DAY
from tests.reports.official import city_with_a_shift, count_again, draft_of, issued, run_to_the_end

pytestmark = pytest.mark.django_db
ISSUES, DRAFTS, NEW = reverse("report:issues"), reverse("report:drafts"), reverse("report:draft_add")
OF_PEAK_DAY = {"kind": "day", "starts_on": PEAK_DAY, "ends_on": PEAK_DAY}


@pytest.fixture(autouse=True)
def place(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "ring", lambda *_args, **_options: None)
    monkeypatch.setattr(files, "render", lambda report, form, _template=None: f"{form}:{report.subject}".encode())


@pytest.fixture
def world(db):
    return city_with_a_shift()


@pytest.fixture
def unit(client, world):
    client.force_login(world.unit_staff)
    return client


def own(world, **subject) -> ReportDraft:
    return draft_of(world, world.unit_staff, unit=world.binh_chanh, **(subject or OF_PEAK_DAY))


def foreign(world) -> ReportDraft:
    return draft_of(world, world.bank_staff, unit=world.banks, **OF_PEAK_DAY)


def url(name: str, row=None, *more) -> str:
    return reverse(f"report:{name}", args=[*([row.pk] if row else []), *more])


def form_of(draft: ReportDraft, **changed) -> dict:
    """As the browser sends it."""
    texts = {name: getattr(draft, name) for name in ReportDraft.TEXTS}
    given = texts | {"figures": draft.figures, "template": "", "dated": "", "seen": draft.revision}
    return given | changed


# --- lists ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_list_of_drafts_takes_constant_queries(unit, world, django_assert_num_queries, no_writes, count):
    mine = {own(world) for _number in range(count)}
    foreign(world)
    with django_assert_num_queries(6), no_writes():
        page = unit.get(DRAFTS)
    assert (set(page.context["page"]), "khối Ngân hàng" in page.text) == (mine, False)


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_issues_takes_constant_queries(unit, world, django_assert_num_queries, no_writes, count):
    mine = {issued(own(world), world.unit_staff) for _number in range(count)}
    issued(foreign(world), world.bank_staff)
    with django_assert_num_queries(6), no_writes():
        page = unit.get(ISSUES)
    assert (set(page.context["page"]), "khối Ngân hàng" in page.text) == (mine, False)


def test_lists_are_narrowed_by_words_kind_and_unit(client, world):
    client.force_login(world.city_staff)
    day, bank = own(world), foreign(world)
    whole = own(world, kind="campaign", campaign=world.month)
    assert set(client.get(DRAFTS, {"kind": "campaign"}).context["page"]) == {whole}
    assert set(client.get(DRAFTS, {"unit": world.banks.pk}).context["page"]) == {bank}
    assert set(client.get(DRAFTS, {"q": "ket qua hoat dong", "unit": world.binh_chanh.pk}).context["page"]) == {day}
    assertContains(client.get(DRAFTS, {"q": "khong co gi"}), "Không có bản nháp nào như vậy")
    assertContains(client.get(ISSUES), "Chưa có báo cáo nào")


# --- a draft ----------------------------------------------------------------------------------------------------------
def test_draft_is_proposed_from_the_campaign_and_its_unit(unit, world):
    world.month.plan_number, world.month.theme = "12-KH/TĐTN-PT", "Tuổi trẻ tiên phong"
    world.month.save()
    key = uuid7()
    given = {"key": key, "unit": world.binh_chanh.pk, "kind": "campaign", "campaign": world.month.pk, "figures": "all"}
    page = unit.post(NEW, given)
    draft = ReportDraft.objects.get()
    assert page.url == url("draft_edit", draft)
    assert (draft.starts_on, draft.ends_on, draft.addressee) == (
        None,
        None,
        "Ban Thường vụ Thành Đoàn TP. Hồ Chí Minh",
    )
    assert "Kế hoạch số 12-KH/TĐTN-PT" in draft.opening
    assert "Chủ đề: Tuổi trẻ tiên phong." in draft.steering
    assert draft.issuer.splitlines() == ["THÀNH ĐOÀN TP. HỒ CHÍ MINH", "BCH HUYỆN ĐOÀN BÌNH CHÁNH"]
    # Sent twice, it is one.
    assert unit.post(NEW, given).url == page.url
    assert ReportDraft.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "campaign"}, "campaign"),
        ({"kind": "day"}, "starts_on"),
        ({"kind": "period", "starts_on": "2023-03-26"}, "ends_on"),
        ({"kind": "period", "starts_on": "2023-03-26", "ends_on": "2023-03-25"}, "ends_on"),
        ({"kind": "day", "starts_on": "hôm qua"}, "starts_on"),
        ({"kind": "day", "starts_on": "0202-03-26"}, "starts_on"),
        ({"kind": "period", "starts_on": "2023-03-26", "ends_on": "9999-12-31"}, "starts_on"),
    ],
)
def test_subject_that_is_not_whole_is_told_where(unit, world, given, field):
    page = unit.post(NEW, {"key": uuid7(), "unit": world.binh_chanh.pk, "figures": "all"} | given)
    assert (list(page.context["form"].errors), ReportDraft.objects.count()) == ([field], 0)


def test_unit_of_somebody_else_is_not_offered(unit, world):
    given = {"key": uuid7(), "unit": world.banks.pk, "figures": "all", "kind": "day", "starts_on": "2023-03-26"}
    assert list(unit.post(NEW, given).context["form"].errors) == ["unit"]


def test_draft_shows_its_figures_and_what_is_still_to_be_written(unit, world, no_writes):
    draft = own(world)
    with no_writes():
        page = unit.get(url("draft", draft))
    assertContains(page, "Đã hỗ trợ 11 lượt người với 11 lượt dịch vụ.")
    assertContains(page, "Còn để trống:")
    assertContains(page, "Tổ xung kích Tân Túc")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_draft_of_an_impossible_year_from_before_opens_says_why_and_can_be_deleted(unit, world, day):
    draft = own(world)
    ReportDraft.objects.update(starts_on=day, ends_on=day)
    page = unit.get(url("draft", draft))
    assertContains(page, "Báo cáo chỉ nói được về những ngày từ năm 2000 đến năm 2099.")
    assertNotContains(page, url("draft_issue", draft))
    unit.post(url("draft_issue", draft), {"key": uuid7(), "seen": draft.revision})
    job = run_to_the_end(Job.objects.get())
    assert (job.state, "từ năm 2000 đến năm 2099" in job.error) == ("failed", True)
    unit.post(url("draft_delete", draft))
    assert not ReportDraft.objects.exists()


def test_words_are_saved_and_an_error_loses_nothing(unit, world):
    draft = own(world)
    long = "Đội nào cũng ghi ngay tại chỗ."
    page = unit.post(url("draft_edit", draft), form_of(draft, strengths=long, plan="- Gọi 0912 345 678 để biết thêm"))
    assert list(page.context["form"].errors) == ["plan"]
    assertContains(page, long)
    unit.post(url("draft_edit", draft), form_of(draft, strengths=long, plan="- Năm 2023: 190.962.123 lượt\n\n- Hết."))
    draft.refresh_from_db()
    assert (draft.strengths, draft.plan, draft.revision) == (long, "- Năm 2023: 190.962.123 lượt\n\n- Hết.", 1)
    event = AuditEvent.objects.get(action="reports.draft_changed")
    assert (event.scope_unit, event.data["fields"]) == (world.binh_chanh.pk, ["strengths", "plan"])


@pytest.mark.parametrize(
    "text",
    [
        "079.203.012.345",
        "CMND 023.456.789",
        "079.203.012.345, 1.200 lượt",
        "079 203 012 345",
        "1.079.203.012.345.678 và 023.456.789",
    ],
)
def test_number_of_a_citizens_card_is_refused_however_it_is_grouped(unit, world, text):
    """An issued report stands for good: it cannot be taken out of it again."""
    draft = own(world)
    page = unit.post(url("draft_edit", draft), form_of(draft, plan=text))
    assert list(page.context["form"].errors) == ["plan"]
    draft.refresh_from_db()
    assert draft.plan != text


@pytest.mark.parametrize("text", ["Đạt 190.962 lượt", "Kinh phí 321.500.000 đồng", "1.079.203.012 lượt", "0,5 và 0.5"])
def test_amount_is_kept(unit, world, text):
    draft = own(world)
    unit.post(url("draft_edit", draft), form_of(draft, plan=text))
    draft.refresh_from_db()
    assert draft.plan == text


def test_two_writers_at_once_lose_nothing(client, unit, world):
    """The second is shown what the first has stored, beside the own words, and decides."""
    draft = own(world)
    unit.post(url("draft_edit", draft), form_of(draft, plan="Việc của người thứ nhất"))
    client.force_login(world.city_staff)
    typed = form_of(draft, plan="Việc của người thứ hai")
    page = client.post(url("draft_edit", draft), typed)
    assertContains(page, "vừa lưu bản nháp này")
    assertContains(page, "Việc của người thứ nhất")
    assertContains(page, "Việc của người thứ hai")
    draft.refresh_from_db()
    assert draft.plan == "Việc của người thứ nhất"
    assert page.context["form"]["seen"].value() == draft.revision
    client.post(url("draft_edit", draft), typed | {"seen": draft.revision})
    draft.refresh_from_db()
    assert draft.plan == "Việc của người thứ hai"


def test_draft_is_deleted_only_while_nothing_was_issued(unit, world):
    gone, kept = own(world), own(world)
    issued(kept, world.unit_staff)
    for draft in (gone, kept):
        unit.post(url("draft_delete", draft))
    assert set(ReportDraft.objects.all()) == {kept}


# --- issuing ----------------------------------------------------------------------------------------------------------
def issue_form(page) -> dict:
    form = page.context["form"]
    return {name: form[name].value() for name in ("key", "seen")}


def test_issue_is_confirmed_and_ordered_once(unit, world, settings):
    settings.PUBLIC_URL = "https://xungkichso.example.vn/"
    draft = own(world)
    page = unit.get(url("draft_issue", draft))
    assertContains(page, "không ai sửa được nữa")
    ordered = [unit.post(url("draft_issue", draft), issue_form(page)).url for _twice in range(2)]
    job = Job.objects.get()
    assert ordered == [reverse("jobs:job", args=[job.pk])] * 2
    run_to_the_end(job)
    issue = ReportIssue.objects.get()
    assert issue.url == f"https://xungkichso.example.vn/verify/{issue.code}/"
    assert unit.get(url("of_job", None, job.key)).url == url("issue", issue)
    assertContains(unit.get(reverse("jobs:job", args=[job.pk])), url("of_job", None, job.key))


def test_draft_that_was_changed_after_the_page_was_made_is_looked_at_again(unit, world):
    draft = own(world)
    page = unit.get(url("draft_issue", draft))
    unit.post(url("draft_edit", draft), form_of(draft, plan="Khác"))
    assertContains(unit.post(url("draft_issue", draft), issue_form(page), follow=True), "Bản nháp vừa được sửa")
    assert Job.objects.count() == 0


def test_next_version_asks_why_and_shows_what_differs(unit, world):
    draft = own(world)
    first = issued(draft, world.unit_staff)
    page = unit.get(url("draft_issue", draft))
    assert list(unit.post(url("draft_issue", draft), issue_form(page)).context["form"].errors) == ["reason"]
    factories.log(world.session, world.services[0], people=5)
    count_again(world)
    unit.post(url("draft_issue", draft), issue_form(page) | {"reason": "Bổ sung lượt gửi muộn"})
    run_to_the_end(Job.objects.latest("pk"))
    second = ReportIssue.objects.get(version=2)
    page = unit.get(url("issue", second))
    assertContains(page, "Bổ sung lượt gửi muộn")
    assertContains(page, "Số chung · Lượt người")
    assertContains(unit.get(url("issue", first)), "Đã có bản mới hơn.")
    assertNotContains(page, "Đã có bản mới hơn.")


def test_preview_is_a_job(unit, world):
    draft = own(world)
    page = unit.post(url("draft_preview", draft), {"format": "pdf", "key": uuid7()})
    assert page.url == reverse("jobs:job", args=[Job.objects.get(kind="report.previewing").pk])
    assert unit.post(url("draft_preview", draft), {"format": "xlsx"}).status_code == 404


# --- what is issued ---------------------------------------------------------------------------------------------------
def test_file_is_taken_under_its_vietnamese_name_and_written_down(unit, world):
    issue = issued(own(world), world.unit_staff)
    answer = unit.post(url("file", issue, "docx"))
    assert answer.content == f"docx:{issue.subject}".encode()
    assert answer.headers["Content-Type"] == files.TYPES["docx"]
    assert "filename*=utf-8''B%C3%A1o%20c%C3%A1o%20K%E1%BA%BFt%20qu%E1%BA%A3" in answer.headers["Content-Disposition"]
    event = AuditEvent.objects.get(action="reports.report_file_taken")
    assert (event.actor, event.scope_unit, event.data["format"]) == (world.unit_staff, world.binh_chanh.pk, "docx")
    assert unit.get(url("file", issue, "docx")).status_code == 405
    assert unit.post(url("file", issue, "exe")).status_code == 404


def test_viewer_reads_what_is_issued_and_drafts_nothing(client, world):
    draft = own(world)
    issue = issued(draft, world.unit_staff)
    client.force_login(world.viewer)
    assertContains(client.get(url("issue", issue)), "11")
    assert client.post(url("file", issue, "pdf")).status_code == 200
    for address in (DRAFTS, NEW, url("draft", draft), url("draft_issue", draft)):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("name", ["draft", "draft_edit", "draft_issue", "draft_delete"])
def test_draft_of_another_unit_is_not_there(unit, world, name):
    assert unit.get(url(name, foreign(world))).status_code == 404


def test_issue_of_another_unit_is_not_there(unit, world):
    issue = issued(foreign(world), world.bank_staff)
    assert unit.get(url("issue", issue)).status_code == 404
    assert unit.post(url("file", issue, "pdf")).status_code == 404
    assert unit.get(url("of_job", None, issue.job_key)).status_code == 404


def test_days_may_be_chosen_from_another_page(unit, world):
    page = unit.get(NEW, {"kind": "period", "starts_on": str(PEAK_DAY), "ends_on": str(PEAK_DAY + DAY)})
    assert page.context["form"]["ends_on"].value() == str(PEAK_DAY + DAY)
    assertContains(page, f'<option value="{world.binh_chanh.pk}" selected>')


def test_campaign_leads_to_its_report(client, unit, world):
    page = unit.get(reverse("plan:campaign", args=[world.month.pk]))
    address = f"{NEW}?kind=campaign&campaign={world.month.pk}"
    assertContains(page, address.replace("&", "&amp;"))
    assertContains(unit.get(address), f'<option value="{world.month.pk}" selected>')
    client.force_login(world.viewer)
    assertNotContains(client.get(reverse("plan:campaign", args=[world.month.pk])), NEW)
