"""Approved figures are what somebody has looked at: whatever comes later takes the approval back, by itself."""

from collections.abc import Collection

from core import audit
from core.models import Revision
from services_help.intake.promises import Promises
from services_help.models import ReviewKind, Session, SessionReview, SessionState


def fall_back(sessions: Collection[Session], *, by, promises: Promises) -> None:
    """These have just been changed: each that is approved is provisional again, and waits for a reviewer."""
    if not sessions:
        return
    # In the order of ids; of two phones that add to one session, the second finds it provisional.
    approved = Session.objects.filter(pk__in=[session.pk for session in sessions], state=SessionState.APPROVED)
    approved = approved.select_related("team").with_home().order_by("pk")
    rows = list(approved.select_for_update(of=("self",), no_key=True))
    if not rows:
        return
    Session.objects.filter(pk__in=[row.pk for row in rows]).update(state=SessionState.PROVISIONAL)
    SessionReview.objects.bulk_create(SessionReview(session=row, kind=ReviewKind.CHANGED, by=by) for row in rows)
    audit.record_many((("services_help.session_fell_back", row, row.home, {}) for row in rows), by=by)
    for row in rows:
        promises.has_changed(row)
    Revision.bump("reviews")
