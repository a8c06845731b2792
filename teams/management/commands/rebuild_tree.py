from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from teams.tree import lock_tree, rebuild_ancestry


class Command(BaseCommand):
    help = "Dựng lại bảng bao đóng của cây đơn vị từ các dòng trực thuộc."

    @transaction.atomic
    def handle(self, *args, **options):
        lock_tree()
        rows = rebuild_ancestry()
        self.stdout.write(_("Đã dựng lại bảng bao đóng: %(rows)s dòng.") % {"rows": rows})
