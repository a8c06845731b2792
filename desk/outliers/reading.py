"""What pages show of the flags."""

from collections.abc import Iterable
from uuid import UUID

from desk.outliers.models import SessionFlag
from desk.outliers.wording import with_sentences
from services_help.models import Session
from teams.access import Access
from teams.permissions import Right


def flags_of(sessions: Iterable[Session | UUID]) -> dict[UUID, list[SessionFlag]]:
    """The flags of each session with their ``sentence``, the open and the gravest first; four queries at most.

    The caller has found the sessions through ``visible_to``: who may see a session may see why it stands out.
    """
    keys = [each.pk if isinstance(each, Session) else each for each in sessions]
    found: dict[UUID, list[SessionFlag]] = {key: [] for key in keys}
    rows = SessionFlag.objects.filter(session__in=keys).select_related("settled_by")
    for flag in with_sentences(sorted(rows, key=lambda flag: (flag.is_settled, -flag.severity, flag.rule))):
        found[flag.session_id].append(flag)
    return found


def open_count(access: Access, right: Right = Right.SESSION_VIEW) -> int:
    """Flags that wait for somebody, under the reader."""
    return SessionFlag.objects.open().visible_to(access, right).count()
