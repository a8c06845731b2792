"""What staff do: settle a flag with a note, set a rule for the city; and who sees what of it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import DomainError, NotAllowed
from core.models import AuditEvent, Revision
from core.privacy import PersonalDataRefused
from desk import outliers
from desk.outliers.catalogue import RULES, in_force, settings_of
from desk.outliers.examining import RECENT, examine_what_changed, number_at
from desk.outliers.models import Examination, OutlierRule, SessionFlag
from reports import tallies
from reports.events.models import FigureEvent
from reports.tallies.slices import Slice
from services_help.models import Session
from teams.access import access_of_user
from teams.permissions import Right, Role
from tests import factories
from tests.desk.shifts import logged, rules_in_place, shift, staffed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(world):
    """A session in Tân Túc and one of the banks, both flagged for their pace."""
    rules_in_place()
    world.session, world.session_bank = (fast(team) for team in (world.team, world.team_bank))
    counted(world.session, world.session_bank)
    examine_what_changed()
    world.flag = SessionFlag.objects.get(session=world.session)
    world.flag_bank = SessionFlag.objects.get(session=world.session_bank)
    world.staff, world.city_access = access_of_user(world.unit_staff), access_of_user(world.city_staff)
    return world


def fast(team, turns: int = 40) -> Session:
    session = shift(team, hours=1)
    staffed(session, 1)
    logged(session, turns - 1, 1)
    return session


def counted(*sessions) -> None:
    tallies.refresh({Slice(session.day, session.team_id) for session in sessions})


def settled(world, note: str = "Đã gọi đội trưởng: phát tờ rơi cho cả lớp.") -> SessionFlag:
    return outliers.settle_flag(flag=world.flag, note=note, access=world.staff)


# --- settling ---------------------------------------------------------------------------------------------------------
def test_flag_is_settled_once_with_author_note_and_trail(world):
    flag = settled(world)
    assert (flag.is_settled, flag.settled_by, flag.note) == (
        True,
        world.unit_staff,
        "Đã gọi đội trưởng: phát tờ rơi cho cả lớp.",
    )
    again = outliers.settle_flag(flag=world.flag, note="Khác", access=world.city_access)
    assert (again.note, again.settled_at) == (flag.note, flag.settled_at)
    event = AuditEvent.objects.get(action="desk.sessionflag_settled")
    assert (event.actor, event.scope_unit, event.data) == (
        world.unit_staff,
        world.tan_tuc.pk,
        {"reason": flag.note, "session": str(world.session.pk)},
    )


def test_settled_flag_stays_settled_while_its_numbers_are_the_same(world):
    flag = settled(world)
    counted(world.session)
    OutlierRule.objects.filter(code="pace").update(settings={"usual": 9}, severity=3)
    examine_what_changed()
    kept = SessionFlag.objects.get(pk=flag.pk)
    assert (kept.settled_at, kept.note, kept.severity, kept.limits["usual"]) == (flag.settled_at, flag.note, 3, 9)


def test_settled_flag_is_open_again_when_its_numbers_change(world):
    flag = settled(world)
    logged(world.session, 1)
    counted(world.session)
    examine_what_changed()
    changed = SessionFlag.objects.get(pk=flag.pk)
    assert (changed.is_settled, changed.settled_by, changed.note) == (False, None, "")
    assert changed.found_at > flag.found_at
    assert changed.numbers["turns"] == 41


def test_only_who_reviews_the_unit_may_settle(world):
    for user in (world.leader, world.viewer, world.bank_staff, world.nobody):
        with pytest.raises(NotAllowed):
            outliers.settle_flag(flag=world.flag, note="Đã xem", access=access_of_user(user))
    assert not SessionFlag.objects.get(pk=world.flag.pk).is_settled


def test_note_is_needed_and_names_nobody(world):
    with pytest.raises(DomainError, match="Hãy ghi kết quả kiểm tra"):
        settled(world, "  ")
    with pytest.raises(PersonalDataRefused):
        settled(world, "Đã gọi 0912 345 678")


@pytest.mark.parametrize("state", ["locked", "provisional"])
def test_flag_that_is_gone_or_locked_says_so(world, state):
    Session.objects.filter(pk=world.session.pk).update(state=state, lock=factories.period_lock(world.city))
    with pytest.raises(DomainError, match="đã khóa"):
        settled(world)
    SessionFlag.objects.all().delete()
    with pytest.raises(DomainError, match="không còn"):
        settled(world)


# --- reading ----------------------------------------------------------------------------------------------------------
def test_flags_are_seen_with_their_sessions(world):
    seen = {
        user.username: set(SessionFlag.objects.visible_to(access_of_user(user)).values_list("pk", flat=True))
        for user in (world.city_staff, world.unit_staff, world.bank_staff, world.leader, world.nobody)
    }
    own, banks = {world.flag.pk}, {world.flag_bank.pk}
    assert list(seen.values()) == [own | banks, own, banks, own, set()]


def test_open_count_is_of_the_readers_own_and_not_yet_settled(world):
    counts = lambda: [  # noqa: E731
        outliers.open_count(access) for access in (world.city_access, world.staff, access_of_user(world.nobody))
    ]
    assert counts() == [2, 1, 0]
    settled(world)
    assert counts() == [1, 0, 0]
    assert outliers.open_count(access_of_user(world.viewer), Right.REVIEW) == 0


@pytest.mark.parametrize("count", [1, 30])
def test_flags_of_many_sessions_take_as_many_queries_as_of_one(world, django_assert_num_queries, count):
    team = factories.team(unit=world.tan_tuc)
    volunteers = [factories.volunteer(unit=world.tan_tuc) for _ in range(count)]
    sessions = [shift(team) for _ in range(count)]
    for session, volunteer in zip(sessions, volunteers, strict=True):
        for each in (session, shift(world.team_vinh_loc)):
            factories.attendance(each, volunteer, minutes=None)
    counted(*sessions)
    examine_what_changed()
    with django_assert_num_queries(3):  # flags with who settled them, volunteers, teams
        found = outliers.flags_of(sessions)
    assert [[flag.rule for flag in found[session.pk]] for session in sessions] == [["two_places"]] * count


def test_what_is_open_and_grave_comes_first(world):
    logged(world.session, 10, 10, 10, 10)
    volunteer = world.session.attendances.get().volunteer
    factories.attendance(shift(world.team_bank, hours=1), volunteer, minutes=None)
    counted(world.session)
    examine_what_changed()
    rules = lambda: [flag.rule for flag in outliers.flags_of([world.session.pk])[world.session.pk]]  # noqa: E731
    assert rules() == ["two_places", "pace", "round"]
    outliers.settle_flag(
        flag=SessionFlag.objects.get(session=world.session, rule="two_places"), note="Đã sửa", access=world.staff
    )
    assert rules() == ["pace", "round", "two_places"]


# --- setting a rule ---------------------------------------------------------------------------------------------------
def changed(world, code: str = "pace", *, access=None, is_enabled: bool = True, severity: int = 2, **settings):
    rule = OutlierRule.objects.get(code=code)
    return outliers.change_rule(
        rule=rule,
        is_enabled=is_enabled,
        severity=severity,
        settings=settings_of(rule) | settings,
        access=access or world.city_access,
    )


def test_new_limit_is_applied_to_the_recent_weeks(world):
    assert SessionFlag.objects.count() == 2
    changed(world, limit=40)
    examine_what_changed()
    assert SessionFlag.objects.count() == 0
    changed(world, limit=39.5)
    examine_what_changed()
    assert SessionFlag.objects.count() == 2


def test_rule_that_is_not_in_use_finds_nothing(world):
    changed(world, is_enabled=False)
    examine_what_changed()
    assert SessionFlag.objects.count() == 0


def test_sessions_whose_figures_are_older_are_not_looked_at_again(world):
    long_ago = number_at(timezone.now() - RECENT - dt.timedelta(hours=1))
    FigureEvent.objects.filter(team=world.team).update(number=long_ago)
    changed(world, limit=40)
    assert examine_what_changed() == 1
    assert list(SessionFlag.objects.all()) == [world.flag]


def test_change_leaves_a_trail_in_words_and_moves_the_revision(world):
    before = Revision.state()["outliers"].number
    rule = changed(world, limit=20, severity=3)
    assert (rule.settings, rule.severity) == ({"limit": 20}, 3)
    event = AuditEvent.objects.get(action="desk.outlierrule_changed")
    assert (event.actor, event.target_label, event.scope_unit) == (
        world.city_staff,
        "Quá nhiều lượt mỗi giờ tình nguyện viên",
        None,
    )
    assert event.data["changes"] == {"severity": ["Cần xem", "Nghiêm trọng"], "Nhắc khi nhiều hơn": [15, 20]}
    assert Revision.state()["outliers"].number == before + 1


def test_change_that_changes_nothing_leaves_no_trace(world):
    place = Examination.objects.get().number
    changed(world)
    assert AuditEvent.objects.filter(action="desk.outlierrule_changed").count() == 0
    assert Examination.objects.get().number == place


def test_usual_values_are_not_kept_so_that_a_better_release_can_change_them(world):
    changed(world, limit=20)
    assert changed(world, limit=RULES["pace"].usual["limit"]).settings == {}


@pytest.mark.parametrize(
    ("code", "values"),
    [("pace", {"limit": 0}), ("pace", {"limit": 501}), ("round", {"base": 1}), ("hours", {"grace": 7.5})],
)
def test_senseless_limit_is_refused(world, code, values):
    with pytest.raises(DomainError, match="hãy nhập một số từ"):
        changed(world, code, **values)
    assert OutlierRule.objects.get(code=code).settings == {}


def test_only_who_holds_the_right_over_the_whole_city_sets_a_rule(world):
    of_a_part = factories.user(role=Role.CITY_STAFF, unit=world.binh_chanh)
    for user in (world.unit_staff, world.viewer, of_a_part):
        with pytest.raises(NotAllowed):
            changed(world, access=access_of_user(user), limit=20)
    assert settings_of(OutlierRule.objects.get(code="pace")) == RULES["pace"].usual


def test_rule_without_a_row_is_as_usual():
    OutlierRule.objects.all().delete()
    assert [(rule.code, rule.is_enabled, rule.severity, rule.settings) for rule in in_force()] == [
        (code, True, rule.severity, {}) for code, rule in RULES.items()
    ]


# --- in the admin -----------------------------------------------------------------------------------------------------
def form_of(code: str) -> str:
    return reverse("admin:desk_outlierrule_change", args=[OutlierRule.objects.get(code=code).pk])


@pytest.mark.parametrize("code", RULES)
def test_form_shows_each_limit_in_words_with_its_usual_value(client, world, no_writes, code):
    client.force_login(world.city_staff)
    with no_writes():
        response = client.get(form_of(code))
    form = response.context["adminform"].form
    assert list(form.fields) == ["is_enabled", "severity", *RULES[code].usual]
    for setting in RULES[code].settings:
        assert str(setting.label) in response.text
        assert form.initial[setting.name] == setting.usual
        assert form.fields[setting.name].help_text.startswith(str(setting.help))
    assert str(RULES[code].explanation) in response.text


def test_form_sets_the_rule_through_the_service(client, world):
    client.force_login(world.city_staff)
    sent = {"is_enabled": "on", "severity": 3, "limit": "17.5", "usual": 8, "least_turns": 30}
    response = client.post(form_of("pace"), sent, follow=True)
    assert "đang được xem lại theo quy tắc mới" in response.text
    rule = OutlierRule.objects.get(code="pace")
    assert (rule.is_enabled, rule.severity, rule.settings) == (True, 3, {"limit": 17.5})
    assert AuditEvent.objects.filter(target_type="desk.outlierrule").count() == 1
    trail = client.get(reverse("admin:desk_outlierrule_history", args=[rule.pk]), follow=True)
    assert trail.status_code == 200


def test_form_says_what_is_wrong_and_changes_nothing(client, world):
    client.force_login(world.city_staff)
    response = client.post(form_of("round"), {"is_enabled": "on", "severity": 1, "share": 200, "base": 10})
    errors = response.context["adminform"].form.errors
    assert set(errors) == {"share", "least_lines"}
    assert OutlierRule.objects.get(code="round").settings == {}


def test_rules_are_not_there_for_staff_of_a_part_of_the_city(client, world):
    client.force_login(factories.user(role=Role.CITY_STAFF, unit=world.binh_chanh))
    sent = {"is_enabled": "on", "severity": 2, "limit": 20, "usual": 8, "least_turns": 30}
    assert client.get(form_of("pace")).status_code == 404
    assert client.post(form_of("pace"), sent).status_code == 404
    assert OutlierRule.objects.get(code="pace").settings == {}


def test_list_tells_of_each_rule_how_many_flags_wait(client, world):
    client.force_login(world.city_staff)
    response = client.get(reverse("admin:desk_outlierrule_changelist"))
    assert {rule.code: rule.open_count for rule in response.context["cl"].result_list} == {
        code: 2 if code == "pace" else 0 for code in RULES
    }
