internal import HTTPServer
package import JSON
import Synchronization

/// An OpenTelemetry collector as far as spans over HTTP in JSON go: keeps what it is brought, and notes what breaks the
/// form that OTLP prescribes.
package final class TraceCollector: Sendable {
    package struct Span: Sendable {
        package let service: String
        package let json: JSONValue

        package var name: String { json["name"]?.string ?? "" }
        package var kind: Int { json["kind"]?.integer.map { Int($0) } ?? 0 }
        package var trace: String { json["traceId"]?.string ?? "" }
        package var id: String { json["spanId"]?.string ?? "" }
        package var parent: String? { json["parentSpanId"]?.string }
        package var links: [String] { (json["links"]?.elements ?? []).compactMap { $0["traceId"]?.string } }

        package func attribute(_ key: String) -> String? {
            let value = (json["attributes"]?.elements ?? []).first { $0["key"]?.string == key }?["value"]
            return value?["stringValue"]?.string ?? value?["intValue"]?.string
        }
    }

    /// What it answers instead of 200, one after the other.
    package struct Refusal: Sendable {
        package let status: Int
        package let retryAfter: String?

        package init(_ status: Int, retryAfter: String? = nil) {
            self.status = status
            self.retryAfter = retryAfter
        }
    }

    private struct State: Sendable {
        var spans: [Span] = []
        var problems: [String] = []
        var requests = 0
        var refusals: [Refusal] = []
        var authorizations: Set<String> = []
    }

    private final class Desk: Sendable {
        let state = Mutex(State())
    }

    private let desk = Desk()
    private let server: HTTPServer
    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    package let url: String

    package static func start() async throws -> TraceCollector { try await TraceCollector() }

    private init() async throws {
        var router = Router()
        let desk = desk
        router.on(.post, "/v1/traces") { request in Self.take(request, desk) }
        server = HTTPServer(HTTPServerSettings(), router: router)
        url = "http://127.0.0.1:\(try await server.start())"
    }

    package func stop() async { await server.drain(within: .zero) }

    package func refuse(_ refusals: [Refusal]) { desk.state.withLock { $0.refusals = refusals } }

    package var spans: [Span] { desk.state.withLock { $0.spans } }
    package var problems: [String] { desk.state.withLock { $0.problems } }
    /// Refused ones included.
    package var requests: Int { desk.state.withLock { $0.requests } }
    package var authorizations: Set<String> { desk.state.withLock { $0.authorizations } }

    private static func take(_ request: Request, _ desk: Desk) -> Response {
        let refusal = desk.state.withLock { state in
            state.requests += 1
            if let given = request.header("Authorization") { state.authorizations.insert(given) }
            return state.refusals.isEmpty ? nil : state.refusals.removeFirst()
        }
        if let refusal {
            let headers = refusal.retryAfter.map { [("Retry-After", $0)] } ?? []
            return Response(status: refusal.status, headers: headers.map { (name: $0.0, value: $0.1) })
        }
        var form = OTLPForm()
        let read = form.spans(of: request.body)
        if request.header("Content-Type") != "application/json" { form.problems.append("not sent as JSON") }
        let problems = form.problems
        desk.state.withLock { state in
            state.spans += read
            state.problems += problems
        }
        return .json(200, Array("{}".utf8))
    }
}

/// The JSON form of an `ExportTraceServiceRequest`: every field known, every id in hexadecimal digits, every 64-bit
/// number a text (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
private struct OTLPForm {
    var problems: [String] = []

    mutating func spans(of body: [UInt8]) -> [TraceCollector.Span] {
        guard let root = (try? JSONDocument(parsing: body))?.root else {
            problems.append("not JSON")
            return []
        }
        keys(of: root, "request", ["resourceSpans"])
        var spans: [TraceCollector.Span] = []
        for resource in elements(root, "resourceSpans") {
            keys(of: resource, "resourceSpans", ["resource", "scopeSpans", "schemaUrl"])
            let attributes = resource["resource"]?["attributes"]
            check(attributes: attributes)
            let service = (attributes?.elements ?? []).first { $0["key"]?.string == "service.name" }
            let name = service?["value"]?["stringValue"]?.string
            if name == nil { problems.append("a resource without service.name") }
            for scope in elements(resource, "scopeSpans") {
                keys(of: scope, "scopeSpans", ["scope", "spans", "schemaUrl"])
                for span in elements(scope, "spans") {
                    check(span)
                    spans.append(TraceCollector.Span(service: name ?? "", json: span))
                }
            }
        }
        return spans
    }

    private mutating func check(_ span: JSONValue) {
        keys(
            of: span, "span",
            [
                "traceId", "spanId", "traceState", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano",
                "endTimeUnixNano", "attributes", "links", "status",
            ])
        checkIDs(of: span)
        if let parent = span["parentSpanId"], !isHex(parent.string, 16) { problems.append("parentSpanId") }
        if span["name"]?.string?.isEmpty ?? true { problems.append("name") }
        if !(1...5).contains(span["kind"]?.integer ?? 0) { problems.append("kind") }
        let (start, end) = (nanoseconds(span["startTimeUnixNano"]), nanoseconds(span["endTimeUnixNano"]))
        if start == nil || end == nil || (start ?? 0) > (end ?? 0) { problems.append("times") }
        check(attributes: span["attributes"])
        for link in span["links"]?.elements ?? [] {
            keys(of: link, "link", ["traceId", "spanId", "traceState", "attributes", "flags"])
            checkIDs(of: link)
        }
        keys(of: span["status"], "status", ["code", "message"])
        if let code = span["status"]?["code"], !(0...2).contains(code.integer ?? -1) { problems.append("status") }
    }

    private mutating func checkIDs(of value: JSONValue) {
        if !isHex(value["traceId"]?.string, 32) { problems.append("traceId") }
        if !isHex(value["spanId"]?.string, 16) { problems.append("spanId") }
        if value["flags"]?.integer == nil { problems.append("flags") }
    }

    private mutating func check(attributes: JSONValue?) {
        for attribute in attributes?.elements ?? [] {
            keys(of: attribute, "attribute", ["key", "value"])
            guard let key = attribute["key"]?.string, !key.isEmpty, let value = attribute["value"] else {
                problems.append("an attribute without key or value")
                continue
            }
            let isText = value["stringValue"]?.string != nil
            let isNumber = value["intValue"]?.string.flatMap { Int64($0) } != nil
            if isText == isNumber { problems.append("the value of \(key)") }
        }
    }

    private mutating func keys(of value: JSONValue?, _ what: String, _ known: Set<String>) {
        let unknown = Set((value?.members ?? []).map { String($0.key) }).subtracting(known)
        if value?.members == nil || !unknown.isEmpty { problems.append("\(what): \(unknown.sorted())") }
    }

    private func elements(_ value: JSONValue, _ name: String) -> [JSONValue] { value[name]?.elements ?? [] }

    private func nanoseconds(_ value: JSONValue?) -> UInt64? { value?.string.flatMap { UInt64($0) } }

    private func isHex(_ text: String?, _ count: Int) -> Bool {
        guard let text, text.utf8.count == count, text.contains(where: { $0 != "0" }) else { return false }
        return text.allSatisfy { "0123456789abcdef".contains($0) }
    }
}
