import Crypto
import HTTPServer
import JSON
import Models
import Runtime
import Synchronization

/// Endpoints of a tenant that takes callbacks: one for each name, `POST /callbacks/{name}`. Told its secret, it checks
/// the signatures; told to fail, it fails.
struct CallbackSinks: Sendable {
    static let kept = 5_000
    private static let delayMax = 30_000

    private let state = CallbackSinkState()

    func add(to router: inout Router) {
        router.on(.post, "/callbacks/{name}") { try await take($0) }
        router.on(.get, "/oracle/callbacks/{name}") { list($0) }
        router.on(.post, "/oracle/callbacks/{name}") { try order($0) }
    }

    private func take(_ request: Request) async throws -> Response {
        let name = request.pathParameter("name") ?? ""
        let root = (try? JSONDocument(parsing: request.body))?.root
        let (status, delay) = state.sinks.withLock { sinks in
            sinks[name, default: CallbackSink()].take(request, root, now: SystemClock.now())
        }
        if delay > 0 { try await Task.sleep(for: .milliseconds(delay)) }
        var response = Response.text(status, status < 300 ? "ok" : "as ordered")
        if status == 429 || status == 503 { response.addHeader("Retry-After", "1") }
        return response
    }

    /// `{"secret":"whsec_…","fail":3,"status":500,"delay_ms":0}`: what is left out stays; `"fail":-1` until told otherwise.
    private func order(_ request: Request) throws -> Response {
        let order = try OracleRoutes.object(request)
        let name = request.pathParameter("name") ?? ""
        state.sinks.withLock { sinks in
            var sink = sinks[name, default: CallbackSink()]
            if let secret = order["secret"]?.string { sink.key = StandardWebhook.key(of: secret) }
            if let times = order["fail"]?.integer { sink.failures = Int(times) }
            if let status = order["status"]?.integer { sink.failureStatus = Int(min(599, max(200, status))) }
            if let delay = order["delay_ms"]?.integer { sink.delay = Int(min(Int64(Self.delayMax), max(0, delay))) }
            sinks[name] = sink
        }
        return .empty()
    }

    /// Everything that came, in its order, refused ones too.
    private func list(_ request: Request) -> Response {
        let sink = state.sinks.withLock { $0[request.pathParameter("name") ?? ""] } ?? CallbackSink()
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("total", sink.total)
            writer.field("data", array: { list in
                for item in sink.taken {
                    list.object { writer in
                        writer.field("id", item.id)
                        writer.field("at", item.at.rfc3339)
                        writer.field("is_signed", item.isSigned)
                        writer.field("answered", item.answered)
                        writer.field("body", raw: item.body)
                    }
                }
            })
        }
        return .json(200, writer.bytes)
    }
}

private final class CallbackSinkState: Sendable {
    let sinks = Mutex<[String: CallbackSink]>([:])
}

private struct CallbackSink: Sendable {
    struct Taken: Sendable {
        let id: String
        let at: Timestamp
        let isSigned: Bool
        let answered: Int
        /// JSON, or null for what was none.
        let body: [UInt8]
    }

    var key: [UInt8]?
    /// Negative: until told otherwise.
    var failures = 0
    var failureStatus = 500
    var delay = 0
    var total = 0
    var taken: [Taken] = []

    /// - Returns: what to answer, and after how many milliseconds.
    mutating func take(_ request: Request, _ root: JSONValue?, now: Timestamp) -> (status: Int, delay: Int) {
        let id = request.header("webhook-id") ?? ""
        let isSigned = isSigned(request, id: id, now: now)
        var status = 200
        if failures != 0 {
            failures -= failures > 0 ? 1 : 0
            status = failureStatus
        } else if key != nil, !isSigned {
            status = 401
        }
        total += 1
        taken.append(Taken(id: id, at: now, isSigned: isSigned, answered: status, body: root?.serialized() ?? Array("null".utf8)))
        if taken.count > CallbackSinks.kept { taken.removeFirst() }
        return (status, delay)
    }

    private func isSigned(_ request: Request, id: String, now: Timestamp) -> Bool {
        guard let key, let seconds = request.header("webhook-timestamp").flatMap({ Int64($0) }),
            let signature = request.header("webhook-signature")
        else { return false }
        return StandardWebhook.isValid(
            signature, key: key, id: id, seconds: seconds, body: request.body, now: now.microseconds / 1_000_000)
    }
}
