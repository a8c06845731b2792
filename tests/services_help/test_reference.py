"""The catalogue, metrics and goals as the repository knows them."""

import datetime as dt
import json

import pytest
from django.conf import settings
from django.core.management import call_command

from campaigns.models import ProgrammeGoal
from core.models import AuditEvent, Revision
from services_help.models import Metric, Service
from services_help.reference import load_catalogue

pytestmark = pytest.mark.django_db
PEAK_DAY = dt.date(2023, 3, 26)
TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def catalogue():
    load_catalogue()
    return Service.objects.all()


def codes(services) -> set[str]:
    return set(services.values_list("code", flat=True))


def test_catalogue_has_two_levels_and_every_service_its_metrics(catalogue):
    assert codes(catalogue.groups()) == {"DVC", "DDT", "TTS", "GTS", "CDS", "ASX", "KDS", "KNS", "CQS", "TTG"}
    assert catalogue.leaves().count() == 42 + 2  # the list of the research, and the successors of GoBus and Unipass
    assert not catalogue.leaves().filter(service_metrics=None).exists()
    assert not catalogue.leaves().filter(group__group__isnull=False).exists()


def test_unipass_has_a_tile_on_the_peak_day_and_none_today(catalogue):
    assert {"GTS-THE", "GTS-BUS"} <= codes(catalogue.offered_on(PEAK_DAY))
    assert {"GTS-THE", "GTS-BUS"}.isdisjoint(codes(catalogue.offered_on(TODAY)))
    assert {"GTS-MULTIPASS", "GTS-MULTIGO"} <= codes(catalogue.offered_on(TODAY))
    assert catalogue.get(code="GTS-THE").replaced_by.code == "GTS-MULTIPASS"


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [("GTS-THE", dt.date(2019, 3, 8), dt.date(2024, 12, 31)), ("GTS-MULTIGO", dt.date(2025, 4, 1), None),
     ("CDS-CAI", dt.date(2024, 11, 14), None), ("DVC-NOP", dt.date(2020, 1, 1), None)],
)  # fmt: skip
def test_service_is_valid_on_the_days_that_the_sources_tell(catalogue, code, first, last):
    service = catalogue.get(code=code)
    assert (service.valid_from, service.valid_to) == (first, last)


def test_agency_support_is_the_only_group_not_for_citizens(catalogue):
    assert codes(catalogue.filter(for_citizens=False)) == {"CQS", "CQS-SH", "CQS-PM", "CQS-TH", "CQS-TV"}


def test_derived_metrics_are_people_and_turns_only(catalogue):
    assert set(Metric.objects.filter(is_derived=True).values_list("code", flat=True)) == {"LUOT", "LUOT_DV"}


@pytest.mark.parametrize(
    ("code", "metric"), [("DVC-NOP", "HS_NOP"), ("GTS-THE", "THE"), ("CQS-SH", "SH"), ("KNS-LOP", "HV")]
)
def test_first_metric_that_is_not_derived_is_what_a_success_counts_as(catalogue, code, metric):
    counted = catalogue.get(code=code).service_metrics.filter(metric__is_derived=False).first()
    assert counted.metric.code == metric


def test_tile_names_fit_a_phone_and_icons_are_in_the_sprite(catalogue):
    sprite = set(json.loads((settings.BASE_DIR / "assets" / "icons.json").read_text()))
    for service in catalogue:
        assert len(service.short_name) <= 22
        assert len(service.short_name_en) <= 22
        assert service.icon in sprite


def test_command_loads_all_kinds_and_leaves_one_audit_row():
    call_command("load_reference", verbosity=0)
    assert ProgrammeGoal.objects.count() == 5
    assert Service.objects.filter(code="DVC-NOP").exists()
    told = AuditEvent.objects.get(action="core.reference_loaded")
    assert told.data["areas"] == 684 + 570


def test_command_run_again_changes_nothing_and_tells_nothing():
    call_command("load_reference", verbosity=0)
    before = dict(Revision.objects.values_list("name", "number"))
    call_command("load_reference", verbosity=0)
    assert dict(Revision.objects.values_list("name", "number")) == before
    assert AuditEvent.objects.filter(action="core.reference_loaded").count() == 1


def test_command_keeps_a_service_made_in_the_portal():
    Service.objects.create(
        code="XYZ", name="Dịch vụ riêng", name_en="Own", short_name="Riêng", short_name_en="Own", valid_from=TODAY
    )
    call_command("load_reference", verbosity=0)
    assert Service.objects.filter(code="XYZ").exists()
