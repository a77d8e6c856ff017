// Asserts on what the samples count and write; `swift run Check`. A program instead of XCTest, which not every toolchain has.
// With an address it also sends a batch there: `swift run Check http://127.0.0.1:8081/v1/events`.

import CoreMetrics
import Foundation
import Logging
import WhiteRoomClient
import WhiteRoomServer

func expect<Value: Equatable>(_ what: String, _ found: Value, _ wanted: Value) {
    if found == wanted { return }
    FileHandle.standardError.write(Data("\(what): found \(found), wanted \(wanted)\n".utf8))
    exit(1)
}

actor Server {
    private(set) var received: [Batch] = []
    private var answers: [Delivery]

    init(answers: [Delivery]) {
        self.answers = answers
    }

    func take(_ batch: Batch) -> Delivery {
        received.append(batch)
        return answers.isEmpty ? .taken : answers.removeFirst()
    }
}

// Counts through swift-metrics arrive in one batch; one that failed comes again, under the same name, and before the next.
let counts = ClientCounts()
let factory = ClientMetricsFactory(counts: counts)
let songs = Counter(label: "whiteroom_songs_created_total", dimensions: [], factory: factory)
let looper = Counter(label: "whiteroom_feature_uses_total", dimensions: [("feature", "looper")], factory: factory)
let session = Timer(label: "whiteroom_session_duration_seconds", dimensions: [], factory: factory)
let server = Server(answers: [.failed, .taken, .refused])
let file = FileManager.default.temporaryDirectory.appendingPathComponent("batches-\(UUID().uuidString).json")
func outbox() -> Outbox {
    Outbox(counts: counts, platform: "ios", file: file) { await server.take($0) }
}

songs.increment(by: 2)
looper.increment(by: 3)
session.recordMilliseconds(312_500)
await outbox().flush()
songs.increment()
// Another one: the app was killed, and the file remembers.
let second = outbox()
await second.flush()
await second.flush()
let received = await server.received
expect("batches that arrived", received.map(\.batch), [received[0].batch, received[0].batch, received[2].batch])
expect("songs of the first", received[0].counters.last?.value, 2)
expect("songs of the second", received[2].counters.map(\.value), [1])
expect("sessions of the first", received[0].sessions, [312.5])
let kept = try JSONDecoder().decode([Batch].self, from: Data(contentsOf: file))
expect("batches kept", kept, [])
try FileManager.default.removeItem(at: file)

let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../batch.json")
let example = try JSONDecoder().decode(Batch.self, from: Data(contentsOf: sample))
expect("the example's counters", example.counters, received[0].counters)

// swift-prometheus: every series from the start, the contract's buckets.
let metrics = ServerMetrics()
expect("a known platform", metrics.songCreated(platform: "ios", by: 2), true)
expect("an unknown one", metrics.songCreated(platform: "toaster"), false)
metrics.sessionEnded(platform: "ios", after: 312.5)
metrics.sessionsOpen(3)

let lines = Lines()
final class Lines: @unchecked Sendable {
    var all: [String] = []
}
var logger = Logger(label: "com.whiteroom.aggregator") { label in
    JSONLogHandler(label: label) { lines.all.append($0) }
}
Trace.$id.withValue("4bf92f3577b34da6a3ce929d0e0e4736") {
    logger.notice("accepted\n12 events", metadata: ["route": "/v1/events"])
}
expect("lines written", lines.all.count, 1)

if CommandLine.arguments.count == 2, let endpoint = URL(string: CommandLine.arguments[1]) {
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for _ in 1...2 {
        if case .taken = await deliver(received[0], to: endpoint, traceparent: traceparent) { continue }
        expect("delivery", "failed", "taken")
    }
}
print(metrics.text(), terminator: "")
print(lines.all[0], terminator: "")
