"""For the operator: when nobody is left who may take a lost second factor off a member of staff."""

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.second_factor import reset_second_factor
from core.errors import DomainError


class Command(BaseCommand):
    help = "Gỡ lớp bảo vệ thứ hai của một tài khoản và kết thúc các phiên của tài khoản đó."

    def add_arguments(self, parser):
        parser.add_argument("username", help="tên đăng nhập")

    def handle(self, *args, username: str, **options):
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            raise CommandError(f"Không có tài khoản nào tên “{username}”.")
        try:
            reset_second_factor(user=user, by=None)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Đã gỡ lớp bảo vệ thứ hai của {user.username}. Lần đăng nhập tới sẽ bật lại từ đầu.")
