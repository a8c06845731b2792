"""The REST interface, put together from the apps."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from campaigns.api import CampaignDayResource, CampaignResource, SupportPointResource, TargetResource
from campaigns.past_api import PastFigureResource
from services_help.resources_api import ServiceResource, SessionResource
from teams.api import TeamResource, UnitResource

router = SimpleRouter()
router.register("units", UnitResource, basename="unit")
router.register("teams", TeamResource, basename="team")
router.register("campaigns", CampaignResource, basename="campaign")
router.register("campaign-days", CampaignDayResource, basename="campaign-day")
router.register("support-points", SupportPointResource, basename="support-point")
router.register("services", ServiceResource, basename="service")
router.register("sessions", SessionResource, basename="session")
router.register("targets", TargetResource, basename="target")
router.register("past-figures", PastFigureResource, basename="past-figure")

urlpatterns = [
    path("schema/", login_not_required(SpectacularAPIView.as_view()), name="api-schema"),
    path("docs/", login_not_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema")), name="api-docs"),
    path("", include("services_help.sync_urls")),
    path("", include("reports.api_urls")),
    *router.urls,
]
