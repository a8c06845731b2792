"""Logs and attendances: what was done in a session, and who was there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from uuid import UUID

from core import bulk
from services_help.intake.batch import Batch
from services_help.intake.catalogue import Offered, catalogue
from services_help.intake.items import Item
from services_help.intake.late import keep
from services_help.intake.people import find_volunteers
from services_help.intake.receipts import answer_held, claim
from services_help.intake.results import ItemError, error
from services_help.models import AssistanceLog, Attendance, ItemKind, Session, Void

_ASKED = bulk.Recordset.of(Void, "target", "device")
# What an item gives, or the reasons why it gives nothing: the row to be stored, by column.
Check = Callable[[Item, Session], tuple[dict, list[ItemError]]]


def settle_entries(batch: Batch, items: list[Item], taken_back: set[UUID]) -> None:
    """``taken_back``: targets of the voids in this batch; who was ticked off again may be ticked once more."""
    batch.load_sessions({item.values["session"] for item in items})
    attendances = [item for item in items if item.kind == ItemKind.ATTENDANCE]
    checks = {ItemKind.ATTENDANCE: _attendance_check(batch, attendances, taken_back)} if attendances else {}
    if len(attendances) < len(items):
        checks[ItemKind.LOG] = _log_check()
    ready, failed, rows = _check(batch, items, checks)
    won, lost = claim(batch, ready)
    in_time = _keep_late(batch, won, rows)
    for kind, model in ((ItemKind.LOG, AssistanceLog), (ItemKind.ATTENDANCE, Attendance)):
        bulk.insert(model, [rows[item.index] for item in in_time if item.kind == kind], same=batch.author)
    logs = defaultdict(list)
    for item in in_time:
        batch.stored(item)
        logs[item.values["session"]] += [item.id] if item.kind == ItemKind.LOG else []
    for session, new in logs.items():
        batch.promises.is_new(batch.sessions[session], new)
    batch.touched |= logs.keys()
    answer_held(batch, lost, failed)


def _keep_late(batch: Batch, won: list[Item], rows: dict[int, dict]) -> list[Item]:
    """Put aside what came for locked sessions; returns the rest."""
    kept, in_time = [], []
    for item in won:
        session = batch.sessions[item.values["session"]]
        if batch.is_late(session):
            kept.append((item, session, rows[item.index]))
            batch.stored(item, late=True)
        else:
            in_time.append(item)
    keep(batch.author, kept)
    return in_time


def _check(
    batch: Batch, items: list[Item], checks: dict[ItemKind, Check]
) -> tuple[list[tuple[Item, dt.date]], list[Item], dict[int, dict]]:
    """What may go in, with its day; what may not, with the reasons; and the rows of the former, by index."""
    ready, failed, rows = [], [], {}
    for item in items:
        session = batch.open_session(item.values["session"])
        if session is None:
            failed.append(item.refused(error("unknown_session", "session")))
            continue
        row, errors = checks[item.kind](item, session)
        if item.errors or errors:
            failed.append(item.refused(*errors))
        else:
            ready.append((item, session.day))
            rows[item.index] = row
    return ready, failed, rows


# --- logs -------------------------------------------------------------------------------------------------------------
def _log_check() -> Check:
    offered = catalogue()

    def check(item: Item, session: Session) -> tuple[dict, list[ItemError]]:
        values = item.values
        service = offered.get(values["service"])
        errors = _faults_of_service(service, values["service"], session.day)
        if service is None or errors:
            return {}, errors
        metric = service.metrics.get(values["metric"])
        if values["metric"] and metric is None:
            errors.append(error("bad_metric", "metric", metric=values["metric"]))
        if values["people"] == 0 and not values["quantity"] and service.for_citizens:
            errors.append(error("nothing_done", "people"))
        row = {
            "id": item.id,
            "session_id": session.pk,
            "service_id": service.pk,
            "result": values["result"],
            "people": values["people"],
            "same_visit": values["same_visit"],
            "quantity": values["quantity"],
            "metric_id": metric,
            "age_group": values["age_group"] or "",
            "beneficiary": values["beneficiary"] or "",
            "channel": values["channel"],
            "happened_at": values["happened_at"],
        }
        return row, errors

    return check


def _faults_of_service(service: Offered | None, code: str, day: dt.date) -> list[ItemError]:
    if service is None:
        return [error("unknown_service", "service", code=code)]
    if service.is_group:
        return [error("service_is_group", "service", code=code)]
    if not service.is_valid_on(day):
        return [error("service_not_valid_on_day", "service", service=service.label, day=f"{day:%d/%m/%Y}")]
    return []


# --- attendances ------------------------------------------------------------------------------------------------------
def _attendance_check(batch: Batch, items: list[Item], taken_back: set[UUID]) -> Check:
    volunteers = find_volunteers(batch.sessions, items)
    taken_back = taken_back | _taken_back_before(batch, items)
    present = _present(batch, items, taken_back)

    def check(item: Item, session: Session) -> tuple[dict, list[ItemError]]:
        code = item.values["volunteer"]
        volunteer = volunteers.get((session.pk, code))
        if volunteer is None:
            return {}, [error("unknown_volunteer", "volunteer", code=code, day=f"{session.day:%d/%m/%Y}")]
        stands = item.id not in taken_back
        if stands and present.setdefault((session.pk, volunteer), item.id) != item.id:
            return {}, [error("already_present", "volunteer", code=code)]
        row = {"id": item.id, "session_id": session.pk, "volunteer_id": volunteer, "minutes": item.values["minutes"]}
        return row, []

    return check


def _taken_back_before(batch: Batch, items: list[Item]) -> set[UUID]:
    """Attendances whose void overtook them: they come in, but stand for nobody."""
    asked = [{"target": item.id, "device": batch.device} for item in items]
    return {bulk.as_uuid(target) for (target,) in bulk.fetch(_voids_sql(), _ASKED.parameters(asked))}


@cache
def _voids_sql() -> str:
    match = "void.target = asked.target AND void.device = asked.device"
    return f"SELECT void.target FROM {_ASKED.sql('asked')} JOIN services_help_void void ON {match}"  # noqa: S608


def _present(batch: Batch, items: list[Item], taken_back: set[UUID]) -> dict[tuple[UUID, int], UUID]:
    """(session, volunteer) -> attendance that stands. True until the end, since the sessions are locked."""
    # In a session that this batch has made nobody else can be present yet.
    sessions = {item.values["session"] for item in items} - batch.made
    if not sessions:
        return {}
    rows = Attendance.objects.live().filter(
        session__in=sessions, volunteer__code__in={item.values["volunteer"] for item in items}
    )
    found = rows.values_list("session", "volunteer", "pk")
    return {(session, volunteer): pk for session, volunteer, pk in found if pk not in taken_back}
