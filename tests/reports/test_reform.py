"""The reform of 2025 over the demo world of 2023: the same work in both trees, the same total of the city."""

import datetime as dt

import pytest

from core.errors import DomainError
from demo.seeding import seed
from demo.world import plans
from reports import reorganised as figures
from reports import tallies
from services_help.models import Service
from teams.access import access_of_user, system_access
from teams.models import Reorganisation, Team, Unit, UnitSuccession
from teams.reorganising import services
from teams.reorganising.outcome import undecided
from teams.reorganising.shipped import REFORMS, prepare
from teams.tree import tree_problems
from tests import factories
from tests.demo.conftest import TODAY
from tests.reports.questions import ask

pytestmark = pytest.mark.django_db
PEAK = plans.PEAK_DAY
# Helped on the peak day by each of the 17 squads, so that no two sums are equal by chance.
PEOPLE = {f"XK-BC-{number:02d}": 2**number for number in range(1, 18)}
# What was split in parts, and the mobile squad of the district.
UNDECIDED = {"XK-BC-02", "XK-BC-08", "XK-BC-11", "XK-BC-17"}


@pytest.fixture
def work_of_2023(db):
    seed(TODAY)
    service = Service.objects.get(code="DVC-NOP")
    for code, people in PEOPLE.items():
        factories.log(factories.session(Team.objects.get(code=code), PEAK), service, people=people)
    bank = Team.objects.get(code="NH-BV-1")
    factories.log(factories.session(bank, PEAK), service, people=7)
    tallies.rebuild()


def people(**asked) -> dict:
    return {row["unit"]: row["people"] for row in ask(measures=("people",), by=("unit",), **asked).rows}


def of(*numbers: int) -> int:
    return sum(PEOPLE[f"XK-BC-{number:02d}"] for number in numbers)


def test_in_as_was_the_figures_stand_under_huyện_bình_chánh(work_of_2023):
    assert people() == {"HD-BC": sum(PEOPLE.values()), "K-NH": 7}
    assert people(unit="HD-BC")["BC-VLB"] == PEOPLE["XK-BC-04"]


def test_in_as_is_they_stand_under_the_new_communes_where_the_home_is_known(work_of_2023):
    assert people(hierarchy="as_is") == {
        "PX-27595": of(1, 7),
        "PX-27601": of(3),
        "PX-27604": of(4),
        "PX-27610": of(5, 6),
        "PX-27619": of(9, 10),
        "PX-27628": of(12, 13, 16),
        "PX-27637": of(14, 15),
        "K-NH": 7,
        None: of(2, 8, 11, 17),
    }
    found = ask(measures=("people",), by=("unit",), hierarchy="as_is")
    assert found.label("unit", None) == "Chưa xếp đơn vị"


def test_both_trees_have_the_same_total_of_the_city(work_of_2023):
    totals = [ask(measures=("people", "sessions", "teams"), hierarchy=view).totals for view in ("as_was", "as_is")]
    assert totals[0] == totals[1] == {"people": sum(PEOPLE.values()) + 7, "sessions": 18, "teams": 18}


def test_what_was_split_in_parts_is_listed_for_a_person(work_of_2023):
    reform = Reorganisation.objects.get(code="cai-cach-2025-07-01")
    squads = {row["code"] for row in undecided(reform.preview)["teams"] if row["code"].startswith("XK-BC")}
    assert squads == UNDECIDED


def test_person_who_decides_moves_the_figures_from_unplaced_to_the_unit(work_of_2023):
    reform = Reorganisation.objects.get(code="cai-cach-2025-07-01")
    team = Team.objects.get(code="XK-BC-02")
    services.decide(reorganisation=reform, teams=[team.pk], into="PX-27601", access=system_access())
    assert people(hierarchy="as_is")["PX-27601"] == of(2, 3)
    assert people(hierarchy="as_is")[None] == of(8, 11, 17)
    assert people() == {"HD-BC": sum(PEOPLE.values()), "K-NH": 7}


def test_168_units_of_the_communes_stand_under_thành_đoàn_and_no_district_unit(work_of_2023):
    reform = dt.date(2025, 7, 1)
    communes = Unit.objects.on(reform).filter(kind="commune")
    assert communes.count() == 168
    assert {unit.parent_on(reform).code for unit in communes} == {"TD"}
    assert not Unit.objects.on(reform).filter(kind="district").exists()
    assert tree_problems() == []


def test_step_of_january_merged_two_wards_whose_successor_went_on_in_july(work_of_2023):
    line = UnitSuccession.objects.filter(old__code__in=["Q5-P07", "Q5-P08", "PX-27316"])
    assert sorted(line.values_list("old__code", "new__code", "effective_on", "relation")) == [
        ("PX-27316", "PX-27316", dt.date(2025, 7, 1), "whole"),
        ("Q5-P07", "PX-27316", dt.date(2025, 1, 1), "whole"),
        ("Q5-P08", "PX-27316", dt.date(2025, 1, 1), "whole"),
    ]
    assert Unit.objects.get(code="PX-27316", valid_from=dt.date(2025, 1, 1)).parent_on(dt.date(2025, 3, 1)).code == (
        "QD-05"
    )


def test_reform_is_undone_last_step_first_and_the_figures_follow(work_of_2023):
    january, july = (Reorganisation.objects.get(code=reform.code) for reform in REFORMS)
    staff = access_of_user(factories.user("them", "city_staff", unit=Unit.objects.get(code="TD")))
    with pytest.raises(DomainError, match="Chưa hoàn tác được"):
        services.undo(reorganisation=january, access=staff, reason="Thử hoàn tác trước")
    # What the demo has made since at the new units stands in the way, and is named.
    with pytest.raises(DomainError, match="đã gắn với"):
        services.undo(reorganisation=july, access=staff, reason="Thử hoàn tác ngay")


def test_draft_is_made_once(work_of_2023):
    for reform in REFORMS:
        known = Reorganisation.objects.get(code=reform.code)
        assert prepare(reform, system_access()) == known


def test_portal_without_units_on_those_areas_has_nothing_to_prepare(world):
    with pytest.raises(DomainError, match="gắn địa bàn"):
        prepare(REFORMS[0], system_access())


def test_totals_that_are_not_conserved_are_not_carried_out(work_of_2023):
    """As if the engine or the tree had a fault: the operation finds it and refuses."""

    class Faulty:
        calls = 0

        def hold(self):
            figures.hold()

        def read(self):
            self.calls += 1
            found = figures.read()
            found["as_is"]["totals"]["people"] += self.calls
            return found

    made = services.create(name="Thử", effective_on=TODAY, source="NQ", access=system_access())
    services.add_steps(
        reorganisation=made, added=[("move", {"unit": "PX-27604", "parent": "K-NH"})], access=system_access()
    )
    found = services.preview(reorganisation=made, access=system_access(), figures=Faulty())
    assert "Tổng của thành phố thay đổi" in found["problems"][0]
