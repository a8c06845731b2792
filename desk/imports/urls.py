"""Files that come in."""

from django.urls import path

from desk.imports import past, views

app_name = "imports"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/<slug:name>/", views.new, name="new"),
    path("new/<slug:name>/<int:subject>/", views.new, name="new_of"),
    path("template/<slug:name>/", views.template, name="template"),
    path("template/<slug:name>/<int:subject>/", views.template, name="template_of"),
    path("past-figures/", past.past_figures, name="past_figures"),
    path("past-figures/export/", past.export, name="past_figures_export"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/bad-rows/", views.bad_rows, name="bad_rows"),
]
