"""Targets for many units: proposed with how they come about, stored as shown, refused when others were quicker."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Target
from campaigns.targets import Basis, Change, by_formula, copied, counted, of_one, rounded, set_targets
from core.errors import DomainError
from core.models import AuditEvent, Revision
from teams.models import Unit
from tests import factories
from tests.factories import PEAK_DAY

LABELS = {"people": "Lượt người", "HS_NOP": "Hồ sơ"}
DAY = dt.timedelta(days=1)


@pytest.fixture
def march(world):
    return factories.campaign("TTN", owner=world.city, starts_on=PEAK_DAY, ends_on=PEAK_DAY + DAY)


def new_values(proposal) -> dict[str, int]:
    return {change.unit.code: change.new for change in proposal.changes}


# --- rounding ---------------------------------------------------------------------------------------------------------
@given(value=st.integers(0, 10**9), step=st.sampled_from([1, 5, 10, 50, 100]))
def test_rounding_gives_the_nearest_multiple(value, step):
    near = rounded(Decimal(value), step)
    assert near % step == 0
    assert abs(near - value) * 2 <= step


@pytest.mark.parametrize(("value", "expected"), [("14.99", 10), ("15", 20), ("4.99", 0), ("5", 10)])
def test_half_is_rounded_up(value, expected):
    assert rounded(Decimal(value), 10) == expected


# --- counting ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_bases_are_counted_at_and_below_a_unit_on_the_day(world):
    for _number in range(3):
        factories.volunteer(unit=world.tan_tuc)
    factories.volunteer(unit=world.vinh_loc, is_active=False)
    factories.unit("BC-CU", parent=world.binh_chanh, kind="commune", valid_to=PEAK_DAY - DAY)
    factories.team(unit=world.binh_chanh, valid_to=PEAK_DAY - DAY)
    units = [world.binh_chanh, world.banks]
    assert {basis: counted(basis, units, PEAK_DAY) for basis in Basis} == {
        Basis.MEMBER: {world.binh_chanh.pk: 3},
        Basis.COMMUNE: {world.binh_chanh.pk: 2},
        Basis.TEAM: {world.binh_chanh.pk: 2, world.banks.pk: 1},
    }


# --- proposals --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_formula_shows_how_each_target_comes_about(world, march):
    factories.target(march, world.binh_chanh, value=40)
    proposal = by_formula(
        march, units=[world.binh_chanh, world.banks], measure="people", basis=Basis.TEAM, rate=Decimal("37.5"), step=10
    )
    assert [(each.unit.code, each.old, each.new, each.how) for each in proposal.changes] == [
        ("BC", 40, 80, "2 × 37,5 = 75 → 80"),
        ("NH", None, 40, "1 × 37,5 = 37,5 → 40"),
    ]


@pytest.mark.django_db
def test_unit_for_which_nothing_comes_out_is_named_and_left_alone(world, march):
    proposal = by_formula(march, units=[world.banks], measure="people", basis=Basis.COMMUNE, rate=Decimal(100), step=10)
    assert (proposal.changes, proposal.left_out) == ([], [world.banks])


@pytest.mark.django_db
def test_copy_takes_the_units_of_the_reader_times_the_factor(world, march):
    before = factories.campaign(owner=world.city)
    factories.target(before, world.binh_chanh, value=1000)
    factories.target(before, world.banks, value=333, measure="HS_NOP")
    below = Unit.objects.below(world.binh_chanh)
    proposal = copied(march, source=before, units=Unit.objects.all(), factor=Decimal("1.1"), step=5)
    assert new_values(proposal) == {"BC": 1100, "NH": 365}
    assert new_values(copied(march, source=before, units=below, factor=Decimal("1.1"), step=5)) == {"BC": 1100}


@pytest.mark.django_db
def test_proposal_is_known_again_by_what_it_shows(world, march):
    first = of_one(march, unit=world.banks, measure="people", value=10)
    assert first.digest == of_one(march, unit=world.banks, measure="people", value=10).digest
    assert first.digest != of_one(march, unit=world.banks, measure="people", value=11).digest
    factories.target(march, world.banks, value=7)
    assert first.digest != of_one(march, unit=world.banks, measure="people", value=10).digest


@pytest.mark.django_db
def test_number_beyond_reason_is_refused(world, march):
    with pytest.raises(DomainError, match="quá lớn"):
        of_one(march, unit=world.banks, measure="people", value=2_000_000_001)


# --- writing ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_targets_are_stored_once_each_with_its_trail(world, march):
    factories.target(march, world.binh_chanh, value=40, name="Riêng của Bình Chánh")
    changes = [Change(world.binh_chanh, "people", 40, 80, "2 × 40"), Change(world.banks, "HS_NOP", None, 5)]
    assert set_targets(campaign=march, changes=changes, labels=LABELS, by=world.city_staff) == 2
    assert list(Target.objects.values_list("unit__code", "measure", "value", "name").order_by("unit__code")) == [
        ("BC", "people", 80, "Riêng của Bình Chánh"),
        ("NH", "HS_NOP", 5, "Hồ sơ"),
    ]
    events = AuditEvent.objects.filter(action__startswith="campaigns.target_").order_by("action")
    assert [(each.action, each.scope_unit, each.data["changes"]) for each in events] == [
        ("campaigns.target_added", world.banks.pk, {"value": [None, 5]}),
        ("campaigns.target_changed", world.binh_chanh.pk, {"value": [40, 80]}),
    ]
    number = Revision.state()["campaigns"].number
    assert set_targets(campaign=march, changes=changes, labels=LABELS, by=world.city_staff) == 0
    assert Revision.state()["campaigns"].number == number


@pytest.mark.django_db
def test_target_that_somebody_else_has_changed_refuses_all(world, march):
    factories.target(march, world.binh_chanh, value=50)
    changes = [Change(world.banks, "people", None, 5), Change(world.binh_chanh, "people", 40, 80)]
    with pytest.raises(DomainError, match="“Huyện Đoàn Bình Chánh” vừa được người khác sửa"):
        set_targets(campaign=march, changes=changes, labels=LABELS, by=world.city_staff)
    assert list(Target.objects.values_list("value", flat=True)) == [50]
