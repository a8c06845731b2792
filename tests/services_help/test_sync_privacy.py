"""Citizens are counts: what could say who they were is refused at the door, and there is no column to keep it in."""

import pytest
from django.apps import apps
from django.db import models
from rest_framework.test import APIClient

from services_help.models import AssistanceLog, Receipt, Session, Void
from tests.services_help.intake_items import (
    attendance_item,
    codes,
    log_item,
    post,
    session_item,
    signed_in,
    statuses,
    stocked,
    void_item,
)

PERSONAL = {
    "CCCD, 12 digits": ("Anh Nam 079203001234", "dãy số giống số CCCD/CMND (9 hoặc 12 chữ số)"),
    "CMND, 9 digits": ("số 025123456 nhé", "dãy số giống số CCCD/CMND (9 hoặc 12 chữ số)"),
    "12 digits in groups": ("079 203 001 234", "dãy số giống số CCCD/CMND (9 hoặc 12 chữ số)"),
    "mobile phone": ("gọi lại 0901234567", "số giống số điện thoại"),
    "mobile phone with dots": ("gọi lại 0901.234.567", "số giống số điện thoại"),
    "phone with the country": ("+84 90 123 45 67", "số giống số điện thoại"),
    "landline": ("028 3822 1188", "số giống số điện thoại"),
    "mail address": ("nam.nguyen@example.vn", "địa chỉ thư điện tử"),
}


@pytest.fixture
def phone(world) -> APIClient:
    return signed_in(stocked(world).leader)


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", PERSONAL)
def test_note_that_could_say_who_a_citizen_was_is_refused_in_vietnamese(phone, kind):
    text, said = PERSONAL[kind]
    good = session_item(note="Đông người, 07:30-11:30 ngày 26/03/2023, 120 lượt")

    response = post(phone, [session_item(note=text), good])

    assert statuses(response) == ["rejected", "stored"]
    (error,) = response.json()["items"][0]["errors"]
    assert (error["code"], error["pointer"]) == ("personal_data", "/note")
    assert said in error["detail"]
    assert "Cổng không lưu thông tin của người dân" in error["detail"]
    assert "rồi gửi lại" in error["detail"]
    assert Session.objects.count() == 1


def test_every_free_text_of_every_kind_is_held_to_it(phone):
    session = session_item()
    log = log_item(session)
    post(phone, [session, log])
    text = "0901234567"

    response = post(phone, [session_item(note=text), log_item(session, beneficiary=text), void_item(log, reason=text)])

    assert codes(response) == [["personal_data"]] * 3
    assert (Session.objects.count(), AssistanceLog.objects.live().count(), Void.objects.count()) == (1, 1, 0)


def test_closing_note_is_held_to_it_and_the_session_stays_open(phone):
    session = session_item()
    post(phone, [session])

    response = post(phone, [session | {"ended_at": "2023-03-26T11:30:00+07:00", "note": "anh Nam 0901234567"}])

    assert codes(response) == [["personal_data"]]
    assert Session.objects.get().ended_at is None


@pytest.mark.parametrize("name", ["name", "full_name", "phone", "cccd", "address", "citizen", "photo", "note"])
def test_log_with_a_field_for_the_citizen_is_refused_rather_than_silently_cut(phone, name):
    session = session_item()
    post(phone, [session])

    response = post(phone, [log_item(session, **{name: "Nguyễn Văn Mẫu"})])

    (error,) = response.json()["items"][0]["errors"]
    assert (error["code"], error["pointer"]) == ("unknown_field", f"/{name}")
    assert not AssistanceLog.objects.exists()


def test_what_is_refused_is_in_no_table(phone):
    session = session_item(note="079203001234")
    post(phone, [session, log_item(session, beneficiary="079203001234")])

    assert not Receipt.objects.exists()


# --- what there is no column for --------------------------------------------------------------------------------------
# Every column of what is logged. A new one is a decision about privacy: it is added here, or not at all.
COLUMNS = {
    "Receipt": {"id", "kind", "device", "day", "digest", "received_at", "received_from"},
    "Session": {"id", "team", "day", "point", "campaign", "started_at", "ended_at", "note", "state"}
    | {"returned_at", "lock"},
    "AssistanceLog": {"id", "session", "service", "result", "people", "same_visit", "quantity", "metric"}
    | {"age_group", "beneficiary", "channel", "happened_at"},
    "Attendance": {"id", "session", "volunteer", "minutes"},
    "Void": {"id", "target", "is_authorised", "reason"},
}
SENDER = {"device", "created_by", "received_at"}
OUR_APPS = {"accounts", "campaigns", "core", "demo", "desk", "reports", "services_help", "teams"}
# The only free texts; the intake looks into each of them (above).
FREE_TEXT = {("Session", "note"), ("AssistanceLog", "beneficiary"), ("Void", "reason")}
WORDS_OF_A_PERSON = (
    "name",
    "phone",
    "mobile",
    "email",
    "address",
    "cccd",
    "cmnd",
    "identity",
    "birth",
    "photo",
    "face",
)
# Persons that the portal does know: those who work in it. Never citizens.
# DeviceReport.photos is how many wait on a phone.
OF_WORKERS = {
    ("DeviceReport", "photos"),
    ("User", "username"), ("User", "full_name"), ("User", "email"), ("Volunteer", "full_name"),
}  # fmt: skip
OF_THINGS = {
    "Unit", "Team", "AdminArea", "Campaign", "CampaignDay", "SupportPoint", "Service", "Metric", "ProgrammeGoal",
    "ApiToken", "Target", "Revision", "PeriodLock", "Job", "ReportDraft", "ReportTemplate", "Reorganisation",
    "ImportRun",
}  # fmt: skip


def columns(model) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_logged_has_these_columns_and_no_other(name):
    model = apps.get_model("services_help", name)

    assert columns(model) == COLUMNS[name] | (SENDER if name != "Receipt" else set())


def test_free_text_stands_in_these_columns_only():
    found = {
        (name, field.name)
        for name in COLUMNS
        for field in apps.get_model("services_help", name)._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    }

    assert found - {("Receipt", "digest")} == FREE_TEXT


def test_columns_that_could_name_a_person_are_of_those_who_work_here():
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in OUR_APPS]
    found = {
        (model.__name__, field.name)
        for model in ours
        if model.__name__ not in OF_THINGS
        for field in model._meta.concrete_fields
        if any(word in field.name for word in WORDS_OF_A_PERSON)
    }

    assert found == OF_WORKERS


def test_persons_that_what_is_logged_points_at_are_workers():
    targets = {
        field.related_model.__name__
        for name in COLUMNS
        for field in apps.get_model("services_help", name)._meta.concrete_fields
        if field.is_relation
    }

    assert targets & {"User", "Volunteer"} == {"User", "Volunteer"}
    assert targets - {"User", "Volunteer"} <= OF_THINGS | {"Session"}


def test_attendance_names_a_volunteer_by_code_and_nobody_else(phone):
    session = session_item()

    response = post(phone, [session, attendance_item(session, "Nguyễn Văn Mẫu")])

    assert codes(response)[1] == ["unknown_volunteer"]
