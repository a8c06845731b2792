"""Carries the repository's reference data into the database. Part of every deploy; a second run changes nothing."""

from django.core.management.base import BaseCommand

from services_help.reference import load_reference


class Command(BaseCommand):
    help = "Nạp danh mục đơn vị hành chính, dịch vụ, chỉ số và mục tiêu chương trình (thêm và cập nhật, không xóa)."

    def handle(self, **options):
        changed = load_reference()
        self.stdout.write(", ".join(f"{what}: {count}" for what, count in changed.items()))
