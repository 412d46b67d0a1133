package import Models
package import Postgres

/// An API key without what makes it one.
package struct KeyRecord: Sendable {
    package let id: APIKeyID
    package let name: String
    package let prefix: String
    package let access: Access
    package let createdAt: Timestamp
    package let createdBy: String?
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?
    package let lastUsedAt: Timestamp?
    /// The key that takes this one's place.
    package let replacedBy: APIKeyID?

    fileprivate static let columns: SQL = """
        id, name, prefix, scopes, created_at, created_by, expires_at, revoked_at, last_used_at, replaced_by
        """

    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        name = try row.value("name")
        prefix = try row.value("prefix")
        access = Access(words: try row.value("scopes", as: [String].self))
        createdAt = try row.value("created_at")
        createdBy = try row.value("created_by")
        expiresAt = try row.value("expires_at")
        revokedAt = try row.value("revoked_at")
        lastUsedAt = try row.value("last_used_at")
        replacedBy = try row.value("replaced_by")
    }
}

/// A tenant's own keys. Service role.
package struct KeyStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Newest first, those that are over too.
    package func keys(of tenantID: TenantID, before: APIKeyID?, max: Int) async throws(DatabaseError) -> [KeyRecord] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(KeyRecord.columns) FROM api_keys
            WHERE tenant_id = \(tenantID) AND (\(before as APIKeyID?)::uuid IS NULL OR id < \(before as APIKeyID?))
            ORDER BY id DESC LIMIT \(max)
            """,
        ])
        var keys: [KeyRecord] = []
        for row in answers.last ?? [] { keys.append(try KeyRecord(row)) }
        return keys
    }

    /// Nil when the tenant has no such key.
    package func key(_ id: APIKeyID, of tenantID: TenantID) async throws(DatabaseError) -> KeyRecord? {
        let answers = try await database.pipeline([.actFor(tenantID), Self.select(id, tenantID)])
        return try answers.last?.first.map { row throws(DatabaseError) in try KeyRecord(row) }
    }

    package func create(
        _ key: APIKey, id: APIKeyID, name: String, access: Access, expiresAt: Timestamp?, of tenantID: TenantID,
        audit: AuditEntry
    ) async throws(DatabaseError) -> KeyRecord? {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            try PlanLimits.requireKey(of: tenantID, on: connection)
            _ = try connection.execute(
                Self.insert(key, id, name, access, expiresAt, tenantID, createdBy: audit.actor.name))
            _ = try connection.execute(audit.insert)
            return try connection.rows(Self.select(id, tenantID)).first.map { try KeyRecord($0) }
        }
    }

    /// A key with the same name and scopes; the old one works for as long as both are to.
    ///
    /// - Returns: nil when the tenant has no such key, or it does not work any more.
    package func rotate(
        _ old: APIKeyID, to key: APIKey, id: APIKeyID, overlap: Duration, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> KeyRecord? {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let changed = try connection.rows(
                """
                UPDATE api_keys
                SET replaced_by = \(id),
                    expires_at = least(expires_at, now() + \(overlap.microseconds) * interval '1 microsecond')
                WHERE tenant_id = \(tenantID) AND id = \(old) AND revoked_at IS NULL AND replaced_by IS NULL
                  AND (expires_at IS NULL OR expires_at > now())
                RETURNING name, scopes
                """)
            guard let row = changed.first else { return nil }
            _ = try connection.execute(
                Self.insert(
                    key, id, try row.value("name"), Access(words: try row.value("scopes", as: [String].self)), nil, tenantID,
                    createdBy: audit.actor.name))
            _ = try connection.execute(audit.insert)
            return try connection.rows(Self.select(id, tenantID)).first.map { try KeyRecord($0) }
        }
    }

    package func rename(
        _ id: APIKeyID, to name: String, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> KeyRecord? {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let changed = try connection.execute(
                "UPDATE api_keys SET name = \(name) WHERE tenant_id = \(tenantID) AND id = \(id)")
            if changed == 0 { return nil }
            _ = try connection.execute(audit.insert)
            return try connection.rows(Self.select(id, tenantID)).first.map { try KeyRecord($0) }
        }
    }

    /// Revoking twice is no mistake.
    ///
    /// - Returns: false when the tenant has no such key.
    package func revoke(_ id: APIKeyID, of tenantID: TenantID, audit: AuditEntry) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let changed = try connection.execute(
                """
                UPDATE api_keys SET revoked_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id) AND revoked_at IS NULL
                """)
            if changed > 0 {
                _ = try connection.execute(audit.insert)
                return true
            }
            return try !connection.rows(Self.select(id, tenantID)).isEmpty
        }
    }

    /// When keys were used last, many at once.
    package func note(_ uses: [KeyUse]) async throws(DatabaseError) {
        if uses.isEmpty { return }
        _ = try await database.pipeline([
            .actFor(uses.map(\.tenantID)),
            """
            UPDATE api_keys k SET last_used_at = u.at
            FROM unnest(\(uses.map(\.tenantID)), \(uses.map(\.keyID)), \(uses.map(\.at))) AS u (tenant_id, id, at)
            WHERE k.tenant_id = u.tenant_id AND k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)
            """,
        ])
    }

    private static func select(_ id: APIKeyID, _ tenantID: TenantID) -> SQL {
        "SELECT \(KeyRecord.columns) FROM api_keys WHERE tenant_id = \(tenantID) AND id = \(id)"
    }

    private static func insert(
        _ key: APIKey, _ id: APIKeyID, _ name: String, _ access: Access, _ expiresAt: Timestamp?, _ tenantID: TenantID,
        createdBy: String
    ) -> SQL {
        """
        INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, expires_at, created_by)
        VALUES (\(tenantID), \(id), \(name), \(key.prefix), \(Bytes(key.hash)),
                \(access.scopes.map(\.text).sorted()), \(expiresAt as Timestamp?), \(createdBy))
        """
    }
}

package struct KeyUse: Sendable {
    package let tenantID: TenantID
    package let keyID: APIKeyID
    package let at: Timestamp

    package init(tenantID: TenantID, keyID: APIKeyID, at: Timestamp) {
        self.tenantID = tenantID
        self.keyID = keyID
        self.at = at
    }
}
