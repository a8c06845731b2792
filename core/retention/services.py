"""Setting a rule, holding its work, and the work: the oldest first, a batch a transaction, each with its ledger row."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.errors import DomainError
from core.reasons import refuse_longer
from core.retention.kinds import Due, kinds
from core.retention.models import MOST_MONTHS, Erasing, Erasure, RetentionRule
from core.vietnamese import nfc

logger = structlog.get_logger(__name__)
BATCH = 200
# A look at what is due counts no further: whoever reads it is not told more by a greater number.
MOST_COUNTED = 10_000
SECONDS = 2.0
# After nothing was due.
REST = dt.timedelta(hours=6)


class RuleRefused(DomainError):
    code = "retention_rule"


def rules() -> list[RetentionRule]:
    """One of each kind, in the order of the settings; a kind that is new has its usual rule, unsaved."""
    known = {rule.kind: rule for rule in RetentionRule.objects.select_related("held_by")}
    return [known.get(name) or _usual(name) for name in kinds()]


def rule_of(name: str) -> RetentionRule | None:
    return next((rule for rule in rules() if rule.kind == name), None)


def _usual(name: str) -> RetentionRule:
    kind = kinds()[name]
    return RetentionRule(kind=name, months=kind.usual_months, is_enabled=kind.starts_enabled)


def _locked(name: str) -> RetentionRule:
    usual = _usual(name)
    RetentionRule.objects.get_or_create(kind=name, defaults={"months": usual.months, "is_enabled": usual.is_enabled})
    return RetentionRule.objects.select_for_update(of=("self",)).get(pk=name)


@transaction.atomic
def set_rule(*, name: str, months: int, is_enabled: bool, by) -> RetentionRule:
    """The same again writes nothing."""
    kind, rule = kinds()[name], _locked(name)
    if not kind.least_months <= months <= MOST_MONTHS:
        told = _("Thời hạn phải từ %(least)s đến %(most)s tháng.")
        raise RuleRefused(told % {"least": kind.least_months, "most": MOST_MONTHS})
    wanted = {"months": months, "is_enabled": is_enabled}
    changes = {field: [getattr(rule, field), value] for field, value in wanted.items() if getattr(rule, field) != value}
    if changes:
        for field, value in wanted.items():
            setattr(rule, field, value)
        rule.rests_until = None
        rule.save(update_fields=[*wanted, "rests_until"])
        audit.record("core.retentionrule_changed", by=by, target=rule, changes=changes)
    return rule


@transaction.atomic
def hold(*, name: str, reason: str, by) -> None:
    """Nothing of the kind is erased until it is released: a complaint, an inspection, a court."""
    rule, reason = _locked(name), nfc(reason)
    if not reason:
        raise RuleRefused(_("Hãy ghi lý do tạm giữ."))
    refuse_longer(reason)
    if rule.is_held:
        raise RuleRefused(_("Loại dữ liệu này đang được tạm giữ rồi."))
    rule.held_at, rule.held_by, rule.hold_reason = timezone.now(), by, reason
    rule.save(update_fields=["held_at", "held_by", "hold_reason"])
    audit.record("core.retentionrule_held", by=by, target=rule, reason=rule.hold_reason)


@transaction.atomic
def release(*, name: str, reason: str, by) -> None:
    rule, reason = _locked(name), nfc(reason)
    if not reason:
        raise RuleRefused(_("Hãy ghi lý do thôi tạm giữ."))
    refuse_longer(reason)
    if not rule.is_held:
        raise RuleRefused(_("Loại dữ liệu này không còn bị tạm giữ."))
    before = rule.hold_reason
    rule.held_at, rule.held_by, rule.hold_reason = None, None, ""
    rule.save(update_fields=["held_at", "held_by", "hold_reason"])
    audit.record("core.retentionrule_released", by=by, target=rule, reason=reason, before=before)


def due_of(rule: RetentionRule, at_most: int = MOST_COUNTED) -> Due:
    """What the rule would erase today; nothing is erased."""
    return rule.definition.due(rule.cutoff(), at_most)


def apply(seconds: float = SECONDS) -> int:
    """Erase what is due by the rules that are in force, for about ``seconds``; returns how much. Safe in any number of
    workers: a batch holds the row of its rule."""
    deadline, erased, now = time.monotonic() + seconds, 0, timezone.now()
    for rule in rules():
        if not rule.works or (rule.rests_until and rule.rests_until > now):
            continue
        while time.monotonic() < deadline and (done := _tried(rule.kind)):
            erased += done
    return erased


def _tried(name: str) -> int:
    try:
        return _erase_batch(name)
    except Exception:  # one kind that cannot be erased keeps no other from it; a person has to look
        logger.exception("retention_failed", kind=name)
        return 0


@transaction.atomic
def _erase_batch(name: str) -> int:
    rule = _locked(name)
    if not rule.works:  # held since we looked
        return 0
    done = rule.definition.erase(rule.cutoff(), BATCH)
    now = timezone.now()
    rests_until = None if done.count else now + REST
    RetentionRule.objects.filter(pk=name).update(ran_at=now, rests_until=rests_until)
    if done.count:
        write_down(name, done, months=rule.months)
    return done.count


def write_down(name: str, done: Due, *, months: int | None = None, by=None, reason: str = "") -> Erasure:
    """The ledger row, in the transaction of the erasing."""
    told = {"count": done.count, "oldest": done.oldest, "newest": done.newest}
    return Erasure.objects.create(kind=name, months=months, by=by, reason=reason, **told)


@contextmanager
def erasing(table: str, before) -> Iterator[None]:
    """Within it, rows of the append-only ``table`` from before ``before`` can be deleted, by this transaction alone."""
    Erasing.objects.create(table=table, before=before)
    yield
    Erasing.objects.filter(table=table).delete()


def label_of(kind: str):
    """Of a ledger row: what the kind is called, also one that has left the settings."""
    known = kinds().get(kind)
    return known.label if known else gettext_lazy("Loại dữ liệu cũ")


# --- for kinds --------------------------------------------------------------------------------------------------------
def due_by(rows: QuerySet, moment: str, at_most: int) -> Due:
    """``rows`` that are due, by their column ``moment``."""
    count = rows.order_by()[:at_most].count()
    if not count:
        return Due()
    oldest, newest = (rows.order_by(order).values_list(moment, flat=True).first() for order in (moment, f"-{moment}"))
    return Due(count, _day_of(oldest), _day_of(newest))


def oldest_of(rows: QuerySet, moment: str, batch: int) -> tuple[list, Due]:
    """(primary keys, what they are) of the ``batch`` oldest."""
    found = list(rows.order_by(moment, "pk").values_list("pk", moment)[:batch])
    if not found:
        return [], Due()
    return [pk for pk, _moment in found], Due(len(found), _day_of(found[0][1]), _day_of(found[-1][1]))


def _day_of(moment):
    return timezone.localtime(moment).date() if hasattr(moment, "hour") else moment
