package import Models
package import Postgres

/// The clocks of time zones, from a year ago to five years ahead: Postgres knows the zones.
package struct ZoneClockStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func clock(of zone: String) async throws(DatabaseError) -> LocalClock {
        var first: Duration?
        var changes: [LocalClock.Change] = []
        for row in try await database.rows("SELECT at, ahead_seconds FROM zone_changes(\(zone)) ORDER BY at") {
            let offset: Duration = .seconds(try row.value("ahead_seconds", as: Int64.self))
            if first == nil { first = offset } else { changes.append(.init(at: try row.value("at"), offset: offset)) }
        }
        return LocalClock(offset: first ?? .zero, changes: changes)
    }
}
