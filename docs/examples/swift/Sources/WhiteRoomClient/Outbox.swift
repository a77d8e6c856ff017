import Foundation

/// What became of a batch: the server has it, does not want it, or was not reached.
public enum Delivery: Sendable {
    case taken
    case refused
    case failed
}

/// Sends batches in their order and keeps what could not be sent, in a file too, so that a tunnel or a killed app loses
/// nothing. `flush()` is called every minute and when the app goes to the background.
public actor Outbox {
    /// At a batch a minute, an hour without network; then the oldest goes.
    static let mostBatches = 60

    private let counts: ClientCounts
    private let platform: String
    private let file: URL?
    private let send: @Sendable (Batch) async -> Delivery
    private var waiting: [Batch]
    private var isSending = false

    public init(
        counts: ClientCounts,
        platform: String,
        file: URL?,
        send: @escaping @Sendable (Batch) async -> Delivery
    ) {
        self.counts = counts
        self.platform = platform
        self.file = file
        self.send = send
        let kept = file.flatMap { try? Data(contentsOf: $0) }
        waiting = kept.flatMap { try? JSONDecoder().decode([Batch].self, from: $0) } ?? []
    }

    public func flush() async {
        if let batch = counts.takeBatch(platform: platform) {
            waiting.append(batch)
            if waiting.count > Self.mostBatches { waiting.removeFirst() }
            save()
        }
        // Actors are reentrant while they wait: without this, the same batch could be sent twice.
        guard !isSending else { return }
        isSending = true
        defer { isSending = false }
        while let next = waiting.first {
            if case .failed = await send(next) { return }
            // By its ID, because the oldest batch may have been dropped in the meantime.
            waiting.removeAll { $0.batch == next.batch }
            save()
        }
    }

    private func save() {
        guard let file, let data = try? JSONEncoder().encode(waiting) else { return }
        try? data.write(to: file, options: .atomic)
    }
}
