"""From a file to rows, in two steps: a preview that is taken back, and a confirmation that does what was shown.

The admin's pages and the pages of the desk share it.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from teams.access import Access
from teams.imports.base import FileResource
from teams.imports.preview import Preview, preview_of
from teams.permissions import Right


class WholeList:
    """What an exchange is about: no single row, but the list of a model under the name of a file."""

    pk = ""

    def __init__(self, model, file_name: str):
        self._meta, self.file_name = model._meta, file_name

    def __str__(self) -> str:
        return self.file_name


def record_exchange(model, verb: str, file_name: str, access: Access, right: Right, **data) -> None:
    """One audit row for the whole file; it belongs to the acting user's unit."""
    units = access.unit_ids(right)
    audit.record(
        f"{model._meta.app_label}.{model._meta.model_name}_{verb}",
        by=access.user,
        target=WholeList(model, file_name),
        scope_unit=units[0] if units else None,
        **data,
    )


def look(resource: FileResource, dataset) -> Preview:
    """What the file would change; nothing of it is stored."""
    return preview_of(resource.import_data(dataset, dry_run=True), type(resource))


def as_shown(result, resource_class, *, left_out: str) -> Preview:
    """The preview of what was just stored, or a refusal that takes it back, unless it is what the reader confirmed."""
    preview = preview_of(result, resource_class)
    if not preview.may_confirm or preview.left_out != left_out:
        raise DomainError(_("Dữ liệu vừa được người khác thay đổi. Chưa dòng nào được nhập; hãy tải tệp lên lại."))
    return preview


@transaction.atomic
def take_in(resource: FileResource, dataset, *, left_out: str, file_name: str) -> Preview:
    """Store the good rows; ``left_out`` names the lines that were shown as bad."""
    result = resource.import_data(dataset, dry_run=False, file_name=file_name)
    preview = as_shown(result, type(resource), left_out=left_out)
    counts = {"rows": preview.good, "left_out": preview.left_out}
    record_exchange(resource._meta.model, "imported", file_name, resource.access, resource.right, **counts)
    return preview
