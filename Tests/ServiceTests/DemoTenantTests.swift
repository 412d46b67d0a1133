import APIKit
import Crypto
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api
@testable import sandbox

@Suite struct DemoTenantTests {
    @Test func theDemoTenantsSetUpTwiceStayAsTheyAre() async throws {
        let test = try await PostgresServer.database()
        let platform = Database(DatabaseSettings(url: test.platformURL, poolSize: 1))
        try await platform.start()
        let store = TenantSetupStore(platform, try TestTenant.secrets())
        var ids: [[TenantID]] = []
        for _ in 0..<2 {
            let first = DemoTenant(.first, key: APIKey.make()).setup
            let second = DemoTenant(.second, key: APIKey.make()).setup
            ids.append([try await store.apply(first), try await store.apply(second)])
        }
        #expect(ids[0] == ids[1])
        #expect(ids[0][0] != ids[0][1])
        let rows = try await platform.rows(
            "SELECT (SELECT count(*) FROM tenants), (SELECT count(*) FROM senders), (SELECT count(*) FROM api_keys)"
        )
        #expect(try rows.first?.value(0, as: Int.self) == 2)
        #expect(try rows.first?.value(1, as: Int.self) == 2)
        // Each run without a kept key adds one, and the older ones still open.
        #expect(try rows.first?.value(2, as: Int.self) == 4)
        await platform.stop()
    }

    @Test func theFirstExampleOfTheDocumentationIsAccepted() async throws {
        let test = try await PostgresServer.database()
        let platform = Database(DatabaseSettings(url: test.platformURL, poolSize: 1))
        try await platform.start()
        let tenantID = try await TenantSetupStore(platform, try TestTenant.secrets())
            .apply(DemoTenant(.first, key: APIKey.make()).setup)
        let catalog = try #require(try await CatalogStore(platform).catalog(of: tenantID))
        let example = #"""
            {"to":"+393401234567","type":"template","kind":"confirmation","template":{"name":"event_reminder_24h",
             "language":"en","variables":{"attendee_name":"Ada"}},"priority":5,"reference":"order-77",
             "metadata":{"lead_id":"l1"}}
            """#
        var problems = FieldProblems()
        let reader = MessageReader(catalog: catalog, now: SystemClock.now())
        let reading = reader.message(
            from: try JSONDocument(parsing: example).root,
            id: MessageID(IDSource().uuid()),
            problems: &problems
        )
        #expect(problems.all == [])
        #expect(reading?.message.lane == .utility)
        // A code is given once, and goes into the text and the button.
        let code = #"""
            {"to":"+393401234567","type":"template","template":{"name":"login_code","language":"en","variables":["123456"]}}
            """#
        let login = reader.message(
            from: try JSONDocument(parsing: code).root,
            id: MessageID(IDSource().uuid()),
            problems: &problems
        )
        #expect(problems.all == [])
        #expect(login?.message.lane == .authentication)
        #expect(login?.message.content.jsonText.text.contains(#""sub_type":"url""#) == true)
        await platform.stop()
    }
}
