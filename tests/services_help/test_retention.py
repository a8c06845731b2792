"""Names and pictures go when their time is over; every figure is the same before and after."""

import datetime as dt
import uuid
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.models import AuditEvent, Revision
from core.retention.models import Erasure, RetentionRule
from core.retention.services import apply, due_of, rule_of, set_rule
from reports.tallies import refresh
from reports.tallies.drift import drift
from reports.tallies.slices import Slice
from services_help.models import Attendance, DeviceReport, ScenePhoto
from services_help.retention import school_years_before
from teams.models import TeamMember, Volunteer
from tests import factories
from tests.teams.spreadsheets import VOLUNTEERS, take_in, workbook

pytestmark = pytest.mark.django_db
LONG_AGO = dt.date(2020, 3, 1)


def enable(*names: str) -> None:
    for name in names:
        rule = rule_of(name)
        set_rule(name=name, months=rule.months, is_enabled=True, by=None)


def attended(volunteer, team, day) -> Attendance:
    return factories.attendance(factories.session(team, day, ended_at=factories.local(day, 11)), volunteer)


# --- photos -----------------------------------------------------------------------------------------------------------
def aged(world, days: list[int]) -> list[ScenePhoto]:
    """Photos that came so many days ago: their rows are append-only, so they are written with that time."""
    session, found = factories.session(world.team), []
    same = {"session": session, "device": session.device, "created_by": session.created_by}
    for ago in days:
        photo = ScenePhoto(id=uuid.uuid4(), sha256="0" * 64, size=4, width=10, height=10, **same)
        photo.received_at = timezone.now() - dt.timedelta(days=ago)
        photo.file.save("", ContentFile(b"jpeg"), save=False)
        photo.save()
        found.append(photo)
    return found


