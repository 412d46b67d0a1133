import EventBus
import HTTPServer
import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// A tenant's own Meta app at the address of one of its senders: proven with its own secret, believed about it alone.
@Suite struct OwnAppTests {
    private static let body = #"{"object":"whatsapp_business_account","entry":[{"id":"account-first","changes":[]}]}"#

    @Test func onlyTheTenantsOwnSecretsOpenItsAddress() async throws {
        let tenants = try await TwoTenants.make()
        let sender = tenants.first.senderID
        try await Self.arrange(tenants)
        let kept = Mutex<[WebhookRecord]>([])
        let store = WebhookSecretStore(tenants.database, try TestTenant.secrets())
        let settings = try WebhookReceiverSettings(SettingsReader(environment: ReceiverSettings.environment()))
        let router = WebhookRoutes(settings, ownApps: { try await store.secrets(of: $0) }) { record in
            kept.withLock { $0.append(record) }
        }.router()
        func post(to sender: SenderID, signedWith secret: String) async throws -> Int {
            let signature = MetaSignature.sign(body: Array(Self.body.utf8), secret: secret)
            let request = try #require(
                Request(
                    .post, "/webhooks/meta/\(sender)", headers: [(MetaSignature.header, signature)],
                    body: Array(Self.body.utf8)))
            return await router.respond(to: request).status
        }
        #expect(try await post(to: sender, signedWith: "new-secret") == 200)
        // The one of before signs as long as both are to.
        #expect(try await post(to: sender, signedWith: "old-secret") == 200)
        #expect(try await post(to: sender, signedWith: "secret-new") == 401)
        #expect(try await post(to: tenants.second.senderID, signedWith: "new-secret") == 401)
        #expect(try await post(to: SenderID(IDSource().uuid()), signedWith: "new-secret") == 401)
        let confinement = Confinement(tenantID: tenants.first.id, accounts: ["account-first"])
        #expect(kept.withLock { $0 }.map { Confinement($0) } == [confinement, confinement])
        _ = try await tenants.platform.execute("UPDATE senders SET previous_app_secret_until = now() - interval '1 second'")
        #expect(try await post(to: sender, signedWith: "old-secret") == 401)

        func handshake(_ token: String) async throws -> Int {
            let target = "/webhooks/meta/\(sender)?hub.mode=subscribe&hub.verify_token=\(token)&hub.challenge=7"
            return await router.respond(to: try #require(Request(.get, target))).status
        }
        #expect(try await handshake("own-word") == 200)
        #expect(try await handshake("verify-me") == 403)
        await tenants.stop()
    }

    @Test func whatATenantsAppSaysOfOthersIsNotBelieved() async throws {
        let tenants = try await TwoTenants.make()
        let body = """
            {"object":"whatsapp_business_account","entry":[{"id":"account-first","changes":[
             {"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"phone-second"},
              "statuses":[{"id":"wamid.1","status":"delivered","timestamp":"1790000000","recipient_id":"39340"}]}},
             {"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"phone-first"},
              "statuses":[{"id":"wamid.2","status":"delivered","timestamp":"1790000000","recipient_id":"39340"}]}}]},
             {"id":"account-second","changes":[{"field":"account_update","value":{"event":"DISABLED_UPDATE"}}]}]}
            """
        func read(_ confinement: Confinement?) -> (statuses: Int, ownerless: Int, notices: Int) {
            let record = WebhookRecord(
                provider: "meta", account: "account-first", receivedAt: SystemClock.now(),
                headers: confinement?.facts ?? [], body: Array(body.utf8))
            let delivery = ReadDelivery(record)
            let owners = [
                "phone-first": SenderOwner(tenantID: tenants.first.id, senderID: tenants.first.senderID),
                "phone-second": SenderOwner(tenantID: tenants.second.id, senderID: tenants.second.senderID),
            ]
            let batch = PreparedBatch([delivery][...], owners: owners)
            return (batch.receipts.count, batch.ownerless.count, delivery.notices.count)
        }
        let platform = read(nil)
        #expect(platform.statuses == 2 && platform.notices == 1)
        let own = read(Confinement(tenantID: tenants.first.id, accounts: ["account-first"]))
        #expect(own.statuses == 1 && own.ownerless == 0 && own.notices == 0)
        await tenants.stop()
    }

    private static func arrange(_ tenants: TwoTenants) async throws {
        let (tenant, secrets) = (tenants.first, try TestTenant.secrets())
        let dataKey = try #require(try await secrets.sealedDataKey(of: tenant.id, in: tenants.database))
        func seal(_ text: String, _ purpose: SecretPurpose) throws -> Bytes {
            Bytes(try secrets.seal(Secret(text), for: purpose, tenantID: tenant.id, sealedDataKey: dataKey))
        }
        _ = try await tenants.platform.execute(
            """
            UPDATE senders SET app_secret_sealed = \(try seal("new-secret", .appSecret(tenant.senderID))),
                previous_app_secret_sealed = \(try seal("old-secret", .appSecret(tenant.senderID))),
                previous_app_secret_until = now() + interval '1 hour',
                verify_token_sealed = \(try seal("own-word", .verifyToken(tenant.senderID)))
            WHERE id = \(tenant.senderID)
            """)
    }
}
