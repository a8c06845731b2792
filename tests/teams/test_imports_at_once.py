"""Two files of the same rows at one moment, each with a worker and a connection of its own."""

import pytest
from django.db import transaction

from teams.access import access_of_user
from teams.imports import TeamResource
from teams.imports.files import ExcelFile
from teams.imports.flow import look, take_in
from teams.models import Team
from tests import factories
from tests.services_help.test_review_at_once import Staff
from tests.services_help.test_sync_at_once import until
from tests.teams.spreadsheets import SQUAD, TEAMS, workbook

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
    with pytest.raises(Exception, match="vừa được người khác thay đổi"):
        second.result()
    assert Team.objects.filter(code="TO-MOI").count() == 1
