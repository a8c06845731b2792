"""The portal, and beside it what it is measured against: a plain DRF ModelSerializer POST per log, and a bare page."""

import base64
import random

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path
from rest_framework import generics, serializers

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as portal
from services_help.models import AssistanceLog
from teams.permissions import Right


class PlainLogSerializer(serializers.ModelSerializer):
    class Meta:
        model = AssistanceLog
        fields = [
            "id",
            "session",
            "service",
            "result",
            "people",
            "same_visit",
            "quantity",
            "metric",
            "age_group",
            "beneficiary",
            "channel",
            "happened_at",
            "device",
        ]
        extra_kwargs = {"id": {"read_only": False}}


class PlainLogCreate(generics.CreateAPIView):
    """No idempotency, no rules, no tallies: the least that stores a log."""

    rights = {"POST": Right.LOG_RECORD}
    queryset = AssistanceLog.objects.all()
    serializer_class = PlainLogSerializer

    def perform_create(self, serializer):
        serializer.save(created_by=self.request.user)


@login_not_required
def floor(_request, size: int):
    """A page of ``size`` bytes that does nothing: no browser shows an app of that size sooner."""
    filling = base64.b64encode(random.Random(size).randbytes(size))[:size].decode()
    return HttpResponse(f"<!doctype html><title>.</title><link rel=icon href=data:,><p>{filling}")


urlpatterns = [
    *portal,
    path("bench/logs/", PlainLogCreate.as_view()),
    path("bench/floor/<int:size>/", floor),
]
