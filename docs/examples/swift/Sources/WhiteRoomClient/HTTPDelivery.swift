import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Posts a batch to the server side. A refusal (4xx) is final; too many requests (429) and the server's own failures are not.
public func deliver(_ batch: Batch, to endpoint: URL, traceparent: String) async -> Delivery {
    var request = URLRequest(url: endpoint, timeoutInterval: 10)
    request.httpMethod = "POST"
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.setValue(traceparent, forHTTPHeaderField: "traceparent")
    request.httpBody = try? JSONEncoder().encode(batch)
    guard
        let (_, response) = try? await URLSession.shared.data(for: request),
        let status = (response as? HTTPURLResponse)?.statusCode
    else { return .failed }
    switch status {
    case 200..<300: return .taken
    case 429: return .failed
    case 400..<500: return .refused
    default: return .failed
    }
}
