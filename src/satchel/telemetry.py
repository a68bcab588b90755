"""Names of all metrics and log events.

Metrics are Prometheus counters and gauges, made once at import. Log events are short names with fields, never prose,
and never a token.
"""

import json
import logging
import sys

from prometheus_client import CollectorRegistry, Counter, Gauge

__all__ = ["Metrics", "log", "set_up_logging"]

log = logging.getLogger("satchel")


class Metrics:
    """The metrics of one process. Each instance has a registry of its own, so that tests do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"satchel_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"satchel_{name}", text, registry=self.registry)

        self.actions = counter("actions", "Actions answered, by outcome.", "outcome")
        self.saved = self.actions.labels("saved")
        self.replayed = self.actions.labels("replayed")
        self.refused = self.actions.labels("refused")
        self.conflicts = counter("conflicts", "Saves decided again because the session had moved on.")
        self.attaches = counter("attaches", "Sessions attached from the vault.")
        self.forks = counter("forks", "Histories set aside because they parted from the vault's.")
        self.flushed_sessions = counter("flushed_sessions", "Sessions pushed to the vault.")
        self.flushed_records = counter("flushed_records", "Records pushed to the vault.")
        self.flush_failures = counter("flush_failures", "Pushes that failed, by error code.", "code")
        self.quarantines = counter("quarantines", "Characters put into quarantine.")
        self.dirty_sessions = gauge("dirty_sessions", "Sessions with changes that the vault lacks.")
        self.oldest_dirty_age_s = gauge("oldest_dirty_age_seconds", "Age of the oldest change that the vault lacks.")


class _Fields(logging.Formatter):
    """One line per event: time, level, event and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        pairs = " ".join(f"{name}={json.dumps(value, default=str)}" for name, value in fields.items())
        line = f"{self.formatTime(record)} {record.levelname.lower()} {record.getMessage()} {pairs}".rstrip()
        return line + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


def set_up_logging(level: str = "INFO") -> None:
    """Send log events to standard error, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Fields())
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False
