internal import Crypto
package import Models
package import Postgres
package import Runtime

/// Who somebody is, once signed in.
package enum SignedIn: Hashable, Sendable {
    /// A founder, by e-mail address.
    case founder(email: String)
    case tenant(TenantID)
}

/// People's sessions, sign-in links, and the record of what they looked at. Platform role.
package struct SessionStore: Sendable {
    private static let tokenBytesCount = 32

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// - Returns: the tenant whose key it is, unless the key is revoked or the tenant suspended.
    package func tenant(ofKey key: String) async throws(DatabaseError) -> TenantID? {
        let rows = try await database.rows(
            """
            SELECT tenant_id FROM authenticate_api_key(\(Bytes(SHA256.hash(key)))) WHERE tenant_status = 'active'
            """
        )
        return try rows.first?.value("tenant_id", as: TenantID.self)
    }

    /// - Returns: the token for the cookie; only its hash is stored.
    package func begin(_ who: SignedIn, lifetime: Duration, from address: String) async throws(DatabaseError)
        -> Secret
    {
        let token = Self.makeToken()
        let insert: SQL =
            switch who {
            case .founder(let email): Self.session(token, email: email, tenantID: nil, lifetime)
            case .tenant(let tenantID): Self.session(token, email: nil, tenantID: tenantID, lifetime)
            }
        _ = try await database.pipeline([
            insert, audit(who, "sign-in", detail: "{\"address\":\"\(Self.plain(address))\"}"),
        ])
        return token
    }

    private static func session(_ token: Secret, email: String?, tenantID: TenantID?, _ lifetime: Duration)
        -> SQL
    {
        """
        INSERT INTO sessions (token_hash, email, tenant_id, created_at, expires_at)
        VALUES (\(hash(token.reveal())), \(email as String?), \(tenantID as TenantID?), now(),
                now() + \(lifetime.microseconds) * interval '1 microsecond')
        """
    }

    /// Nil for a token that is unknown, over, or whose tenant was suspended meanwhile.
    package func session(_ token: String) async throws(DatabaseError) -> (who: SignedIn, name: String)? {
        let rows = try await database.rows(
            """
            SELECT s.email, s.tenant_id, t.name FROM sessions s LEFT JOIN tenants t ON t.id = s.tenant_id
            WHERE s.token_hash = \(Self.hash(token)) AND s.expires_at > now()
              AND (s.tenant_id IS NULL OR t.status = 'active')
            """
        )
        guard let row = rows.first else { return nil }
        if let email = try row.value("email", as: String?.self) { return (.founder(email: email), email) }
        return (.tenant(try row.value("tenant_id")), try row.value("name"))
    }

    package func end(_ token: String) async throws(DatabaseError) {
        _ = try await database.execute("DELETE FROM sessions WHERE token_hash = \(Self.hash(token))")
    }

    /// Writes a link that works once, and the mail that carries it: alerter sends what is in `notifications`.
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
        _ = try await database.pipeline([
            """
            INSERT INTO sign_in_links (token_hash, email, created_at, expires_at)
            VALUES (\(hash), \(email), now(), now() + \(span.microseconds) * interval '1 microsecond')
            """,
            """
            INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
            VALUES (\(ids.uuid()), \("sign-in/" + Hexadecimal.encode(hash.bytes)), 'email', \(email), \(text.subject),
                    \(text.body), now(), now())
            """,
        ])
    }

    /// Whether the link would still work; it is not used up by looking.
    package func isLinkUsable(_ token: String) async throws(DatabaseError) -> Bool {
        try await !database.rows(
            """
            SELECT 1 FROM sign_in_links
            WHERE token_hash = \(Self.hash(token)) AND used_at IS NULL AND expires_at > now()
            """
        ).isEmpty
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

    /// Writes down that somebody looked across tenants, before they see it.
    package func record(_ who: SignedIn, _ action: String, detail: JSONText) async throws(DatabaseError) {
        _ = try await database.pipeline([audit(who, action, detail: detail.text)])
    }

    /// Sessions and links that are over.
    package func forgetOld() async throws(DatabaseError) {
        _ = try await database.pipeline([
            "DELETE FROM sessions WHERE expires_at < now()",
            "DELETE FROM sign_in_links WHERE expires_at < now() - interval '1 day'",
        ])
    }

    private func audit(_ who: SignedIn, _ action: String, detail: String) -> SQL {
        let (actor, tenantID): (String, TenantID?) =
            switch who {
            case .founder(let email): (email, nil)
            case .tenant(let tenantID): ("api key", tenantID)
            }
        return """
            INSERT INTO audit_log (id, at, tenant_id, actor, action, detail)
            VALUES (\(ids.uuid()), now(), \(tenantID as TenantID?), \(actor), \(action), \(JSONText(detail)))
            """
    }

    private static func makeToken() -> Secret { Secret(Base64URL.encode(randomBytes(tokenBytesCount))) }

    private static func hash(_ token: String) -> Bytes { Bytes(SHA256.hash(token)) }

    /// An IP address as we write it has no character that JSON would mind.
    private static func plain(_ address: String) -> String {
        address.filter { $0.isHexDigit || $0 == "." || $0 == ":" }
    }
}
