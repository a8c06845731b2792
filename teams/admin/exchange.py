"""Import and export of one model: scoped, audited, all or nothing, and with a template to fill in."""

from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from core import audit
from core.dated import today
from teams.access import access_of
from teams.permissions import Right

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 5000


class VietnameseCsv(CSV):
    """With a byte order mark, without which Excel garbles Vietnamese."""

    def export_data(self, dataset, **kwargs):
        return "\ufeff" + super().export_data(dataset, **kwargs)


class UploadForm(ImportForm):
    """One file; its kind is told by its name, so that nobody is asked what a format is."""

    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.formats = formats
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].label = _("Tệp Excel (.xlsx) hoặc CSV")

    def clean(self):
        cleaned = super().clean()
        upload = cleaned.get("import_file")
        extension = upload.name.rpartition(".")[2].lower() if upload else ""
        known = [each().get_extension() for each in self.formats]
        if upload and extension not in known:
            self.add_error("import_file", _("Chỉ nhận tệp .xlsx hoặc .csv. Trong Excel, hãy chọn Lưu thành .xlsx."))
        elif upload:
            cleaned["format"] = str(known.index(extension))
        return cleaned


class ScopedExportMixin(ExportMixin):
    """Exports what the list shows, narrowed to where the reader may export."""

    resource_class = None
    export_form_class = ExportForm
    formats = (XLSX, VietnameseCsv)

    def get_export_resource_classes(self, request):
        return [self.resource_class]

    def get_export_formats(self):
        return list(self.formats)

    def has_export_permission(self, request):
        return access_of(request).has(Right.EXPORT)

    def get_export_queryset(self, request):
        allowed = self.rows_for(request, Right.EXPORT).values("pk")
        return super().get_export_queryset(request).filter(pk__in=allowed)

    def get_export_filename(self, request, queryset, file_format):
        return f"{self.opts.model_name}-{today():%Y-%m-%d}.{file_format.get_extension()}"

    def _do_file_export(self, file_format, request, queryset, export_form=None):
        with transaction.atomic():
            response = super()._do_file_export(file_format, request, queryset, export_form)
            record_exchange(self, request, "exported", rows=queryset.count(), format=file_format.get_title())
        return response


class ExchangeMixin(ScopedExportMixin, ImportExportMixin):
    import_form_class = UploadForm
    import_right = Right.ORG_MANAGE
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    skip_admin_log = True

    def get_import_resource_classes(self, request):
        return [self.resource_class]

    def get_import_formats(self):
        return list(self.formats)

    def get_import_resource_kwargs(self, request, **kwargs):
        return {"access": access_of(request)}

    def get_export_resource_kwargs(self, request, **kwargs):
        return {"access": access_of(request)}

    def has_import_permission(self, request):
        return access_of(request).has(self.import_right)

    def get_import_data_kwargs(self, **kwargs):
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def get_import_context_data(self, **kwargs):
        template = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import_template")
        return {"template_url": template, "guide": self.resource_class.guide(), "most_rows": MOST_ROWS}

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_import_template"
        view = self.admin_site.admin_view(self.import_template)
        return [path("import/template/", view, name=name), *super().get_urls()]

    def import_template(self, request):
        if not self.has_import_permission(request):
            raise PermissionDenied
        name = quote(f"mau-{self.resource_class.template_name}.xlsx")
        disposition = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return HttpResponse(self.resource_class.template(), content_type=XLSX_TYPE, headers=disposition)

    def process_dataset(self, dataset, form, request, **kwargs):
        """The rows and the audit row of the import are one transaction."""
        with transaction.atomic():
            result = super().process_dataset(dataset, form, request, **kwargs)
            if not failed(result) and changed_rows(result):
                file_name = form.cleaned_data.get("original_file_name", "")
                record_exchange(self, request, "imported", rows=changed_rows(result), file=file_name)
        return result

    def process_result(self, result, request):
        if failed(result):
            # Somebody else changed the data between the preview and this click: nothing was stored.
            context = {
                **self.admin_site.each_context(request),
                **self.get_import_context_data(),
                "title": _("Nhập từ tệp"),
                "opts": self.opts,
                "form": self.create_import_form(request),
                "media": self.media,
                "result": result,
                "import_error_display": self.import_error_display,
            }
            return TemplateResponse(request, [self.import_template_name], context)
        totals = result.totals
        messages.success(
            request,
            _("Đã nhập xong: %(new)s dòng mới, %(update)s dòng sửa, %(skip)s dòng không đổi.") % totals,
        )
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def failed(result) -> bool:
    return result.has_errors() or result.has_validation_errors()


def changed_rows(result) -> int:
    return result.totals["new"] + result.totals["update"]


def record_exchange(model_admin, request, verb: str, **data) -> None:
    """One audit row for the whole file; it belongs to the acting user's unit."""
    access = access_of(request)
    units = access.unit_ids(Right.EXPORT if verb == "exported" else model_admin.import_right)
    audit.record(
        f"{model_admin.opts.app_label}.{model_admin.opts.model_name}_{verb}",
        by=request.user,
        target=request.user,
        scope_unit=units[0] if units else None,
        **data,
    )
