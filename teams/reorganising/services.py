"""Preparing, trying out, approving, carrying out and undoing a reorganisation.

Each is one transaction with its audit row and can be called twice. ``figures`` is the statistics engine's part, handed
in from above (this app knows no figures): it holds the tallies still and adds up the city in both views.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.dated import overlapping
from core.errors import DomainError, NotAllowed
from core.models import AuditEvent, Revision
from core.reasons import refuse_longer
from teams.locked_days import Standing, in_words, reach_locked_days, refuse, standing_of_all
from teams.models import (
    Reorganisation,
    ReorganisationDecision,
    ReorganisationState,
    ReorganisationStep,
    StepKind,
    Team,
    TeamHome,
    Unit,
)
from teams.permissions import Right
from teams.reorganising import steps
from teams.reorganising.carrying import Carrying
from teams.reorganising.journal import CannotUndo, Journal, take_back
from teams.reorganising.waiting import days_without_home, waiting
from teams.tree import home_problems, lock_tree, rebuild_ancestry, tree_problems

# The Đoàn is not older: an earlier day is a slip of the hand.
EARLIEST = dt.date(1931, 1, 1)
# Whoever approves the own work says why nobody else could.
LEAST_NOTE = 10
# What makes a draft somebody's own work: the trail keeps it, also of what was taken out again.
WRITING = (
    "teams.reorganisation_made",
    "teams.reorganisation_steps_added",
    "teams.reorganisation_step_removed",
    "teams.reorganisation_decided",
)


class WrongState(DomainError):
    code = "reorganisation_state"

    def __init__(self, reorganisation: Reorganisation):
        words = {"state": reorganisation.get_state_display()}
        super().__init__(_("Cuộc sắp xếp này đang ở tình trạng “%(state)s”. Hãy tải lại trang.") % words)


class NotConserved(DomainError):
    code = "not_conserved"


class Figures(Protocol):
    def hold(self) -> None:
        """Until the end of the transaction no figure moves but by what this transaction does."""

    def read(self) -> dict:
        """``{view: {"totals": {measure: number}, …}}``"""


# --- preparing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def create(*, name: str, effective_on: dt.date, source: str, access, note: str = "", code: str | None = None):
    require(access)
    require_possible(effective_on)
    made = Reorganisation.objects.create(
        name=name, effective_on=effective_on, source=source, note=note, code=code, author=access.user
    )
    audit.record("teams.reorganisation_made", by=access.user, target=made, effective_on=effective_on.isoformat())
    return made


def require_possible(effective_on: dt.date) -> None:
    if effective_on < EARLIEST:
        raise DomainError(_("Ngày có hiệu lực phải từ năm %(year)d trở đi. Hãy xem lại năm.") % {"year": EARLIEST.year})


@transaction.atomic
def add_steps(*, reorganisation: Reorganisation, added: Iterable[tuple[str, dict]], access) -> None:
    """Each step: its kind and what it says."""
    draft = _draft(reorganisation, access)
    position = draft.steps.aggregate(last=Max("position"))["last"] or 0
    rows = []
    for kind, data in added:
        steps.meant(kind, data)
        position += 1
        rows.append(ReorganisationStep(reorganisation=draft, position=position, kind=StepKind(kind), data=data))
    ReorganisationStep.objects.bulk_create(rows)
    _changed(draft, access, "teams.reorganisation_steps_added", steps=[[row.kind, row.data] for row in rows])


@transaction.atomic
def remove_step(*, step: ReorganisationStep, access) -> None:
    draft = _draft(step.reorganisation, access)
    if found := draft.steps.filter(pk=step.pk).first():
        found.delete()
        _changed(draft, access, "teams.reorganisation_step_removed", step=[step.kind, step.data])


@transaction.atomic
def discard(*, reorganisation: Reorganisation, access) -> None:
    """A draft that is not wanted any more; of one that was ever carried out the papers stay."""
    draft = _draft(reorganisation, access)
    if draft.executed_at:
        raise DomainError(_("Cuộc sắp xếp này từng được thực hiện nên được giữ lại để tra cứu."))
    audit.record("teams.reorganisation_discarded", by=access.user, target=draft, name=draft.name)
    draft.delete()


@transaction.atomic
def decide(*, reorganisation: Reorganisation, teams=(), units=(), into: str, access) -> int:
    """These teams and units (primary keys) go to the unit ``into`` (its code on the first day; "": not decided).

    After the operation was carried out, teams without a place are put there, for all days that they have none for.
    """
    require(access)
    held = _locked(reorganisation)
    if held.state == ReorganisationState.EXECUTED:
        return _place_later(held, list(teams), into, access)
    draft = _draft(held, access)
    rows = [*({"team_id": pk} for pk in teams), *({"unit_id": pk} for pk in units)]
    for row in rows:
        ReorganisationDecision.objects.filter(reorganisation=draft, **row).delete()
    if into:
        values = {"reorganisation": draft, "into": into, "decided_by": access.user}
        ReorganisationDecision.objects.bulk_create(ReorganisationDecision(**row, **values) for row in rows)
    if rows:
        _changed(draft, access, "teams.reorganisation_decided", teams=list(teams), units=list(units), into=into)
    return len(rows)


def _place_later(held: Reorganisation, teams: list[int], into: str, access) -> int:
    lock_tree()
    unit = Unit.objects.on(held.effective_on).filter(code=into, valid_to=None).first()
    if unit is None:
        raise DomainError(_("Hãy chọn một đơn vị còn hoạt động từ ngày của cuộc sắp xếp đến nay."))
    found, nowhere = held.preview or {}, {row["key"] for row in waiting(held)["teams"]}
    standing = Standing(Team, nowhere) if reach_locked_days(held.effective_on) else None
    journal, entries = Journal(), []
    for team in Team.objects.select_for_update(of=("self",)).filter(pk__in=nowhere & {*teams}).order_by("pk"):
        # Only where it is nobody's: somebody may have placed it meanwhile, and it may have a home for a time anyway.
        homes = team.homes.filter(overlapping(held.effective_on, None)).order_by("valid_from")
        days = list(days_without_home(team, homes, held.effective_on))
        journal.create([TeamHome(team=team, unit=unit, valid_from=first, valid_to=last) for first, last in days])
        if days:
            moved = _moved(held, unit.code) | {"since": days[0][0].isoformat()}
            entries.append(("teams.team_moved", team, unit.pk, moved))
    if standing:
        refuse(standing.moves())
    if entries:
        held.journal += journal.batches
        for row in found["teams"]:
            if row["key"] in {team.pk for _action, team, _unit, _data in entries}:
                row |= {"to": {"code": unit.code, "name": unit.name}, "why": "decided"}
        held.save(update_fields=["journal", "preview"])
        audit.record_many(entries, by=access.user)
        _tell_of_placing(held, access, unit, [team.code for _action, team, _unit, _data in entries])
        Revision.bump("org")
    return len(entries)


def _tell_of_placing(held: Reorganisation, access, unit: Unit, codes: list[str]) -> None:
    audit.record("teams.reorganisation_decided", by=access.user, target=held, teams=codes, into=unit.code)


# --- trying out -------------------------------------------------------------------------------------------------------
@transaction.atomic
def preview(*, reorganisation: Reorganisation, access, figures: Figures) -> dict:
    """Carry it out, look at everything, and roll it back; what was seen is frozen with the draft."""
    draft = _draft(reorganisation, access)
    with transaction.atomic():
        found, _journal = _try(draft, figures)
        transaction.set_rollback(True)
    draft.preview, draft.previewed_at = found, timezone.now()
    draft.save(update_fields=["preview", "previewed_at"])
    audit.record("teams.reorganisation_previewed", by=access.user, target=draft, digest=found["digest"])
    return found


def _try(held: Reorganisation, figures: Figures) -> tuple[dict, list[dict]]:
    """What carrying it out does, with the city's figures before and after, and the journal to take it back."""
    figures.hold()
    lock_tree()
    before = figures.read()
    run = Carrying(held)
    outcome = run.run()
    if outcome.changes_nothing and not outcome.problems:
        outcome.problems.append(_("Cuộc sắp xếp chưa thay đổi gì. Hãy thêm các bước."))
    found = outcome.as_data()
    if found["problems"]:
        return found, []
    after = figures.read()
    for view, was in before.items():
        if was["totals"] != after[view]["totals"]:
            found["problems"].append(_("Tổng của thành phố thay đổi khi sắp xếp. Hãy báo người quản trị cổng."))
            break
    return found | {"before": before, "after": after}, run.journal.batches


