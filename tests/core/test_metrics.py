"""/metrics: what monitoring reads, for the holder of its token and nobody else."""

import datetime as dt

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from core.models import OutboxMessage, Revision
from reports.proof.models import ProofFinding
from tests import factories

KEY = {"Authorization": "Bearer khoa-giam-sat"}


@pytest.fixture
def opened(settings, db):
    settings.METRICS_TOKEN = "khoa-giam-sat"


def samples(client) -> dict:
    response = client.get("/metrics", headers=KEY)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(response.text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer khoa-khac"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer ố"}]
)
def test_without_the_token_there_is_no_such_address(client, opened, headers):
    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize("headers", [{}, KEY, {"Authorization": "Bearer "}])
def test_portal_without_a_token_has_no_such_address(client, db, settings, headers):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers=headers).status_code == 404


def test_staff_signed_in_have_no_such_address(client, world, opened):
    client.force_login(world.city_staff)
    assert client.get("/metrics").status_code == 404


def test_metrics_tell_what_waits_and_what_differs(client, world, opened):
    OutboxMessage.objects.create(
        topic="tallies.stale", key="1:2020-01-01", created_at=timezone.now() - dt.timedelta(seconds=90)
    )
    Revision.bump("tallies")
    factories.session(world.team)
    ProofFinding.objects.create(
        tally="reports.daytally", day=factories.PEAK_DAY, team=world.team, cell={}, kept={}, counted={}, digest="1"
    )
    told = samples(client)
    assert told["xks_outbox_pending", "tallies.stale"] == 1
    assert told["xks_outbox_pending", "voids.parked"] == 0
    assert told["xks_outbox_lag_seconds", "tallies.stale"] >= 90
    assert told["xks_revision", "tallies"] == 1
    assert told["xks_tallies_drift_cells",] == 1
    assert (told["xks_proof_units",], told["xks_proof_units_unchecked",], told["xks_proof_units_due",]) == (2, 2, 2)


def test_metrics_write_nothing(client, world, opened, no_writes):
    with no_writes():
        samples(client)


def test_metrics_only_answer_questions(client, opened):
    assert client.post("/metrics", headers=KEY).status_code == 405
