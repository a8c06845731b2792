"""Routes under ``/api/v1/``."""

from django.urls import path

from services_help.sync_api import LedgerApi, SyncApi

urlpatterns = [
    path("sync/", SyncApi.as_view(), name="sync"),
    path("sync/ledger/", LedgerApi.as_view(), name="sync_ledger"),
]
