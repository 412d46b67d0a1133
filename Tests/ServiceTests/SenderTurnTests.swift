import Crypto
import HTTPClient
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import TestSupport
import Testing
import WhatsApp

@testable import monitor
@testable import retry_scheduler

/// Regular checks of senders, what they find, and what people are told of it.
@Suite struct SenderTurnTests {
    @Test func eachSenderIsAskedAboutInItsTimeAndWhatItsProviderSaysIsKept() async throws {
        let place = try await Place()
        try await place.setToken("sandbox-token-expires-10d", of: place.tenants.first)
        #expect(try await place.turn.run() == false)
        let fine = try await place.row(of: place.tenants.first)
        #expect(try fine.value("provider_status", as: String?.self) == "CONNECTED")
        #expect(try fine.value("can_send", as: String?.self) == "AVAILABLE")
        #expect(try fine.value("checks_failed", as: Int16.self) == 0)
        #expect(try fine.value("verification_problem", as: String?.self) == nil)
        let end = try #require(try fine.value("token_expires_at", as: Timestamp?.self))
        #expect(abs((end - SystemClock.now()).components.seconds - 864_000) < 60)
        // The other one has a token that the stand-in does not know.
        let bad = try await place.row(of: place.tenants.second)
        #expect(try bad.value("verification_problem", as: String?.self) == "token_invalid")
        #expect(try bad.value("checks_failed", as: Int16.self) == 1)
        let due = try await place.tenants.platform.rows("SELECT FROM senders WHERE check_due_at <= now()")
        #expect(due.isEmpty)
        await place.stop()
    }

    @Test func peopleAreToldAtEachStageBeforeATokenEndsAndWhenItIsRenewed() async throws {
        let place = try await Place()
        let tenants = place.tenants
        let store = AlertStore(tenants.platform, ids: IDSource())
        func watch() async throws -> [String] {
            let news = try await store.alertEndingTokens { TokenWatch.draft($0, now: $1, publicURL: "https://m.example") }
            return news.map { "\($0.kind) \($0.key.split(separator: "/")[0]) \($0.key.split(separator: ":").last ?? "")" }
        }
        func end(in hours: Int?) async throws {
            _ = try await tenants.platform.execute(
                """
                UPDATE senders SET token_expires_at = now() + \(hours as Int?) * interval '1 hour'
                WHERE id = \(tenants.first.senderID)
                """)
        }
        try await end(in: 15 * 24)
        #expect(try await watch() == [])
        try await end(in: 13 * 24)
        #expect(try await watch() == ["raised TOKEN_EXPIRING 14d"])
        #expect(try await watch() == [])
        try await end(in: 60)
        #expect(try await watch() == ["raised TOKEN_EXPIRING 3d"])
        try await end(in: 20)
        #expect(try await watch() == ["raised TOKEN_EXPIRING 1d"])
        try await end(in: -1)
        #expect(try await watch() == ["raised ACCESS_TOKEN_INVALID over"])
        let open = try await tenants.platform.rows("SELECT title, detail FROM alerts WHERE resolved_at IS NULL")
        #expect(open.count == 1)
        try await end(in: 60 * 24)
        #expect(try await watch() == ["resolved ACCESS_TOKEN_INVALID over"])
        await place.stop()
    }

    @Test func dataKeysGoUnderTheNewestMasterKeyAndEverySecretStillOpens() async throws {
        let tenants = try await TwoTenants.make()
        let new = "new:" + Base64.encode([UInt8](repeating: 9, count: 32))
        let both = SecretStore(try MasterKeys(parsing: new + "," + TestTenant.masterKeysText))
        try await #expect(DataKeyTurn(store: DataKeyStore(tenants.platform, both)).run() == false)
        let after = SecretStore(try MasterKeys(parsing: new))
        for tenant in [tenants.first, tenants.second] {
            #expect(try await after.accessToken(of: tenant.senderID, tenantID: tenant.id, in: tenants.database) != nil)
        }
        let lines = try await tenants.platform.rows("SELECT tenant_id FROM audit_log WHERE action = 'data_key.resealed'")
        #expect(lines.count == 2)
        // Without the key that sealed it nothing is touched.
        let stranger = SecretStore(try MasterKeys(parsing: "other:" + Base64.encode([UInt8](repeating: 3, count: 32))))
        let page = try await DataKeyStore(tenants.platform, stranger).reseal(after: nil, max: 1)
        #expect(page.unopened == 1 && page.resealed == 0 && page.next != nil)
        #expect(try await after.accessToken(of: tenants.first.senderID, tenantID: tenants.first.id, in: tenants.database) != nil)
        await tenants.stop()
    }

    private struct Place {
        let sandbox: SandboxFixture
        let tenants: TwoTenants
        let turn: SenderTurn
        private let client = HTTPClient()

        init() async throws {
            sandbox = try await SandboxFixture()
            tenants = try await TwoTenants.make()
            try client.start()
            let addresses = SenderChecker.Addresses(
                meta: sandbox.url, metaVersion: "v25.0", twilio: sandbox.url, twilioMessaging: sandbox.url)
            turn = SenderTurn(
                store: SenderCheckStore(tenants.platform, try TestTenant.secrets()),
                checker: SenderChecker(client: client, addresses: addresses, deadline: .seconds(5)),
                interval: .seconds(3_600), tell: { _ in })
            // Numbers that the stand-in knows: digits.
            _ = try await tenants.platform.execute(
                "UPDATE senders SET check_due_at = now(), phone_number_id = CASE WHEN tenant_id = \(tenants.first.id) THEN '5550001' ELSE '5550002' END, waba_id = CASE WHEN tenant_id = \(tenants.first.id) THEN '95550001' ELSE '95550002' END")
        }

        func setToken(_ token: String, of tenant: TestTenant) async throws {
            let secrets = try TestTenant.secrets()
            let dataKey = try #require(try await secrets.sealedDataKey(of: tenant.id, in: tenants.database))
            let sealed = try secrets.seal(
                Secret(token), for: .accessToken(tenant.senderID), tenantID: tenant.id, sealedDataKey: dataKey)
            _ = try await tenants.platform.execute(
                "UPDATE senders SET access_token_sealed = \(Bytes(sealed)) WHERE id = \(tenant.senderID)")
        }

        func row(of tenant: TestTenant) async throws -> Row {
            try #require(
                try await tenants.platform.rows(
                    "SELECT provider_status, verification_problem, token_expires_at, can_send, checks_failed FROM senders WHERE id = \(tenant.senderID)"
                ).first)
        }

        func stop() async {
            await client.stop()
            await tenants.stop()
            await sandbox.stop()
        }
    }
}
