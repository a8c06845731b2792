"""What the tests of the official report share: a busy city, drafts about it, and the REST statistics asked again."""

import datetime as dt

from core.ids import uuid7
from reports.official.drafting import create_draft
from reports.official.models import ReportDraft
from reports.official.proposing import Subject
from teams.access import access_of_user
from tests import factories
from tests.reports import worlds

PERIOD = {"kind": "period", "starts_on": dt.date(2023, 3, 1), "ends_on": dt.date(2023, 4, 30)}
CAMPAIGN = {"kind": "campaign"}


def city_at_work():
    """The busy world, with targets: of the city, of a district right below it, and of a commune further down."""
    world = worlds.busy()
    month = world.campaigns[1]
    world.month = month
    month.status = "active"
    month.plan_number = "12-KH/TĐTN-PT"
    month.theme = "Tuổi trẻ thành phố tiên phong chuyển đổi số"
    month.save()
    for unit, measure, value in (
        (world.city, "people", 80),
        (world.binh_chanh, "people", 20),
        (world.tan_tuc, "service_turns", 7),
        (world.banks, "HS_NOP", 11),
    ):
        factories.target(month, unit, measure=measure, value=value, name=f"{measure} của {unit}")
    return world


def draft_of(world, user, *, unit=None, **subject) -> ReportDraft:
    told = Subject(unit=unit or world.city, **(subject or PERIOD))
    return create_draft(subject=told, key=uuid7(), access=access_of_user(user))
