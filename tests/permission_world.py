"""The small city with one thing of every kind on both sides of the wall, and the callers who ask for them.

Seen from Bình Chánh (unit staff, viewer): ``bc`` is own, ``tt`` and ``vl`` are below, ``td`` is above, ``nh`` (the
banks) is another subtree. Seen from the leader of ``tt``: ``vl`` is the sibling.
"""

import datetime as dt
from types import SimpleNamespace

from django.test import Client
from django.utils import timezone

from campaigns.feeds import issue_feed
from campaigns.models import ProgrammeGoal
from campaigns.past import PastFigure
from core.ids import uuid7
from core.jobs.models import Job
from core.jobs.work import folder_of, result_of
from core.models import AuditEvent
from desk.office.models import ExportAlarm
from desk.outliers.models import OutlierRule, SessionFlag
from reports.official.composing import build
from reports.official.drafting import create_draft
from reports.official.files import store
from reports.official.frozen import canonical, digest_of
from reports.official.models import ReportFile, ReportIssue, ReportTemplate
from reports.official.proposing import Subject
from reports.tallies import refresh
from reports.tallies.slices import Slice
from services_help.models import CampaignService, LateEntry, PeriodLock, ReviewPolicy
from teams.access import access_of_user
from teams.models import AreaSuccession, ImportRun, ImportState
from teams.passes import issue_passes, redeem_pass
from teams.permissions import Right, Role, Scope
from teams.reorganising.services import add_steps
from teams.reorganising.services import create as create_reorganisation
from tests import factories
from tests.desk.shifts import rules_in_place
from tests.factories import PEAK_DAY

NEXT_MONTH = dt.timedelta(days=30)
LOCKED_DAY = dt.date(2022, 3, 26)
LAST_YEAR = {"starts_on": dt.date(2022, 1, 1), "ends_on": dt.date(2022, 12, 31)}


def city_of_all_kinds() -> tuple[SimpleNamespace, dict[str, object]]:
    """The city, and what ``{name}`` in a row of the matrix stands for."""
    city = factories.small_city()
    area, old_area = factories.area("27595"), factories.area("27596")
    service = factories.service("DVC-NOP", factories.metric("HS_NOP"))
    rules_in_place()
    goal = ProgrammeGoal.objects.create(code="MT-1", name="Mục tiêu", source="2393/QĐ-UBND")
    things = {
        "area": area.pk,
        "succession": AreaSuccession.objects.create(
            old=old_area, new=area, effective_on=dt.date(2025, 7, 1), relation="whole"
        ).pk,
        "goal": goal.pk,
        "rule": OutlierRule.objects.get(code="pace").pk,
        "policy": ReviewPolicy.objects.create(days=3).pk,
        "alarm": ExportAlarm.objects.create(actor=city.bank_staff, day=PEAK_DAY, rows=30_000, files=3).pk,
        "service": service.pk,
        "metric": service.metrics.get().pk,
        "user_td": city.city_staff.pk,
        "user_bc": city.unit_staff.pk,
        "user_tt": city.leader.pk,
        "user_nh": city.leader_bank.pk,
        "appointment_td": city.city_staff.appointments.get().pk,
        "appointment_bc": city.unit_staff.appointments.get().pk,
        "appointment_tt": city.leader.appointments.get().pk,
        "appointment_nh": city.leader_bank.appointments.get().pk,
    }
    units = {"td": city.city, "bc": city.binh_chanh, "tt": city.tan_tuc, "nh": city.banks}
    teams = {"tt": city.team, "vl": city.team_vinh_loc, "nh": city.team_bank}
    things |= {f"unit_{name}": unit.pk for name, unit in units.items()}
    things |= {f"team_{name}": team.pk for name, team in teams.items()}
    for name, unit in units.items():
        things |= _plans(name, unit, area, service)
    for name, team in teams.items():
        things |= _work(name, team, service)
    refresh([Slice(PEAK_DAY, team.pk) for team in teams.values()])
    things |= {
        "run_bc": _import(city.unit_staff, city.binh_chanh, "Tổ của Tân Túc.xlsx"),
        "run_nh": _import(city.bank_staff, city.banks, "Tổ của khối Ngân hàng.xlsx"),
        "job_bc": _job(city.unit_staff, "Thẻ của Tân Túc"),
        "job_nh": _job(city.bank_staff, "Thẻ của khối Ngân hàng"),
    }
    things |= _reorganisation(city)
    city.passes = {
        name: issue_passes(
            team=team, count=1, valid_to=timezone.localdate() + NEXT_MONTH, access=access_of_user(city.city_staff)
        )[0]
        for name, team in teams.items()
    }
    things |= {f"pass_{name}": issued.device_pass.pk for name, issued in city.passes.items()}
    feeds = {name: issue_feed(access=access_of_user(city.city_staff), team=team)[0] for name, team in teams.items()}
    things |= {f"feed_{name}": feed.pk for name, feed in feeds.items()}
    things |= _report("bc", city.unit_staff, city.binh_chanh) | _report("nh", city.bank_staff, city.banks)
    things["template"] = ReportTemplate.objects.create(
        name="Mẫu", version=1, data=b"PK", digest="0", uploaded_by=city.city_staff
    ).pk
    return city, things


