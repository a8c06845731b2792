"""For tests of reorganisations: making one in a line, and all rows of the organisation to compare."""

import datetime as dt

from campaigns.models import Campaign, SupportPoint
from reports import reorganised as figures
from teams.access import access_of_user
from teams.models import (
    Appointment,
    Team,
    TeamHome,
    Unit,
    UnitAncestry,
    UnitPlacement,
    UnitSuccession,
    Volunteer,
)
from teams.reorganising import services

DAY = dt.date(2025, 7, 1)
LAST = dt.date(2025, 6, 30)
WHY = "Chỉ có một cán bộ phụ trách tổ chức"


def drafted(by, *steps, day=DAY, name="Sắp xếp thử"):
    access = access_of_user(by)
    made = services.create(name=name, effective_on=day, source="NQ thử", access=access)
    services.add_steps(reorganisation=made, added=steps, access=access)
    return made


def previewed(by, *steps, **fields):
    made = drafted(by, *steps, **fields)
    services.preview(reorganisation=made, access=access_of_user(by), figures=figures)
    made.refresh_from_db()
    return made


def approved(by, *steps, **fields):
    made = previewed(by, *steps, **fields)
    services.approve(reorganisation=made, access=access_of_user(by), note=WHY)
    return made


def executed(by, *steps, **fields):
    return carried_out(drafted(by, *steps, **fields), access_of_user(by))


def carried_out(made, access):
    """Tried out, approved and carried out, as it stands."""
    services.preview(reorganisation=made, access=access, figures=figures)
    services.approve(reorganisation=made, access=access, note=WHY)
    services.execute(reorganisation=made, access=access, figures=figures)
    made.refresh_from_db()
    return made


def organisation() -> dict[str, list]:
    """Every row that a reorganisation may touch; of the derived closure everything but its keys."""
    models = (Unit, UnitPlacement, Team, TeamHome, Appointment, Volunteer, SupportPoint, Campaign, UnitSuccession)
    rows = {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}
    closure = UnitAncestry.objects.values_list("ancestor", "descendant", "depth", "valid_from", "valid_to")
    return rows | {"closure": sorted(closure, key=str)}
