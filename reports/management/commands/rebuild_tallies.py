from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from core.progress import ProgressBar
from reports.tallies import rebuild


class Command(BaseCommand):
    help = "Tính lại mọi số tổng hợp từ nhật ký gốc. Cổng vẫn hoạt động; chạy lại bao nhiêu lần cũng được."

    def handle(self, *args, **options):
        done = rebuild(ProgressBar(self.stdout, _("ngày")))
        self.stdout.write(_("Đã tính lại %(count)s lát số liệu (đội hình × ngày).") % {"count": done})
