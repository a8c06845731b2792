"""Random dated trees with work, and any reorganisation over them: totals are conserved, undoing is identity."""

import random
from collections import Counter, defaultdict

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import outbox
from core.dated import today
from reports import reorganised as figures
from reports import tallies
from reports.stats import StatsQuery, answer
from teams.access import access_of_user, system_access
from teams.models import ReorganisationState, Team, Unit
from teams.permissions import Role
from teams.reorganising import services
from teams.tree import tree_problems
from tests import factories
from tests.reports import worlds
from tests.reports.questions import DEPTHS, HIERARCHIES, cells, counted, measures_for
from tests.teams.reorganised import WHY, organisation

# Not shrunk: what happens hangs on the seed, so a smaller case is another case and minutes are spent for nothing.
drawn = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What is counted by code: rows of one code, as a renamed unit has, are added up.
ADDITIVE = ("people", "service_turns", "sessions", "volunteer_turns", "volunteer_minutes")
KINDS = ["open", "merge", "split", "move", "rename", "close"]


@pytest.fixture
def quiet(db):
    world = worlds.setting()
    world.access = access_of_user(factories.user("sap-xep", Role.CITY_STAFF, unit=world.city))
    for unit in world.units:
        factories.user(f"can-bo-{unit.pk}", Role.VIEWER, unit=unit)
        factories.volunteer(unit=unit)
    return world


def step(kind: str, rng: random.Random, codes: list[str], new: list[str]):
    """A step over units that are there, or that the same operation opens; whether it fits is for the portal to say."""
    one, other = rng.sample(codes, 2)
    into = rng.choice([*codes, *new])
    if kind == "open":
        new.append(f"MOI-{len(new)}")
        data = {"code": new[-1], "name": "Đơn vị mới", "kind": "commune", "block": "territory", "parent": one}
    elif kind == "merge":
        data = {"units": [one], "into": into if into != one else other, "keeps_people": rng.random() < 0.5}
    elif kind == "split":
        data = {"unit": one, "into": [into, other], "closes": rng.random() < 0.7}
    elif kind == "move":
        data = {"unit": one, "parent": into}
    elif kind == "rename":
        data = {"unit": one, "name": "Tên mới"}
    else:
        data = {"unit": one}
    return kind, data


def reorganise(world, kinds, rng: random.Random):
    """Carried out, or refused with a reason; then None."""
    day = rng.choice([*worlds.MOVE_DAYS, today()])
    codes, new = sorted(set(Unit.objects.on(day).exclude(code="TD").values_list("code", flat=True))), []
    if len(codes) < 2:
        return None
    made = services.create(name="Sắp xếp", effective_on=day, source="NQ", access=world.access)
    added = [step(kind, rng, codes, new) for kind in ["open", *kinds]]
    services.add_steps(reorganisation=made, added=added, access=world.access)
    for model, name in ((Unit, "units"), (Team, "teams")):
        for pk in model.objects.values_list("pk", flat=True):
            if rng.random() < 0.7 and not (model is Unit and pk == world.city.pk):
                chosen = {name: [pk], "into": rng.choice([*new, "TD"])}
                services.decide(reorganisation=made, access=world.access, **chosen)
    if services.preview(reorganisation=made, access=world.access, figures=figures)["problems"]:
        return None
    services.approve(reorganisation=made, access=world.access, note=WHY)
    before = organisation()
    services.execute(reorganisation=made, access=world.access, figures=figures)
    made.refresh_from_db()
    assert made.state == ReorganisationState.EXECUTED
    return made, before


def totals() -> list[dict]:
    measures = measures_for(())
    return [answer(StatsQuery(measures=measures, hierarchy=view), system_access()).totals for view in HIERARCHIES]


def by_code(found) -> dict:
    sums: dict[tuple, Counter] = defaultdict(Counter)
    for (code,), counts in cells(found).items():
        sums[(code and code.partition("@")[0],)].update(counts)
    return {cell: {name: counts[name] for name in ADDITIVE} for cell, counts in sums.items()}


@drawn
@given(
    seed=st.integers(0, 10**9),
    work=st.lists(st.sampled_from(worlds.STEPS), min_size=5, max_size=20),
    moves=st.lists(st.sampled_from(worlds.MOVES), max_size=4),
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=4),
)
def test_any_reorganisation_conserves_the_totals_and_undoing_is_identity(quiet, seed, work, moves, kinds):
    rng = random.Random(seed)
    with transaction.atomic():
        quiet.sessions, quiet.items, quiet.units = [], [], list(quiet.first_units)
        for each in [*work, *moves]:
            each(quiet, rng)
        outbox.drain(worlds.STALE)
        before = totals()
        done = reorganise(quiet, kinds, rng)
        assert totals() == before
        assert tree_problems() == []
        assert list(tallies.drift()) == []
        for hierarchy in HIERARCHIES:
            for depth in DEPTHS:
                query = StatsQuery(by=("unit",), measures=ADDITIVE, hierarchy=hierarchy, depth=depth)
                assert by_code(answer(query, system_access())) == counted(query), query
        if done:
            made, rows = done
            services.undo(reorganisation=made, access=quiet.access, reason=WHY)
            assert organisation() == rows
            assert totals() == before
        transaction.set_rollback(True)


def test_most_drawn_reorganisations_are_carried_out_and_not_refused(quiet):
    """Else the property above would say little."""
    carried_out = 0
    for seed in range(20):
        rng = random.Random(seed)
        with transaction.atomic():
            carried_out += reorganise(quiet, [rng.choice(KINDS)], rng) is not None
            transaction.set_rollback(True)
    assert carried_out >= 10
