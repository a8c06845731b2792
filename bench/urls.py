"""The portal, and beside it one plain DRF ModelSerializer POST per log: what a first version would have been."""

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


urlpatterns = [*portal, path("bench/logs/", PlainLogCreate.as_view())]
