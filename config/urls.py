"""The address book. Outer names are fixed (docs/contracts.md)."""

from django.contrib import admin
from django.urls import include, path

from config import views

urlpatterns = [
    # Programs and phones ask most often, and addresses are tried in turn.
    path("api/v1/", include("config.api")),
    path("", include("reports.urls.public")),
    path("home/", views.home, name="home"),
    path("", include("accounts.urls")),
    path("access/", include("teams.access_urls")),
    path("field/", include("services_help.field.urls")),
    path("passes/", include("teams.urls")),
    path("handout/", include("desk.handout.urls")),
    path("jobs/", include("desk.jobs.urls")),
    path("imports/", include("desk.imports.urls")),
    path("plan/", include("desk.plan.urls")),
    path("reorganise/", include("desk.reorganise.urls")),
    path("review/", include("desk.review.urls")),
    path("reports/", include("desk.report.urls")),
    path("dashboard/", include("desk.urls.dashboard")),
    path("office/", include("desk.office.urls")),
    path("admin/", admin.site.urls),
    path("language/", views.set_language, name="set_language"),
    path("", include("core.urls")),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
