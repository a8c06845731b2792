"""The long parts of a reorganisation as jobs. Each is one piece and one transaction: done, or not begun.

Whoever repeats a piece that a dead worker has left repeats a service that can be called twice.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import DomainError
from core.jobs.kinds import JobKind, Result
from core.jobs.work import Work
from reports import reorganised as figures
from teams.access import Access, access_of_user
from teams.models import Reorganisation
from teams.permissions import Right
from teams.reorganising import services


def _in_one_piece(service: Callable[[Work, Reorganisation, Access], str]) -> Callable[[Work], Result]:
    def piece(work: Work) -> Result:
        # The rights of now, not of when it was ordered.
        access = access_of_user(work.job.ordered_by)
        work.say(0, 1, _("Đang làm trong một lần; nếu máy chủ dừng giữa chừng thì như chưa làm gì"))
        with transaction.atomic():
            found = Reorganisation.objects.visible_to(access).filter(pk=work.job.params["reorganisation"]).first()
            if found is None:
                raise DomainError(_("Cuộc sắp xếp này không còn, hoặc bạn không còn quyền với nó."))
            told = service(work, found, access)
            # Within the transaction: stopped meanwhile, nothing of it stays.
            work.say(1, 1, told)
        return Result(told)

    return piece


def _preview(_work: Work, found: Reorganisation, access: Access) -> str:
    problems = len(services.preview(reorganisation=found, access=access, figures=figures)["problems"])
    if not problems:
        return _("Chạy thử xong: có thể duyệt.")
    told = ngettext("Chạy thử xong: còn %(n)d điều phải sửa.", "Chạy thử xong: còn %(n)d điều phải sửa.", problems)
    return told % {"n": problems}


def _execute(_work: Work, found: Reorganisation, access: Access) -> str:
    services.execute(reorganisation=found, access=access, figures=figures)
    return _("Đã thực hiện cuộc sắp xếp.")


def _undo(work: Work, found: Reorganisation, access: Access) -> str:
    services.undo(reorganisation=found, access=access, reason=work.job.params["reason"])
    return _("Đã hoàn tác: mọi dòng trở lại như trước.")


PREVIEW = JobKind(gettext_lazy("Chạy thử sắp xếp"), Right.ORG_REORGANISE, _in_one_piece(_preview))
EXECUTE = JobKind(gettext_lazy("Thực hiện sắp xếp"), Right.ORG_REORGANISE, _in_one_piece(_execute))
UNDO = JobKind(gettext_lazy("Hoàn tác sắp xếp"), Right.ORG_REORGANISE, _in_one_piece(_undo))
