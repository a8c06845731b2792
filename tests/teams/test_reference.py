"""The administrative areas as the repository knows them, on the days that matter."""

import datetime as dt

import pytest

from core.models import Revision
from teams.models import AdminArea, AreaSuccession
from teams.reference import CITY, load_areas

pytestmark = pytest.mark.django_db


@pytest.fixture
def areas():
    load_areas()
    return AdminArea.objects.all()


@pytest.mark.parametrize(
    ("day", "count"),
    [(dt.date(2023, 3, 26), 312), (dt.date(2024, 12, 31), 312), (dt.date(2025, 1, 1), 273), (dt.date(2025, 3, 1), 273),
     (dt.date(2025, 7, 1), 168), (dt.date(2026, 1, 1), 168)],
)  # fmt: skip
def test_areas_of_the_city_number_what_the_law_said_on_each_day(areas, day, count):
    assert areas.on(day).filter(province_name=CITY).count() == count


def test_areas_of_bình_chánh_in_2023_are_fifteen_communes_and_a_town(areas):
    old = areas.on(dt.date(2023, 3, 26)).filter(district_code="785")
    assert sorted(old.values_list("kind", flat=True)) == ["thi_tran"] + ["xa"] * 15


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [("27604", "Xã Vĩnh Lộc B", "Xã Tân Vĩnh Lộc"), ("27610", "Xã Lê Minh Xuân", "Xã Bình Lợi"),
     ("27595", "Thị trấn Tân Túc", "Xã Tân Nhựt")],
)  # fmt: skip
def test_recycled_code_means_another_area_after_the_reform(areas, code, before, after):
    assert areas.on(dt.date(2023, 3, 26)).get(code=code).name == before
    assert areas.on(dt.date(2026, 1, 1)).get(code=code).name == after


def test_successions_join_areas_that_were_valid_the_day_before_and_on_the_day(areas):
    successions = AreaSuccession.objects.select_related("old", "new")
    assert len(successions) == 570
    for succession in successions:
        assert succession.old.is_valid_on(succession.effective_on - dt.timedelta(days=1))
        assert succession.new.is_valid_on(succession.effective_on)


def test_succession_of_a_district_without_communes_has_its_own_area(areas):
    côn_đảo = AreaSuccession.objects.get(old__code="755")
    assert (côn_đảo.old.kind, côn_đảo.new.name) == ("huyen", "Đặc khu Côn Đảo")


def test_tân_vĩnh_lộc_is_made_of_vĩnh_lộc_b_and_parts_of_others(areas):
    made_of = AreaSuccession.objects.filter(new__code="27604", effective_on=dt.date(2025, 7, 1))
    assert dict(made_of.values_list("old__name", "relation"))["Xã Vĩnh Lộc B"] == "whole"
    assert "part" in made_of.values_list("relation", flat=True)


def test_second_load_changes_nothing_and_moves_no_revision(areas):
    before = Revision.objects.get(name="org").number
    assert load_areas() == 0
    assert Revision.objects.get(name="org").number == before


def test_area_edited_in_the_database_is_as_in_the_file_after_a_load_and_found_by_its_name(areas):
    area = areas.on(dt.date(2026, 1, 1)).get(code="27604")
    area.name = "Xã Khác"
    area.save()
    assert load_areas() == 1
    assert areas.on(dt.date(2026, 1, 1)).search("tan vinh loc").get(code="27604").name == "Xã Tân Vĩnh Lộc"


def test_area_that_no_file_knows_is_kept(areas):
    AdminArea.objects.create(code="99999", name="Xã Mới", kind="xa", province_name=CITY, valid_from=dt.date(2026, 1, 1))
    load_areas()
    assert areas.filter(code="99999").exists()
