"""The catalogue is kept in memory between batches, and read again as soon as its revision moves."""

import pytest

from core.models import Revision
from services_help.intake.catalogue import catalogue
from services_help.models import Metric, Service
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    made = factories.service("DVC-NOP", factories.metric("HS_NOP"), factories.metric("LUOT", is_derived=True))
    Revision.bump("catalogue")
    return made


def test_it_knows_services_groups_and_the_metrics_that_may_be_counted(service):
    known = catalogue()

    assert known["DVC-NOP"].pk == service.pk
    assert known["DVC-NOP"].metrics == {"HS_NOP": Metric.objects.get(code="HS_NOP").pk}
    assert known[service.group.code].is_group
    assert not known["DVC-NOP"].is_group


def test_it_is_read_once_for_many_batches(service, django_assert_num_queries):
    catalogue()

    with django_assert_num_queries(1):  # the revision
        assert catalogue()["DVC-NOP"].pk == service.pk


def test_change_is_known_to_the_next_batch(service):
    assert catalogue()["DVC-NOP"].for_citizens
    Service.objects.filter(pk=service.pk).update(for_citizens=False)
    Revision.bump("catalogue")

    assert not catalogue()["DVC-NOP"].for_citizens


def test_where_no_revision_is_kept_it_is_read_each_time(service):
    Revision.objects.all().delete()
    catalogue()
    Service.objects.filter(pk=service.pk).update(for_citizens=False)

    assert not catalogue()["DVC-NOP"].for_citizens
