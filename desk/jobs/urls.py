"""What a worker does, has done, and will do for those who look."""

from django.urls import path

from desk.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("<int:pk>/", views.job, name="job"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/file/", views.download, name="file"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/repeat/", views.repeat, name="repeat"),
]
