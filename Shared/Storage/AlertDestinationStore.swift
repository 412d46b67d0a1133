internal import Crypto
package import Models
package import Postgres
package import Runtime

/// Destinations of one owner: a business, or the platform. As the platform's role, because what goes out to them stands in
/// `notifications`; every statement names the owner.
package struct AlertDestinationStore: Sendable {
    package static let destinationsMax = 20
    package static let proofValidFor = Duration.seconds(24 * 3_600)
    private static let tokenBytesCount = 32

    package enum Address: Sendable {
        case email(String)
        /// A business's own webhook; sealed here.
        case slack(Secret)
    }

    package enum Creation: Sendable {
        case created(AlertDestination)
        case tooMany
        case known
    }

    private let database: Database
    private let secrets: SecretStore
    private let ids: IDSource
    /// Nil: the platform.
    private let owner: TenantID?

    package init(_ database: Database, _ secrets: SecretStore, ids: IDSource, of owner: TenantID?) {
        self.database = database
        self.secrets = secrets
        self.ids = ids
        self.owner = owner
    }

    private var isOwn: SQL { "tenant_id IS NOT DISTINCT FROM \(owner as TenantID?)" }

    /// In the order they were made; there are `destinationsMax` at most.
    package func list() async throws -> [AlertDestination] {
        try await database.rows("SELECT \(AlertDestination.columns) FROM alert_destinations WHERE \(isOwn) ORDER BY id")
            .map { try AlertDestination($0) }
    }

    package func destination(_ id: AlertDestinationID) async throws -> AlertDestination? {
        try await database.rows(one(id)).first.map { try AlertDestination($0) }
    }

    /// - Parameters:
    ///   - provenEmail: an address that the person who asks has proven to be theirs; needs no mail to prove it again.
    ///   - proof: the mail with the token in it, for any other.
    package func create(
        _ address: Address, _ wishes: AlertWishes, provenEmail: String?, by source: AuditSource,
        proof: @Sendable (Secret) -> (subject: String, body: String)
    ) async throws -> Creation {
        let id = AlertDestinationID(ids.uuid())
        let email: String?
        var sealed: Bytes?
        switch address {
        case .email(let text): email = text
        case .slack(let url):
            email = nil
            sealed = Bytes(try await seal(url, for: id))
        }
        let isProven = email == nil || email == provenEmail
        let token = Secret(Base64URL.encode(randomBytes(Self.tokenBytesCount)))
        let mail = isProven ? nil : email.map { proofMail(to: $0, token, proof(token)) }
        let entry = audit("created", id, source)
        return try await database.transaction { [self, sealed] connection in
            _ = try connection.rows("SELECT pg_advisory_xact_lock(hashtext(\("alert destinations of \(owner?.description ?? "")")))")
            let count = try connection.rows("SELECT count(*) AS made FROM alert_destinations WHERE \(isOwn)")
            if try count.first?.value("made", as: Int.self) ?? 0 >= Self.destinationsMax { return .tooMany }
            let made = try connection.execute(
                """
                INSERT INTO alert_destinations
                    (id, tenant_id, channel, address, url_sealed, verified_at, verify_hash, verify_until, created_by)
                VALUES (\(id), \(owner as TenantID?), \(email == nil ? "slack" : "email"), \(email as String?), \(sealed as Bytes?),
                        CASE WHEN \(isProven) THEN now() END, CASE WHEN NOT \(isProven) THEN \(Self.hash(token)) END,
                        CASE WHEN NOT \(isProven) THEN now() + \(Self.proofValidFor.microseconds) * interval '1 microsecond' END,
                        \(source.actor.name))
                ON CONFLICT DO NOTHING
                """)
            if made == 0 { return .known }
            _ = try connection.pipeline([setting(wishes, of: id), entry] + (mail.map { [$0] } ?? []))
            guard let row = try connection.rows(one(id)).first else {
                throw DatabaseError.decoding("a destination that was made is not there")
            }
            return .created(try AlertDestination(row))
        }
    }

    /// - Returns: nil when there is no such destination.
    package func change(
        _ id: AlertDestinationID, to wishes: AlertWishes, by source: AuditSource
    ) async throws -> AlertDestination? {
        let entry = audit("changed", id, source)
        return try await database.transaction { [self] connection in
            guard try connection.execute(setting(wishes, of: id)) == 1 else { return nil }
            _ = try connection.execute(entry)
            return try connection.rows(one(id)).first.map { try AlertDestination($0) }
        }
    }

    /// With what still waits to be told there.
    ///
    /// - Returns: whether there was one.
    package func delete(_ id: AlertDestinationID, by source: AuditSource) async throws -> Bool {
        let entry = audit("deleted", id, source)
        return try await database.transaction { [self] connection in
            try connection.execute(
                """
                UPDATE notifications SET state = 'dropped', result = 'its destination was deleted', body = ''
                WHERE destination_id = \(id) AND state IN ('due', 'sending')
                  AND EXISTS (SELECT FROM alert_destinations WHERE id = \(id) AND \(isOwn))
                """)
            guard try connection.execute("DELETE FROM alert_destinations WHERE id = \(id) AND \(isOwn)") == 1 else { return false }
            try connection.execute(entry)
            return true
        }
    }

    /// Writes a test, or to an address that is not proven yet the mail that proves it; once a minute and five minutes.
    ///
    /// - Returns: nil when there is no such destination.
    package func test(
        _ id: AlertDestinationID, subject: String, body: String, by source: AuditSource,
        proof: @Sendable (Secret) -> (subject: String, body: String)
    ) async throws -> AlertDestination? {
        guard let destination = try await destination(id) else { return nil }
        var statements = [audit("tested", id, source)]
        if destination.isVerified {
            statements.append(
                """
                INSERT INTO notifications
                    (id, dedupe_key, channel, destination, destination_id, tenant_id, subject, body, due_at, created_at)
                SELECT gen_random_uuid(), 'test:' || d.id || to_char(now(), ':YYYYMMDDHH24MI'), d.channel,
                       coalesce(d.address, d.id::text), d.id, d.tenant_id, \(subject), \(body), now(), now()
                FROM alert_destinations d WHERE d.id = \(id) AND \(isOwn)
                ON CONFLICT (dedupe_key) DO NOTHING
                """)
        } else if let email = destination.address {
            let token = Secret(Base64URL.encode(randomBytes(Self.tokenBytesCount)))
            statements += [
                """
                UPDATE alert_destinations
                SET verify_hash = \(Self.hash(token)),
                    verify_until = now() + \(Self.proofValidFor.microseconds) * interval '1 microsecond'
                WHERE id = \(id) AND \(isOwn) AND verified_at IS NULL
                  AND NOT EXISTS (SELECT FROM notifications WHERE dedupe_key = \(proofKey(of: email)))
                """,
                proofMail(to: email, token, proof(token)),
            ]
        }
        try await database.transaction { [statements] connection in _ = try connection.pipeline(statements) }
        return destination
    }

    // MARK: Proof of an address

    /// Whose address a token stands for while it is good; it is not used up by looking.
    package static func address(ofProof token: String, in database: Database) async throws -> String? {
        try await database.rows(
            "SELECT address FROM alert_destinations WHERE verify_hash = \(hash(Secret(token))) AND verify_until > now()"
        ).first?.value("address", as: String?.self)
    }

    /// - Returns: whether the address is proven by it now.
    package static func prove(_ token: String, in database: Database) async throws -> Bool {
        try await database.execute(
            """
            UPDATE alert_destinations SET verified_at = now(), verify_hash = NULL, verify_until = NULL
            WHERE verify_hash = \(hash(Secret(token))) AND verify_until > now()
            """) == 1
    }

    private func proofMail(to email: String, _ token: Secret, _ mail: (subject: String, body: String)) -> SQL {
        """
        INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
        VALUES (gen_random_uuid(), \(proofKey(of: email)), 'email', \(email), \(mail.subject), \(mail.body), now(), now())
        ON CONFLICT (dedupe_key) DO NOTHING
        """
    }

    /// Nobody gets such mails all the time, whoever asks for them.
    private func proofKey(of email: String) -> SQL {
        """
        'destination-proof:' || \(owner?.description ?? "platform") || ':' || \(email) || ':'
            || floor(extract(epoch FROM now()) / 300)
        """
    }

    private static func hash(_ token: Secret) -> Bytes { Bytes(SHA256.hash(token.reveal())) }

    // MARK: Pieces

    private func one(_ id: AlertDestinationID) -> SQL {
        "SELECT \(AlertDestination.columns) FROM alert_destinations WHERE id = \(id) AND \(isOwn)"
    }

    private func setting(_ wishes: AlertWishes, of id: AlertDestinationID) -> SQL {
        let quiet = wishes.quietHours
        return """
            UPDATE alert_destinations
            SET label = \(wishes.label), severity_min = \(wishes.severityMin.rawValue), codes = \(wishes.codes),
                is_second_line = \(wishes.isSecondLine), time_zone = \(wishes.timeZone),
                quiet_from = '00:00'::time + \(quiet.map { Int32($0.from) } as Int32?) * interval '1 minute',
                quiet_to = '00:00'::time + \(quiet.map { Int32($0.to) } as Int32?) * interval '1 minute',
                wants_digest = \(wishes.wantsDigest), wants_retry_report = \(wishes.wantsRetryReport), is_on = \(wishes.isOn),
                updated_at = now()
            WHERE id = \(id) AND \(isOwn)
            """
    }

    package func isTimeZone(_ name: String) async throws -> Bool {
        try await !database.rows("SELECT 1 FROM pg_timezone_names WHERE name = \(name)").isEmpty
    }

    private func seal(_ url: Secret, for id: AlertDestinationID) async throws -> [UInt8] {
        guard let owner, let key = try await secrets.sealedDataKey(of: owner, in: database) else {
            throw DatabaseError.decoding("the platform has no secrets in this table")
        }
        return try secrets.seal(url, for: .slackWebhook(id), tenantID: owner, sealedDataKey: key)
    }

    private func audit(_ what: String, _ id: AlertDestinationID, _ source: AuditSource) -> SQL {
        source.entry("alert_destination.\(what)", "alert destination \(id)", of: owner, id: ids.uuid())
    }
}
