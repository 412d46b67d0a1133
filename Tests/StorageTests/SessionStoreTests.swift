import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct SessionStoreTests {
    @Test func aSessionHoldsUntilItIsEndedOrOver() async throws {
        let tenants = try await TwoTenants.make()
        let sessions = SessionStore(tenants.platform, ids: IDSource())
        let holder = try #require(try await sessions.holder(ofKey: tenants.first.key.secret.reveal()))
        let token = try await sessions.begin(.key(holder), lifetime: .seconds(60), from: "127.0.0.1")
        let found = try #require(try await sessions.session(token.reveal()))
        #expect(found.who == .key(holder))
        #expect(found.who.tenantID == tenants.first.id)
        #expect(found.name == "first")
        #expect(try await sessions.session("another") == nil)
        // The token itself is nowhere.
        let rows = try await tenants.platform.rows(
            "SELECT count(*) FROM sessions WHERE token_hash = convert_to(\(token.reveal()), 'UTF8')"
        )
        #expect(try rows.first?.value(0, as: Int.self) == 0)
        try await sessions.end(token.reveal())
        #expect(try await sessions.session(token.reveal()) == nil)
        let over = try await sessions.begin(.founder(email: "a@b.c"), lifetime: .zero, from: "::1")
        #expect(try await sessions.session(over.reveal()) == nil)
        await tenants.stop()
    }

    @Test func aSuspendedTenantIsSignedOut() async throws {
        let tenants = try await TwoTenants.make()
        let sessions = SessionStore(tenants.platform, ids: IDSource())
        let holder = try #require(try await sessions.holder(ofKey: tenants.first.key.secret.reveal()))
        let token = try await sessions.begin(.key(holder), lifetime: .seconds(60), from: "")
        _ = try await tenants.platform.execute("UPDATE tenants SET status = 'suspended'")
        #expect(try await sessions.session(token.reveal()) == nil)
        #expect(try await sessions.holder(ofKey: tenants.first.key.secret.reveal()) == nil)
        await tenants.stop()
    }

    @Test func aLinkWorksOnceHoweverManyTryAtOnce() async throws {
        let tenants = try await TwoTenants.make()
        let sessions = SessionStore(tenants.platform, ids: IDSource())
        let sent = Mutex<Secret?>(nil)
        try await sessions.sendLink(to: "ada@example.com", validFor: .seconds(60)) { token in
            sent.withLock { $0 = token }
            return ("subject", "body with \(token.reveal())")
        }
        let token = try #require(sent.withLock { $0 }).reveal()
        #expect(try await sessions.address(ofLink: token) == "ada@example.com")
        #expect(try await sessions.address(ofLink: token) == "ada@example.com")
        let winners = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try await sessions.useLink(token) } }
            return try await group.reduce(into: []) { winners, email in winners += email.map { [$0] } ?? [] }
        }
        #expect(winners == ["ada@example.com"])
        #expect(try await sessions.address(ofLink: token) == nil)
        let mails = try await tenants.platform.rows(
            "SELECT destination, body, state FROM notifications WHERE channel = 'email'"
        )
        #expect(mails.count == 1)
        #expect(try mails.first?.value("destination", as: String.self) == "ada@example.com")
        #expect(try mails.first?.value("body", as: String.self).contains(token) == true)
        await tenants.stop()
    }

    @Test func aLinkThatIsTooOldDoesNothing() async throws {
        let tenants = try await TwoTenants.make()
        let sessions = SessionStore(tenants.platform, ids: IDSource())
        let sent = Mutex<Secret?>(nil)
        try await sessions.sendLink(to: "ada@example.com", validFor: .zero) { token in
            sent.withLock { $0 = token }
            return ("subject", "body")
        }
        let token = try #require(sent.withLock { $0 }).reveal()
        #expect(try await sessions.address(ofLink: token) == nil)
        #expect(try await sessions.useLink(token) == nil)
        await tenants.stop()
    }
}
