"""Who saw and took what: told after the answer, written by the worker; reading itself writes nothing."""

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import IntegrityError, InterfaceError, OperationalError
from django.urls import get_resolver
from django.utils import timezone

from core.dated import today
from core.models import AuditEvent
from desk.office import monitor
from desk.office.trail import looks
from desk.office.trail.looks import FILES, LOOKS, store
from desk.tasks import store_looks
from reports.tallies import refresh
from reports.tallies.slices import Slice
from teams.permissions import Scope
from tests import factories
from tests.teams.spreadsheets import SQUAD, TEAMS, VOLUNTEERS, upload, workbook

pytestmark = pytest.mark.django_db
PERSONAL = {
    "teams.volunteer",
    "teams.teammember",
    "teams.appointment",
    "services_help.attendance",
    "accounts.user",
    "core.auditevent",
}


@pytest.fixture
def sent(monkeypatch) -> list[dict]:
    """What is handed to the worker, instead of a broker."""
    told: list[dict] = []
    monkeypatch.setattr(looks.current_app, "send_task", lambda _name, args: told.extend(args[0]))
    return told


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def written() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action__regex="_seen$|_taken$").order_by("pk"))


# --- what is seen -----------------------------------------------------------------------------------------------------
def test_a_list_of_volunteers_that_is_looked_at_is_in_the_trail(city, world, sent, no_writes):
    with no_writes():
        assert city.get("/admin/teams/volunteer/?q=mau").status_code == 200
    store(sent)
    [row] = written()
    assert (row.action, row.actor, row.target_label) == ("teams.volunteer_seen", world.city_staff, "Tình nguyện viên")
    assert (row.data["filters"], row.scope_unit) == ({"q": "mau"}, world.city.pk)


def test_one_volunteer_is_named_and_told_to_the_own_unit(city, world, sent):
    volunteer = factories.volunteer("TNV-1", unit=world.tan_tuc)
    city.get(f"/admin/teams/volunteer/{volunteer.pk}/change/")
    store(sent)
    [row] = written()
    assert (row.target_id, row.target_label, row.scope_unit) == (
        str(volunteer.pk),
        "Nguyễn Văn Mẫu TNV-1",
        world.tan_tuc.pk,
    )


def test_the_same_look_again_is_one_look(city, world, sent):
    first, second = (factories.volunteer(unit=world.tan_tuc) for _number in range(2))
    for volunteer in (first, first, second):
        city.get(f"/admin/teams/volunteer/{volunteer.pk}/change/")
    assert [look["target_id"] for look in sent] == [str(first.pk), str(second.pk)]


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("/admin/autocomplete/?app_label=teams&model_name=teammember&field_name=volunteer&term=mau", 1),
        ("/admin/autocomplete/?app_label=teams&model_name=teammember&field_name=team&term=to", 0),
        ("/admin/autocomplete/?app_label=teams&model_name=appointment&field_name=user&term=can", 1),
        ("/admin/teams/appointment/", 1),
        ("/admin/teams/team/", 0),
        ("/review/late/", 0),
        ("/dashboard/", 0),
        ("/admin/teams/volunteer/999999/change/", 0),
        ("/office/trail/", 1),
        ("/office/roles/", 1),
    ],
)
def test_only_what_shows_persons_is_a_look(city, world, sent, address, count):
    city.get(address)
    assert len(sent) == count


def test_an_uploaded_list_of_volunteers_that_is_looked_at_is_in_the_trail(city, world, sent):
    run = upload(city, "volunteer", workbook(VOLUNTEERS, ("TNV-1", "Nguyễn Văn Mẫu", "BC-TT"))).context["run"]
    city.get(f"/imports/{run.pk}/progress/")  # the same look
    store(sent)
    [row] = written()
    assert (row.action, row.target_id, row.target_label) == ("teams.importrun_seen", str(run.pk), "danh-sach.xlsx")


def test_a_list_that_is_first_looked_at_while_a_worker_reads_it_is_a_look_too(city, world, sent):
    run = upload(city, "volunteer", workbook(VOLUNTEERS, ("TNV-1", "Nguyễn Văn Mẫu", "BC-TT"))).context["run"]
    sent.clear()
    cache.clear()
    city.get(f"/imports/{run.pk}/progress/")
    assert [look["target_id"] for look in sent] == [str(run.pk)]


