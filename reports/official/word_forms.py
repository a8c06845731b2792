"""The office's own Word forms: looked at before they are taken in, kept in versions, retired, never changed."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError, NotAllowed
from core.vietnamese import nfc
from reports.official.frozen import digest_of
from reports.official.models import ReportTemplate
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right

MOST_BYTES = 2 * 1024 * 1024


class UnusableTemplate(DomainError):
    """``problems``: what is wrong with it, one sentence each."""

    code = "unusable_template"

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__(" ".join(problems))


def require_keeper(access: Access) -> None:
    """Forms are for the whole city to choose from."""
    if not access.is_city_wide(Right.CATALOGUE_MANAGE):
        raise NotAllowed


def add_template(*, name: str, unit: Unit | None, data: bytes, access: Access) -> ReportTemplate:
    """A new form, or the next version of the one with this name. The same file again is the version that there is."""
    require_keeper(access)
    name = nfc(name)
    check_file(data)
    digest = digest_of(data)
    try:
        with transaction.atomic():
            last = ReportTemplate.objects.defer("data").filter(name=name).order_by("-version").first()
            if last and last.digest == digest and last.unit_id == (unit and unit.pk) and last.retired_at is None:
                return last
            template = ReportTemplate.objects.create(
                name=name,
                unit=unit,
                version=last.version + 1 if last else 1,
                data=data,
                digest=digest,
                uploaded_by=access.user,
            )
            audit.record("reports.template_added", by=access.user, target=template, digest=digest)
    except IntegrityError as error:
        raise DomainError(_("Mẫu này vừa được người khác tải lên. Hãy tải lại trang.")) from error
    return template


def check_file(data: bytes) -> None:
    # Word's format is heavy, and most requests need none of it.
    from reports.official import layouts  # noqa: PLC0415

    if len(data) > MOST_BYTES:
        raise UnusableTemplate([_("Tệp lớn hơn 2 MB. Hãy bỏ bớt ảnh trong mẫu rồi tải lên lại.")])
    if problems := layouts.template_problems(data):
        raise UnusableTemplate(problems)


@transaction.atomic
def retire_template(*, template: ReportTemplate, access: Access) -> None:
    """Nobody chooses it any more; drafts and issues that have it keep it."""
    require_keeper(access)
    if ReportTemplate.objects.usable().filter(pk=template.pk).update(retired_at=timezone.now()):
        audit.record("reports.template_retired", by=access.user, target=template)
