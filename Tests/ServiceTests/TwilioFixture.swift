import EventBus
import HTTPServer
import Kafka
import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// A Twilio sender of the first tenant, and callbacks for it as Twilio would sign them.
struct TwilioFixture: Sendable {
    static let authToken = "twilio-token-for-tests"
    static let publicURL = "https://hooks.example.test"
    static let accountSid = "AC000000000000000000000000000000aa"

    let apply: ApplyFixture
    let senderID: SenderID
    private let senders: SenderStore
    private let kept: Kept

    private final class Kept: Sendable {
        let records = Mutex<[WebhookRecord]>([])
    }

    static func with(_ body: (TwilioFixture) async throws -> Void) async throws {
        try await ApplyFixture.with { apply in
            let secrets = try TestTenant.secrets()
            let senderID = SenderID(IDSource().uuid())
            var sender = SenderSetup(
                id: senderID, name: "Twilio", displayPhoneNumber: "+1 415 555 0100",
                phoneNumberID: "whatsapp:+14155550100", accountID: accountSid, accessToken: Secret(authToken))
            (sender.provider, sender.isDefault) = (.twilio, false)
            try await TenantSetupStore(apply.tenants.platform, secrets).apply(sender, of: apply.tenants.first.id)
            try await body(
                TwilioFixture(
                    apply: apply, senderID: senderID, senders: SenderStore(apply.tenants.database, secrets),
                    kept: Kept()))
        }
    }

    var records: [WebhookRecord] { kept.records.withLock { $0 } }

    func router() throws -> Router {
        let settings = try WebhookReceiverSettings(SettingsReader(environment: ReceiverSettings.environment()))
        return WebhookRoutes(settings, senders: { try await senders.profile(of: $0) }) { record in
            kept.records.withLock { $0.append(record) }
        }.router()
    }

    /// - Parameter path: what stands behind the sender's id.
    func callback(
        _ fields: [(String, String)], path: String = "", sender: String? = nil, token: String = authToken,
        tampered: Bool = false
    ) throws -> Request {
        var form = FormFields()
        for (name, value) in fields { form.append(name, value) }
        let target = "/webhooks/twilio/\(sender ?? "\(senderID)")\(path)"
        let signature = TwilioSignature.sign(url: Self.publicURL + target, form: form, token: token)
        if tampered { form.append("More", "1") }
        return try #require(
            Request(
                .post, target,
                headers: [
                    ("Content-Type", "application/x-www-form-urlencoded"), (TwilioSignature.header, signature),
                    ("I-Twilio-Idempotency-Token", "token-1"),
                ], body: form.encoded))
    }

    func status(
        _ word: String, _ message: MessageID?, attempt: Int = 1, sid: String = "SM1", more: [(String, String)] = []
    ) throws -> Request {
        try callback(
            [("MessageSid", sid), ("MessageStatus", word), ("AccountSid", Self.accountSid)] + more,
            path: "/" + (message.map { "v1.\($0).\(attempt)" } ?? "other"))
    }

    /// Receives the callbacks, and applies what was made durable.
    func receive(_ requests: [Request]) async throws {
        let router = try router()
        for request in requests {
            let response = await router.respond(to: request)
            #expect(response.status == 200 && response.body.isEmpty)
        }
        let records = kept.records.withLock { records in
            defer { records = [] }
            return records
        }
        try await apply.applier.apply(
            records.map { record in
                let made = record.record(prefix: "t")
                return ConsumedRecord(
                    topic: made.topic, partition: 0, offset: 0, key: made.key, value: made.value, headers: made.headers)
            })
    }

    func events(of message: MessageID) async throws -> [String] {
        try await apply.tenants.platform.rows(
            "SELECT type FROM message_events WHERE message_id = \(message) ORDER BY recorded_at, at"
        ).map { try $0.value("type") }
    }
}
