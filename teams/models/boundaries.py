"""Where an administrative area really ends, for those who have the right to such a map."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.models.areas import AdminArea


class AreaBoundary(models.Model):
    """One area's boundary, simplified for a map of the city. Loaded by the service, never typed in."""

    area = models.OneToOneField(AdminArea, models.CASCADE, related_name="boundary", verbose_name=_("đơn vị hành chính"))
    # Polygons of rings of [longitude, latitude], closed: the coordinates of a GeoJSON MultiPolygon.
    polygons = models.JSONField(_("đường ranh giới"))
    source = models.CharField(_("nguồn"), max_length=200)
    loaded_at = models.DateTimeField(_("nạp lúc"), default=timezone.now)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người nạp")
    )

    class Meta:
        verbose_name = _("ranh giới")
        verbose_name_plural = _("ranh giới")
        ordering = ["area__code"]

    def __str__(self) -> str:
        return str(self.area)
