import Foundation
import Logging

/// Trace ID of the current task; set once at the start of a request: `Trace.$id.withValue(id) { … }`.
public enum Trace {
    @TaskLocal public static var id: String?
}

/// The swift-frontend's log dialect: one JSON object a line, with swift-log's levels and the trace as `traceId`.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let label: String
    private let write: @Sendable (String) -> Void

    public init(label: String, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let time = (Date().timeIntervalSince1970 * 1000).rounded() / 1000
        var pairs: [(String, String)] = [
            ("ts", String(time)),
            ("severity", quoted(event.level.rawValue.uppercased())),
            ("label", quoted(label)),
            ("msg", quoted(event.message.description)),
        ]
        if let id = Trace.id { pairs.append(("traceId", quoted(id))) }
        let fields = self.metadata.merging(event.metadata ?? [:]) { _, last in last }
        pairs += fields.sorted { $0.key < $1.key }.map { ($0.key, quoted($0.value.description)) }
        write("{" + pairs.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}\n")
    }
}

/// A JSON string; line feeds stay inside it.
func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
}
