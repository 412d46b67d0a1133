package import Models
package import Postgres

/// A person of a business.
package struct PersonRecord: Sendable {
    package let id: UserID
    package let email: String
    package let name: String
    package let role: Role
    package let isActive: Bool
    package let createdAt: Timestamp
    package let createdBy: String?
    package let lastSignInAt: Timestamp?

    fileprivate static let columns: SQL = "id, email, name, role, status, created_at, created_by, last_sign_in_at"

    fileprivate init(_ row: Row) throws(DatabaseError) {
        guard let role = Role(rawValue: try row.value("role")) else {
            throw .decoding("a role that this program does not know")
        }
        id = try row.value("id")
        email = try row.value("email")
        name = try row.value("name")
        self.role = role
        isActive = try row.value("status", as: String.self) == "active"
        createdAt = try row.value("created_at")
        createdBy = try row.value("created_by")
        lastSignInAt = try row.value("last_sign_in_at")
    }
}

/// The people of a tenant, arranged by itself. Service role.
package struct PeopleStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Newest first.
    package func people(of tenantID: TenantID, before: UserID?, max: Int) async throws(DatabaseError) -> [PersonRecord] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(PersonRecord.columns) FROM users
            WHERE tenant_id = \(tenantID) AND (\(before as UserID?)::uuid IS NULL OR id < \(before as UserID?))
            ORDER BY id DESC LIMIT \(max)
            """,
        ])
        var people: [PersonRecord] = []
        for row in answers.last ?? [] { people.append(try PersonRecord(row)) }
        return people
    }

    /// Nil when the tenant has no such person.
    package func person(_ id: UserID, of tenantID: TenantID) async throws(DatabaseError) -> PersonRecord? {
        let answers = try await database.pipeline([.actFor(tenantID), Self.select(id, tenantID)])
        return try answers.last?.first.map { row throws(DatabaseError) in try PersonRecord(row) }
    }

    /// - Parameter email: in lower case.
    /// - Returns: nil when the business has a person with this address.
    package func create(
        _ id: UserID, email: String, name: String, role: Role, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> PersonRecord? {
        do {
            return try await database.transaction { connection in
                _ = try connection.rows(.actFor(tenantID))
                try PlanLimits.requireUser(of: tenantID, on: connection)
                _ = try connection.execute(
                    """
                    INSERT INTO users (tenant_id, id, email, name, role, created_by)
                    VALUES (\(tenantID), \(id), \(email), \(name), \(role.rawValue), \(audit.actor.name))
                    """)
                _ = try connection.execute(audit.insert)
                return try connection.rows(Self.select(id, tenantID)).first.map { try PersonRecord($0) }
            }
        } catch {
            if case .unique = error { return nil }
            throw error
        }
    }

    package enum Change: Sendable {
        case changed(PersonRecord)
        case unknown
        /// Nobody would be left who may do everything.
        case lastOwner
    }

    /// What is nil stays.
    package func change(
        _ id: UserID, of tenantID: TenantID, name: String?, role: Role?, isActive: Bool?, audit: AuditEntry
    ) async throws(DatabaseError) -> Change {
        try await database.transaction { connection in
            guard let before = try Self.locked(id, tenantID, on: connection) else { return .unknown }
            let stays = (role ?? before.role) == .owner && (isActive ?? before.isActive)
            if try !stays && Self.isLastOwner(before, tenantID, on: connection) { return .lastOwner }
            let status = isActive.map { $0 ? "active" : "disabled" }
            let rows = try connection.rows(
                """
                UPDATE users SET name = coalesce(\(name as String?), name), role = coalesce(\(role?.rawValue as String?), role),
                    status = coalesce(\(status as String?), status)
                WHERE tenant_id = \(tenantID) AND id = \(id)
                RETURNING \(PersonRecord.columns)
                """)
            guard let row = rows.first else { return .unknown }
            _ = try connection.execute(audit.insert)
            return .changed(try PersonRecord(row))
        }
    }

    package enum Removal: Sendable {
        case removed
        case unknown
        case lastOwner
    }

    /// Their sessions end with them.
    package func remove(_ id: UserID, of tenantID: TenantID, audit: AuditEntry) async throws(DatabaseError) -> Removal {
        try await database.transaction { connection in
            guard let before = try Self.locked(id, tenantID, on: connection) else { return .unknown }
            if try Self.isLastOwner(before, tenantID, on: connection) { return .lastOwner }
            _ = try connection.execute("DELETE FROM users WHERE tenant_id = \(tenantID) AND id = \(id)")
            _ = try connection.execute(audit.insert)
            return .removed
        }
    }

    /// With all owners locked, so that two of them cannot remove each other at once.
    private static func locked(
        _ id: UserID, _ tenantID: TenantID, on connection: Connection
    ) throws -> PersonRecord? {
        _ = try connection.rows(.actFor(tenantID))
        _ = try connection.rows(
            "SELECT FROM users WHERE tenant_id = \(tenantID) AND role = 'owner' ORDER BY id FOR UPDATE")
        return try connection.rows(select(id, tenantID) + " FOR UPDATE").first.map { try PersonRecord($0) }
    }

    private static func isLastOwner(
        _ person: PersonRecord, _ tenantID: TenantID, on connection: Connection
    ) throws -> Bool {
        guard person.role == .owner, person.isActive else { return false }
        return try connection.rows(
            """
            SELECT FROM users
            WHERE tenant_id = \(tenantID) AND role = 'owner' AND status = 'active' AND id <> \(person.id) LIMIT 1
            """
        ).isEmpty
    }

    private static func select(_ id: UserID, _ tenantID: TenantID) -> SQL {
        "SELECT \(PersonRecord.columns) FROM users WHERE tenant_id = \(tenantID) AND id = \(id)"
    }
}