def _reorganisation(city) -> dict[str, object]:
    access = access_of_user(city.city_staff)
    draft = create_reorganisation(name="Sắp xếp", effective_on=dt.date(2025, 7, 1), source="NQ", access=access)
    add_steps(reorganisation=draft, added=[("merge", {"units": ["BC-TT"], "into": "BC-VL"})], access=access)
    return {"reorganisation": draft.pk, "reorganisation_step": draft.steps.get().pk}


def _report(name: str, user, unit) -> dict[str, object]:
    """A draft, and what was issued from it."""
    subject = Subject(unit=unit, kind="day", starts_on=PEAK_DAY, ends_on=PEAK_DAY)
    draft = create_draft(subject=subject, key=uuid7(), access=access_of_user(user))
    text = canonical(build(draft, access_of_user(user)))
    about = {"draft": draft, "unit": unit, "kind": "day", "starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    issue = ReportIssue.objects.create(
        **about,
        version=1,
        subject=draft.subject,
        content=text,
        digest=digest_of(text),
        code=f"ma{name}",
        as_of=timezone.now(),
        issued_by=user,
        job_key=uuid7(),
    )
    ReportFile.objects.create(issue=issue, format="docx", digest=store(issue.code, "docx", b"docx")[0], size=4)
    return {f"draft_{name}": draft.pk, f"issue_{name}": issue.pk, f"made_{name}": issue.job_key}


def _plans(name: str, unit, area, service) -> dict[str, object]:
    code = name.upper()
    campaign = factories.campaign(f"CD-{code}", owner=unit)
    point = factories.point(f"D-{code}", unit=unit, area=area)
    token, _key = factories.token(Scope.STATS_READ, unit=unit)
    trail = AuditEvent.objects.create(action="teams.team_moved", scope_unit=unit.pk, target_type="teams.unit")
    # On a day of its own: what is asked of the other things finds nothing locked.
    lock = {"starts_on": LOCKED_DAY, "ends_on": LOCKED_DAY, "reason": "Chốt số", "locked_by": factories.user()}
    return {
        f"campaign_{name}": campaign.pk,
        f"lock_{name}": PeriodLock.objects.create(unit=unit, **lock).pk,
        f"day_{name}": factories.campaign_day(campaign).pk,
        f"point_{name}": point.pk,
        f"target_{name}": factories.target(campaign, unit).pk,
        f"past_{name}": PastFigure.objects.create(
            campaign=campaign, unit=unit, measure="people", value=7, source="123-BC/TĐTN", **LAST_YEAR
        ).pk,
        f"offer_{name}": CampaignService.objects.create(campaign=campaign, service=service).pk,
        f"token_{name}": token.pk,
        f"audit_{name}": trail.pk,
    }


