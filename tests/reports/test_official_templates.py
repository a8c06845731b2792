"""The office's own Word forms: refused with what is wrong, kept in versions, chosen per draft, never changed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django.asserts import assertContains

from core.errors import DomainError, NotAllowed
from core.jobs import services
from core.models import AuditEvent
from reports.official import files, layouts
from reports.official.drafting import save_draft
from reports.official.models import ReportTemplate
from reports.official.word_forms import MOST_BYTES, UnusableTemplate, add_template, retire_template
from teams.access import access_of_user
from tests.reports.official import PERIOD, draft_of, issued

pytestmark = pytest.mark.django_db
LIST = reverse("report:templates")


@pytest.fixture
def any_file(monkeypatch):
    """What makes a file usable is the layouts' to know, and tested there."""
    monkeypatch.setattr(
        layouts, "template_problems", lambda data: [] if data.startswith(b"PK") else ["Không phải Word."]
    )


def added(world, data: bytes = b"PK 1", *, name: str = "Mẫu Thành Đoàn", unit=None) -> ReportTemplate:
    return add_template(name=name, unit=unit, data=data, access=access_of_user(world.city_staff))


def test_form_of_the_portal_itself_is_usable(world):
    template = added(world, layouts.default_template())
    assert (template.version, bytes(template.data)) == (1, layouts.default_template())


def test_newer_file_of_the_same_name_is_the_next_version(world, any_file):
    first = added(world)
    assert added(world) == first
    second = added(world, b"PK 2")
    assert (first.version, second.version) == (1, 2)
    assert bytes(ReportTemplate.objects.get(pk=first.pk).data) == b"PK 1"
    assert AuditEvent.objects.filter(action="reports.template_added").count() == 2


@pytest.mark.parametrize(("data", "told"), [(b"%PDF", "Không phải Word."), (b"PK" + b" " * MOST_BYTES, "2 MB")])
def test_file_that_is_of_no_use_is_refused_with_what_is_wrong(world, any_file, data, told):
    with pytest.raises(UnusableTemplate, match=told):
        added(world, data)
    assert not ReportTemplate.objects.exists()


def test_only_the_city_keeps_forms(world, any_file):
    template = added(world)
    access = access_of_user(world.unit_staff)
    with pytest.raises(NotAllowed):
        add_template(name="Mẫu của đơn vị", unit=world.binh_chanh, data=b"PK", access=access)
    with pytest.raises(NotAllowed):
        retire_template(template=template, access=access)


def test_form_is_chosen_per_draft_and_stays_with_what_was_issued(world, any_file, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "ring", lambda *_args, **_options: None)
    monkeypatch.setattr(files, "render", lambda _report, form, template=None: f"{form}:{template}".encode())
    draft, access = draft_of(world, world.city_staff, **PERIOD), access_of_user(world.city_staff)
    template = added(world)
    draft = save_draft(draft=draft, seen=draft.revision, access=access, template=template)
    issue = issued(draft, world.city_staff)
    retire_template(template=template, access=access)
    assert issue.template == template
    assert files.read(issue.files.get(format="docx")) == b"docx:b'PK 1'"
    # Retired, it is not chosen anew; who has it keeps it.
    other = draft_of(world, world.city_staff, **PERIOD)
    with pytest.raises(DomainError, match="không còn dùng được"):
        save_draft(draft=other, seen=other.revision, access=access, template=template)
    draft = save_draft(draft=draft, seen=draft.revision, access=access, template=template, plan="Sửa chữ")
    assert draft.template == template


def test_form_of_one_unit_is_not_offered_to_another(client, world, any_file):
    everybodys, banks = added(world), added(world, b"PK 3", name="Mẫu khối Ngân hàng", unit=world.banks)
    draft = draft_of(world, world.unit_staff, unit=world.binh_chanh, **PERIOD)
    client.force_login(world.unit_staff)
    offered = client.get(reverse("report:draft_edit", args=[draft.pk])).context["form"].fields["template"].queryset
    assert set(offered) == {everybodys}
    with pytest.raises(DomainError):
        save_draft(draft=draft, seen=0, access=access_of_user(world.unit_staff), template=banks)


def test_form_is_sent_on_the_page_and_taken_back_from_it(client, world, any_file):
    client.force_login(world.city_staff)
    sent = {"name": "Mẫu mới", "unit": "", "file": SimpleUploadedFile("mau.docx", b"PK mau")}
    assertContains(client.post(LIST, sent, follow=True), "Đã nhận mẫu “Mẫu mới”, bản 1.")
    template = ReportTemplate.objects.get()
    assert client.get(reverse("report:template_file", args=[template.pk])).content == b"PK mau"
    bad = {"name": "Mẫu xấu", "unit": "", "file": SimpleUploadedFile("mau.docx", b"khong phai")}
    page = client.post(LIST, bad)
    assert page.context["form"].errors["file"] == ["Không phải Word."]
    assertContains(page, "Mẫu xấu")
    client.post(reverse("report:template_retire", args=[template.pk]))
    assertContains(client.get(LIST), "Thôi dùng")
    assert not ReportTemplate.objects.usable().exists()


def test_default_form_is_there_to_begin_from(client, world):
    client.force_login(world.unit_staff)
    assert client.get(reverse("report:template_default")).content == layouts.default_template()


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_forms_takes_constant_queries(client, world, any_file, django_assert_num_queries, no_writes, count):
    for number in range(count):
        added(world, f"PK {number}".encode())
    client.force_login(world.city_staff)
    with django_assert_num_queries(6), no_writes():
        page = client.get(LIST)
    assert len(page.context["page"]) == count