def test_old_pictures_go_and_their_rows_stay(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    oldest, old, young = aged(world, [900, 500, 30])
    enable("scene_photos")
    assert due_of(rule_of("scene_photos")).count == 2
    assert apply() == 2
    assert [photo.is_there for photo in (oldest, old, young)] == [False, False, True]
    assert ScenePhoto.objects.count() == 3
    [row] = Erasure.objects.all()
    assert (row.kind, row.count) == ("scene_photos", 2)
    RetentionRule.objects.update(rests_until=None)
    assert (apply(), due_of(rule_of("scene_photos")).count) == (0, 0)


def test_pictures_that_were_taken_away_before_are_no_hindrance(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    gone, there = aged(world, [900, 800])
    Path(gone.file.path).unlink()
    enable("scene_photos")
    assert apply() == 2
    assert not there.is_there


def test_words_of_phones_that_are_long_silent_go(world):
    old = factories.device_report(world.team, world.leader)
    DeviceReport.objects.filter(pk=old.pk).update(reported_at=timezone.now() - dt.timedelta(days=700))
    young = factories.device_report(world.team, world.leader)
    enable("device_reports")
    assert apply() == 1
    assert list(DeviceReport.objects.all()) == [young]


# --- volunteers -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "months", "since"),
    [
        (dt.date(2026, 11, 29), 60, dt.date(2021, 9, 1)),
        (dt.date(2026, 8, 31), 60, dt.date(2020, 9, 1)),
        (dt.date(2026, 9, 1), 12, dt.date(2025, 9, 1)),
    ],
)
def test_school_years_are_whole(day, months, since):
    assert school_years_before(day, months) == since


def test_who_was_last_there_long_ago_loses_the_name_and_nothing_else(world):
    volunteer = factories.volunteer("TNV-1", unit=world.tan_tuc)
    row = attended(volunteer, world.team, LONG_AGO)
    before = Revision.state().get("org")
    enable("attendances")
    assert due_of(rule_of("attendances")).count == 1
    assert apply() == 1
    volunteer.refresh_from_db()
    assert (volunteer.full_name, volunteer.is_active, volunteer.unit) == ("Người đã ẩn danh", False, world.tan_tuc)
    assert volunteer.code.startswith("AN-")
    assert Attendance.objects.get(pk=row.pk).volunteer == volunteer
    assert volunteer.search_key == f"{volunteer.code.lower()} nguoi da an danh"
    [told] = AuditEvent.objects.filter(action="teams.volunteer_anonymised")
    assert "Mẫu" not in f"{told.target_label}{told.data}{told.search_key}"
    assert Revision.state()["org"].number > (before.number if before else 0)
    [written] = Erasure.objects.all()
    assert (written.count, written.oldest, written.newest) == (1, LONG_AGO, LONG_AGO)
    RetentionRule.objects.update(rests_until=None)
    assert apply() == 0


def test_who_is_still_counted_on_keeps_the_name(world):
    member = factories.volunteer(unit=world.tan_tuc, team=world.team)
    back = factories.volunteer(unit=world.tan_tuc)
    never = factories.volunteer(unit=world.tan_tuc)
    for volunteer in (member, back):
        attended(volunteer, world.team, LONG_AGO)
    attended(back, world.team, timezone.localdate())
    enable("attendances", "volunteers")
    assert apply() == 0
    assert Volunteer.objects.filter(pk__in=[member.pk, back.pk, never.pk], anonymised_at=None).count() == 3


def test_who_has_left_loses_the_name_after_the_time_for_that(world):
    gone = factories.volunteer(unit=world.tan_tuc, team=world.team, is_active=False, left_on=LONG_AGO)
    just_gone = factories.volunteer(unit=world.tan_tuc, is_active=False, left_on=LONG_AGO)
    TeamMember.objects.create(
        team=world.team, volunteer=just_gone, valid_from=factories.LONG_AGO, valid_to=timezone.localdate()
    )
    enable("volunteers")
    assert apply() == 1
    gone.refresh_from_db()
    just_gone.refresh_from_db()
    assert (gone.anonymised_at is None, just_gone.anonymised_at is None) == (False, True)
    assert TeamMember.objects.get(volunteer=gone).valid_to == timezone.localdate()


@pytest.mark.parametrize("way", ["page", "file", "program"])
def test_who_is_marked_as_left_today_keeps_the_name_for_the_time_after_that(client, world, way):
    """By mistake too: a membership that nobody ended, and no shift for years."""
    volunteer = factories.volunteer("TNV-1", unit=world.tan_tuc, team=world.team)
    _mark(client, world, volunteer, way, is_active=False)
    assert (volunteer.is_active, volunteer.left_on) == (False, timezone.localdate())
    enable("volunteers")
    assert (due_of(rule_of("volunteers")).count, apply()) == (0, 0)
    _mark(client, world, volunteer, way, is_active=True)
    assert (volunteer.is_active, volunteer.left_on, volunteer.anonymised_at) == (True, None, None)


def _mark(client, world, volunteer, way: str, *, is_active: bool) -> None:
    if way == "page":
        client.force_login(world.city_staff)
        form = {"code": volunteer.code, "full_name": volunteer.full_name, "unit": volunteer.unit_id}
        form |= {"is_active": "on"} if is_active else {}
        empty = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
        address = f"/admin/teams/volunteer/{volunteer.pk}/change/"
        assert client.post(address, form | empty).status_code == 302
    elif way == "file":
        client.force_login(world.city_staff)
        row = (volunteer.code, volunteer.full_name, "BC-TT", "Có" if is_active else "Không")
        take_in(client, "volunteer", workbook([*VOLUNTEERS, "Đang tham gia"], row))
    else:
        volunteer.is_active = is_active
        volunteer.save()
    volunteer.refresh_from_db()


@pytest.mark.parametrize(("left_on", "count"), [(None, 0), (dt.timedelta(days=700), 0), (dt.timedelta(days=800), 1)])
def test_time_for_those_who_left_is_counted_from_the_day_they_did(world, left_on, count):
    """Who left before any day was kept is never due, until the row is written again."""
    factories.volunteer(unit=world.tan_tuc, is_active=False)
    Volunteer.objects.update(left_on=left_on and timezone.localdate() - left_on)
    assert due_of(rule_of("volunteers")).count == count


class FiguresStay(TestCase):
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2]), st.sampled_from([-2400, -2399, -10, 0])),
            min_size=1,
            max_size=8,
        )
    )
    @settings(max_examples=12, deadline=None)
    def test_every_count_of_persons_is_the_same_before_and_after(self, there):
        world = factories.small_city()
        teams = [world.team, world.team_vinh_loc, world.team_bank]
        people = [factories.volunteer(unit=world.tan_tuc, is_active=number % 2 == 0) for number in range(4)]
        Volunteer.objects.filter(is_active=False).update(left_on=LONG_AGO)
        slices = set()
        for person, team, ago in there:
            day = timezone.localdate() + dt.timedelta(days=ago)
            attended(people[person], teams[team], day)
            slices.add(Slice(day, teams[team].pk))
        refresh(sorted(slices))
        before = self._figures()
        enable("attendances", "volunteers")
        erased = apply(seconds=20)
        assert erased == Volunteer.objects.filter(anonymised_at__isnull=False).count()
        assert self._figures() == before
        assert list(drift({each.day for each in slices})) == []

    def _figures(self) -> tuple:
        """As the statistics tell them, on every way there is to count persons; and the raw rows."""
        self.client.force_login(factories.User.objects.get(username="thanh-doan"))
        asked = "measures=volunteers,volunteer_turns,volunteer_minutes&depth=descendants"
        told = [
            self.client.get(f"/api/v1/stats/?{asked}{by}", headers={"accept": "application/json"}).json()
            for by in ("&by=unit", "&by=team", "&by=month", "&by=unit,day", "")
        ]
        rows = Attendance.objects.order_by("pk").values_list("pk", "session", "volunteer", "minutes")
        return [(answer["rows"], answer["totals"]) for answer in told], list(rows)
