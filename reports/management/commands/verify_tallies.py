import time
from itertools import islice

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import outbox
from reports.models import DayTally
from reports.tallies import drift
from reports.tallies.slices import PARKED, STALE
from reports.tallies.words import describe

SHOWN = 50
POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Đếm lại toàn bộ số liệu từ nhật ký gốc và so với số tổng hợp; mã thoát 1 nếu có ô lệch hoặc còn việc chờ."

    def add_arguments(self, parser):
        parser.add_argument("--wait", type=float, default=30, metavar="SECONDS", help="chờ hàng đợi xử lý xong, tối đa")

    def handle(self, *args, wait: float, **options):
        if waiting := _wait_until_drained(wait):
            text = ngettext("còn %(count)s việc chờ xử lý", "còn %(count)s việc chờ xử lý", waiting)
            raise CommandError(text % {"count": waiting} + " " + _("(tiến trình nền có đang chạy không?)"))
        differences = list(islice(drift(), SHOWN + 1))
        for difference in differences[:SHOWN]:
            self.stdout.write(describe(difference))
        if len(differences) > SHOWN:
            raise CommandError(_("Số tổng hợp lệch ở hơn %(count)s ô.") % {"count": SHOWN})
        if differences:
            raise CommandError(_("Số tổng hợp lệch ở %(count)s ô.") % {"count": len(differences)})
        rows = DayTally.objects.count()
        self.stdout.write(_("Khớp: mọi số tổng hợp bằng số đếm lại từ gốc (%(rows)s dòng theo ngày).") % {"rows": rows})


def _wait_until_drained(seconds: float) -> int:
    """Number of promised refreshes that are still waiting when the time is over."""
    deadline = time.monotonic() + seconds
    while waiting := sum(outbox.pending(topic)[0] for topic in (STALE, PARKED)):
        if time.monotonic() >= deadline:
            return waiting
        time.sleep(POLL_SECONDS)
    return 0