def _work(name: str, team, service) -> dict[str, object]:
    home = team.home_on(PEAK_DAY)
    volunteer = factories.volunteer(f"TNV-{name.upper()}", unit=home, team=team)
    campaign = factories.campaign(f"CD-TO-{name.upper()}", owner=home)
    session = factories.session(team, campaign=campaign)
    log = factories.log(session, service)
    taken_back = factories.log(session, service)
    closed = factories.session(team, campaign=campaign, ended_at=factories.local(PEAK_DAY, 11))
    limits = {"turns": 96, "minutes": 90, "volunteers": 2, "volunteer_minutes": 180, "rate": 32.0, "usual": 8}
    flag = SessionFlag.objects.create(session=closed, rule="pace", severity=3, numbers=limits, limits={})
    return {
        f"closed_{name}": closed.pk,
        f"flag_{name}": flag.pk,
        f"late_{name}": _late(closed, home),
        f"volunteer_{name}": volunteer.pk,
        f"session_{name}": session.pk,
        f"log_{name}": log.pk,
        f"attendance_{name}": factories.attendance(session, volunteer).pk,
        f"void_{name}": factories.void(taken_back).pk,
        f"photo_{name}": factories.photo(session).pk,
        f"report_{name}": factories.device_report(team, session.created_by, unsent=1).pk,
        f"deployment_{name}": factories.deployment(team, factories.campaign_day(campaign)).pk,
    }


def _import(user, unit, file_name: str) -> int:
    run = ImportRun(list_name="teams", file_name=file_name, made_by=user, unit=unit, state=ImportState.CHECKED)
    run.counts = {"new": 0, "update": 0, "skip": 1, "invalid": 0}
    run.save()
    return run.pk


def _late(session, unit) -> int:
    """Came after the lock, and waits to be decided about."""
    lock = PeriodLock.objects.create(
        unit=unit, starts_on=LOCKED_DAY, ends_on=LOCKED_DAY, reason="Chốt số", locked_by=session.created_by
    )
    return LateEntry.objects.create(
        item=uuid7(),
        kind="void",
        session=session.pk,
        team=session.team,
        day=session.day,
        content={},
        row={"reason": "Ghi nhầm"},
        device=session.device,
        created_by=session.created_by,
        lock=lock,
    ).pk


def _job(user, title: str) -> int:
    """Done, with a file that waits to be taken."""
    now = timezone.now()
    ended = {"state": "done", "finished_at": now, "expires_at": now + NEXT_MONTH, "file_name": "thẻ.pdf"}
    job = Job.objects.create(
        kind="handout.passes",
        title=title,
        right=Right.PASS_ISSUE,
        ordered_by=user,
        file_type="application/pdf",
        **ended,
    )
    folder_of(job).mkdir(parents=True, exist_ok=True)
    result_of(job).write_bytes(b"%PDF")
    return job.pk


# --- callers ----------------------------------------------------------------------------------------------------------
def callers(city: SimpleNamespace) -> dict[str, Client]:
    people = {
        "nobody": city.nobody,
        "city": city.city_staff,
        "unit": city.unit_staff,
        "leader": city.leader,
        "viewer": city.viewer,
        "bank": city.bank_staff,
        "client": factories.user(role=Role.API_CLIENT, unit=city.city),
        "device": redeem_pass(code=city.passes["tt"].code),
    }
    made = {"anon": Client()}
    for name, user in people.items():
        made[name] = Client()
        made[name].force_login(user)
    return made


def tokens(city: SimpleNamespace) -> dict[str, Client]:
    kinds = {
        "stats": ([Scope.STATS_READ], {"unit": city.city}),
        "statsBC": ([Scope.STATS_READ], {"unit": city.binh_chanh}),
        "logsTT": ([Scope.LOGS_WRITE], {"team": city.team}),
        "orgBC": ([Scope.ORG_READ], {"unit": city.binh_chanh}),
        "sessBC": ([Scope.SESSIONS_READ], {"unit": city.binh_chanh}),
        "planBC": ([Scope.CAMPAIGNS_WRITE], {"unit": city.binh_chanh}),
        "dead": (list(Scope), {"unit": city.city, "revoked_at": timezone.now()}),
    }
    made = {}
    for name, (scopes, fields) in kinds.items():
        _token, key = factories.token(*scopes, last_used_at=timezone.now(), **fields)
        made[name] = Client(headers={"Authorization": f"Bearer {key}"})
    return made