# --- approving --------------------------------------------------------------------------------------------------------
@transaction.atomic
def approve(*, reorganisation: Reorganisation, access, note: str = "", seen: str | None = None) -> None:
    """By a person who has written none of it; or by one who has, with a note why nobody else could.

    ``seen``: the digest on the page.
    """
    require(access)
    held = _locked(reorganisation)
    if held.state == ReorganisationState.APPROVED:
        return
    draft = _draft(held, access)
    if not draft.preview:
        raise DomainError(_("Hãy chạy thử trước khi duyệt."))
    if seen is not None and seen != draft.preview["digest"]:
        raise WrongState(draft)  # changed and tried out again since the page was read
    if draft.preview["problems"]:
        raise DomainError(_("Lần chạy thử còn điều phải sửa. Hãy sửa và chạy thử lại trước khi duyệt."))
    if len(note.strip()) < LEAST_NOTE and has_written(draft, access.user):
        raise DomainError(
            _("Bạn là người soạn. Hãy nhờ người khác duyệt, hoặc ghi rõ vì sao bạn tự duyệt (ít nhất %(n)d ký tự).")
            % {"n": LEAST_NOTE},
            code="needs_second_person",
        )
    refuse_longer(note.strip())
    draft.state, draft.approved_by, draft.approved_at = ReorganisationState.APPROVED, access.user, timezone.now()
    draft.approval_note = note.strip()
    draft.save(update_fields=["state", "approved_by", "approved_at", "approval_note"])
    digest = draft.preview["digest"]
    audit.record("teams.reorganisation_approved", by=access.user, target=draft, digest=digest, note=note.strip())


