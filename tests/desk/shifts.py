"""Shifts with a story: what the tests of the outlier rules plant."""

import datetime as dt
import uuid
from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.db import connection

from desk.outliers.examining import examine
from desk.outliers.models import SessionFlag
from services_help.models import Receipt, Session
from tests import factories
from tests.factories import PEAK_DAY, local

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def services(count: int) -> list:
    return [factories.service(f"DVC-{factories.number()}") for _ in range(count)]


def shift(team, day: dt.date = PEAK_DAY, *, hours: float = 4, start: int = 8, **fields) -> Session:
    """A closed one, from eight in the morning."""
    started = fields.pop("started_at", local(day, start))
    return factories.session(team, day, started_at=started, ended_at=started + hours * HOUR, **fields)


def logged(session: Session, *people: int, service=None, at: dt.datetime | None = None, **fields) -> list:
    """Lines of so many people each, a minute apart."""
    service, at = service or services(1)[0], at or session.started_at + MINUTE
    return [
        factories.log(session, service, people=number, happened_at=at + place * MINUTE, **fields)
        for place, number in enumerate(people)
    ]


def staffed(session: Session, count: int, *, minutes: int | None = None) -> list:
    return [
        factories.attendance(session, factories.volunteer(unit=session.team.home_on(session.day)), minutes=minutes)
        for _ in range(count)
    ]


def rules_in_place() -> None:
    """As the migration leaves them; a test that empties the database takes them away for all that come after it."""
    schema_editor = SimpleNamespace(connection=connection)
    import_module("desk.migrations.0001_outliers").bring_rules(apps, schema_editor)


def found(*sessions: Session) -> dict[str, dict]:
    """What the rules say now: rule -> numbers."""
    examine([session.pk for session in sessions])
    return {flag.rule: flag.numbers for flag in SessionFlag.objects.filter(session__in=sessions)}


def place(unit, lat: float | None = None, lon: float | None = None, **fields):
    return factories.point(unit=unit, area=factories.area(), lat=lat, lon=lon, **fields)


def phone() -> uuid.UUID:
    return uuid.uuid4()


def receipted(logs: list) -> list:
    """As the intake leaves them: with the receipt by which a phone's logs of a day are known."""
    for log in logs:
        Receipt.objects.create(
            id=log.id, kind="log", device=log.device, day=log.session.day, digest="0" * 64, received_from=log.created_by
        )
    return logs
