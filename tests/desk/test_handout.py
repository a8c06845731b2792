"""Hand out: sheets of passes and posters, ordered on a page, made by a worker, taken by the one who has ordered."""

import datetime as dt
import zipfile
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from core.dated import DAY, today
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.jobs import running
from core.jobs.models import Job
from core.jobs.services import repeat, stop
from core.jobs.work import Work, folder_of, result_of
from core.models import AuditEvent
from desk.handout import cards, kinds, posters
from desk.handout.ordering import CardSize, Layout, Paper, Scope, order_passes, order_posters, safe_name
from teams.access import access_of_user
from teams.models import Appointment, DevicePass
from teams.passes import redeem_pass
from tests import factories
from tests.desk.paper import codes, pages, picture

pytestmark = pytest.mark.django_db
BASE = "http://testserver/"


@pytest.fixture
def world(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    area = factories.area("27595", name="Xã Tân Túc")
    campaign = factories.campaign(owner=world.city, name="Ngày hoạt động cao điểm")
    world.day = factories.campaign_day(campaign, today())
    world.point = factories.point("D-1", unit=world.binh_chanh, area=area, name="Chợ Bình Chánh", address="Quốc lộ 1A")
    for team in (world.team, world.team_vinh_loc, world.team_bank):
        factories.deployment(team, world.day, world.point if team == world.team else None)
    return world


def access(world, who="unit_staff"):
    return access_of_user(getattr(world, who))


def order(world, *teams, by="unit_staff", scope=None, **options) -> Job:
    given = {"count": 2, "valid_to": today(), "layout": Layout.SHEETS, "size": CardSize.A6, "key": uuid7()} | options
    scope = scope or Scope(day=world.day)
    return order_passes(
        scope=scope, teams=teams or [world.team, world.team_vinh_loc], base=BASE, access=access(world, by), **given
    )


def made(job: Job) -> Job:
    """As a worker leaves it."""
    running.run(job.pk, 600)
    job.refresh_from_db()
    assert job.error == ""
    return job


def states() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in DevicePass.objects.select_related("team").order_by("pk"):
        found.setdefault(each.team.code, []).append(each.state)
    return found


def code_of(address: str) -> str:
    return address.removeprefix(f"{BASE}field/pass/").rstrip("/")


# --- the sheet of passes ----------------------------------------------------------------------------------------------
def test_codes_on_the_printed_cards_sign_phones_in(world, tmp_path):
    job = made(order(world))
    assert (job.state, job.message, job.percent) == ("done", "4 thẻ", 100)
    assert job.file_name == f"Thẻ đăng nhập máy {today():%d-%m-%Y}.pdf"
    sheet = result_of(job)
    assert pages(sheet) == 2  # a sheet for each team
    found = codes([picture(sheet, page, left=left) for page in (1, 2) for left in (0, 105)])
    assert len(set(found)) == 4
    teams = [redeem_pass(code=code_of(each)).device_pass.team for each in found]
    assert teams == [world.team, world.team, world.team_vinh_loc, world.team_vinh_loc]


@pytest.mark.parametrize(
    ("layout", "size", "expected"),
    [
        (Layout.SHEETS, CardSize.A6, 4),
        (Layout.SHEETS, CardSize.A7, 2),
        (Layout.PACKED, CardSize.A6, 3),
        (Layout.PACKED, CardSize.A7, 2),
    ],
)
def test_cards_fill_their_sheets(world, layout, size, expected):
    assert pages(result_of(made(order(world, count=6, layout=layout, size=size)))) == expected


def test_small_card_is_read_too(world):
    sheet = result_of(made(order(world, world.team, size=CardSize.A7)))
    [address] = codes([picture(sheet, 1, height=74)])
    assert redeem_pass(code=code_of(address)).device_pass.team == world.team


def test_file_for_each_team_is_called_by_its_team(world):
    job = made(order(world, layout=Layout.FILES))
    assert (job.file_type, job.file_name[-4:]) == ("application/zip", ".zip")
    with zipfile.ZipFile(result_of(job)) as file:
        assert file.namelist() == ["Tổ xung kích Tân Túc TO-TT.pdf", "Tổ xung kích Vĩnh Lộc A TO-VL.pdf"]
        file.extractall(result_of(job).parent)
    one = result_of(job).parent / "Tổ xung kích Vĩnh Lộc A TO-VL.pdf"
    [address] = codes([picture(one, 1)])
    assert redeem_pass(code=code_of(address)).device_pass.team == world.team_vinh_loc


def test_card_tells_team_unit_place_and_end(world):
    job = order(world, world.team)
    work = running._claim(job.pk)
    kinds.passes_piece(work)
    [team] = kinds._codes(work)
    assert (team["name"], team["unit"], team["places"]) == (
        "Tổ xung kích Tân Túc",
        "Đoàn thị trấn Tân Túc",
        ["7:30 – 11:30 · Chợ Bình Chánh"],
    )
    shown = cards.document([team], job.params)
    assert (shown["day"], shown["valid_to"]) == (f"{today():%d/%m/%Y}", f"{today():%d/%m/%Y}")
    assert [card["label"] for card in shown["teams"][0]["cards"]] == ["thẻ 1", "thẻ 2"]


@pytest.mark.parametrize(
    ("name", "safe"), [("A/B: “Ổ”", "A B  “Ổ”"), ("..\\x?", "x"), ("Tổ\n1", "Tổ 1"), ("Đội số 1.", "Đội số 1")]
)
def test_file_names_are_safe_everywhere(name, safe):
    assert safe_name(name) == safe


def followed(job) -> list[tuple]:
    """A piece at a time to its end: what its page says after each."""
    far = []
    while not job.finished_at:
        running.run(job.pk, 0)
        job.refresh_from_db()
        far.append((job.percent, job.message))
    return far


def test_many_teams_go_in_pieces_and_every_code_is_different(world, monkeypatch):
    monkeypatch.setattr(kinds, "TEAMS_A_PIECE", 1)
    monkeypatch.setattr(cards, "CARDS_A_PART", 1)
    job = order(world)
    assert followed(job) == [
        (25, "Đã tạo mã cho 1/2 đội"),
        (50, "Đã tạo mã cho 2/2 đội"),
        (75, "Đang dàn trang: 1/2 phần"),
        (99, "Đang dàn trang: 2/2 phần"),
        (100, "4 thẻ"),
    ]
    found = codes([picture(result_of(job), page, left=left) for page in (1, 2) for left in (0, 105)])
    assert len(set(found)) == 4


# --- what may be ordered ----------------------------------------------------------------------------------------------
def test_unit_staff_print_for_own_teams_only(world):
    assert set(Scope(day=world.day).teams(access(world))) == {world.team, world.team_vinh_loc}
    with pytest.raises(NotAllowed):
        order(world, world.team, world.team_bank)
    assert Job.objects.count() == 0


@pytest.mark.parametrize("who", ["viewer", "leader", "nobody"])
def test_others_order_nothing(world, who):
    with pytest.raises(NotAllowed):
        order(world, world.team, by=who)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"count": 0}, "Mỗi lần in từ 1 đến 20 thẻ"),
        ({"count": 21}, "Mỗi lần in từ 1 đến 20 thẻ"),
        ({"valid_to": dt.date(2020, 1, 1)}, "Hạn dùng phải từ hôm nay"),
    ],
)
def test_impossible_order_is_refused_at_once(world, wrong, told):
    with pytest.raises(DomainError, match=told):
        order(world, **wrong)


