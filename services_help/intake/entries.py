"""Logs and attendances: what was done in a session, and who was there."""

from collections import defaultdict
from uuid import UUID

from services_help.intake.batch import Batch
from services_help.intake.items import Item
from services_help.intake.people import find_volunteers
from services_help.intake.receipts import answer_held, claim
from services_help.intake.results import ItemError, error
from services_help.models import AssistanceLog, Attendance, ItemKind, Metric, Service, ServiceMetric, Session, Void


def settle_entries(batch: Batch, items: list[Item], taken_back: set[UUID]) -> None:
    """``taken_back``: targets of the voids in this batch; who was ticked off again may be ticked once more."""
    batch.load_sessions({item.values["session"] for item in items})
    attendances = [item for item in items if item.kind == ItemKind.ATTENDANCE]
    checks = {
        ItemKind.LOG: _log_check(batch, [item for item in items if item.kind == ItemKind.LOG]),
        ItemKind.ATTENDANCE: _attendance_check(batch, attendances, taken_back),
    }
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
    won, lost = claim(batch, ready)
    for model in (AssistanceLog, Attendance):
        model.objects.bulk_create([rows[item.index] for item in won if isinstance(rows[item.index], model)])
    for item in won:
        batch.stored(item)
        batch.promises.is_new(rows[item.index].session, [item.id] if item.kind == ItemKind.LOG else [])
    answer_held(batch, lost, failed)


def _author(batch: Batch) -> dict:
    return {"device": batch.device, "created_by": batch.access.user, "received_at": batch.now}


# --- logs -------------------------------------------------------------------------------------------------------------
def _log_check(batch: Batch, items: list[Item]):
    codes = {item.values["service"] for item in items}
    services = {row.code: row for row in Service.objects.filter(code__in=codes)} if codes else {}
    metrics: dict[int, dict[str, Metric]] = defaultdict(dict)
    if any(item.values["metric"] for item in items):
        links = ServiceMetric.objects.filter(service__code__in=codes, metric__is_derived=False)
        for link in links.select_related("metric"):
            metrics[link.service_id][link.metric.code] = link.metric
    author = _author(batch)

    def check(item: Item, session: Session) -> tuple[AssistanceLog | None, list[ItemError]]:
        values = item.values
        service = services.get(values["service"])
        errors = _faults_of_service(service, values["service"], session)
        if service is None or errors:
            return None, errors
        metric = metrics[service.pk].get(values["metric"])
        if values["metric"] and metric is None:
            errors.append(error("bad_metric", "metric", metric=values["metric"]))
        if values["people"] == 0 and not values["quantity"] and service.for_citizens:
            errors.append(error("nothing_done", "people"))
        row = AssistanceLog(
            id=item.id,
            session=session,
            service=service,
            result=values["result"],
            people=values["people"],
            same_visit=values["same_visit"],
            quantity=values["quantity"],
            metric=metric,
            age_group=values["age_group"] or "",
            beneficiary=values["beneficiary"] or "",
            channel=values["channel"],
            happened_at=values["happened_at"],
            **author,
        )
        return row, errors

    return check


def _faults_of_service(service: Service | None, code: str, session: Session) -> list[ItemError]:
    if service is None:
        return [error("unknown_service", "service", code=code)]
    if service.group_id is None:
        return [error("service_is_group", "service", code=code)]
    if not service.is_valid_on(session.day):
        day = f"{session.day:%d/%m/%Y}"
        return [error("service_not_valid_on_day", "service", service=service.label, day=day)]
    return []


# --- attendances ------------------------------------------------------------------------------------------------------
def _attendance_check(batch: Batch, items: list[Item], taken_back: set[UUID]):
    volunteers = find_volunteers(batch, items)
    taken_back = taken_back | _taken_back_before(batch, items)
    present = _present(items, taken_back)
    author = _author(batch)

    def check(item: Item, session: Session) -> tuple[Attendance | None, list[ItemError]]:
        code = item.values["volunteer"]
        volunteer = volunteers.get((session.pk, code))
        if volunteer is None:
            return None, [error("unknown_volunteer", "volunteer", code=code, day=f"{session.day:%d/%m/%Y}")]
        stands = item.id not in taken_back
        if stands and present.setdefault((session.pk, volunteer.pk), item.id) != item.id:
            return None, [error("already_present", "volunteer", code=code)]
        row = Attendance(id=item.id, session=session, volunteer=volunteer, minutes=item.values["minutes"], **author)
        return row, []

    return check


def _taken_back_before(batch: Batch, items: list[Item]) -> set[UUID]:
    """Attendances whose void overtook them: they come in, but stand for nobody."""
    if not items:
        return set()
    voids = Void.objects.filter(target__in={item.id for item in items}, device=batch.device)
    return set(voids.values_list("target", flat=True))


def _present(items: list[Item], taken_back: set[UUID]) -> dict[tuple[UUID, int], UUID]:
    """(session, volunteer) -> attendance that stands. True until the end, since the sessions are locked."""
    if not items:
        return {}
    rows = Attendance.objects.live().filter(
        session__in={item.values["session"] for item in items},
        volunteer__code__in={item.values["volunteer"] for item in items},
    )
    found = rows.values_list("session", "volunteer", "pk")
    return {(session, volunteer): pk for session, volunteer, pk in found if pk not in taken_back}
