package import Models
package import Postgres
package import Runtime

/// Keys and people of any tenant, for founders. Platform role.
package struct TenantAccessStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    // MARK: Keys

    /// Newest first, revoked ones too. Nil when there is no such tenant.
    package func keys(of tenantID: TenantID, after: APIKeyID?, max: Int) async throws(DatabaseError) -> [TenantKey]? {
        let answers = try await database.pipeline([
            "SELECT FROM tenants WHERE id = \(tenantID)",
            """
            SELECT \(Self.keyColumns) FROM api_keys k
            WHERE k.tenant_id = \(tenantID) AND (\(after as APIKeyID?) IS NULL OR k.id < \(after as APIKeyID?))
            ORDER BY k.id DESC LIMIT \(max)
            """,
        ])
        guard answers.count == 2, !answers[0].isEmpty else { return nil }
        return try Connection.decoded { try answers[1].map { try TenantKey($0) } }
    }

    /// Throws `PlanExceeded` inside. Nil when there is no such tenant, or it was deleted.
    package func create(
        _ key: NewTenantKey, of tenantID: TenantID, by source: AuditSource
    ) async throws(DatabaseError) -> TenantKey? {
        try await database.transaction { connection in
            guard try Self.exists(tenantID, on: connection) else { return nil }
            try PlanLimits.requireKey(of: tenantID, on: connection)
            return try Self.insert(key, of: tenantID, by: source, on: connection)
        }
    }

    /// - Returns: false when the tenant has no such key. Revoking twice is no mistake.
    package func revoke(_ id: APIKeyID, of tenantID: TenantID, by source: AuditSource) async throws(DatabaseError) -> Bool {
        let entry = source.entry("key.revoked", "key \(id)", of: tenantID, id: ids.uuid())
        return try await database.transaction { connection in
            let revoked = try connection.execute(
                """
                UPDATE api_keys SET revoked_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id) AND revoked_at IS NULL
                """)
            if revoked > 0 {
                try connection.execute("DELETE FROM sessions WHERE tenant_id = \(tenantID) AND key_id = \(id)")
                try connection.execute(entry)
                return true
            }
            return try !connection.rows("SELECT FROM api_keys WHERE tenant_id = \(tenantID) AND id = \(id)").isEmpty
        }
    }

    static func insert(
        _ new: NewTenantKey, of tenantID: TenantID, by source: AuditSource, on connection: Connection
    ) throws -> TenantKey {
        let rows = try connection.rows(
            """
            INSERT INTO api_keys AS k (tenant_id, id, name, prefix, hash, scopes, expires_at, created_by)
            VALUES (\(tenantID), \(new.id), \(new.name), \(new.key.prefix), \(Bytes(new.key.hash)),
                    \(new.access.words), \(new.expiresAt as Timestamp?), \(source.actor.name))
            RETURNING \(keyColumns)
            """)
        guard let row = rows.first else { throw DatabaseError.decoding("a key that was made is not there") }
        try connection.execute(source.entry("key.created", "key \(new.id)", of: tenantID, id: new.auditID))
        return try TenantKey(row)
    }

    private static let keyColumns: SQL =
        "k.id, k.name, k.prefix, k.scopes, k.created_at, k.created_by, k.expires_at, k.revoked_at, k.last_used_at"

    // MARK: People

    /// In the order they came. Nil when there is no such tenant.
    package func users(of tenantID: TenantID, after: UserID?, max: Int) async throws(DatabaseError) -> [TenantUser]? {
        let answers = try await database.pipeline([
            "SELECT FROM tenants WHERE id = \(tenantID)",
            """
            SELECT \(Self.userColumns) FROM users u
            WHERE u.tenant_id = \(tenantID) AND (\(after as UserID?) IS NULL OR u.id < \(after as UserID?))
            ORDER BY u.id DESC LIMIT \(max)
            """,
        ])
        guard answers.count == 2, !answers[0].isEmpty else { return nil }
        return try Connection.decoded { try answers[1].map { try TenantUser($0) } }
    }

    /// Throws `PlanExceeded` inside.
    package func create(
        _ user: NewTenantUser, of tenantID: TenantID, invitation: (AdministeredTenant) -> InvitationMail,
        by source: AuditSource
    ) async throws(DatabaseError) -> UserCreation {
        let tenants = try await database.rows(
            "SELECT \(TenantAdminStore.columns) FROM tenants t WHERE t.id = \(tenantID) AND t.status <> 'deleted'")
        guard let row = tenants.first else { return .tenantUnknown }
        let mail = invitation(try Connection.decoded { try AdministeredTenant(row) })
        let notificationID = ids.uuid()
        do {
            return try await database.transaction { connection in
                guard try Self.exists(tenantID, on: connection) else { return .tenantUnknown }
                try PlanLimits.requireUser(of: tenantID, on: connection)
                let created = try Self.insert(user, of: tenantID, by: source, on: connection)
                try connection.execute(TenantAdminStore.invite(user, mail, notificationID))
                return .created(created)
            }
        } catch {
            if case .unique = error { return .addressTaken }
            throw error
        }
    }

    /// Only what is not nil is changed. Whoever is disabled is signed out everywhere.
    ///
    /// - Returns: nil when the tenant has no such person.
    package func change(
        _ id: UserID, of tenantID: TenantID, name: String?, role: Role?, isActive: Bool?, by source: AuditSource
    ) async throws(DatabaseError) -> TenantUser? {
        var names: [String] = []
        if name != nil { names.append("name") }
        if role != nil { names.append("role") }
        if isActive != nil { names.append("status") }
        let entry = source.entry("user.changed", "user \(id)", of: tenantID, id: ids.uuid(), detail: .changed(names))
        let status = isActive.map { $0 ? "active" : "disabled" }
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE users u
                SET name = coalesce(\(name as String?), u.name), role = coalesce(\(role?.rawValue as String?), u.role),
                    status = coalesce(\(status as String?), u.status)
                WHERE u.tenant_id = \(tenantID) AND u.id = \(id) RETURNING \(Self.userColumns)
                """)
            guard let row = rows.first else { return nil }
            if isActive == false {
                try connection.execute("DELETE FROM sessions WHERE tenant_id = \(tenantID) AND user_id = \(id)")
            }
            try connection.execute(entry)
            return try TenantUser(row)
        }
    }

    /// - Returns: false when the tenant has no such person. Their sessions end with them.
    package func remove(_ id: UserID, of tenantID: TenantID, by source: AuditSource) async throws(DatabaseError) -> Bool {
        let entry = source.entry("user.removed", "user \(id)", of: tenantID, id: ids.uuid())
        return try await database.transaction { connection in
            guard try connection.execute("DELETE FROM users WHERE tenant_id = \(tenantID) AND id = \(id)") > 0 else {
                return false
            }
            try connection.execute(entry)
            return true
        }
    }

    static func insert(
        _ new: NewTenantUser, of tenantID: TenantID, by source: AuditSource, on connection: Connection
    ) throws -> TenantUser {
        let rows = try connection.rows(
            """
            INSERT INTO users AS u (tenant_id, id, email, name, role, created_by)
            VALUES (\(tenantID), \(new.id), \(new.email.text), \(new.name), \(new.role.rawValue), \(source.actor.name))
            RETURNING \(userColumns)
            """)
        guard let row = rows.first else { throw DatabaseError.decoding("a user that was made is not there") }
        try connection.execute(source.entry("user.created", "user \(new.id)", of: tenantID, id: new.auditID))
        return try TenantUser(row)
    }

    private static let userColumns: SQL =
        "u.id, u.email, u.name, u.role, u.status, u.created_at, u.created_by, u.last_sign_in_at"

    private static func exists(_ id: TenantID, on connection: Connection) throws -> Bool {
        try !connection.rows("SELECT FROM tenants WHERE id = \(id) AND status <> 'deleted' FOR SHARE").isEmpty
    }
}

package struct NewTenantKey: Sendable {
    package let id: APIKeyID
    package let key: APIKey
    package var name: String
    package var access: Access
    package var expiresAt: Timestamp?
    let auditID: UUIDValue

    package init(name: String, access: Access, expiresAt: Timestamp? = nil, ids: IDSource) {
        id = APIKeyID(ids.uuid())
        auditID = ids.uuid()
        key = APIKey.make()
        self.name = name
        self.access = access
        self.expiresAt = expiresAt
    }
}

package struct NewTenantUser: Sendable {
    package let id: UserID
    package var email: EmailAddress
    package var name: String
    package var role: Role
    let auditID: UUIDValue

    package init(email: EmailAddress, name: String, role: Role, ids: IDSource) {
        id = UserID(ids.uuid())
        auditID = ids.uuid()
        self.email = email
        self.name = name
        self.role = role
    }
}

package enum UserCreation: Sendable {
    case created(TenantUser)
    case tenantUnknown
    /// The business has a person with this address.
    case addressTaken
}

/// A key without what makes it one.
package struct TenantKey: Sendable {
    package let id: APIKeyID
    package let name: String
    package let prefix: String
    package let scopes: [String]
    package let createdAt: Timestamp
    package let createdBy: String?
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?
    package let lastUsedAt: Timestamp?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        name = try row.value("name")
        prefix = try row.value("prefix")
        scopes = try row.value("scopes")
        createdAt = try row.value("created_at")
        createdBy = try row.value("created_by")
        expiresAt = try row.value("expires_at")
        revokedAt = try row.value("revoked_at")
        lastUsedAt = try row.value("last_used_at")
    }
}

package struct TenantUser: Sendable {
    package let id: UserID
    package let email: String
    package let name: String
    package let role: Role
    package let isActive: Bool
    package let createdAt: Timestamp
    package let createdBy: String?
    package let lastSignInAt: Timestamp?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        guard let role = Role(rawValue: try row.value("role")) else {
            throw .decoding("a role that this program does not know")
        }
        self.role = role
        id = try row.value("id")
        email = try row.value("email")
        name = try row.value("name")
        isActive = try row.value("status", as: String.self) == "active"
        createdAt = try row.value("created_at")
        createdBy = try row.value("created_by")
        lastSignInAt = try row.value("last_sign_in_at")
    }
}
