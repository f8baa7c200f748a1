# [DEF:project.metrics.exposition:Module]
# @COMPLEXITY: 3
# @PURPOSE: Everything that is measured, in Prometheus's text format: this process, its requests, and the installation.
# @RELATION DEPENDS_ON -> project.metrics.requests
# @RELATION CALLS -> overview.gauges.work
# @RELATION CALLS -> overview.gauges.workers
# @RELATION CALLS -> overview.gauges.places
# @RELATION DEPENDS_ON -> overview.gauges.gauge
# @RELATION CALLS -> core.storage
"""Made anew for each scrape: the registry that the library keeps for a whole process is not used. What the database
says is of the whole installation, workers included, so every web server says the same of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import version
from itertools import accumulate

from django.db import Error
from django.utils import timezone
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from apps.core.storage import data_disk
from apps.overview.gauges.gauge import Gauge, single
from apps.overview.gauges.places import environment_gauges
from apps.overview.gauges.work import task_gauges
from apps.overview.gauges.workers import worker_gauges
from project.metrics.requests import BOUNDS, Requests

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

ROUTE = ("route", "method")

logger = logging.getLogger(__name__)


def exposition(requests: Requests) -> bytes:
    """Seven queries at most. Without a database the rest is still there."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Measured(requests))
    return generate_latest(registry)


class Measured(Collector):
    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def collect(self) -> Iterator[Metric]:
        yield _counts(self._requests)
        yield _durations(self._requests)
        yield from map(_family, _gauges())


def _counts(requests: Requests) -> Metric:
    meaning = "Requests answered by this web server."
    family = CounterMetricFamily("lockstep_http_requests", meaning, labels=(*ROUTE, "status"))
    for labels, count in requests.counts().items():
        family.add_metric(labels, count)
    return family


def _durations(requests: Requests) -> Metric:
    meaning = "Seconds until the answer of this web server was complete, without sending it."
    family = HistogramMetricFamily("lockstep_http_request_duration_seconds", meaning, labels=ROUTE)
    bounds = [*map(str, BOUNDS), "+Inf"]
    for labels, found in requests.durations().items():
        so_far = list(accumulate(found.buckets))
        family.add_metric(labels, list(zip(bounds, so_far, strict=True)), found.seconds)
    return family


def _gauges() -> Iterator[Gauge]:
    yield Gauge("lockstep_build_info", "The release of Lockstep.", ("version",), {(version("lockstep"),): 1})
    if disk := data_disk():
        yield single("lockstep_data_disk_free_bytes", "Free space on the disk of the data directory.", disk.free)
        yield single("lockstep_data_disk_size_bytes", "Size of that disk.", disk.size)
    found = _stored()
    yield single("lockstep_database_up", "Whether the database answered this scrape.", bool(found))
    yield from found


def _stored() -> list[Gauge]:
    """Nothing if the database does not answer."""
    now = timezone.now()
    try:
        return [*task_gauges(now), *worker_gauges(now), *environment_gauges(now)]
    except Error as error:
        logger.warning("the database could not be measured: %s", error)
        return []


def _family(gauge: Gauge) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.meaning, labels=gauge.labels)
    for labels, value in gauge.samples.items():
        family.add_metric(labels, value)
    return family
