import Models
import Postgres
import Testing
import TestSupport

@Suite struct DatabaseTests {
    @Test func aValueGoesInAndComesBack() async throws {
        let database = Database(DatabaseSettings(url: try await PostgresServer.database(migrated: false).url))
        try await database.start()
        let text = "grüße 🦅"
        let rows = try await database.rows("SELECT \(text) AS text, \(7) AS number, \([1, 2, 3]) AS list")
        #expect(try rows[0].value("text", as: String.self) == text)
        #expect(try rows[0].value(1, as: Int.self) == 7)
        #expect(try rows[0].value("list", as: [Int].self) == [1, 2, 3])
        await database.stop()
    }
}