def has_written(draft: Reorganisation, user) -> bool:
    """Whether it is this person's own work, wholly or in part: the draft, a step or a decision of it."""
    target = {"target_type": draft._meta.label_lower, "target_id": str(draft.pk)}
    written = AuditEvent.objects.filter(actor=user, action__in=WRITING, **target)
    return draft.author == user or written.exists()


@transaction.atomic
def reopen(*, reorganisation: Reorganisation, access) -> None:
    """Back to a draft, from an approval or after it was undone."""
    require(access)
    held = _locked(reorganisation)
    if held.is_draft:
        return
    if held.state == ReorganisationState.EXECUTED:
        raise WrongState(held)
    held.state = ReorganisationState.DRAFT
    held.preview = held.previewed_at = held.approved_by = held.approved_at = None
    held.approval_note = ""
    held.save()
    audit.record("teams.reorganisation_reopened", by=access.user, target=held)


# --- carrying out, and back -------------------------------------------------------------------------------------------
@transaction.atomic
def execute(*, reorganisation: Reorganisation, access, figures: Figures) -> None:
    """All of it, or nothing; what it would change must be what was seen and approved."""
    require(access)
    held = _locked(reorganisation)
    if held.state == ReorganisationState.EXECUTED:
        return
    if held.state != ReorganisationState.APPROVED:
        raise WrongState(held)
    found, batches = _try(held, figures)
    if found["problems"]:
        raise NotConserved(" ".join(found["problems"]))
    if found["digest"] != (held.preview or {}).get("digest"):
        raise DomainError(
            _("Tổ chức đã thay đổi từ lần chạy thử được duyệt. Hãy mở lại bản soạn, chạy thử và duyệt lại."),
            code="changed_since",
        )
    held.state, held.executed_by, held.executed_at = ReorganisationState.EXECUTED, access.user, timezone.now()
    held.preview, held.journal = found, batches
    held.undone_by = held.undone_at = None
    held.save()
    audit.record_many(_entries(held, found), by=access.user)
    audit.record("teams.reorganisation_executed", by=access.user, target=held, digest=found["digest"])


