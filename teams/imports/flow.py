"""From a file to rows: a look that is taken back, and a storing that does what was shown."""

from django.db import connection, transaction
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


def lock_list(model) -> None:
    """One file of a list at a time: two of the same rows would add them twice, or wait for each other for ever.

    SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"imports.{model._meta.label_lower}"])


@transaction.atomic
def look(resource: FileResource, dataset) -> Preview:
    """What the file would change; nothing of it is stored."""
    lock_list(resource._meta.model)
    return preview_of(resource.import_data(dataset, dry_run=True), type(resource))


@transaction.atomic
def take_in(resource: FileResource, dataset, *, shown: str, file_name: str) -> Preview:
    """Store the good rows. ``shown``: the digest of the preview that was confirmed; anything else is refused."""
    lock_list(resource._meta.model)
    result = resource.import_data(dataset, dry_run=False, file_name=file_name)
    preview = preview_of(result, type(resource))
    if preview.problems:
        raise DomainError(" ".join(preview.problems))
    if not preview.may_confirm or preview.digest != shown:
        raise DomainError(
            _(
                "Tệp không còn cho đúng kết quả đã xem: có người vừa sửa dữ liệu, hoặc đã sang ngày khác. "
                "Chưa dòng nào được nhập; hãy bấm “Kiểm tra lại” rồi xác nhận."
            )
        )
    counts = {"rows": preview.good, "left_out": ",".join(map(str, preview.bad_lines))}
    record_exchange(resource._meta.model, "imported", file_name, resource.access, resource.right, **counts)
    return preview
