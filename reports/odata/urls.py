"""Addresses of the feed under ``/api/v1/odata``, with or without the last slash: Excel sends what a person typed."""

from django.urls import path, re_path

from reports.odata.api import Metadata, Rows, ServiceDocument

urlpatterns = [
    re_path(r"^odata/?$", ServiceDocument.as_view(), name="odata"),
    path("odata/$metadata", Metadata.as_view(), name="odata_metadata"),
    path("odata/<path:resource>", Rows.as_view(), name="odata_rows"),
]