def _entries(held: Reorganisation, found: dict):
    """One audit row for each unit and team that has changed its place, its name or its days."""
    codes = [row["code"] for name in ("opened", "renamed", "ended", "moved", "units") for row in found[name]]
    now = {unit.code: unit for unit in Unit.objects.on(held.effective_on).filter(code__in=codes)}
    old = {unit.code: unit for unit in Unit.objects.on(held.last_day).filter(code__in=codes)}
    actions = {
        "opened": ("teams.unit_opened", now),
        "renamed": ("teams.unit_renamed", now),
        "moved": ("teams.unit_placed", now),
        "units": ("teams.unit_placed", now),
        "ended": ("teams.unit_ended", old),
    }
    for name, (action, units) in actions.items():
        for row in found[name]:
            unit = units[row["code"]]
            yield action, unit, unit.pk, row | {"reorganisation": held.pk, "since": held.effective_on.isoformat()}
    teams = Team.objects.in_bulk([row["key"] for row in found["teams"]])
    all_now = dict(Unit.objects.on(held.effective_on).values_list("code", "pk"))
    for row in found["teams"]:
        code = row["to"]["code"] if row["to"] else None
        yield "teams.team_moved", teams[row["key"]], all_now.get(code), _moved(held, code, row["from"]["code"])


def _moved(held: Reorganisation, unit: str | None, before: str | None = None) -> dict:
    since = held.effective_on.isoformat()
    return {"unit": unit, "before": before, "since": since, "reorganisation": held.pk}


@transaction.atomic
def undo(*, reorganisation: Reorganisation, access, reason: str) -> None:
    """The exact rows, days and keys from before; refuses with what stands in the way."""
    require(access)
    held = _locked(reorganisation)
    if held.state == ReorganisationState.UNDONE:
        return
    if held.state != ReorganisationState.EXECUTED:
        raise WrongState(held)
    if len(reason.strip()) < LEAST_NOTE:
        raise DomainError(_("Hãy ghi lý do hoàn tác (ít nhất %(n)d ký tự).") % {"n": LEAST_NOTE})
    refuse_longer(reason.strip())
    lock_tree()
    known, standing = _misfits(), standing_of_all(held.effective_on)
    take_back(held.journal)
    rebuild_ancestry()
    new = [each for each in _misfits() if each not in known]
    if new := [*new, *(words for moved in standing for words in in_words(moved.moves()))]:
        raise CannotUndo(new)
    held.state, held.undone_by, held.undone_at = ReorganisationState.UNDONE, access.user, timezone.now()
    held.journal = []
    held.save()
    audit.record("teams.reorganisation_undone", by=access.user, target=held, reason=reason.strip())


def _misfits() -> list[str]:
    """What would come back to a place that is not there any more: nothing in the journal tells of those."""
    return [problem.removesuffix(".") for problem in (*tree_problems(), *home_problems())]


# --- who and when -----------------------------------------------------------------------------------------------------
def require(access) -> None:
    """It changes everybody's figures: for who may reorganise the whole city."""
    if not access.is_city_wide(Right.ORG_REORGANISE):
        raise NotAllowed


def _locked(reorganisation: Reorganisation) -> Reorganisation:
    return Reorganisation.objects.select_for_update(of=("self",)).get(pk=reorganisation.pk)


def _draft(reorganisation: Reorganisation, access) -> Reorganisation:
    require(access)
    held = _locked(reorganisation)
    if not held.is_draft:
        raise WrongState(held)
    return held


def _changed(draft: Reorganisation, access, action: str, **data) -> None:
    """A dry run of what it said before tells nothing any more."""
    draft.preview = draft.previewed_at = None
    draft.save(update_fields=["preview", "previewed_at"])
    audit.record(action, by=access.user, target=draft, **data)
