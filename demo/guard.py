"""The demo world goes into an empty database or into one that it made itself, and nowhere else."""

from django.conf import settings
from django.core.management.base import CommandError

from accounts.models import User
from core import audit
from core.models import AuditEvent
from services_help.models import Session
from teams.models import Unit

# The audit trail is append-only, so the mark cannot be lost or taken back.
MARK = "demo.seeded"


def is_demo_database() -> bool:
    return AuditEvent.objects.filter(action=MARK).exists()


def require_demo_mode() -> None:
    # The app is installed by the same switch; this holds too for whoever calls the code in another way.
    if not settings.DEMO:
        raise CommandError("Chỉ chạy được ở chế độ mẫu (DEMO=1). | Only runs in demo mode (DEMO=1).")


def refuse_real_data() -> None:
    """Stop before invented figures are mixed with real ones."""
    require_demo_mode()
    if is_demo_database():
        return
    found = [model._meta.label for model in (User, Unit, Session) if model._default_manager.exists()]
    if found:
        raise CommandError(
            f"Cơ sở dữ liệu này đang có dữ liệu thật ({', '.join(found)}), không trộn dữ liệu mẫu vào. "
            "Hãy dùng cơ sở dữ liệu trống. | This database holds real data; the demo world needs an empty one."
        )


def mark(**added: int) -> None:
    audit.record(MARK, by=None, target=Unit.objects.order_by("pk").first(), **added)
