"""The metrics of the server side that phones report to, and the bounds of their labels."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

PLATFORMS = ("ios", "ipados", "macos", "windows")
FEATURES = (
    "rhythm_generator",
    "harmony_generator",
    "melody_generator",
    "arranger",
    "mixer",
    "sampler",
    "looper",
    "live_performance",
    "midi_export",
    "audio_export",
    "collaboration",
    "preset_browser",
)
# At most fifty, by use; every other instrument counts as "other".
INSTRUMENTS = ("grand_piano", "electric_piano", "string_ensemble", "synth_bass", "acoustic_kit", "other")
ROUTES = (("POST", "/v1/events", ("202", "400")), ("GET", "/v1/config", ("200",)), ("other", "unmatched", ("404",)))

HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SESSION_BUCKETS = (60, 300, 600, 1200, 1800, 3600, 7200, 14_400)


class Metrics:
    """Registers everything, each series at 0: `increase()` does not see the first increment of one that begins with it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # prometheus_client appends "_total" to a counter's name where it is missing.
        self.requests = Counter(
            "whiteroom_http_requests_total", "HTTP requests answered.", ["method", "route", "code"], registry=registry
        )
        self.request_seconds = Histogram(
            "whiteroom_http_request_duration_seconds",
            "Time from a request's first byte to the end of its answer.",
            ["method", "route"],
            buckets=HTTP_BUCKETS,
            registry=registry,
        )
        self.connections = Gauge("whiteroom_http_connections_active", "Open client connections.", registry=registry)
        for method, route, codes in ROUTES:
            self.request_seconds.labels(method, route)
            for code in codes:
                self.requests.labels(method, route, code)

        self.signups = self._by_platform("whiteroom_user_signups_total", "Accounts created.", registry)
        self.songs = self._by_platform("whiteroom_songs_created_total", "Songs created.", registry)
        self.switches = self._by_platform(
            "whiteroom_performances_switched_total", "Switches from one performance to another.", registry
        )
        self.session_seconds = Histogram(
            "whiteroom_session_duration_seconds",
            "Duration of sessions that have ended.",
            ["platform"],
            buckets=SESSION_BUCKETS,
            registry=registry,
        )
        for platform in PLATFORMS:
            self.session_seconds.labels(platform)

        self.feature_uses = self._by_feature("whiteroom_feature_uses_total", "Uses of a feature.", registry)
        self.feature_errors = self._by_feature(
            "whiteroom_feature_errors_total", "Uses of a feature that ended in an error.", registry
        )
        self.instrument_uses = Counter(
            "whiteroom_instrument_uses_total",
            "Instruments loaded: the top 50 by name, all others as other.",
            ["instrument"],
            registry=registry,
        )
        for instrument in INSTRUMENTS:
            self.instrument_uses.labels(instrument)

        self.sessions = Gauge("whiteroom_sessions_active", "Sessions open now.", registry=registry)
        self.active_users = Gauge(
            "whiteroom_active_users",
            "Distinct users seen in the last day (DAU), week (WAU) and month (MAU).",
            ["window"],
            registry=registry,
        )
        self.retention = Gauge(
            "whiteroom_user_retention_ratio",
            "Share of new users who came back on that day after signing up.",
            ["day"],
            registry=registry,
        )
        self.build = Gauge(
            "whiteroom_build_info",
            "Always 1; the labels name the build that runs.",
            ["version", "revision"],
            registry=registry,
        )
        self.deployed = Gauge(
            "whiteroom_deployment_timestamp_seconds", "Unix time of the last deployment.", registry=registry
        )

    @staticmethod
    def _by_platform(name: str, text: str, registry: CollectorRegistry) -> Counter:
        counter = Counter(name, text, ["platform"], registry=registry)
        for platform in PLATFORMS:
            counter.labels(platform)
        return counter

    @staticmethod
    def _by_feature(name: str, text: str, registry: CollectorRegistry) -> Counter:
        counter = Counter(name, text, ["feature"], registry=registry)
        for feature in FEATURES:
            counter.labels(feature)
        return counter

    def set_users(self, windows: dict[str, int], retention: dict[str, float]) -> None:
        """What the nightly query counted in the database, which every replica asks: the numbers are the same on all."""
        for window, users in windows.items():
            self.active_users.labels(window).set(users)
        for day, ratio in retention.items():
            self.retention.labels(day).set(ratio)
