"""Import and export of one model: scoped to the reader, looked at before it happens, audited, with a file to fill in.

An import is two steps. The preview reads the file, does everything in a transaction and takes it back; the page shows
what would change and every bad cell. The confirmation does the same for good, leaving out the lines that were shown as
bad, and only those: if the data has changed so that others are bad, nothing is stored and the preview is shown anew.
"""

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from import_export.admin import ExportMixin, ImportExportMixin

from core.dated import today
from core.errors import DomainError
from core.vietnamese import nfc
from teams.access import access_of
from teams.admin.exchange_forms import ConfirmForm, DownloadForm, UploadForm
from teams.imports.files import (
    FORMATS,
    XLSX_TYPE,
    ExcelFile,
    UnreadableFile,
    UploadStorage,
    read_stored,
    write_workbook,
)
from teams.imports.flow import as_shown, record_exchange
from teams.imports.preview import bad_rows_of, preview_of
from teams.imports.template import rules
from teams.permissions import Right

# What a workbook of one request may hold; larger tables are for the statistics API.
MOST_EXPORTED = 50_000


class ScopedExportMixin(ExportMixin):
    """Exports what the list shows, narrowed to where the reader may export."""

    resource_class = None
    export_form_class = DownloadForm
    export_template_name = "admin/exchange/export.html"
    formats = FORMATS
    to_encoding = "utf-8"

    def get_export_resource_classes(self, request):
        return [self.resource_class]

    def get_export_formats(self):
        return list(self.formats)

    def get_export_resource_kwargs(self, request, **kwargs):
        return {"access": access_of(request)}

    def has_export_permission(self, request):
        return access_of(request).has(Right.EXPORT)

    def get_export_queryset(self, request):
        allowed = self.rows_for(request, Right.EXPORT).values("pk")
        return super().get_export_queryset(request).filter(pk__in=allowed)

    def get_export_data(self, file_format, request, queryset, **kwargs):
        native = isinstance(file_format, ExcelFile)
        data = self.get_data_for_export(request, queryset, force_native_type=native, **kwargs)
        return file_format.export_data(data)

    def export_action(self, request):
        if not self.has_export_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_export_queryset(request).count()
        except IncorrectLookupParameters:  # as Django's list does with such an address
            messages.error(request, _("Bộ lọc trong địa chỉ này không có. Hãy lọc lại danh sách rồi xuất."))
            return redirect(_changelist(self))
        if rows > MOST_EXPORTED:
            messages.error(request, _("Danh sách quá dài để xuất một lần. Hãy lọc bớt rồi xuất."))
            return redirect(_changelist(self))
        response = super().export_action(request)
        if isinstance(response, TemplateResponse):
            response.context_data |= {
                "title": _("Xuất ra tệp"),
                "rows": rows,
                "columns": self.resource_class().get_export_headers(),
                "back_url": f"{reverse(_changelist(self))}?{request.GET.urlencode()}",
            }
        return response

    def _do_file_export(self, file_format, request, queryset, export_form=None):
        with transaction.atomic():
            data = self.get_export_data(file_format, request, queryset, export_form=export_form)
            kind = file_format.get_extension()
            title = f"{self.resource_class.file_title} {today():%Y-%m-%d}.{kind}"
            access, filters = access_of(request), request.GET.dict()
            record_exchange(self.model, "exported", title, access, Right.EXPORT, rows=len(queryset), filters=filters)
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=title)}
        return HttpResponse(data, content_type=file_format.get_content_type(), headers=headers)


