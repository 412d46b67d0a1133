internal import Crypto
package import Models
package import Postgres
package import Runtime

/// People's sessions, sign-in links, and the record of what they looked at. Platform role.
package struct SessionStore: Sendable {
    private static let tokenBytesCount = 32
    /// Links that one address gets in five minutes.
    package static let linksMax = 3

    let database: Database
    let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// - Returns: whose key it is, unless the key is revoked or over, or the tenant suspended.
    package func holder(ofKey key: String) async throws(DatabaseError) -> KeyHolder? {
        let rows = try await database.rows(
            """
            SELECT tenant_id, key_id, scopes FROM authenticate_api_key(\(Bytes(SHA256.hash(key))))
            WHERE tenant_status = 'active'
            """
        )
        return try Connection.decoded { try rows.first.map { try KeyHolder($0) } }
    }

    // MARK: Sessions

    /// - Returns: the token for the cookie; only its hash is stored.
    package func begin(_ who: SignedIn, lifetime: Duration, from address: String) async throws(DatabaseError)
        -> Secret
    {
        let token = Self.makeToken()
        var statements = [
            Self.session(token, who, lifetime),
            AuditSource(who.actor, address: address)
                .entry("session.begun", nil, of: who.tenantID, id: ids.uuid()),
        ]
        if case .user(let member) = who {
            statements.append(
                """
                UPDATE users SET last_sign_in_at = now()
                WHERE tenant_id = \(member.tenantID) AND id = \(member.userID)
                """)
        }
        _ = try await database.pipeline(statements)
        return token
    }

    private static func session(_ token: Secret, _ who: SignedIn, _ lifetime: Duration) -> SQL {
        let (email, userID, keyID): (String?, UserID?, APIKeyID?) =
            switch who {
            case .founder(let email): (email, nil, nil)
            case .user(let member): (nil, member.userID, nil)
            case .key(let holder): (nil, nil, holder.keyID)
            }
        return """
            INSERT INTO sessions (token_hash, email, tenant_id, user_id, key_id, created_at, last_seen_at, expires_at)
            VALUES (\(hash(token.reveal())), \(email as String?), \(who.tenantID as TenantID?), \(userID as UserID?),
                    \(keyID as APIKeyID?), now(), now(), now() + \(lifetime.microseconds) * interval '1 microsecond')
            """
    }

    /// Nil for a token that is unknown or over, and when its tenant was suspended, its user disabled or its key revoked
    /// meanwhile. The name is the business's, or the founder's address.
    package func session(_ token: String) async throws(DatabaseError) -> (who: SignedIn, name: String)? {
        let rows = try await database.rows(
            """
            SELECT s.email, s.tenant_id, s.user_id, s.key_id, t.name, u.email AS user_email, u.role, k.scopes,
                   s.last_seen_at IS NULL OR s.last_seen_at < now() - interval '1 minute' AS is_long_ago
            FROM sessions s
            LEFT JOIN tenants t ON t.id = s.tenant_id
            LEFT JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
            LEFT JOIN api_keys k ON k.tenant_id = s.tenant_id AND k.id = s.key_id
            WHERE s.token_hash = \(Self.hash(token)) AND s.expires_at > now()
              AND (s.tenant_id IS NULL OR t.status = 'active')
              AND (s.user_id IS NULL OR u.status = 'active')
              AND (s.key_id IS NULL OR k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()))
            """
        )
        guard let row = rows.first else { return nil }
        if try row.value("is_long_ago") {
            try await database.execute(
                "UPDATE sessions SET last_seen_at = now() WHERE token_hash = \(Self.hash(token))")
        }
        return try Connection.decoded {
            if let email = try row.value("email", as: String?.self) { return (.founder(email: email), email) }
            let isUser = try row.value("user_id", as: UserID?.self) != nil
            return (isUser ? .user(try Member(row)) : .key(try KeyHolder(row)), try row.value("name"))
        }
    }

    package func end(_ token: String) async throws(DatabaseError) {
        _ = try await database.execute("DELETE FROM sessions WHERE token_hash = \(Self.hash(token))")
    }

    /// Ends every session of this person, in all their businesses and as a founder; of a key, those of the key.
    ///
    /// - Returns: how many there were.
    package func endAll(of who: SignedIn, from address: String) async throws(DatabaseError) -> Int {
        let ended: SQL =
            switch who {
            case .founder(let email): Self.end(ofAddress: email)
            case .user(let member): Self.end(ofAddress: member.email)
            case .key(let holder):
                "DELETE FROM sessions WHERE tenant_id = \(holder.tenantID) AND key_id = \(holder.keyID)"
            }
        let entry = AuditSource(who.actor, address: address)
            .entry("session.ended_everywhere", nil, of: who.tenantID, id: ids.uuid())
        return try await database.transaction { connection in
            let count = try connection.execute(ended)
            try connection.execute(entry)
            return count
        }
    }

    private static func end(ofAddress email: String) -> SQL {
        """
        DELETE FROM sessions s
        WHERE s.email = \(email)
           OR (s.tenant_id, s.user_id) IN (SELECT u.tenant_id, u.id FROM users u WHERE u.email = \(email))
        """
    }

    // MARK: Links

    /// The businesses an address may be signed in to, by name.
    package func memberships(of email: String) async throws(DatabaseError) -> [Member] {
        let rows = try await database.rows(
            """
            SELECT u.tenant_id, u.id AS user_id, u.email AS user_email, u.role, t.name
            FROM users u JOIN tenants t ON t.id = u.tenant_id
            WHERE u.email = \(email) AND u.status = 'active' AND t.status = 'active'
            ORDER BY t.name, t.id LIMIT 100
            """)
        return try Connection.decoded { try rows.map { try Member($0) } }
    }

    /// Writes a link that works once, and the mail that carries it: alerter sends what is in `notifications`. An address
    /// that asked too often of late gets none.
    ///
    /// - Parameter mail: the mail with the token in it.
    package func sendLink(
        to email: String,
        validFor span: Duration,
        mail: (Secret) -> (subject: String, body: String)
    ) async throws(DatabaseError) {
        let token = Self.makeToken()
        let hash = Self.hash(token.reveal())
        let text = mail(token)
        _ = try await database.execute(
            """
            WITH link AS (
                INSERT INTO sign_in_links (token_hash, email, created_at, expires_at)
                SELECT \(hash), \(email), now(), now() + \(span.microseconds) * interval '1 microsecond'
                WHERE (SELECT count(*) FROM sign_in_links
                       WHERE email = \(email) AND created_at > now() - interval '5 minutes') < \(Self.linksMax)
                RETURNING email
            )
            INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
            SELECT \(ids.uuid()), \("sign-in/" + Hexadecimal.encode(hash.bytes)), 'email', email, \(text.subject),
                   \(text.body), now(), now()
            FROM link
            """
        )
    }

    /// Whose link it is while it still works; it is not used up by looking.
    package func address(ofLink token: String) async throws(DatabaseError) -> String? {
        let rows = try await database.rows(
            """
            SELECT email FROM sign_in_links
            WHERE token_hash = \(Self.hash(token)) AND used_at IS NULL AND expires_at > now()
            """
        )
        return try rows.first?.value("email", as: String.self)
    }

    /// Uses the link up. Of two at once, one gets the address.
    package func useLink(_ token: String) async throws(DatabaseError) -> String? {
        let rows = try await database.rows(
            """
            UPDATE sign_in_links SET used_at = now()
            WHERE token_hash = \(Self.hash(token)) AND used_at IS NULL AND expires_at > now()
            RETURNING email
            """
        )
        return try rows.first?.value("email", as: String.self)
    }

    // MARK: The record

    /// Writes down that somebody looked across tenants, before they see it, or what a founder did in one of them.
    package func record(
        _ source: AuditSource, _ action: String, of tenantID: TenantID? = nil, detail: JSONText = JSONText("{}")
    ) async throws(DatabaseError) {
        _ = try await database.execute(source.entry(action, nil, of: tenantID, id: ids.uuid(), detail: detail))
    }

    /// Sessions and links that are over, and failures that no longer matter.
    package func forgetOld() async throws(DatabaseError) {
        _ = try await database.pipeline([
            "DELETE FROM sessions WHERE expires_at < now()",
            "DELETE FROM sign_in_links WHERE expires_at < now() - interval '1 day'",
            "DELETE FROM sign_in_failures WHERE last_at < now() - interval '1 day'",
        ])
    }

    private static func makeToken() -> Secret { Secret(Base64URL.encode(randomBytes(tokenBytesCount))) }

    private static func hash(_ token: String) -> Bytes { Bytes(SHA256.hash(token)) }
}
