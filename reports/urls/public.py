"""The front door."""

from django.urls import path

from reports import public

app_name = "public"
urlpatterns = [path("", public.front, name="front")]
