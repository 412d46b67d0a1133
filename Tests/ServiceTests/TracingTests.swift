import EventBus
import HTTPClient
import HTTPServer
import JSON
import Kafka
import Models
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import ServiceKit

/// The tracer is the whole process's, so one test after another.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TracingTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let caller = "00-\(trace)-00f067aa0ba902b7-01"

    private func settings(_ environment: [String: String]) throws -> TracingSettings {
        let reader = SettingsReader(environment: environment)
        let settings = TracingSettings(reader, service: "some-service")
        try reader.finish()
        return settings
    }

    /// Runs the exporter for the time of `body`, and stops it in order.
    private func withCollector(
        _ environment: [String: String] = [:], _ body: (TraceCollector) async throws -> Void
    ) async throws -> TraceCollector {
        let collector = try await TraceCollector.start()
        let own = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.url].merging(environment) { $1 }
        let exporter = try #require(SpanExportPart(try settings(own), waitFirst: .milliseconds(1)))
        try await exporter.start()
        let running = Task { try await exporter.run() }
        try await body(collector)
        await exporter.stop(within: .seconds(5))
        try await running.value
        await collector.stop()
        #expect(collector.problems == [])
        return collector
    }

    private func endSpan(_ name: String) {
        let id = MessageID(IDSource().uuid())
        Tracer.begin(name, .internal, at: Tracer.root(of: id))?.end()
    }

    /// Answers what the handler knows of its trace.
    private func withServer(_ body: (_ url: String, HTTPClient) async throws -> Void) async throws {
        var router = Router()
        router.on(.get, "/v1/things/{id}") { request in
            Tracer.begin("look at it", .internal, below: Tracer.current)?.end([("tidings.attempt", .integer(3))])
            let record = ControlNews(tenantID: TenantID(IDSource().uuid()), what: .sender).record(prefix: "t")
            let told = record.headers.map { "\($0.0)=\(String(decoding: $0.1, as: UTF8.self))" }
            let current = Tracer.current.map { $0.parent } ?? "none"
            return .text(request.query("status").flatMap { Int($0) } ?? 200, ([current] + told).joined(separator: "\n"))
        }
        router.on(.get, "/healthz") { _ in .text(200, Tracer.current == nil ? "none" : "traced") }
        router.surround(RequestTracing.surround)
        let server = HTTPServer(HTTPServerSettings(), router: router)
        let port = try await server.start()
        let client = HTTPClient()
        try client.start()
        try await body("http://127.0.0.1:\(port)", client)
        await client.stop()
        await server.drain(within: .zero)
    }

    @Test func aRequestIsASpanBelowItsCallersAndWhatItDoesIsBelowIt() async throws {
        let collector = try await withCollector(["OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Basic%20abc, x=1"]) { _ in
            try await withServer { url, client in
                let headers = [("traceparent", Self.caller), ("tracestate", "vendor=1"), ("TraceState", "other=2")]
                let answer = try await client.send(
                    ClientRequest(url: url + "/v1/things/7?status=500", headers: headers))
                let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
                #expect(lines[0].hasPrefix("00-\(Self.trace)-") && lines[0] != Self.caller)
                #expect(lines.dropFirst() == ["traceparent=\(lines[0])", "tracestate=vendor=1,other=2"])
                let probe = try await client.send(ClientRequest(url: url + "/healthz", headers: headers))
                #expect(probe.body == Array("none".utf8))
            }
        }
        #expect(collector.authorizations == ["Basic abc"])
        #expect(collector.spans.map(\.name) == ["look at it", "GET /v1/things/{id}"])
        let (inner, outer) = (collector.spans[0], collector.spans[1])
        #expect(inner.trace == Self.trace && outer.trace == Self.trace)
        #expect(outer.parent == "00f067aa0ba902b7" && inner.parent == outer.id)
        #expect(outer.kind == 2 && outer.service == "some-service")
        #expect(outer.json["traceState"]?.string == "vendor=1,other=2")
        #expect(outer.attribute("http.route") == "/v1/things/{id}")
        #expect(outer.attribute("http.response.status_code") == "500")
        #expect(outer.json["status"]?["code"]?.integer == 2 && inner.json["status"]?["code"] == nil)
        #expect(inner.attribute("tidings.attempt") == "3")
    }

    @Test func aRequestWithoutAUsableParentBeginsATrace() async throws {
        let collector = try await withCollector { _ in
            try await withServer { url, client in
                for headers in [
                    [], [("traceparent", "00-\(Self.trace)-00F067AA0BA902B7-01")],
                    [("traceparent", Self.caller), ("traceparent", Self.caller)],
                ] {
                    _ = try await client.send(ClientRequest(url: url + "/v1/things/7", headers: headers))
                }
            }
        }
        let requests = collector.spans.filter { $0.kind == 2 }
        #expect(requests.count == 3 && requests.allSatisfy { $0.parent == nil && $0.trace != Self.trace })
        #expect(Set(requests.map(\.trace)).count == 3)
    }

    @Test func aCallersDecisionHoldsWhateverShareIsKept() async throws {
        let collector = try await withCollector(["OTEL_TRACES_SAMPLER_ARG": "0"]) { _ in
            try await withServer { url, client in
                for headers in [
                    [("traceparent", Self.caller)], [], [("traceparent", String(Self.caller.dropLast()) + "0")],
                ] {
                    let answer = try await client.send(ClientRequest(url: url + "/v1/things/7", headers: headers))
                    #expect(String(decoding: answer.body, as: UTF8.self).hasPrefix("00-"))
                }
            }
            // What the caller keeps is kept in the message's own trace too.
            let id = MessageID(IDSource().uuid())
            #expect(Tracer.root(of: id) == nil && Tracer.root(of: id, isAskedFor: true) != nil)
        }
        #expect(collector.spans.map(\.kind) == [1, 2])
    }

    @Test func whileNothingIsTracedACallersTraceIsPassedOnAndNoOtherMade() async throws {
        #expect(SpanExportPart(try settings([:])) == nil)
        #expect(!Tracer.isOn)
        try await withServer { url, client in
            let plain = try await client.send(ClientRequest(url: url + "/v1/things/7"))
            #expect(plain.body == Array("none".utf8))
            let traced = try await client.send(
                ClientRequest(url: url + "/v1/things/7", headers: [("traceparent", Self.caller)]))
            let lines = String(decoding: traced.body, as: UTF8.self).split(separator: "\n")
            #expect(lines[0].hasPrefix("00-\(Self.trace)-") && lines[1] == "traceparent=\(lines[0])")
        }
        #expect(Tracer.take(max: 10).isEmpty)
    }

    @Test func aCollectorThatIsBusyIsAskedAgainAndOneThatRefusesIsNot() async throws {
        let refused = Tracer.dropped(.refused).value
        let unreachable = Tracer.dropped(.unreachable).value
        let collector = try await withCollector { collector in
            collector.refuse([.init(503), .init(429, retryAfter: "0"), .init(502), .init(504)])
            endSpan("comes at the fifth try")
            try await eventually("the first batch") { collector.spans.count == 1 }
            #expect(collector.requests == 5)
            collector.refuse([.init(400)])
            endSpan("is refused")
            try await eventually("the second batch") { collector.requests == 6 }
            try await eventually("the refusal") { Tracer.dropped(.refused).value == refused + 1 }
            collector.refuse(Array(repeating: .init(503), count: 5))
            endSpan("is given up")
            try await eventually("the third batch") { Tracer.dropped(.unreachable).value == unreachable + 1 }
        }
        #expect(collector.spans.map(\.name) == ["comes at the fifth try"])
        #expect(collector.requests == 11)
    }

    @Test func aCollectorsWishToWaitIsHeard() async throws {
        let collector = try await withCollector { collector in
            collector.refuse([.init(429, retryAfter: "1")])
            // Before the refusal, whose moment nobody here sees.
            let before = Monotonic.now()
            endSpan("waits")
            try await eventually("the second try") { collector.requests == 2 }
            #expect(Monotonic.now() - before >= .seconds(1))
        }
        #expect(collector.spans.count == 1)
    }

    @Test func whatIsBeyondTheLimitIsDroppedAndCountedAndTheRestLeavesAtTheStop() async throws {
        let dropped = Tracer.dropped(.queueFull).value
        let collector = try await withCollector { collector in
            // Holds the first batch up, so that the others must wait.
            collector.refuse([.init(503, retryAfter: "30")])
            endSpan("first")
            try await eventually("the first try") { collector.requests == 1 }
            for _ in 0..<Tracer.waitingMax + 10 { endSpan("many") }
            #expect(Tracer.dropped(.queueFull).value == dropped + 10)
        }
        #expect(collector.spans.count == Tracer.waitingMax + 1)
        #expect(!Tracer.isOn)
    }

    @Test func settingsThatCannotBeMeantAreNamed() throws {
        for (name, value) in [
            ("OTEL_TRACES_SAMPLER_ARG", "2"), ("OTEL_TRACES_SAMPLER_ARG", "often"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=%0d%0ab"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
        ] {
            let error = #expect(throws: SettingsError.self) { try settings([name: value]) }
            #expect(error?.problems.count == 1 && error?.problems.first?.hasPrefix(name) == true)
        }
        let given = try settings(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/", "OTEL_SERVICE_NAME": "mine"])
        #expect(given.url == "http://c:4318/v1/traces" && given.serviceName == "mine")
    }
}
