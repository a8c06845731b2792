"""Export of one model: scoped to the reader, audited, in the columns of the template; and the way to its import."""

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
from import_export.admin import ExportMixin

from core.dated import today
from teams.access import access_of
from teams.admin.exchange_forms import DownloadForm
from teams.imports.files import FORMATS, ExcelFile
from teams.imports.flow import record_exchange
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


class ExchangeMixin(ScopedExportMixin):
    """Export here; what comes in by a file has pages of its own (``/imports/``), to which the button leads."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_right = Right.ORG_MANAGE
    import_list = ""

    def has_import_permission(self, request):
        return access_of(request).has(self.import_right)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, (extra_context or {}) | {"has_import_permission": self.has_import_permission(request)}
        )

    def get_urls(self):
        name = _url_name(self, "import").removeprefix("admin:")
        return [path("import/", self.admin_site.admin_view(self.import_file), name=name), *super().get_urls()]

    def import_file(self, request):
        if not self.has_import_permission(request):
            raise PermissionDenied
        return redirect("imports:new", self.import_list)


def _url_name(model_admin, action: str) -> str:
    return f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{action}"


def _changelist(model_admin) -> str:
    return _url_name(model_admin, "changelist")
