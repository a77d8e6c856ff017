"""Takes the batches that phones send: checks every name and label, counts each batch once."""

import threading
from collections import OrderedDict
from typing import Any

from prometheus_client import Counter
from server_metrics import FEATURES, INSTRUMENTS, PLATFORMS, Metrics

REMEMBERED = 100_000


class Refused(ValueError):
    """A batch that is wrong: the phone must not send it again."""


class Batches:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        # A phone that got no answer sends its batch again.
        self._seen: OrderedDict[str, None] = OrderedDict()

    def take(self, batch: dict[str, Any]) -> bool:
        """Counts a whole batch or nothing. Returns False if it was already counted."""
        try:
            name, platform = str(batch["batch"]), batch["platform"]
            if platform not in PLATFORMS:
                raise Refused(f"no such platform: {platform!r}")
            counts = [self._counter(each, platform) for each in batch.get("counters", [])]
            lengths = [self._seconds(each) for each in batch.get("sessions", [])]
        except (KeyError, TypeError, AttributeError) as error:
            raise Refused(f"not a batch: {error!r}") from error
        with self._lock:
            if name in self._seen:
                return False
            self._seen[name] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            for series, by in counts:
                series.inc(by)
            for seconds in lengths:
                self._metrics.session_seconds.labels(platform).observe(seconds)
        return True

    def _counter(self, entry: dict[str, Any], platform: str) -> tuple[Counter, int]:
        """The series that an entry belongs to. No label takes a value that is not in a list of ours."""
        metrics, name, labels, by = self._metrics, entry["name"], entry.get("labels", {}), entry["value"]
        if isinstance(by, bool) or not isinstance(by, int) or not 0 <= by <= 100_000:
            raise Refused(f"{name}: {by!r} is no count")
        by_platform = {
            "whiteroom_user_signups_total": metrics.signups,
            "whiteroom_songs_created_total": metrics.songs,
            "whiteroom_performances_switched_total": metrics.switches,
        }
        by_feature = {
            "whiteroom_feature_uses_total": metrics.feature_uses,
            "whiteroom_feature_errors_total": metrics.feature_errors,
        }
        if name in by_platform:
            return by_platform[name].labels(platform), by
        if name in by_feature:
            feature = labels["feature"]
            if feature not in FEATURES:
                raise Refused(f"no such feature: {feature!r}")
            return by_feature[name].labels(feature), by
        if name == "whiteroom_instrument_uses_total":
            instrument = labels["instrument"]
            return metrics.instrument_uses.labels(instrument if instrument in INSTRUMENTS else "other"), by
        raise Refused(f"no such counter: {name!r}")

    @staticmethod
    def _seconds(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 7 * 86_400:
            raise Refused(f"{value!r} is no session's length in seconds")
        return float(value)
