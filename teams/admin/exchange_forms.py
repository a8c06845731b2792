"""The three small forms of import and export: which file, yes, which format."""

from django import forms
from django.utils.translation import gettext as _
from import_export.forms import ConfirmImportForm
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from teams.imports.files import UnreadableFile, format_number


class UploadForm(ImportForm):
    """One file; its kind is told by its name, so that nobody is asked what a format is."""

    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        field = self.fields["import_file"]
        field.label = _("Tệp Excel (.xlsx) hoặc CSV")
        field.widget.attrs["accept"] = ".xlsx,.csv"
        field.error_messages |= {
            "required": _("Hãy chọn một tệp."),
            "empty": _("Tệp trống. Hãy chọn tệp khác."),
        }

    def clean(self):
        cleaned = super().clean()
        if upload := cleaned.get("import_file"):
            try:
                cleaned["format"] = str(format_number(upload))
            except UnreadableFile as error:
                self.add_error("import_file", str(error))
        return cleaned


class ConfirmForm(ConfirmImportForm):
    """``left_out``: the lines that were shown as bad. Should others turn out bad, the reader is asked anew."""

    # The same fields stand in two forms of one page.
    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id=False, **kwargs)

    left_out = forms.CharField(widget=forms.HiddenInput(), required=False)


class DownloadForm(ExportForm):
    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        field = self.fields["format"]
        field.label = _("Kiểu tệp")
        field.choices = [("0", _("Excel (.xlsx)")), ("1", _("CSV (.csv)"))]
        field.initial = "0"
        field.widget.choices = field.choices
