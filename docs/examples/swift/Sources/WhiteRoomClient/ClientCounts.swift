import Foundation

/// What the app has counted since the last batch. Any thread may count, except the audio thread: it takes a lock.
public final class ClientCounts: @unchecked Sendable {
    /// A counter's name in the contract and its labels; `platform` is the batch's, so no counter carries it.
    public struct Series: Hashable, Sendable {
        public let name: String
        public let labels: [String: String]

        public init(name: String, labels: [String: String]) {
            self.name = name
            self.labels = labels
        }
    }

    /// More than the app has features and instruments; what a bug makes beyond it is left out.
    static let mostSeries = 200
    static let mostSessions = 100

    private let lock = NSLock()
    private var counters: [Series: Int] = [:]
    private var sessions: [Double] = []

    public init() {}

    public func count(_ name: String, _ labels: [String: String] = [:], by amount: Int = 1) {
        let series = Series(name: name, labels: labels)
        lock.withLock {
            guard amount > 0, counters[series] != nil || counters.count < Self.mostSeries else { return }
            counters[series, default: 0] += amount
        }
    }

    public func sessionEnded(after seconds: Double) {
        lock.withLock {
            if sessions.count < Self.mostSessions { sessions.append(seconds) }
        }
    }

    /// Takes all counts, so that the next batch starts empty; nil if there are none.
    func takeBatch(platform: String) -> Batch? {
        lock.withLock {
            if counters.isEmpty && sessions.isEmpty { return nil }
            defer {
                counters = [:]
                sessions = []
            }
            let entries = counters.map { Batch.Counter(name: $0.key.name, labels: $0.key.labels, value: $0.value) }
            return Batch(
                batch: UUID().uuidString.lowercased(),
                platform: platform,
                counters: entries.sorted { $0.name < $1.name },
                sessions: sessions
            )
        }
    }
}

/// What is sent. `batch` is the same each time it is tried, so that the server counts it once.
public struct Batch: Codable, Equatable, Sendable {
    public struct Counter: Codable, Equatable, Sendable {
        public let name: String
        public let labels: [String: String]
        public let value: Int
    }

    public let batch: String
    public let platform: String
    public let counters: [Counter]
    public let sessions: [Double]
}
