"""A peak day on the board: what its tests plant, and how they look at one part of it."""

import datetime as dt

from desk.board.question import Board
from desk.board.widget import Widget
from desk.board.widgets import WIDGETS
from desk.outliers.catalogue import RULES
from desk.outliers.models import SessionFlag
from reports.tallies import refresh
from reports.tallies.slices import Slice
from services_help.models import Session
from teams.access import access_of_user
from tests import factories
from tests.factories import PEAK_DAY, local

NOON = local(PEAK_DAY, 12)


def planned(world):
    """Three teams sent out on the peak day, each in a unit of its own."""
    month = factories.campaign("CAO-DIEM", owner=world.city, name="Ngày hội chuyển đổi số")
    world.campaign_day = factories.campaign_day(month, PEAK_DAY, kind="peak")
    area = factories.area(name="Thị trấn Tân Túc")
    world.point = factories.point("MOT-CUA", unit=world.tan_tuc, area=area, name="Một cửa Tân Túc")
    factories.deployment(world.team, world.campaign_day, world.point)
    factories.deployment(world.team_vinh_loc, world.campaign_day)
    factories.deployment(world.team_bank, world.campaign_day)
    world.service = factories.service("DVC-NOP", short_name="Nộp hồ sơ")
    return world


def work(world, team, people: int = 1, *, hour: int = 8, day: dt.date = PEAK_DAY, volunteers: int = 0, **fields):
    """A session with one line of ``people`` citizens at ``hour``, counted by now."""
    session = factories.session(team, day, by=world.leader, campaign=world.campaign_day.campaign, **fields)
    factories.log(session, world.service, people=people, happened_at=local(day, hour))
    for _ in range(volunteers):
        factories.attendance(session, factories.volunteer(unit=team.home_on(day)), minutes=None)
    refresh([Slice(day, team.pk)])
    return session


def stands_out(session: Session, **fields) -> list[SessionFlag]:
    """Two flags that name everything that a flag can name: a volunteer, a team, a point."""
    at = session.started_at.isoformat()
    other = {"team": session.team_id, "session": str(session.pk)}
    volunteer = factories.volunteer(unit=session.team.home_on(session.day)).pk
    found = {
        "two_places": {"volunteer": volunteer, "minutes": 60, "others": 0, "start": at, "end": at},
        "travel": {"point": session.point_id, "km": 8, "minutes": 5, "needed": 10, "here_at": at, "there_at": at},
    }
    return [
        SessionFlag.objects.create(
            session=session,
            rule=rule,
            numbers=numbers | other,
            limits=RULES[rule].usual,
            **{"severity": RULES[rule].severity} | fields,
        )
        for rule, numbers in found.items()
    ]


def seen(name: str, user, *, now: dt.datetime = NOON, day: dt.date = PEAK_DAY, unit=None) -> Widget:
    """One part of the board, as ``user`` has it at ``now``."""
    return WIDGETS[name](Board(access_of_user(user), day, now, unit))


def columns(widget: Widget, *names: str) -> list[tuple]:
    return [tuple(row[name] for name in names) for row in widget.rows]
