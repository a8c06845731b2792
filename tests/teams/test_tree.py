"""The dated tree: who stood under whom, on which day."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.errors import DomainError
from core.models import AuditEvent
from teams.models import Team, TeamHome, Unit, UnitAncestry, UnitPlacement
from teams.services import move_team, place_unit
from teams.tree import TreeError, ancestry_rows, rebuild_ancestry, tree_problems
from tests import factories

D = dt.date(2024, 1, 1)
BEFORE = D - dt.timedelta(days=1)


def below(unit: Unit, day: dt.date) -> set[str]:
    return set(Unit.objects.below(unit, day).values_list("code", flat=True))


def test_below_lists_the_unit_and_all_levels_under_it(world):
    assert below(world.binh_chanh, D) == {"BC", "BC-TT", "BC-VL"}
    assert below(world.city, D) == {"TD", "BC", "BC-TT", "BC-VL", "NH", "NH-01"}


def test_moved_unit_stands_under_the_old_parent_before_and_the_new_one_from_the_day(world):
    place_unit(unit=world.tan_tuc, parent=world.banks, since=D, by=world.city_staff)
    assert below(world.binh_chanh, BEFORE) == {"BC", "BC-TT", "BC-VL"}
    assert below(world.binh_chanh, D) == {"BC", "BC-VL"}
    assert below(world.banks, D) == {"NH", "NH-01", "BC-TT"}
    assert tree_problems() == []


def test_moving_twice_to_the_same_parent_changes_nothing_and_is_told_once(world):
    for _ in range(2):
        place_unit(unit=world.tan_tuc, parent=world.banks, since=D, by=world.city_staff)
    assert world.tan_tuc.placements.count() == 2
    assert AuditEvent.objects.filter(action="teams.unit_placed", actor=world.city_staff).count() == 1


def test_team_moved_keeps_its_home_before_the_day(world):
    move_team(team=world.team, unit=world.bank, since=D, by=world.city_staff)
    assert world.team.home_on(BEFORE) == world.tan_tuc
    assert world.team.home_on(D) == world.bank


def test_circle_is_refused_and_leaves_the_tree_as_it_was(world):
    with pytest.raises(TreeError, match="vòng"):
        place_unit(unit=world.binh_chanh, parent=world.tan_tuc, since=D, by=None)
    assert world.binh_chanh.parent_on(D) == world.city
    assert tree_problems() == []


def test_parent_that_is_not_valid_yet_is_refused(world):
    young = factories.unit("MOI", parent=world.city, since=D)
    with pytest.raises(DomainError, match="không có hiệu lực"):
        place_unit(unit=world.tan_tuc, parent=young, since=BEFORE, by=None)


@pytest.mark.parametrize(
    "second",
    [
        lambda world: Unit(code="BC", name="Trùng", kind="base", block="workers", valid_from=D),
        lambda world: Team(code="TO-TT", name="Trùng", valid_from=D),
        lambda world: UnitPlacement(unit=world.tan_tuc, parent=world.banks, valid_from=D),
        lambda world: TeamHome(team=world.team, unit=world.bank, valid_from=D),
    ],
    ids=["unit code", "team code", "placement", "home"],
)
def test_database_refuses_two_rows_of_one_key_on_one_day(world, second):
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        second(world).save()


def test_code_is_free_again_after_its_last_day(world):
    Unit.objects.filter(pk=world.bank.pk).update(valid_to=BEFORE)
    again = factories.unit("NH-01", parent=world.binh_chanh, since=D, name="Mã dùng lại")
    assert Unit.objects.on(BEFORE).get(code="NH-01") == world.bank
    assert Unit.objects.on(D).get(code="NH-01") == again


def test_tree_problems_names_a_closure_that_has_drifted(world):
    UnitAncestry.objects.filter(descendant=world.tan_tuc, ancestor=world.city).delete()
    assert any("rebuild_tree" in problem for problem in tree_problems())
    rebuild_ancestry()
    assert tree_problems() == []


class RandomTrees(TestCase):
    """Any sequence of moves leaves a closure that agrees with walking the placements day by day."""

    days = st.integers(0, 9)
    moves = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5), days), max_size=8)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(moves=moves)
    def test_closure_equals_walking_the_parents_on_each_day(self, moves):
        start = dt.date(2024, 1, 1)
        root = factories.unit(kind="city", since=start)
        units = [root, *(factories.unit(parent=root, since=start) for _ in range(5))]
        for moved, parent, day in moves:
            try:
                place_unit(unit=units[moved], parent=units[parent], since=start + dt.timedelta(days=day), by=None)
            except DomainError:  # a circle is refused
                continue
        for offset in range(11):
            day = start + dt.timedelta(days=offset)
            for unit in units:
                walked, here = [], unit
                while here is not None:
                    walked.append(here.pk)
                    here = here.parent_on(day)
                stored = UnitAncestry.objects.on(day).filter(descendant=unit).order_by("depth")
                assert list(stored.values_list("ancestor", flat=True)) == walked
        assert len(list(ancestry_rows())) == UnitAncestry.objects.count()