def test_an_uploaded_list_of_teams_names_nobody(city, world, sent):
    upload(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", "01/01/2023")))
    assert sent == []


def test_staff_who_are_shown_teams_by_the_phone_have_looked_at_each_of_them(city, world, sent):
    """However many were asked for at once; a team without members shows nobody."""
    for team in (world.team, world.team_vinh_loc):
        factories.volunteer(f"TNV-{team.code}", unit=team.home_on(today()), team=team)
    city.get("/field/api/kit/?team=TO-TT&team=TO-NH")
    city.get("/field/api/kit/?team=TO-VL&team=TO-TT")
    store(sent)
    rows = [(row.action, row.target_label, row.scope_unit, row.actor) for row in written()]
    assert rows == [
        ("teams.team_seen", str(team), team.home_on(today()).pk, world.city_staff)
        for team in (world.team, world.team_vinh_loc)
    ]


def test_staff_who_tick_attendances_of_a_team_have_looked_at_its_members(city, world, sent):
    session = factories.session(world.team)
    city.get(f"/field/web/ca/{session.pk}/diem-danh/")
    store(sent)
    [row] = written()
    assert (row.action, row.target_id) == ("services_help.session_seen", str(session.pk))


def test_a_leader_is_shown_the_own_team_all_day(client, world, sent):
    factories.volunteer("TNV-1", unit=world.tan_tuc, team=world.team)
    client.force_login(world.leader)
    assert "Nguyễn Văn Mẫu" in client.get("/field/api/kit/").text
    client.get(f"/field/web/ca/{factories.session(world.team).pk}/diem-danh/")
    assert sent == []


def test_a_colleagues_sessions_that_are_looked_at_are_in_the_trail(city, world, sent):
    city.get(f"/access/{world.unit_staff.pk}/")
    assert city.get("/access/").status_code == 200
    assert [(look["target_type"], look["target_id"]) for look in sent] == [("accounts.user", str(world.unit_staff.pk))]


def test_who_is_refused_has_seen_nothing(client, world, sent):
    client.force_login(world.leader)
    assert client.get("/admin/teams/volunteer/").status_code != 200
    client.logout()
    assert client.get("/admin/teams/volunteer/").status_code == 302
    assert sent == []


# --- what is taken ----------------------------------------------------------------------------------------------------
def test_figures_taken_as_a_file_are_told_with_their_size(city, world, sent):
    factories.log(factories.session(world.team), factories.service())
    refresh([Slice(factories.PEAK_DAY, world.team.pk)])
    response = city.get("/api/v1/stats/?measures=people&by=unit&format=csv")
    size = len(response.getvalue())
    store(sent)
    [row] = written()
    assert (row.action, row.target_label.endswith(".csv"), row.target_type) == ("core.file_taken", True, "")
    assert (row.data["bytes"], row.data["filters"]["by"]) == (size, "unit")
    assert row.data["rows"] == 1


def test_a_program_that_asks_all_day_is_told_of_by_the_hour(client, world, sent):
    _token, key = factories.token(Scope.STATS_READ, unit=world.city, last_used_at=timezone.now())
    for _time in range(3):
        client.get(
            "/api/v1/stats/?measures=people&by=unit&format=xlsx", headers={"Authorization": f"Bearer {key}"}
        ).getvalue()
    [look] = sent
    assert look["data"]["key"].startswith("Khóa")


def test_an_export_by_post_has_its_own_row_and_a_form_to_fill_in_none(city, world, sent):
    factories.volunteer("TNV-1", unit=world.tan_tuc)
    city.post("/admin/teams/volunteer/export/", {"format": "1", "resource": ""})
    city.get("/admin/teams/volunteer/import/template/")
    assert sent == []
    assert AuditEvent.objects.get(action="teams.volunteer_exported").data["rows"] == 1


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="so-lieu.csv"', "so-lieu.csv"),
        ("attachment; filename*=utf-8''S%E1%BB%91%20li%E1%BB%87u.csv", "Số liệu.csv"),
        ("attachment", ""),
    ],
)
def test_the_name_of_a_file_is_read_from_its_header(header, name):
    assert looks._file_name(header) == name


