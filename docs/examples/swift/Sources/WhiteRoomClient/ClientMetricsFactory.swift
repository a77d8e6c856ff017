import CoreMetrics

/// Lets the app count through swift-metrics: `Counter(label: "whiteroom_songs_created_total").increment()`. Discards metrics
/// that phones do not report, such as gauges, which nobody would read between two batches.
public struct ClientMetricsFactory: MetricsFactory {
    private let counts: ClientCounts

    public init(counts: ClientCounts) {
        self.counts = counts
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> CounterHandler {
        let labels = Dictionary(dimensions, uniquingKeysWith: { _, last in last })
        return ClientCounter(counts: counts, name: label, labels: labels)
    }

    /// The only duration that phones report is the session's.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> TimerHandler {
        guard label == "whiteroom_session_duration_seconds" else { return NOOPMetricsHandler.instance }
        return SessionTimer(counts: counts)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> RecorderHandler {
        NOOPMetricsHandler.instance
    }

    public func destroyCounter(_ handler: CounterHandler) {}
    public func destroyRecorder(_ handler: RecorderHandler) {}
    public func destroyTimer(_ handler: TimerHandler) {}
}

final class ClientCounter: CounterHandler {
    private let counts: ClientCounts
    private let name: String
    private let labels: [String: String]

    init(counts: ClientCounts, name: String, labels: [String: String]) {
        self.counts = counts
        self.name = name
        self.labels = labels
    }

    func increment(by amount: Int64) {
        counts.count(name, labels, by: Int(amount))
    }

    func reset() {}
}

final class SessionTimer: TimerHandler {
    private let counts: ClientCounts

    init(counts: ClientCounts) {
        self.counts = counts
    }

    func recordNanoseconds(_ duration: Int64) {
        counts.sessionEnded(after: Double(duration) / 1_000_000_000)
    }
}
