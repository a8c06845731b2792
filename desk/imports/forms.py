"""The file that is brought, and what of the past is looked for."""

from django import forms
from django.utils.translation import gettext_lazy

from core.ids import uuid7


class UploadForm(forms.Form):
    # Made with the page: a file that is sent twice comes in once.
    key = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label=gettext_lazy("Tệp Excel (.xlsx) hoặc CSV"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": gettext_lazy("Hãy chọn một tệp."),
            "empty": gettext_lazy("Tệp trống. Hãy chọn tệp khác."),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"key": uuid7()}, **kwargs)


class PastFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Chiến dịch, chương trình"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    unit = forms.CharField(label=gettext_lazy("Mã hoặc tên đơn vị"), required=False)
    year = forms.IntegerField(label=gettext_lazy("Năm"), required=False, min_value=1930, max_value=2100)
