"""What staff do with rules and flags."""

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import audit
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.models import Revision
from desk.outliers.catalogue import RULES, Settings, cleaned, settings_of
from desk.outliers.examining import RECENT, REVISION, look_again
from desk.outliers.models import OutlierRule, SessionFlag, Severity
from services_help.reasons import checked_reason
from teams.access import Access
from teams.permissions import Right

# Of the trail, whoever writes it.
LANGUAGE = "vi"


@transaction.atomic
def change_rule(
    *, rule: OutlierRule, is_enabled: bool, severity: Severity | int, settings: Settings, access: Access
) -> OutlierRule:
    """Set the rule for the whole city; the sessions of the recent weeks are examined by it in the next minutes."""
    if not access.is_city_wide(Right.RULES_MANAGE):
        raise NotAllowed
    row = OutlierRule.objects.select_for_update().get(pk=rule.pk)
    before = _in_words(row)
    row.is_enabled, row.severity, row.settings = is_enabled, int(severity), cleaned(row.code, settings)
    after = _in_words(row)
    changes = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    if changes:
        row.save()
        audit.record("desk.outlierrule_changed", by=access.user, target=row, changes=changes)
        look_again(timezone.now() - RECENT)
        Revision.bump(REVISION)
    return row


def _in_words(rule: OutlierRule) -> dict[str, object]:
    """For the trail, where each rule has settings of its own and no columns to name them."""
    values = settings_of(rule)
    with translation.override(LANGUAGE):
        limits = {str(setting.label): values[setting.name] for setting in RULES[rule.code].settings}
        return {"is_enabled": rule.is_enabled, "severity": str(rule.get_severity_display()), **limits}


@transaction.atomic
def settle_flag(*, flag: SessionFlag, note: str, access: Access) -> SessionFlag:
    """Somebody has looked into it, and says what came of it. A second call returns what was said first."""
    row = SessionFlag.objects.select_for_update(of=("self",)).filter(pk=flag.pk).select_related("session__team").first()
    if row is None:
        raise DomainError(_("Dấu hiệu này không còn: số liệu của ca đã thay đổi. Hãy mở lại ca."), code="flag_gone")
    if not SessionFlag.objects.visible_to(access, Right.REVIEW).filter(pk=row.pk).exists():
        raise NotAllowed
    if row.is_settled:
        return row
    if row.session.is_locked:
        raise DomainError(_("Số liệu của ca này đã khóa, không cần xử lý dấu hiệu nữa."), code="locked")
    note = checked_reason(note, missing=_("Hãy ghi kết quả kiểm tra."))
    row.settled_at, row.settled_by, row.note = timezone.now(), access.user, note
    row.save(update_fields=["settled_at", "settled_by", "note"])
    team = row.session.team
    home = team.home_on(row.session.day) or team.home_on(today())
    audit.record(
        "desk.sessionflag_settled",
        by=access.user,
        target=row,
        scope_unit=home.pk if home else None,
        reason=row.note,
        session=str(row.session_id),
    )
    Revision.bump(REVISION)
    return row
