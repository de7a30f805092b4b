"""Which parts of the server are measured, under which names: the questions of a night shift, each with its number.

deploy/metrics.md has them all with the question that each answers; a test holds the two together.
"""

from __future__ import annotations

import time

from app.gathering import Gathered
from app.runtime import Runtime
from geo.clock import SECOND

_COUNTS = {
    "fixes": "Fixes judged",
    "fixes_distrusted": "Fixes that were not trusted",
    "pairs": "Pairs released, scored and decided",
    "ticks": "Passes of the pipeline",
    "ticks_failed": "Passes that failed and were tried again",
    "record_retries": "Times RECORD was tried again because the store was away",
    "poisoned": "Records and officers left out because deciding for them failed",
}
"""What the pipeline counts itself."""


def watch(runtime: Runtime) -> None:
    """What the parts count themselves, for whoever asks for the metrics."""
    _watch_devices(runtime)
    _watch_path(runtime)
    _watch_together(runtime)
    _watch_emergencies(runtime)
    runtime.gathered = Gathered(runtime.metrics, runtime.store, runtime.clock)


def _watch_devices(runtime: Runtime) -> None:
    metrics, hub = runtime.metrics, runtime.hub
    metrics.watch("devices", "Devices connected", lambda: float(runtime.devices))
    metrics.watch("joining", "Devices that are being admitted", lambda: float(hub.figures.joining))
    metrics.watch("join_rate", "Joins a second, as last measured", lambda: hub.admission.rate)
    metrics.follow("joins_refused", "Devices told to come later", lambda: float(hub.figures.joins_refused))
    metrics.follow("pushed", "Messages handed to sockets", lambda: float(hub.figures.pushed))
    metrics.follow("push_seconds", "Loop time spent on handing them", lambda: hub.figures.push_s)
    metrics.follow("held_back", "Messages held back for slow devices", lambda: float(hub.figures.held))
    metrics.watch("receipts_pending", "Receipts not written yet", lambda: float(hub.figures.receipts_pending))
    metrics.follow("receipts_lost", "Receipts that the store could not take", lambda: float(hub.figures.receipts_lost))
    metrics.follow_each(
        "closed", "Connections ended, by close code", "code", lambda: {str(c): n for c, n in hub.figures.closed.items()}
    )
    metrics.follow_each(
        "resumes",
        "Resumes, by how they were answered",
        "answer",
        lambda: {"whole": hub.figures.resumes_whole, "reset": hub.figures.resumes_reset},
    )


def _watch_path(runtime: Runtime) -> None:
    metrics, pipeline = runtime.metrics, runtime.pipeline

    def log_age() -> float:
        return pipeline.following.age_s(runtime.clock.now())

    metrics.watch("officers", "Officers decided for", lambda: float(len(runtime.situations)))
    metrics.watch("live_records", "Records that are live", lambda: float(runtime.picture.live.sum()))
    metrics.watch("changelog_age_seconds", "Since the whole change log had been read", log_age)
    metrics.follow(
        "changes_swept", "Changes found by the sweep, without a hint", lambda: float(pipeline.following.swept)
    )
    metrics.watch("policy_number", "The store's policy that this process decides by", lambda: float(runtime.in_force.n))
    metrics.watch(
        "policy_unreadable", "The policy in force cannot be read here", lambda: float(bool(runtime.in_force.problem))
    )
    metrics.watch(
        "unknown_codes", "Codes that the policy falls back for", lambda: float(len(runtime.policy.unknown_codes))
    )
    for name, text in _COUNTS.items():
        metrics.follow(name, text, lambda name=name: float(pipeline.counts[name]))  # type: ignore[misc]


def _watch_together(runtime: Runtime) -> None:
    metrics, hints = runtime.metrics, runtime.hints
    metrics.watch("hints_connected", "Whether hints of others are heard", lambda: float(hints.connected))
    metrics.follow("hints_published", "Hints said", lambda: float(hints.figures.published))
    metrics.follow("hints_heard", "Hints heard, our own among them", lambda: float(hints.figures.heard))
    metrics.follow("hints_lost", "Hints never said: Redis was away", lambda: float(hints.figures.dropped))
    metrics.follow("hints_reconnects", "Times listening began anew", lambda: float(hints.figures.reconnects))
    metrics.watch(
        "hints_round_trip_seconds", "From saying a hint to hearing it", lambda: float(hints.figures.round_trip_s)
    )
    together = runtime.together
    metrics.watch("lease_age_seconds", "Since our lease was last renewed", lambda: _age(together.leases.renewed_at_s))
    metrics.follow("lease_lapsed", "Times our own lease had lapsed", lambda: float(together.leases.lapsed))
    metrics.watch(
        "clock_offset_seconds",
        "The store's clock less this machine's",
        lambda: getattr(runtime.clock, "offset_us", 0) / SECOND,
    )
    metrics.follow(
        "unconfirmed", "P1 found on no device after 10 s, by this process", lambda: float(together.unconfirmed)
    )


def _watch_emergencies(runtime: Runtime) -> None:
    metrics, unrecorded = runtime.metrics, runtime.hub.unrecorded
    if unrecorded is None:
        return
    metrics.watch(
        "emergencies_unrecorded", "Emergencies sent, and not in the store yet", lambda: len(unrecorded.emergencies)
    )
    metrics.follow(
        "emergencies_sent_unrecorded",
        "Messages about emergencies sent before they were recorded",
        lambda: unrecorded.sent,
    )
    metrics.follow(
        "journal_failures", "Lines that the journal could not take in time", lambda: unrecorded.journal_failures
    )


def _age(at_s: float | None) -> float:
    return float("nan") if at_s is None else time.monotonic() - at_s
