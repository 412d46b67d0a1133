package import Postgres

/// Why a service will not work on this database.
package enum SchemaError: Error, Sendable, CustomStringConvertible {
    case older(found: Int, needed: Int)
    case newer(found: Int, known: Int)
    case notMigrated
    case roleSeesEverything(String)

    package var description: String {
        switch self {
        case .older(let found, let needed):
            "the schema is at version \(found) and this program needs \(needed): run deploy/migrate"
        case .newer(let found, let known):
            "the schema is at version \(found), newer than the \(known) this program knows: update the program"
        case .notMigrated: "the database has no schema yet: run deploy/migrate"
        case .roleSeesEverything(let role):
            "the role \(role) bypasses row-level security: connect as tidings_service or tidings_platform"
        }
    }
}

/// What must be true of a database before a service uses it.
package enum SchemaCheck {
    /// The newest migration in deploy/migrations; a test holds the two together.
    package static let version = 20

    package static func require(on database: Database) async throws {
        guard try await !database.rows("SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL").isEmpty else {
            throw SchemaError.notMigrated
        }
        let rows = try await database.rows(
            """
            SELECT current_user::text AS role, (rolsuper OR rolbypassrls) AS sees_everything,
                   (SELECT COALESCE(max(version), 0)::int FROM schema_migrations) AS version
            FROM pg_roles WHERE rolname = current_user
            """)
        guard let row = rows.first else { throw SchemaError.notMigrated }
        if try row.value("sees_everything", as: Bool.self) {
            throw SchemaError.roleSeesEverything(try row.value("role", as: String.self))
        }
        let found = Int(try row.value("version", as: Int32.self))
        if found == 0 { throw SchemaError.notMigrated }
        if found < version { throw SchemaError.older(found: found, needed: version) }
        if found > version { throw SchemaError.newer(found: found, known: version) }
    }
}
