"""Carries the repository's reference data into the database. Part of every deploy; a second run changes nothing."""

from django.core.management.base import BaseCommand
from django.db import transaction

from campaigns.reference import load_goals
from core import audit
from core.models import Revision
from services_help.reference import load_catalogue
from teams.reference import load_areas


class Command(BaseCommand):
    help = "Nạp danh mục đơn vị hành chính, dịch vụ, chỉ số và mục tiêu chương trình (thêm và cập nhật, không xóa)."

    def handle(self, **options):
        changed = load_reference()
        self.stdout.write(", ".join(f"{what}: {count}" for what, count in changed.items()))


@transaction.atomic
def load_reference() -> dict[str, int]:
    """Load everything; returns how many rows changed, by kind."""
    changed = {"areas": load_areas(), "goals": load_goals(), "catalogue": load_catalogue()}
    if any(changed.values()):
        audit.record("core.reference_loaded", by=None, target=Revision(name="catalogue"), **changed)
    return changed
