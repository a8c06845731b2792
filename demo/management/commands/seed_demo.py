"""Puts the demo world of March 2023, and a few days around today, into an empty database. Idempotent."""

from django.core.management.base import BaseCommand

from core.dated import today
from demo import handout
from demo.seeding import seed


class Command(BaseCommand):
    help = "Dựng dữ liệu mẫu (chỉ ở chế độ DEMO, chỉ trên cơ sở dữ liệu trống hoặc của dữ liệu mẫu)."

    def handle(self, **options):
        day = today()
        added = seed(day)
        told = ", ".join(f"{model}: {count}" for model, count in sorted(added.items()))
        self.stdout.write(f"+ {told}" if added else "Dữ liệu mẫu đã đủ, không thêm gì.")
        handout.write(day)
        self.stdout.write(f"→ {handout.demo_file()}")