class ExchangeMixin(ScopedExportMixin, ImportExportMixin):
    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    import_template_name = "admin/exchange/import.html"
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    tmp_storage_class = UploadStorage
    import_right = Right.ORG_MANAGE
    skip_admin_log = True

    # --- what the library asks ----------------------------------------------------------------------------------------
    def get_import_resource_classes(self, request):
        return [self.resource_class]

    def get_import_formats(self):
        return list(self.formats)

    def get_import_resource_kwargs(self, request, **kwargs):
        return {"access": access_of(request)}

    def has_import_permission(self, request):
        return access_of(request).has(self.import_right)

    def get_import_context_data(self, **kwargs):
        return {
            "template_url": reverse(_url_name(self, "import_template")),
            "bad_rows_url": reverse(_url_name(self, "import_bad_rows")),
            "guide": self.resource_class.guide(),
            "rules": rules(),
        }

    def add_data_read_fail_error_to_form(self, form, error):
        if not isinstance(error, UnreadableFile):
            raise error
        form.add_error("import_file", str(error))

    # --- addresses ----------------------------------------------------------------------------------------------------
    def get_urls(self):
        view = self.admin_site.admin_view(self.import_template)
        name = _url_name(self, "import_template").removeprefix("admin:")
        bad_rows = self.admin_site.admin_view(require_POST(self.import_bad_rows))
        return [
            path("import/template/", view, name=name),
            path("import/bad-rows/", bad_rows, name=name.replace("import_template", "import_bad_rows")),
            *super().get_urls(),
        ]

    def import_template(self, request):
        if not self.has_import_permission(request):
            raise PermissionDenied
        name = self.resource_class.file_title
        title = f"Mẫu nhập {name[0].lower()}{name[1:]}.xlsx"
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=title)}
        return HttpResponse(self.resource_class.template(), content_type=XLSX_TYPE, headers=headers)

    def import_bad_rows(self, request):
        """The lines that the preview found bad, with the reasons, as a file to mend."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        try:
            dataset = self._uploaded(form)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(_url_name(self, "import"))
        resource = self.resource_class(**self.get_import_resource_kwargs(request))
        data = write_workbook(bad_rows_of(resource.import_data(dataset, dry_run=True)))
        title = f"{self.resource_class.file_title} - dòng cần sửa.xlsx"
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=title)}
        return HttpResponse(data, content_type=XLSX_TYPE, headers=headers)

    def _uploaded(self, form):
        """The stored file of a preview, read anew."""
        if not form.is_valid():
            raise UnreadableFile(_("Yêu cầu không hợp lệ. Hãy tải tệp lên lại."))
        chosen = form.cleaned_data["format"]
        return read_stored(form.cleaned_data["import_file_name"], int(chosen) if chosen in ("0", "1") else 0)

    # --- preview ------------------------------------------------------------------------------------------------------
    def import_action(self, request, **kwargs):
        response = super().import_action(request, **kwargs)
        context = response.context_data
        context["title"] = _("Nhập từ tệp")
        if result := context.get("result"):
            self._show(context, request, result, context["form"])
        return response

    def _show(self, context, request, result, upload_form) -> None:
        preview = preview_of(result, self.resource_class)
        context["preview"] = preview
        context.pop("confirm_form", None)
        if preview.problems or not (preview.good or preview.bad_lines):
            return
        file_name = nfc(upload_form.cleaned_data["import_file"].name)
        form = self.create_confirm_form(request, import_form=upload_form)
        form.initial |= {"left_out": preview.left_out, "original_file_name": file_name}
        context["stored_form"] = form

    # --- confirmation -------------------------------------------------------------------------------------------------
    def process_import(self, request, **kwargs):
        try:
            return super().process_import(request, **kwargs)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(_url_name(self, "import"))

    def process_dataset(self, dataset, form, request, **kwargs):
        """The rows and the audit rows of the import are one transaction."""
        with transaction.atomic():
            result = super().process_dataset(dataset, form, request, **kwargs)
            preview = as_shown(result, self.resource_class, left_out=form.cleaned_data["left_out"])
            file_name = form.cleaned_data["original_file_name"]
            counts = {"rows": preview.good, "left_out": preview.left_out}
            record_exchange(self.model, "imported", file_name, access_of(request), self.import_right, **counts)
        result.preview = preview
        return result

    def process_result(self, result, request):
        counts = result.preview.counts
        messages.success(
            request, _("Đã nhập xong: %(new)s dòng mới, %(update)s dòng sửa, %(skip)s dòng không đổi.") % counts
        )
        if not counts["invalid"]:
            return redirect(_changelist(self))
        messages.warning(
            request,
            _(
                "Còn lại %(invalid)s dòng lỗi chưa nhập (dòng %(lines)s). Hãy sửa ngay trong tệp rồi tải lên lại "
                "ở đây; các dòng đã nhập sẽ không bị nhập hai lần."
            )
            % {"invalid": counts["invalid"], "lines": result.preview.short_lines},
        )
        return redirect(_url_name(self, "import"))


def _url_name(model_admin, action: str) -> str:
    return f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{action}"


def _changelist(model_admin) -> str:
    return _url_name(model_admin, "changelist")
