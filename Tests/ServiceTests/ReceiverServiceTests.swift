import EventBus
import HTTPClient
import HTTPServer
import Kafka
import Models
import Postgres
import Runtime
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// The service as it is built for real, over HTTP, Kafka and Postgres.
@Suite struct ReceiverServiceTests {
    @Test func aSignedDeliveryIsAnsweredWhenDurableAndThenApplied() async throws {
        let kafka = try EmbeddedBroker(topics: Topic.allCases.map { ($0.name(), $0.partitions) })
        try await ApplyFixture.with { fixture in
            let test = fixture.tenants
            let port = try #require(FreePorts.take(["http"])["http"])
            let settings = try WebhookReceiverSettings(
                SettingsReader(
                    environment: ReceiverSettings.environment([
                        "DATABASE_URL": test.settings.url, "PLATFORM_DATABASE_URL": test.platformURL,
                        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers, "LISTEN_PORT": "\(port)",
                    ])
                )
            )
            let parts = try WebhookReceiver.build(settings)
            let (stopRequests, stop) = AsyncStream<String>.makeStream()
            let client = HTTPClient(HTTPClientSettings())
            try client.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await ServiceRunner.run(
                        parts: parts,
                        drainMax: .seconds(20),
                        stopRequests: stopRequests
                    )
                }
                let messages = try await test.messagesInFlight(20, of: test.first)
                try await eventually("the service is ready") {
                    let response = try? await client.send(Self.get("http://127.0.0.1:\(port)/readyz"))
                    return response?.status == 200
                }
                for message in messages {
                    let body = fixture.body([
                        ("phone-first", [fixture.status("sent", message), fixture.status("read", message)])
                    ])
                    let response = try await client.send(Self.post(Array(body.utf8), port))
                    #expect(response.status == 200)
                }
                try await eventually("all are read") {
                    try await fixture.states(messages).allSatisfy { $0 == .read }
                }
                stop.yield("the test is over")
                try await group.waitForAll()
            }
            await client.stop()
        }
        kafka.stop()
    }

    @Test func withoutABrokerTheProviderIsAskedToComeAgainInTime() async throws {
        let settings = try WebhookReceiverSettings(
            SettingsReader(environment: ReceiverSettings.environment(["WEBHOOK_DURABLE_WITHIN": "300ms"]))
        )
        let producer = try WebhookReceiver.makeIntakeProducer(settings)
        let routes = WebhookRoutes(settings) { record in try await producer.send([record], prefix: "t") }
        let body = Array(#"{"entry":[{"id":"A"}]}"#.utf8)
        let request = try #require(
            Request(
                .post,
                "/webhooks/meta",
                headers: [(MetaSignature.header, MetaSignature.sign(body: body, secret: "secret-new"))],
                body: body
            )
        )
        let started = Monotonic.now()
        let response = await routes.router().respond(to: request)
        #expect(response.status == 503)
        #expect(Monotonic.now() - started < .seconds(20))
        await producer.stop(flushWithin: .zero)
    }

    private static func get(_ url: String) -> ClientRequest {
        ClientRequest(
            method: "GET",
            url: url,
            headers: [],
            body: [],
            timeout: .seconds(15),
            responseBytesMax: 65_536
        )
    }

    private static func post(_ body: [UInt8], _ port: Int) -> ClientRequest {
        ClientRequest(
            method: "POST",
            url: "http://127.0.0.1:\(port)/webhooks/meta",
            headers: [(MetaSignature.header, MetaSignature.sign(body: body, secret: "secret-old"))],
            body: body,
            timeout: .seconds(15),
            responseBytesMax: 65_536
        )
    }
}
