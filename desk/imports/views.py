"""A file's way in: chosen, checked by a worker, looked at, confirmed, stored by a worker, and undone if need be."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError, NotAllowed
from desk.common import download, tell
from desk.imports.forms import UploadForm
from desk.imports.showing import Preview, form_of, seen_at
from teams.access import Access, access_of
from teams.imports import lists, runs, storing
from teams.imports.files import XLSX_TYPE
from teams.imports.lists import ImportList
from teams.imports.template import build_template, rules
from teams.models import ImportRun

RUNS_A_PAGE = 30
# Whose rows, and what stands in the way of their undoing, name persons (desk/office/trail/looks.py).
PEOPLE = "volunteers"


def _any_list(request) -> Access:
    access = access_of(request)
    if not any(access.has(right) for right in lists.rights().values()):
        raise PermissionDenied
    return access


def _list(request, name: str, subject: int | None) -> tuple[Access, ImportList, object]:
    """The list, and what it is of. A list of a day without a day is no page."""
    access = _any_list(request)
    if name not in lists.all_lists():
        raise Http404
    found = lists.list_of(name)
    if bool(found.subject) != bool(subject):
        raise Http404
    try:
        about = found.subject(access, subject) if found.subject and subject else None
        if found.subject and about is None:
            raise Http404
        access.require(found.right)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return access, found, about


def _run(request, pk: int) -> tuple[Access, ImportRun]:
    """Somebody else's is not there; the own one, when its right is gone, is not for this account any more."""
    access = _any_list(request)
    rows = ImportRun.objects.visible_to(access, lists.rights()).select_related("made_by", "undone_by", "job")
    row = get_object_or_404(rows, pk=pk)
    if row.list_name not in lists.all_lists() or not access.has(lists.list_of(row.list_name).right):
        raise PermissionDenied
    return access, row


# --- all files --------------------------------------------------------------------------------------------------------
@require_safe
def home(request):
    access = _any_list(request)
    rows = ImportRun.objects.visible_to(access, lists.rights()).for_list()
    page = Paginator(rows, RUNS_A_PAGE).get_page(request.GET.get("page"))
    known = lists.all_lists()
    for row in page:
        row.list_title = known[row.list_name].title if row.list_name in known else row.list_name
    offered = [
        (found.title, form_of(name, None))
        for name, found in known.items()
        if not found.subject and access.has(found.right)
    ]
    return render(request, "imports/home.html", {"page": page, "offered": offered})


# --- one file ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, name, subject=None):
    access, found, about = _list(request, name, subject)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = {"upload": form.cleaned_data["file"], "key": form.cleaned_data["key"]}
        try:
            row = runs.receive(list_name=name, subject=about, access=access, **given)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("imports:run", row.pk)
    context = {
        "form": form,
        "title": found.title,
        "about": about,
        "back": seen_at(name, subject),
        "cells": found.guide(found.resource(access, about)),
        "rules": rules(),
        "template_url": form_of(name, subject).replace("/new/", "/template/"),
    }
    return render(request, "imports/new.html", context)


@require_safe
def template(request, name, subject=None):
    access, found, about = _list(request, name, subject)
    resource = found.resource(access, about)
    title = resource.file_title
    return download(build_template(found.guide(resource)), f"Mẫu nhập {title[0].lower()}{title[1:]}.xlsx", XLSX_TYPE)


def _context(request, access: Access, row: ImportRun) -> dict:
    found = lists.list_of(row.list_name)
    request.names_people = row.list_name == PEOPLE
    return {
        "run": row,
        "job": row.job,
        "title": found.title,
        "preview": Preview(row, bad=request.GET.get("bad"), good=request.GET.get("page")),
        "is_mine": row.made_by == access.user,
        "kept_until": runs.kept_until(row),
        "back": seen_at(row.list_name, row.subject),
        "again": form_of(row.list_name, row.subject),
    }


@never_cache
@require_safe
def run(request, pk):
    access, row = _run(request, pk)
    return render(request, "imports/run.html", _context(request, access, row))


@never_cache
@require_safe
def progress(request, pk):
    """The part of the page that follows the worker."""
    access, row = _run(request, pk)
    return render(request, "imports/_run.html", _context(request, access, row) | {"answers_poll": True})


@require_POST
def check(request, pk):
    return _step(request, pk, lambda row, access: runs.check_again(run=row, access=access))


@require_POST
def confirm(request, pk):
    shown = request.POST.get("shown", "")
    return _step(request, pk, lambda row, access: runs.confirm(run=row, shown=shown, access=access))


@require_POST
def undo(request, pk):
    return _step(request, pk, lambda row, access: runs.undo(run=row, access=access))


def _step(request, pk: int, service) -> HttpResponse:
    access, row = _run(request, pk)
    try:
        service(row, access)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except DomainError as refusal:
        tell(request, refusal)
    return redirect("imports:run", row.pk)


@require_POST
def bad_rows(request, pk):
    """The lines that were found bad, with the reasons, as a file to mend. For who has brought the file alone."""
    access, row = _run(request, pk)
    if row.made_by != access.user:
        raise PermissionDenied
    data = storing.bad_rows_of(row) if row.counts.get("invalid") else None
    if data is None:
        messages.error(request, _("Tệp các dòng lỗi không còn được giữ. Hãy tải tệp lên lại."))
        return redirect("imports:run", row.pk)
    runs.record_download(row, access)
    stem = row.file_name.rpartition(".")[0]
    return download(data, f"{stem} - dòng cần sửa.xlsx", XLSX_TYPE)
