from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from teams.models import UnitAncestry
from teams.tree import tree_problems


class Command(BaseCommand):
    help = "Kiểm tra cây đơn vị và bảng bao đóng của cây; mã thoát 1 nếu có chỗ sai."

    def handle(self, *args, **options):
        problems = tree_problems()
        for problem in problems:
            self.stdout.write(str(problem))
        if problems:
            raise CommandError(_("Cây đơn vị có %(count)s chỗ sai.") % {"count": len(problems)})
        rows = UnitAncestry.objects.count()
        self.stdout.write(_("Cây đơn vị đúng (%(rows)s dòng bao đóng).") % {"rows": rows})
