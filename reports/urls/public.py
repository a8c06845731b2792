"""The front door, and the counter at which a paper is shown to be genuine."""

from django.urls import path

from reports import public
from reports.official import verifying

app_name = "public"
urlpatterns = [
    path("", public.front, name="front"),
    path("verify/", verifying.find, name="verify_find"),
    path("verify/<slug:code>/", verifying.verify, name="verify"),
]
