internal import Crypto
package import Models
package import Postgres
package import Runtime

/// Keys of founders' programs. Platform role.
package struct AdminKeyStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// Whose key it is; whether that is still a founder is for the caller to know. Nil for a key that is unknown,
    /// revoked or over.
    package func holder(of key: APIKey) async throws(DatabaseError) -> (id: AdminKeyID, email: String)? {
        let rows = try await database.rows(
            """
            SELECT id, email, last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS is_long_ago
            FROM admin_keys
            WHERE hash = \(Bytes(key.hash)) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            """)
        guard let row = rows.first else { return nil }
        let id: AdminKeyID = try row.value("id")
        if try row.value("is_long_ago") {
            try await database.execute("UPDATE admin_keys SET last_used_at = now() WHERE id = \(id)")
        }
        return (id, try row.value("email"))
    }

    /// Newest first, revoked ones too.
    package func keys(after: AdminKeyID?, max: Int) async throws(DatabaseError) -> [AdminKey] {
        let rows = try await database.rows(
            """
            SELECT \(Self.columns) FROM admin_keys
            WHERE \(after as AdminKeyID?) IS NULL OR id < \(after as AdminKeyID?) ORDER BY id DESC LIMIT \(max)
            """)
        return try Connection.decoded { try rows.map { try AdminKey($0) } }
    }

    /// - Parameter email: the founder who answers for the key.
    package func create(
        _ key: APIKey, name: String, email: String, expiresAt: Timestamp?, by source: AuditSource
    ) async throws(DatabaseError) -> AdminKey {
        let id = AdminKeyID(ids.uuid())
        let entry = source.entry("admin_key.created", "admin key \(id)", of: nil, id: ids.uuid())
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                INSERT INTO admin_keys (id, name, prefix, hash, email, expires_at)
                VALUES (\(id), \(name), \(key.prefix), \(Bytes(key.hash)), \(email), \(expiresAt as Timestamp?))
                RETURNING \(Self.columns)
                """)
            guard let row = rows.first else { throw DatabaseError.decoding("a key that was made is not there") }
            try connection.execute(entry)
            return try AdminKey(row)
        }
    }

    /// - Returns: false when there is no such key. Revoking twice is no mistake.
    package func revoke(_ id: AdminKeyID, by source: AuditSource) async throws(DatabaseError) -> Bool {
        let entry = source.entry("admin_key.revoked", "admin key \(id)", of: nil, id: ids.uuid())
        return try await database.transaction { connection in
            if try connection.execute(
                "UPDATE admin_keys SET revoked_at = now() WHERE id = \(id) AND revoked_at IS NULL") > 0
            {
                try connection.execute(entry)
                return true
            }
            return try !connection.rows("SELECT FROM admin_keys WHERE id = \(id)").isEmpty
        }
    }

    private static let columns: SQL = "id, name, prefix, email, created_at, expires_at, revoked_at, last_used_at"
}

/// A founder's key without what makes it one.
package struct AdminKey: Sendable {
    package let id: AdminKeyID
    package let name: String
    package let prefix: String
    package let email: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?
    package let lastUsedAt: Timestamp?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        name = try row.value("name")
        prefix = try row.value("prefix")
        email = try row.value("email")
        createdAt = try row.value("created_at")
        expiresAt = try row.value("expires_at")
        revokedAt = try row.value("revoked_at")
        lastUsedAt = try row.value("last_used_at")
    }
}
