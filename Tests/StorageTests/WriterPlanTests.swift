import Postgres
import Storage
import TestSupport
import Testing

/// What is prepared on an empty table is executed on a full one: a fresh day's partition has no statistics.
@Suite struct WriterPlanTests {
    @Test(arguments: [
        "message_states s ON s.tenant_id = w.tenant_id AND s.id = w.id",
        "messages s ON s.tenant_id = w.tenant_id AND s.id = w.id",
        "due_messages s ON s.tenant_id = w.tenant_id AND s.message_id = w.id",
        "attempts s ON s.tenant_id = w.tenant_id AND s.message_id = w.id",
    ])
    func rowsAreReachedByTheirKeyAlsoOnATableWithoutStatistics(_ table: String) async throws {
        var settings = DatabaseSettings(url: try await PostgresServer.database().serviceURL)
            .pinnedToIndexPlans
        settings.poolSize = 1
        let database = Database(settings)
        try await database.start()
        let plan = try await database.run { connection in
            try connection.script(
                "PREPARE batch (uuid[], uuid[]) AS SELECT s.* FROM unnest($1, $2) AS w (tenant_id, id) JOIN \(table)"
            )
            return try connection.rows("EXPLAIN EXECUTE batch ('{}', '{}')").map {
                try $0.value(0, as: String.self)
            }
        }
        await database.stop()
        let conditions = plan.filter { $0.contains("Index Cond") }
        #expect(!conditions.isEmpty)
        #expect(
            conditions.allSatisfy { $0.contains("id = w.id") && $0.contains("tenant_id = w.tenant_id") },
            "\(plan)"
        )
        #expect(!plan.contains { $0.contains("Join Filter") }, "\(plan)")
    }
}
