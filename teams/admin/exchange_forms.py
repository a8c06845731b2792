"""The small form of an export: which format."""

from django.utils.translation import gettext as _
from unfold.contrib.import_export.forms import ExportForm


class DownloadForm(ExportForm):
    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        field = self.fields["format"]
        field.label = _("Kiểu tệp")
        field.choices = [("0", _("Excel (.xlsx)")), ("1", _("CSV (.csv)"))]
        field.initial = "0"
        field.widget.choices = field.choices
