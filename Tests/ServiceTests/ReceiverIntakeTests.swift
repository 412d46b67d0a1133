import EventBus
import HTTPServer
import JSON
import Kafka
import Runtime
import Synchronization
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// What the provider is answered, and what was made durable before.
@Suite struct ReceiverIntakeTests {
    private final class Kept: Sendable {
        let records = Mutex<[WebhookRecord]>([])
        var all: [WebhookRecord] { records.withLock { $0 } }
    }

    private func router(_ kept: Kept = Kept(), failing: Bool = false) throws -> Router {
        let settings = try WebhookReceiverSettings(
            SettingsReader(environment: ReceiverSettings.environment())
        )
        return WebhookRoutes(settings) { record in
            if failing { throw KafkaError.notDelivered(count: 1, of: 1, reason: "away") }
            kept.records.withLock { $0.append(record) }
        }.router()
    }

    private func post(_ body: String, signature: String?) throws -> Request {
        try #require(
            Request(
                .post,
                "/webhooks/meta",
                headers: signature.map { [(MetaSignature.header, $0)] } ?? [],
                body: Array(body.utf8)
            )
        )
    }

    private func code(_ response: Response) throws -> String? {
        try JSONDocument(parsing: response.body).root["code"]?.string
    }

    @Test func theHandshakeGivesTheChallengeBack() async throws {
        let target = "/webhooks/meta?hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444"
        let response = try await router().respond(to: #require(Request(.get, target)))
        #expect(response.status == 200)
        #expect(String(decoding: response.body, as: UTF8.self) == "1158201444")
        #expect(response.header("Content-Type")?.hasPrefix("text/plain") == true)
    }

    @Test(arguments: [
        "", "?hub.mode=subscribe&hub.challenge=1",
        "?hub.mode=subscribe&hub.verify_token=verify-m&hub.challenge=1",
        "?hub.mode=unsubscribe&hub.verify_token=verify-me&hub.challenge=1",
        "?hub.mode=subscribe&hub.verify_token=verify-me",
    ])
    func aHandshakeWithoutTheTokenIsRefused(_ query: String) async throws {
        let response = try await router().respond(to: #require(Request(.get, "/webhooks/meta" + query)))
        #expect(response.status == 403)
        #expect(try code(response) == "verification_refused")
    }

    @Test func aForgedDeliveryIsRefusedAndNotKept() async throws {
        let kept = Kept()
        let router = try router(kept)
        let body = #"{"entry":[{"id":"A"}]}"#
        for signature in [
            nil, "sha256=00", MetaSignature.sign(body: Array(body.utf8), secret: "somebody else's"),
            MetaSignature.sign(body: Array((body + " ").utf8), secret: "secret-new"),
        ] {
            let response = await router.respond(to: try post(body, signature: signature))
            #expect(response.status == 401)
            #expect(try code(response) == "invalid_signature")
        }
        #expect(kept.all.isEmpty)
    }

    @Test func aDeliveryIsKeptByteForByteUnderItsAccount() async throws {
        let kept = Kept()
        let router = try router(kept)
        let body = " {\"entry\":[{\"id\":\"102\",\"text\":\"caff\\u00e8\"}]}\n"
        for secret in ["secret-new", "secret-old"] {
            let signature = MetaSignature.sign(body: Array(body.utf8), secret: secret)
            #expect(try await router.respond(to: post(body, signature: signature)).status == 200)
        }
        #expect(kept.all.map(\.account) == ["102", "102"])
        #expect(kept.all.allSatisfy { $0.body == Array(body.utf8) })
    }

    @Test func whatIsNotDurableIsAskedForAgain() async throws {
        let body = #"{"entry":[{"id":"A"}]}"#
        let signature = MetaSignature.sign(body: Array(body.utf8), secret: "secret-new")
        let response = try await router(failing: true).respond(to: post(body, signature: signature))
        #expect(response.status == 503)
        #expect(response.header("Retry-After") != nil)
    }

    @Test(arguments: ["", "nonsense", "{}", #"{"entry":[{"id":""}]}"#])
    func signedNonsenseIsKeptToo(_ body: String) async throws {
        let kept = Kept()
        let signature = MetaSignature.sign(body: Array(body.utf8), secret: "secret-new")
        #expect(try await router(kept).respond(to: post(body, signature: signature)).status == 200)
        #expect(kept.all.map(\.account) == ["unknown"])
    }

    @Test func everyMissingSettingIsNamedAtOnce() {
        do {
            _ = try WebhookReceiverSettings(SettingsReader(environment: [:]))
            Issue.record("nothing was missing")
        } catch {
            let text = "\(error)"
            for name in [
                "META_APP_SECRETS", "WEBHOOK_VERIFY_TOKEN", "MASTER_KEYS", "DATABASE_URL", "PLATFORM_DATABASE_URL",
                "KAFKA_BOOTSTRAP_SERVERS",
            ] {
                #expect(text.contains(name), "\(name)")
            }
        }
    }
}

enum ReceiverSettings {
    static func environment(_ more: [String: String] = [:]) -> [String: String] {
        [
            "DATABASE_URL": "postgresql://nowhere", "PLATFORM_DATABASE_URL": "postgresql://nowhere",
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "META_APP_SECRETS": "secret-new, secret-old",
            "WEBHOOK_VERIFY_TOKEN": "verify-me", "MASTER_KEYS": TestTenant.masterKeysText,
            "PUBLIC_WEBHOOK_URL": "https://hooks.example.test/",
        ].merging(more) { $1 }
    }
}
