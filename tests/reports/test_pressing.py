"""While figures wait to be counted, work that can wait does one piece and comes back for the rest."""

import datetime as dt

import pytest
from django.utils import timezone

from core.models import OutboxMessage
from desk.outliers import examining
from reports import tallies
from reports.models import StaleMonth
from reports.proof import checking
from reports.proof.models import ProofCheck
from reports.tallies import months
from reports.tallies.slices import STALE, Slice
from reports.tasks import fold_months
from tests import factories

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def three(world):
    """Three teams with a shift each, all of it counted."""
    sessions = [factories.session(team) for team in (world.team, world.team_vinh_loc, world.team_bank)]
    service = factories.service("DVC-NOP")
    for session in sessions:
        factories.log(session, service, people=3)
    tallies.rebuild()
    return sessions


def promise(ago: dt.timedelta, topic: str = STALE, **fields) -> None:
    OutboxMessage.objects.create(topic=topic, key="1:2020-01-01", created_at=timezone.now() - ago, **fields)


@pytest.mark.parametrize(
    ("ago", "topic", "due_in", "waits"),
    [
        pytest.param(SECOND, STALE, -SECOND, True, id="waiting"),
        pytest.param(0 * SECOND, STALE, -SECOND, False, id="gathered just now"),
        pytest.param(SECOND, "voids.parked", -SECOND, False, id="of something else"),
        pytest.param(SECOND, STALE, 30 * SECOND, False, id="failed, and tried again later"),
    ],
)
def test_figures_wait_when_what_is_due_has_not_been_counted(db, ago, topic, due_in, waits):
    promise(ago, topic=topic, available_at=timezone.now() + due_in)
    assert tallies.figures_wait() is waits


def test_months_are_folded_a_piece_at_a_time_while_figures_wait(three, monkeypatch):
    monkeypatch.setattr(months, "FOLD_CHUNK", 1)
    tallies.refresh({Slice(session.day, session.team_id) for session in three})
    StaleMonth.objects.update(touched_at=timezone.now() - dt.timedelta(hours=1))
    promise(SECOND)
    fold_months()
    assert StaleMonth.objects.count() == 2
    OutboxMessage.objects.all().delete()
    fold_months()
    assert StaleMonth.objects.count() == 0


def test_shifts_are_examined_a_piece_at_a_time_while_figures_wait(three, monkeypatch):
    monkeypatch.setattr(examining, "BATCH", 1)
    promise(SECOND)
    assert examining.examine_what_changed() == 1
    OutboxMessage.objects.all().delete()
    assert examining.examine_what_changed() == 2


def test_a_proof_that_has_begun_is_parted_while_figures_wait(three, monkeypatch):
    monkeypatch.setattr(checking, "CHUNK", 1)
    # They begin to wait behind its back.
    waiting = iter([False])
    monkeypatch.setattr(checking, "figures_wait", lambda *_: next(waiting, True))
    assert checking.prove(1000) == 1
    assert not ProofCheck.objects.filter(finished_at__isnull=False).exists()
    monkeypatch.setattr(checking, "figures_wait", lambda *_: False)
    checking.prove(1000)
    assert ProofCheck.objects.get(kind="day").slices == 3
