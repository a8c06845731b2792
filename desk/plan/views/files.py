"""Excel out of a plan: a day in the columns of its template. What comes in has pages of its own (``desk/imports``)."""

import tablib
from django.views.decorators.http import require_safe

from campaigns.imports import DeploymentFile
from campaigns.models import Deployment
from desk.common import download
from desk.plan.views.days import day_seen
from teams.imports.files import XLSX_TYPE, write_workbook
from teams.permissions import Right


@require_safe
def day_export(request, pk):
    """The day as it is, in the columns of the template: to change and to upload again."""
    access, row = day_seen(request, pk, Right.DEPLOY)
    resource = DeploymentFile(access, row)
    cells = resource.cells().values()
    dataset = tablib.Dataset(headers=[cell.column_name for cell in cells])
    rows = Deployment.objects.visible_to(access).active().filter(campaign_day=row)
    for each in resource.filter_export(rows.order_by("team__sort_key", "starts_at", "pk")):
        dataset.append([cell.export(each, force_native_type=True) for cell in cells])
    return download(write_workbook(dataset), f"Phân công {row.day:%Y-%m-%d}.xlsx", XLSX_TYPE)
