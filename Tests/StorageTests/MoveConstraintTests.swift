import Models
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct MoveConstraintTests {
    @Test func postgresAllowsExactlyTheMovesOfTheStateMachine() async throws {
        let test = try await PostgresServer.database()
        let database = Database(DatabaseSettings(url: test.url, poolSize: 1))
        try await database.start()
        var differences: [String] = []
        for from in MessageState.allCases {
            for to in MessageState.allCases where from != to {
                let rows = try await database.rows("SELECT message_may_move(\(from.rawValue), \(to.rawValue)) AS may")
                let may = try rows[0].value("may", as: Bool.self)
                if may != MessageMove.allowed(from: from, to: to) { differences.append("\(from) to \(to)") }
            }
        }
        #expect(differences.isEmpty)
        await database.stop()
    }

    @Test func theTriggerRefusesAForbiddenMove() async throws {
        let tenants = try await TwoTenants.make()
        let message = tenants.first.message()
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: [message]))
        }
        await #expect {
            _ = try await tenants.platform.execute("UPDATE message_states SET state = 8 WHERE id = \(message.id)")
            _ = try await tenants.platform.execute("UPDATE message_states SET state = 1 WHERE id = \(message.id)")
        } throws: { error in
            guard case DatabaseError.check(let constraint) = error else { return false }
            return constraint == "message_states_move"
        }
        await tenants.stop()
    }
}