def test_too_many_cards_are_refused_with_a_way_out(world, monkeypatch):
    monkeypatch.setattr("desk.handout.ordering.MOST_CARDS", 3)
    with pytest.raises(DomainError, match=r"tối đa 3 thẻ\. Hãy chọn ít đội hơn"):
        order(world)


def test_team_that_is_taken_from_the_staff_meanwhile_gets_no_pass(world):
    job = order(world)
    Appointment.objects.filter(user=world.unit_staff).update(valid_to=today() - DAY)
    running.run(job.pk, 60)
    job.refresh_from_db()
    assert job.state == "failed"
    assert DevicePass.objects.count() == 0


# --- no pass too many -------------------------------------------------------------------------------------------------
def test_new_sheet_ends_the_cards_of_the_one_before_that_nobody_has_scanned(world):
    first = made(order(world))
    [address] = codes([picture(result_of(first), 1)])
    phone = redeem_pass(code=code_of(address))
    assert made(order(world)).message == "4 thẻ · 3 thẻ in lần trước, chưa ai quét, đã hết tác dụng"
    assert states() == {
        "TO-TT": ["in_use", "revoked", "waiting", "waiting"],
        "TO-VL": ["revoked", "revoked", "waiting", "waiting"],
    }
    phone.refresh_from_db()
    assert phone.is_active


