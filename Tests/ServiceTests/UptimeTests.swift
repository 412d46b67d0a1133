import HTTPClient
import HTTPServer
import Kafka
import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@testable import monitor

/// Real servers that answer, stop answering and come back; what is written down of it is what happened.
@Suite struct UptimeTests {
    @Test func aServerThatGoesAwayIsDownUntilItIsBack() async throws {
        let world = try await World.start()
        let port = try #require(try FreePorts.take(["service"])["service"])
        var server = try await Self.service(port: port)
        try await world.round(["service:ours": .service(url: "http://127.0.0.1:\(port)")])
        var state = try await world.state("service:ours")
        #expect(state.isUp && state.failedInARow == 0 && state.why == nil)
        let upSince = state.since

        await server.drain(within: .milliseconds(100))
        for _ in 0..<2 { try await world.round(["service:ours": .service(url: "http://127.0.0.1:\(port)")]) }
        state = try await world.state("service:ours")
        #expect(!state.isUp && state.failedInARow == 2)
        #expect(state.why?.hasPrefix("no answer") == true)
        #expect(state.since > upSince)
        #expect(world.told(.failedChecks, "service:ours") == [0, 1, 2])

        server = try await Self.service(port: port)
        try await world.round(["service:ours": .service(url: "http://127.0.0.1:\(port)")])
        state = try await world.state("service:ours")
        #expect(state.isUp && state.failedInARow == 0)
        #expect(world.told(.failedChecks, "service:ours").last == 0)
        for length in [UptimeSpan.Length.hour, .day] {
            let spans = try await world.store.spans(length, since: Timestamp(microseconds: 0))
            #expect(spans.reduce(0) { $0 + $1.checks } == 4)
            #expect(spans.reduce(0) { $0 + $1.up } == 2)
        }
        await server.drain(within: .milliseconds(100))
        await world.stop()
    }

    @Test func theWebhookIsUpWhenItRefusesAWrongWord() async throws {
        let world = try await World.start()
        var router = Router()
        router.on(.get, "/webhooks/meta") { request in
            request.query("hub.verify_token") == "wrong-on-purpose" && request.query("hub.mode") == "subscribe"
                ? .text(403, "no") : .text(200, "")
        }
        router.on(.get, "/open/webhooks/meta") { _ in .text(200, "anybody") }
        let server = HTTPServer(HTTPServerSettings(), router: router)
        let url = "http://127.0.0.1:\(try await server.start())"
        try await world.round(["webhook": .webhook(url: url), "other": .webhook(url: url + "/open")])
        #expect(try await world.state("webhook").isUp)
        #expect(try await world.state("other").why == "answered 200 where 403 was expected")
        await server.drain(within: .milliseconds(100))
        await world.stop()
    }

    @Test func aProviderThatRefusesIsThereAndOneWithTroublesIsNot() async throws {
        let world = try await World.start()
        var router = Router()
        router.on(.get, "/meta/") { _ in .text(400, "no token") }
        router.on(.get, "/twilio/") { _ in .text(503, "away") }
        let server = HTTPServer(HTTPServerSettings(), router: router)
        let url = "http://127.0.0.1:\(try await server.start())"
        // A sender of Meta's is there, none of Twilio's: who sends nothing through it is not told of its troubles.
        try await world.round(["provider:meta": .provider(url: url + "/meta/"), "provider:twilio": .provider(url: url + "/twilio/")])
        #expect(try await world.state("provider:meta").isUp)
        #expect(try await world.store.endpoints().count == 1)
        try await world.tenants.platform.execute(
            "UPDATE senders SET provider = 'twilio' WHERE id = \(world.tenants.first.senderID)")
        try await world.round(["provider:meta": .provider(url: url + "/meta/"), "provider:twilio": .provider(url: url + "/twilio/")])
        #expect(try await world.state("provider:twilio").why == "answered 503")
        await server.drain(within: .milliseconds(100))
        await world.stop()
    }

    @Test func kafkaAndPostgresAreAskedToo() async throws {
        let broker = try EmbeddedBroker(topics: [(name: "uptime", partitions: 1)])
        let world = try await World.start(kafka: broker.bootstrapServers)
        try await world.round(["kafka": .kafka, "postgres": .postgres])
        #expect(try await world.state("kafka").isUp)
        #expect(try await world.state("postgres").isUp)
        await world.stop()
    }

    @Test func whatIsNotAskedAnyMoreIsNotUnderHowThingsAreNow() async throws {
        let world = try await World.start()
        try await world.round(["postgres": .postgres, "service:old": .service(url: "http://127.0.0.1:1")])
        try await world.round(["postgres": .postgres])
        #expect(try await world.store.endpoints().map(\.name) == ["postgres"])
        #expect(try await world.store.spans(.day, since: Timestamp(microseconds: 0)).map(\.name) == ["postgres", "service:old"])
        await world.stop()
    }

    private static func service(port: Int) async throws -> HTTPServer {
        var router = Router()
        router.on(.get, "/readyz") { _ in .text(200, "ready") }
        var settings = HTTPServerSettings()
        settings.port = port
        let server = HTTPServer(settings, router: router)
        _ = try await server.start()
        return server
    }

    /// A monitor's rounds of asking, without its other parts.
    private struct World: Sendable {
        let tenants: TwoTenants
        let client: HTTPClient
        let kafka: KafkaProbe
        let list = Told()

        final class Told: Sendable {
            private let all = Mutex<[Measurement]>([])
            func add(_ more: [Measurement]) { all.withLock { $0 += more } }
            var measurements: [Measurement] { all.withLock { $0 } }
        }

        var store: UptimeStore { UptimeStore(tenants.platform) }

        static func start(kafka: String = "127.0.0.1:1") async throws -> World {
            let client = HTTPClient()
            try client.start()
            return World(
                tenants: try await TwoTenants.make(), client: client,
                kafka: KafkaProbe(KafkaSettings(bootstrapServers: kafka)))
        }

        func stop() async {
            await client.stop()
            await tenants.stop()
        }

        func round(_ questions: [String: UptimeAsking.Question]) async throws {
            let list = list
            let round = UptimeRound(
                jobs: MonitoringJobStore(tenants.platform), store: store,
                asking: UptimeAsking(
                    client: client, database: tenants.platform, kafka: kafka,
                    questions: questions.map { ($0.key, $0.value) }),
                copy: UUIDValue(high: 1, low: 2), interval: .zero
            ) { list.add($0) }
            _ = try await round.run()
        }

        func state(_ name: String) async throws -> EndpointState {
            try #require(try await store.endpoints().first { $0.name == name })
        }

        func told(_ metric: Metric, _ subject: String) -> [Double] {
            list.measurements.filter { $0.metric == metric && $0.scope.subject == subject }.map(\.value)
        }
    }
}
