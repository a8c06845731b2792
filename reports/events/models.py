"""The feed as a compacted log: one row for each slice and campaign, moved to the end whenever its figures change."""

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from teams.models import Team


def derived(model, **options) -> models.ForeignKey:
    """As of the tallies: rows written many at a time from checked ones."""
    return models.ForeignKey(model, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **options)


class FigureEvent(models.Model):
    """The figures of one team on one day, as far as they belong to one campaign, have last changed at ``number``."""

    team = derived(Team)
    day = models.DateField()
    # Null: work outside of campaigns.
    campaign = derived(Campaign, null=True)
    # Microseconds since 1970, never repeated by a later transaction: see reports/events/recording.py.
    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("thay đổi số liệu")
        constraints = [models.UniqueConstraint("team", "day", Coalesce("campaign", 0), name="figureevent_key")]
        indexes = [models.Index(fields=["number"], name="figureevent_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.team_id} {self.day}"
