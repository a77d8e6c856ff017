import Prometheus

/// A server side in Swift: the metrics it serves on 8001, by swift-prometheus. Vapor or Hummingbird answers `/metrics` with
/// `text()` and the content type `text/plain; version=0.0.4`.
public final class ServerMetrics: Sendable {
    static let platforms = ["ios", "ipados", "macos", "windows"]
    static let sessionBuckets: [Double] = [60, 300, 600, 1200, 1800, 3600, 7200, 14_400]

    private let registry = PrometheusCollectorRegistry()
    private let songs: [String: Counter]
    private let sessions: Gauge
    private let sessionSeconds: [String: ValueHistogram]

    /// Every series is made at the start, at 0: `increase()` does not see the first increment of one that begins with it.
    public init() {
        let registry = registry
        songs = Dictionary(
            uniqueKeysWithValues: Self.platforms.map { platform in
                let name = descriptor("whiteroom_songs_created_total", "Songs created.")
                return (platform, registry.makeCounter(descriptor: name, labels: [("platform", platform)]))
            }
        )
        sessions = registry.makeGauge(descriptor: descriptor("whiteroom_sessions_active", "Sessions open now."))
        sessionSeconds = Dictionary(
            uniqueKeysWithValues: Self.platforms.map { platform in
                let name = descriptor("whiteroom_session_duration_seconds", "Duration of sessions that have ended.")
                let labels = [("platform", platform)]
                let histogram = registry.makeValueHistogram(descriptor: name, labels: labels, buckets: Self.sessionBuckets)
                return (platform, histogram)
            }
        )
    }

    /// False for an unknown platform, so that clients cannot create new label values.
    public func songCreated(platform: String, by amount: Int = 1) -> Bool {
        guard let counter = songs[platform] else { return false }
        counter.increment(by: Int64(amount))
        return true
    }

    public func sessionEnded(platform: String, after seconds: Double) {
        sessionSeconds[platform]?.record(seconds)
    }

    public func sessionsOpen(_ count: Int) {
        sessions.set(Double(count))
    }

    public func text() -> String {
        registry.emitToString()
    }
}

/// The contract's names have their unit in them, so none is added.
private func descriptor(_ name: String, _ help: String) -> MetricNameDescriptor {
    MetricNameDescriptor(metricName: name, unitName: "", helpText: help)
}