def test_new_sheet_leaves_other_teams_other_days_and_single_cards_alone(world):
    made(order(world))
    made(order(world, world.team, scope=Scope(unit=world.binh_chanh)))
    made(order(world, world.team_vinh_loc))
    assert states() == {
        "TO-TT": ["waiting", "waiting", "waiting", "waiting"],
        "TO-VL": ["revoked", "revoked", "waiting", "waiting"],
    }


def test_sheet_before_tells_what_is_left_of_it(world):
    first = made(order(world))
    made(order(world, world.team_vinh_loc))
    first.refresh_from_db()
    assert (first.message, first.has_file) == ("4 thẻ · 2 thẻ không còn dùng được vì đã in lại", True)
    made(order(world, world.team))
    first.refresh_from_db()
    assert (first.message, first.has_file) == ("4 thẻ · 4 thẻ không còn dùng được vì đã in lại", False)
    running.resume()
    assert not folder_of(first).exists()


def test_sheet_before_of_other_teams_keeps_its_words(world):
    first = made(order(world, world.team))
    made(order(world, world.team_vinh_loc))
    again = made(order(world, world.team_vinh_loc))
    first.refresh_from_db()
    assert (first.message, first.has_file) == ("2 thẻ", True)
    assert again.message == "2 thẻ · 2 thẻ in lần trước, chưa ai quét, đã hết tác dụng"


def test_sheet_that_fails_takes_back_its_passes_and_leaves_those_before(world, monkeypatch):
    made(order(world))
    monkeypatch.setattr(kinds, "merge_pdfs", lambda *_args: 1 / 0)
    job = order(world)
    running.run(job.pk, 60)
    job.refresh_from_db()
    assert job.state == "failed"
    assert states() == {"TO-TT": ["waiting"] * 2 + ["revoked"] * 2, "TO-VL": ["waiting"] * 2 + ["revoked"] * 2}
    assert not folder_of(job).exists()


def test_sheet_that_is_stopped_takes_back_its_passes_and_may_be_made_again(world, monkeypatch):
    monkeypatch.setattr(kinds, "TEAMS_A_PIECE", 1)
    job = order(world)
    running.run(job.pk, 0)
    assert states() == {"TO-TT": ["waiting", "waiting"]}
    stop(job=job, access=access(world))
    assert states() == {"TO-TT": ["revoked", "revoked"]}
    job.refresh_from_db()
    repeat(job=job, access=access(world))
    made(job)
    assert states() == {"TO-TT": ["revoked", "revoked", "waiting", "waiting"], "TO-VL": ["waiting", "waiting"]}


@pytest.mark.parametrize("step", ["codes-1", "part-0.pdf", "bind"])
def test_worker_killed_in_the_middle_is_gone_on_with_and_no_pass_is_doubled(world, monkeypatch, step):
    class Killed(BaseException):
        pass

    def kill(*_args, **_options):
        raise Killed

    monkeypatch.setattr(kinds, "TEAMS_A_PIECE", 1)
    job = order(world)
    with monkeypatch.context() as dying:
        if step == "codes-1":
            # After the codes of the second team are kept, before its passes are committed.
            real = Work.keep
            dying.setattr(Work, "keep", lambda work, name, data: real(work, name, data) if name != step else kill())
        else:
            dying.setattr(kinds, "print_pdf" if step == "part-0.pdf" else "merge_pdfs", kill)
        with pytest.raises(Killed):
            running.run(job.pk, 60)
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now())
    made(job)
    assert states() == {"TO-TT": ["waiting", "waiting"], "TO-VL": ["waiting", "waiting"]}
    found = codes([picture(result_of(job), page, left=left) for page in (1, 2) for left in (0, 105)])
    assert [redeem_pass(code=code_of(each)).device_pass.team.code for each in found] == ["TO-TT"] * 2 + ["TO-VL"] * 2


def test_codes_are_in_the_file_alone(world):
    job = made(order(world, world.team))
    [address] = codes([picture(result_of(job), 1)])
    code = code_of(address)
    rows = [*Job.objects.values(), *DevicePass.objects.values(), *AuditEvent.objects.values()]
    assert [row for row in rows if code in str(row)] == []


