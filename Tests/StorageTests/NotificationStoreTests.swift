import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct NotificationStoreTests {
    private static let slack = NotificationDestination(.slack, "SLACK_WEBHOOK_URL")
    private static let ada = NotificationDestination(.email, "ada@example.test")

    private func withStore(
        _ body: (NotificationStore, Database) async throws -> Void
    ) async throws {
        let database = Database(
            DatabaseSettings(url: try await PostgresServer.database().platformURL, poolSize: 4)
        )
        try await database.start()
        do {
            try await body(NotificationStore(database), database)
        } catch {
            await database.stop()
            throw error
        }
        await database.stop()
    }

    @discardableResult
    private func raise(_ title: String, in database: Database, resolved: Bool = false) async throws -> AlertID
    {
        let id = AlertID(IDSource().uuid())
        _ = try await database.execute(
            """
            INSERT INTO alerts (id, key, code, severity, title, detail, opened_at, updated_at, resolved_at)
            VALUES (\(id), \("\(id)"), 'MESSAGE_CRITICAL', 'critical', \(title), 'why', now(), now(),
                    CASE WHEN \(resolved) THEN now() END)
            """
        )
        return id
    }

    private func states(_ database: Database) async throws -> [String] {
        try await database.rows("SELECT state FROM notifications ORDER BY created_at, id").map {
            try $0.value(0)
        }
    }

    @Test func anAlertIsOwedOnceToEachDestination() async throws {
        try await withStore { store, database in
            try await raise("one", in: database)
            #expect(try await store.oweAlerts(to: [Self.slack, Self.ada]).written == 2)
            #expect(try await store.oweAlerts(to: [Self.slack, Self.ada]).written == 0)
            #expect(try await store.oweAlerts(to: []).written == 0)
            let due = try await store.due(on: .email, max: 10)
            #expect(due.count == 1)
            #expect(due.first?.destination == "ada@example.test")
        }
    }

    @Test func anEndIsToldToThoseWhoKnowOfTheBeginning() async throws {
        try await withStore { store, database in
            let id = try await raise("one", in: database)
            _ = try await store.oweAlerts(to: [Self.slack])
            _ = try await database.execute("UPDATE alerts SET resolved_at = now() WHERE id = \(id)")
            // Slack for the end, and Ada, who is new, for both: an alert of today is news to her.
            #expect(try await store.oweAlerts(to: [Self.slack, Self.ada]).written == 3)
            #expect(try await store.oweAlerts(to: [Self.slack, Self.ada]).written == 0)
            let due = try await store.due(on: .slack, max: 10)
            let claimed = try await store.claim(due.map(\.id), lease: .seconds(60))
            #expect(claimed.map(\.isResolved).sorted { !$0 && $1 } == [false, true])
        }
    }

    @Test func oneNotificationIsClaimedByOneOnly() async throws {
        try await withStore { store, database in
            for number in 0..<20 { try await raise("\(number)", in: database) }
            _ = try await store.oweAlerts(to: [Self.slack])
            let ids = try await store.due(on: .slack, max: 100).map(\.id)
            let claimed = try await withThrowingTaskGroup(of: [ClaimedNotification].self) { group in
                for _ in 0..<8 { group.addTask { try await store.claim(ids, lease: .seconds(60)) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 20)
            #expect(Set(claimed.map(\.id)).count == 20)
            #expect(claimed.allSatisfy { $0.attempts == 1 && $0.alert?.code == "MESSAGE_CRITICAL" })
        }
    }

    @Test func aLeaseThatRanOutIsClaimedAgainAndTheFirstOutcomeCountsForNothing() async throws {
        try await withStore { store, database in
            try await raise("one", in: database)
            _ = try await store.oweAlerts(to: [Self.slack])
            let ids = try await store.due(on: .slack, max: 1).map(\.id)
            let first = try await store.claim(ids, lease: .zero)
            let second = try await store.claim(ids, lease: .seconds(60))
            #expect(second.first?.attempts == 2)
            try await store.recordFailed(first, result: "late")
            #expect(try await states(database) == ["sending"])
            try await store.recordSent(second)
            #expect(try await states(database) == ["sent"])
            #expect(try await store.claim(ids, lease: .seconds(60)).isEmpty)
        }
    }

    @Test func aSecretBodyIsEmptiedWhenItWasSentOrGivenUp() async throws {
        try await withStore { store, database in
            for name in ["one", "two"] {
                _ = try await database.execute(
                    """
                    INSERT INTO notifications
                        (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
                    VALUES (gen_random_uuid(), \(name), 'email', 'ada@example.test', 'Sign in', 'secret link', now(), now())
                    """
                )
            }
            let ids = try await store.due(on: .email, max: 10).map(\.id)
            let claimed = try await store.claim(ids, lease: .seconds(60))
            #expect(claimed.allSatisfy { $0.body == "secret link" && $0.alert == nil && !$0.isNote })
            try await store.recordSent([claimed[0]])
            try await store.recordLater([claimed[1]], waits: [.zero], result: "later")
            #expect(try await store.claim(ids, lease: .seconds(60)).first?.body == "secret link")
            let again = try await database.rows("SELECT attempts FROM notifications WHERE state = 'sending'")
            #expect(try again.first?.value(0, as: Int16.self) == 2)
            let left = try await database.rows("SELECT body FROM notifications WHERE state = 'sent'")
            #expect(try left.first?.value(0, as: String.self) == "")
        }
    }

    @Test func aBrokenChannelIsNotedOnceAnHourByTheOthers() async throws {
        try await withStore { store, _ in
            for _ in 0..<3 {
                try await store.noteFailure(of: .slack, subject: "s", body: "b", to: [Self.slack, Self.ada])
            }
            #expect(try await store.due(on: .slack, max: 10).isEmpty)
            let due = try await store.due(on: .email, max: 10)
            #expect(due.count == 1)
            #expect(try await store.claim(due.map(\.id), lease: .seconds(60)).first?.isNote == true)
        }
    }
}
