"""Two files of the same rows at one moment, each with a worker and a connection of its own."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from core.dated import today
from core.errors import DomainError
from core.jobs.models import Job
from core.jobs.work import Work
from teams.access import access_of_user
from teams.forgetting import NOBODY, anonymise
from teams.imports import TeamResource, VolunteerResource
from teams.imports.files import ExcelFile
from teams.imports.flow import look, take_in
from teams.models import Team, Unit
from teams.tree import lock_tree
from tests import factories
from tests.services_help.test_review_at_once import Staff
from tests.services_help.test_sync_at_once import until
from tests.teams.spreadsheets import SQUAD, TEAMS, VOLUNTEERS, workbook

pytestmark = pytest.mark.django_db(transaction=True)


def dataset():
    return ExcelFile().create_dataset(workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", "01/01/2023")))


def test_two_files_of_the_same_rows_store_them_once(transactional_db):
    city = factories.small_city()
    access = access_of_user(city.city_staff)
    shown = look(TeamResource(access), dataset()).digest
    store = lambda: take_in(TeamResource(access), dataset(), shown=shown, file_name="doi-hinh.xlsx")  # noqa: E731
    second = Staff(store)
    with transaction.atomic():
        store()
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(Exception, match="không còn cho đúng kết quả đã xem"):
        second.result()
    assert Team.objects.filter(code="TO-MOI").count() == 1


def stored_later(resource, sheet: bytes, shown: str) -> Staff:
    """As a worker stores it."""
    resource.keeps_before = True
    dataset = ExcelFile().create_dataset(sheet)
    return Staff(lambda: take_in(resource, dataset, shown=shown, file_name="danh-sach.xlsx"))


def test_name_that_is_forgotten_at_this_moment_does_not_come_back_by_a_file(transactional_db):
    city = factories.small_city()
    access, volunteer = access_of_user(city.city_staff), factories.volunteer("TNV-1", unit=city.tan_tuc)
    sheet = workbook(VOLUNTEERS, ("TNV-1", "Nguyễn Văn Mới", "BC-TT"))
    shown = look(VolunteerResource(access), ExcelFile().create_dataset(sheet)).digest
    second = stored_later(VolunteerResource(access), sheet, shown)
    with transaction.atomic():
        anonymise([volunteer], by=city.city_staff, reason="Theo yêu cầu")
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(DomainError, match="không còn cho đúng kết quả đã xem"):
        second.result()
    volunteer.refresh_from_db()
    assert volunteer.full_name == NOBODY


def test_file_puts_no_team_into_a_unit_that_is_being_closed(transactional_db):
    city = factories.small_city()
    access, sheet = access_of_user(city.city_staff), workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", "01/01/2023"))
    shown = look(TeamResource(access), dataset()).digest
    second = stored_later(TeamResource(access), sheet, shown)
    with transaction.atomic():
        lock_tree()
        Unit.objects.filter(pk=city.tan_tuc.pk).update(valid_to=today())
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(DomainError, match="không còn cho đúng kết quả đã xem"):
        second.result()
    assert not Team.objects.filter(code="TO-MOI").exists()


def test_progress_is_seen_from_within_the_transaction_and_keeps_the_lease(transactional_db):
    """The bar moves though nothing is committed; and what was told goes with the transaction's own word for it."""
    city = factories.small_city()
    job = Job.objects.create(kind="import.teams", title="Nhập", right="org.manage", ordered_by=city.city_staff)
    lease, until_when = uuid4(), timezone.now()
    Job.objects.filter(pk=job.pk).update(state="running", lease=lease, leased_until=until_when)
    seen = Staff(lambda: Job.objects.values_list("done", "message", "leased_until").get(pk=job.pk))
    with transaction.atomic():
        Work(job, lease).pulse(1200, 5000, "Đã xem 1.200 trên 5.000 dòng")
        seen.start()
        done, message, leased_until = seen.result()
    assert (done, message) == (1200, "Đã xem 1.200 trên 5.000 dòng")
    assert leased_until > until_when
    # A worker that has lost the job tells nobody anything.
    Work(job, uuid4()).pulse(9, 9)
    assert Job.objects.get(pk=job.pk).done == 1200