def test_file_of_codes_is_gone_after_a_day_and_the_passes_stay(world):
    job = made(order(world, world.team))
    Job.objects.filter(pk=job.pk).update(expires_at=timezone.now())
    running.resume()
    assert not folder_of(job).exists()
    assert states() == {"TO-TT": ["waiting", "waiting"]}


# --- posters ----------------------------------------------------------------------------------------------------------
def poster_job(world, paper=Paper.A4, by="unit_staff", **options) -> Job:
    scope = options.pop("scope", Scope(day=world.day))
    return order_posters(
        scope=scope, points=[world.point], paper=paper, base=BASE, key=uuid7(), access=access(world, by)
    )


@pytest.mark.parametrize(("paper", "scale"), [(Paper.A4, 1), (Paper.A3, 1.414)])
def test_poster_leads_to_the_point_on_the_public_page(world, paper, scale):
    job = made(poster_job(world, paper))
    assert (job.message, job.file_name) == ("1 áp phích", f"Áp phích {today():%d-%m-%Y} {paper}.pdf")
    assert pages(result_of(job)) == 1
    left, top, size = (round(each * scale) for each in (130, 210, 80))
    [address] = codes(
        [picture(result_of(job), 1, left=left, top=top, width=size, height=size, paper=round(210 * scale))]
    )
    assert address == f"{BASE}?q={quote('Chợ Bình Chánh')}#diem"
    page = Client().get(address.removeprefix(BASE.rstrip("/")).partition("#")[0])
    assert [point["name"] for point in page.context["points"]] == ["Chợ Bình Chánh"]


def test_poster_tells_hours_day_and_services(world):
    factories.deployment(
        world.team_vinh_loc, world.day, world.point, starts_at=dt.time(13, 30), ends_at=dt.time(16, 30)
    )
    factories.service("DVC-NOP", short_name="Nộp hồ sơ")
    factories.service("HT-PM", for_citizens=False)
    shown = posters.document(poster_job(world).params, [world.point.pk])
    assert shown["services"] == ["Nộp hồ sơ"]
    assert shown["day"].endswith(f"{today():%d/%m/%Y}")
    [poster] = shown["points"]
    assert poster["hours"] == ["7:30 – 11:30", "13:30 – 16:30"]
    assert (poster["name"], poster["address"]) == ("Chợ Bình Chánh", "Quốc lộ 1A, Xã Tân Túc")


def test_poster_with_many_services_names_their_groups(world):
    for number in range(posters.MOST_SERVICES + 1):
        group = factories.service_group(f"N{number % 2}", short_name=f"Nhóm {number % 2}")
        factories.service(f"N{number % 2}-{number}", group=group)
    assert posters.services_of(world.day) == ["Nhóm 0", "Nhóm 1"]


def test_poster_without_a_day_tells_the_hours_of_the_point(world):
    world.point.opens_at, world.point.closes_at = dt.time(8), dt.time(17)
    world.point.save()
    shown = posters.document(poster_job(world, scope=Scope(unit=world.binh_chanh)).params, [world.point.pk])
    assert (shown["day"], shown["points"][0]["hours"]) == ("", ["8:00 – 17:00"])


def test_many_posters_go_in_pieces_and_keep_their_order(world, monkeypatch):
    monkeypatch.setattr(kinds, "POSTERS_A_PIECE", 2)
    names = ["Chợ Bình Chánh", "Bến xe", "Nhà văn hóa"]
    points = [world.point] + [
        factories.point(f"D-{name}", unit=world.binh_chanh, area=world.point.area, name=name) for name in names[1:]
    ]
    scope = Scope(unit=world.binh_chanh)
    job = order_posters(scope=scope, points=points, paper=Paper.A4, base=BASE, key=uuid7(), access=access(world))
    assert followed(job) == [
        (66, "Đang dàn trang: 2/3 áp phích"),
        (99, "Đang dàn trang: 3/3 áp phích"),
        (100, "3 áp phích"),
    ]
    assert pages(result_of(job)) == 3
    found = codes([picture(result_of(job), page, left=130, top=210, width=80, height=80) for page in (1, 2, 3)])
    assert found == [f"{BASE}?q={quote(name)}#diem" for name in names]


def test_points_of_others_are_not_printed(world):
    with pytest.raises(NotAllowed):
        poster_job(world, by="bank_staff")