# --- when something is away -------------------------------------------------------------------------------------------
def test_without_a_broker_the_page_is_read_and_the_log_tells_of_it(city, world, monkeypatch):
    logged: list = []
    monkeypatch.setattr(looks.logger, "warning", lambda event, **told: logged.append((event, told["action"])))
    monkeypatch.setattr(looks.current_app, "send_task", lambda *_args, **_options: 1 / 0)
    assert city.get("/admin/teams/volunteer/").status_code == 200
    assert logged == [("look_not_stored", "teams.volunteer_seen")]


def test_a_fault_in_the_telling_does_not_keep_anybody_from_reading(city, world, monkeypatch):
    monkeypatch.setattr("desk.office.trail.middleware.looks_of", lambda *_args: 1 / 0)
    assert city.get("/admin/teams/volunteer/").status_code == 200


@pytest.fixture
def look(world) -> dict:
    return {
        "at": timezone.now().isoformat(),
        "actor": world.city_staff.pk,
        "actor_label": "Ai đó",
        "action": "teams.volunteer_seen",
        "target_type": "teams.volunteer",
        "target_id": "999999",
        "target_label": "",
        "scope_unit": None,
        "data": {},
        "request_id": "x",
    }


def test_the_worker_writes_what_it_is_told_also_of_what_is_gone(look):
    store_looks([look, look | {"target_type": "gone.model", "target_id": ""}])
    assert [row.target_label for row in written()] == ["Tình nguyện viên", "Tệp"]


def _failing(monkeypatch, *errors: Exception) -> None:
    """As many writes fail as there are errors."""
    write, left = AuditEvent.objects.bulk_create, list(errors)

    def written_or_not(rows, **options):
        if left:
            raise left.pop(0)
        return write(rows, **options)

    monkeypatch.setattr(AuditEvent.objects, "bulk_create", written_or_not)


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection already closed")])
def test_a_look_that_could_not_be_written_is_written_later(look, monkeypatch, error):
    _failing(monkeypatch, error)
    store_looks.apply(args=[[look]])
    assert [row.action for row in written()] == ["teams.volunteer_seen"]


@pytest.mark.parametrize("errors", [[OperationalError("gone")] * 3, [IntegrityError("refused")]])
def test_a_look_that_is_given_up_is_in_the_log_and_on_the_monitor(look, monkeypatch, errors):
    logged: list = []
    monkeypatch.setattr(looks.logger, "error", lambda event, **told: logged.append((event, told["actor"])))
    monkeypatch.setattr(store_looks, "max_retries", 2)
    _failing(monkeypatch, *errors)
    assert "ok" in [sign.state for sign in monitor.signs() if sign.name == "Lượt xem"]
    store_looks.apply(args=[[look]])
    assert (written(), logged) == ([], [("look_lost", look["actor"])])
    [sign] = [sign for sign in monitor.signs() if sign.name == "Lượt xem"]
    assert (sign.state, "“look_lost”" in sign.text) == ("bad", True)


# --- nothing is forgotten ---------------------------------------------------------------------------------------------
def test_every_page_of_the_admin_that_shows_persons_is_a_look():
    """A list of them, or a record with them in it."""
    wanted = set()
    for model, model_admin in admin.site._registry.items():
        label = model._meta.label_lower
        shown = {inline.model._meta.label_lower for inline in model_admin.inlines} | {label}
        name = f"admin:{label.replace('.', '_')}"
        if label in PERSONAL:
            wanted |= {f"{name}_changelist", f"{name}_change"}
        elif shown & PERSONAL:
            wanted.add(f"{name}_change")
    assert wanted - set(LOOKS) == set()


def test_every_look_names_a_page_that_exists():
    known = set()

    def walk(resolver, prefix=""):
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            else:
                known.add(f"{prefix}{entry.name}")

    walk(get_resolver())
    assert (set(LOOKS) | set(FILES)) - known == set()
