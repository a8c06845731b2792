"""Official reports: issued, drafted, and the forms that they are laid out in."""

from django.urls import path

from desk.report import issued, templates_kept, views

app_name = "report"
urlpatterns = [
    path("", views.issue_list, name="issues"),
    path("units/", views.units, name="units"),
    path("campaigns/", views.campaigns, name="campaigns"),
    path("new/", views.draft_add, name="draft_add"),
    path("drafts/", views.draft_list, name="drafts"),
    path("drafts/<int:pk>/", views.draft, name="draft"),
    path("drafts/<int:pk>/edit/", views.draft_edit, name="draft_edit"),
    path("drafts/<int:pk>/preview/", views.draft_preview, name="draft_preview"),
    path("drafts/<int:pk>/issue/", views.draft_issue, name="draft_issue"),
    path("drafts/<int:pk>/delete/", views.draft_delete, name="draft_delete"),
    path("templates/", templates_kept.template_list, name="templates"),
    path("templates/default/", templates_kept.default, name="template_default"),
    path("templates/<int:pk>/file/", templates_kept.template_file, name="template_file"),
    path("templates/<int:pk>/retire/", templates_kept.template_retire, name="template_retire"),
    path("of-job/<uuid:key>/", issued.of_job, name="of_job"),
    path("<int:pk>/", issued.issue, name="issue"),
    path("<int:pk>/file/<slug:form>/", issued.take_file, name="file"),
]
