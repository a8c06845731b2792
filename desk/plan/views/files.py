"""Excel in: a template, a preview that stores nothing, a confirmation that stores what was shown."""

from dataclasses import dataclass

import tablib
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.imports import DeploymentFile, TargetFile
from campaigns.models import Campaign, Deployment
from core.errors import DomainError
from core.vietnamese import nfc
from desk.common import download, found, staff, tell
from desk.plan.forms import ConfirmForm, UploadForm
from desk.plan.views.days import day_seen
from teams.imports.files import FORMATS, XLSX_TYPE, UploadStorage, format_number, read_stored, write_workbook
from teams.imports.flow import look, take_in
from teams.imports.preview import bad_rows_of
from teams.imports.template import build_template, rules
from teams.permissions import Right


@dataclass(frozen=True)
class Upload:
    """Where a file is taken in: the addresses around it, and what it is about."""

    resource: object  # makes a fresh resource: one is used up by each reading
    title: object
    about: str
    back: str
    base: str  # url name without its last word

    def url(self, step: str, pk: int) -> str:
        return reverse(f"{self.base}_{step}", args=[pk])


def _day(request, pk) -> tuple[Upload, object]:
    access, row = day_seen(request, pk, Right.DEPLOY)
    upload = Upload(
        lambda: DeploymentFile(access, row),
        gettext_lazy("Nhập phân công từ Excel"),
        str(row),
        reverse("plan:day", args=[row.pk]),
        "plan:day",
    )
    return upload, row


def _targets(request, pk) -> tuple[Upload, object]:
    access = staff(request)
    row = found(Campaign.objects.for_list(), access, pk, Right.CAMPAIGN_MANAGE)
    upload = Upload(
        lambda: TargetFile(access, row),
        gettext_lazy("Nhập chỉ tiêu từ Excel"),
        str(row),
        reverse("plan:targets", args=[row.pk]),
        "plan:targets",
    )
    return upload, row


# --- the steps --------------------------------------------------------------------------------------------------------
def _upload(request, upload: Upload, pk: int) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    context: dict = {}
    if request.method == "POST" and form.is_valid():
        try:
            context = _preview(upload, form.cleaned_data["file"])
        except DomainError as refusal:
            form.add_error("file", str(refusal))
    cells = upload.resource().guide()
    context |= {"form": form, "upload": upload, "cells": cells, "rules": rules()}
    context |= {f"{step}_url": upload.url(step, pk) for step in ("template", "import", "confirm", "bad_rows")}
    return render(request, "plan/import.html", context)


def _preview(upload: Upload, file) -> dict:
    kind = format_number(file)
    data = file.read()
    resource = upload.resource()
    preview = look(resource, FORMATS[kind]().create_dataset(data))
    context = {"preview": preview, "warnings": getattr(resource, "warnings", [])}
    if not preview.problems and (preview.good or preview.bad_lines):
        storage = UploadStorage()
        storage.save(data)
        context["kept"] = {
            "stored": storage.name,
            "kind": kind,
            "file_name": nfc(file.name)[:255],
            "left_out": preview.left_out,
        }
    return context


def _kept(request) -> dict:
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Yêu cầu không hợp lệ. Hãy tải tệp lên lại."))
    return form.cleaned_data


def _confirm(request, upload: Upload, pk: int) -> HttpResponse:
    try:
        kept = _kept(request)
        dataset = read_stored(kept["stored"], kept["kind"])
        preview = take_in(upload.resource(), dataset, left_out=kept["left_out"], file_name=kept["file_name"])
    except DomainError as refusal:
        tell(request, refusal)
        return redirect(upload.url("import", pk))
    UploadStorage(name=kept["stored"]).remove()
    text = _("Đã nhập xong: %(new)s dòng mới, %(update)s dòng sửa, %(skip)s dòng không đổi.")
    messages.success(request, text % preview.counts)
    if preview.bad_lines:
        left = _("Còn lại %(count)s dòng lỗi chưa nhập (dòng %(lines)s). Hãy sửa trong tệp rồi tải lên lại.")
        messages.warning(request, left % {"count": preview.counts["invalid"], "lines": preview.short_lines})
    return redirect(upload.back)


def _bad_rows(request, upload: Upload, pk: int) -> HttpResponse:
    resource = upload.resource()
    try:
        kept = _kept(request)
        result = resource.import_data(read_stored(kept["stored"], kept["kind"]), dry_run=True)
    except DomainError as refusal:
        tell(request, refusal)
        return redirect(upload.url("import", pk))
    return download(write_workbook(bad_rows_of(result)), f"{resource.file_title} - dòng cần sửa.xlsx", XLSX_TYPE)


def _template(name: str, cells) -> HttpResponse:
    return download(build_template(cells), f"Mẫu nhập {name[0].lower()}{name[1:]}.xlsx", XLSX_TYPE)


# --- deployments of a day ---------------------------------------------------------------------------------------------
@require_safe
def day_template(request, pk):
    upload, _row = _day(request, pk)
    return _template(DeploymentFile.file_title, upload.resource().guide_of_day())


@require_safe
def day_export(request, pk):
    """The day as it is, in the columns of the template: to change and to upload again."""
    access, row = day_seen(request, pk, Right.DEPLOY)
    cells = DeploymentFile.cells().values()
    dataset = tablib.Dataset(headers=[cell.column_name for cell in cells])
    rows = Deployment.objects.visible_to(access).active().filter(campaign_day=row).select_related("team", "point")
    for each in rows.order_by("team__sort_key", "starts_at", "pk"):
        dataset.append([cell.export(each, force_native_type=True) for cell in cells])
    return download(write_workbook(dataset), f"Phân công {row.day:%Y-%m-%d}.xlsx", XLSX_TYPE)


@require_http_methods(["GET", "HEAD", "POST"])
def day_import(request, pk):
    return _upload(request, _day(request, pk)[0], pk)


@require_POST
def day_confirm(request, pk):
    return _confirm(request, _day(request, pk)[0], pk)


@require_POST
def day_bad_rows(request, pk):
    return _bad_rows(request, _day(request, pk)[0], pk)


# --- targets of a campaign --------------------------------------------------------------------------------------------
@require_safe
def targets_template(request, pk):
    upload, _row = _targets(request, pk)
    return _template(TargetFile.file_title, upload.resource().guide_of_campaign())


@require_http_methods(["GET", "HEAD", "POST"])
def targets_import(request, pk):
    return _upload(request, _targets(request, pk)[0], pk)


@require_POST
def targets_confirm(request, pk):
    return _confirm(request, _targets(request, pk)[0], pk)


@require_POST
def targets_bad_rows(request, pk):
    return _bad_rows(request, _targets(request, pk)[0], pk)
