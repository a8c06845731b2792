"""``/metrics`` for Prometheus: read from the database when asked, so that any process can answer for all of them."""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from core import outbox
from core.models import Revision


@dataclass(frozen=True)
class Gauge:
    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


@login_not_required
@never_cache
@require_safe
def metrics(request):
    """For the holder of ``METRICS_TOKEN`` only; to everybody else, and without a token set, it is not there."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(gauges()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def gauges() -> Iterator[Gauge]:
    """From the functions of ``METRIC_SOURCES``: core does not know who has something to tell."""
    for source in settings.METRIC_SOURCES:
        yield from import_string(source)()


def own() -> Iterator[Gauge]:
    now = timezone.now()
    for topic in settings.OUTBOX_HANDLERS:
        count, oldest = outbox.pending(topic)
        lag = (now - oldest).total_seconds() if oldest else 0.0
        yield Gauge("xks_outbox_pending", "Changes stored and not yet applied.", count, {"topic": topic})
        yield Gauge("xks_outbox_lag_seconds", "How long the oldest of them has waited.", lag, {"topic": topic})
    for name, revision in sorted(Revision.state().items()):
        yield Gauge("xks_revision", "Counter of the changes of a kind of data.", revision.number, {"name": name})


class _Collector:
    """What Prometheus' library wants to be handed: one family a name, with a sample for each set of labels."""

    def __init__(self, found: Iterable[Gauge]):
        self.families: dict[str, GaugeMetricFamily] = {}
        for gauge in found:
            family = self.families.get(gauge.name)
            if family is None:
                family = GaugeMetricFamily(gauge.name, gauge.help, labels=[*gauge.labels])
                self.families[gauge.name] = family
            family.add_metric([*gauge.labels.values()], gauge.value)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self.families.values()
