"""Drafts of the reforms of 2025-01-01 and 2025-07-01, from data/admin_areas, for people to look at and carry out."""

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from teams.access import system_access
from teams.reorganising.shipped import REFORMS, prepare


class Command(BaseCommand):
    help = "Soạn sẵn hai cuộc sắp xếp 01/01/2025 và 01/07/2025 để chạy thử, duyệt và thực hiện tại /reorganise/."

    def handle(self, **options):
        refusals = []
        for reform in REFORMS:
            try:
                made = prepare(reform, system_access())
            except DomainError as refusal:
                refusals.append(str(refusal))
                self.stderr.write(f"{reform.name}: {refusal}")
                continue
            self.stdout.write(f"{made.name}: {made.steps.count()} · {made.get_state_display()}")
        if len(refusals) == len(REFORMS):
            raise CommandError("Chưa soạn được cuộc sắp xếp nào. | No reorganisation could be drafted.")
