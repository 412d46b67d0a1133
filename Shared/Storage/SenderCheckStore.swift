package import Models
package import Postgres
package import Runtime

/// A sender whose time for a check has come, its token opened.
package struct DueSenderCheck: Sendable {
    package let tenantID: TenantID
    package let senderID: SenderID
    package let provider: Provider
    package let phoneNumberID: String
    package let accountID: String
    package let messagingServiceID: String?
    package let accessToken: Secret
}

/// Regular checks of senders: whose turn it is, and what they found. Platform role.
package struct SenderCheckStore: Sendable {
    /// More in a row are not counted.
    static let checksFailedMax: Int16 = 1_000

    private let database: Database
    private let secrets: SecretStore

    package init(_ database: Database, _ secrets: SecretStore) {
        self.database = database
        self.secrets = secrets
    }

    /// Takes senders that are due and puts their next check off, so that copies never ask twice and whoever dies leaves
    /// them to their next time.
    ///
    /// - Returns: those whose token opens, and how many do not.
    package func take(
        max: Int, nextIn interval: Duration
    ) async throws(DatabaseError) -> (due: [DueSenderCheck], unopened: Int) {
        let rows = try await database.rows(
            """
            UPDATE senders s SET check_due_at = now() + \(interval.microseconds) * interval '1 microsecond'
            FROM (
                SELECT d.tenant_id, d.id, t.data_key_sealed FROM senders d JOIN tenants t ON t.id = d.tenant_id
                WHERE d.status <> 'disabled' AND d.check_due_at <= now() AND t.status = 'active'
                ORDER BY d.check_due_at LIMIT \(max) FOR UPDATE OF d SKIP LOCKED
            ) AS due
            WHERE s.tenant_id = due.tenant_id AND s.id = due.id
            RETURNING s.tenant_id, s.id, s.provider, s.phone_number_id, s.waba_id, s.messaging_service_id,
                      s.access_token_sealed, due.data_key_sealed
            """)
        var due: [DueSenderCheck] = []
        var unopened = 0
        for row in rows {
            let tenantID: TenantID = try row.value("tenant_id")
            let senderID: SenderID = try row.value("id")
            guard let provider = Provider(rawValue: try row.value("provider")) else { continue }
            let sealed = try row.value("access_token_sealed", as: Bytes.self).bytes
            let dataKey = try row.value("data_key_sealed", as: Bytes.self).bytes
            guard
                let token = try? secrets.open(
                    sealed, for: .accessToken(senderID), tenantID: tenantID, sealedDataKey: dataKey)
            else {
                unopened += 1
                continue
            }
            due.append(
                DueSenderCheck(
                    tenantID: tenantID, senderID: senderID, provider: provider,
                    phoneNumberID: try row.value("phone_number_id"), accountID: try row.value("waba_id"),
                    messagingServiceID: try row.value("messaging_service_id"), accessToken: token))
        }
        return (due, unopened)
    }

    /// - Returns: whether others should forget what they remember of the sender: its limit has changed.
    package func record(_ report: SenderReport, of sender: DueSenderCheck, nextIn interval: Duration) async throws(DatabaseError)
        -> Bool
    {
        try await database.transaction { connection in
            _ = try connection.execute(Self.note(report, of: sender.senderID, sender.tenantID, nextIn: interval))
            guard let tier = report.tier else { return false }
            return try connection.execute(Self.note(tier, of: sender.senderID, sender.tenantID)) > 0
        }
    }

    package func record(_ trouble: SenderTrouble, of sender: DueSenderCheck) async throws(DatabaseError) {
        _ = try await database.execute(Self.note(trouble, of: sender.senderID, sender.tenantID))
    }

    /// Nobody knows whether the sender works: the provider did not answer.
    package func recordNoAnswer(of sender: DueSenderCheck) async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE senders SET checks_failed = least(checks_failed + 1, \(Self.checksFailedMax))
            WHERE tenant_id = \(sender.tenantID) AND id = \(sender.senderID)
            """)
    }

    /// The same for a check that a tenant asked for. Service role.
    package static func record(
        _ outcome: Result<SenderReport, SenderTrouble>, of senderID: SenderID, _ tenantID: TenantID,
        nextIn interval: Duration, audit: AuditEntry, in database: Database
    ) async throws(DatabaseError) {
        var statements: [SQL] = [.actFor(tenantID)]
        switch outcome {
        case .success(let report):
            statements.append(note(report, of: senderID, tenantID, nextIn: interval))
            if let tier = report.tier { statements.append(note(tier, of: senderID, tenantID)) }
        case .failure(let trouble):
            statements.append(note(trouble, of: senderID, tenantID))
        }
        statements.append(audit.insert)
        _ = try await database.pipeline(statements)
    }

    // MARK: Statements

    static func note(_ report: SenderReport, of senderID: SenderID, _ tenantID: TenantID, nextIn interval: Duration) -> SQL {
        let hasToken = report.token != nil
        return """
            UPDATE senders SET
                verified_at = now(), verification_problem = NULL,
                check_due_at = now() + \(interval.microseconds) * interval '1 microsecond',
                display_phone_number = coalesce(\(report.displayPhoneNumber as String?), display_phone_number),
                verified_name = coalesce(\(report.verifiedName as String?), verified_name),
                provider_status = coalesce(\(report.status as String?), provider_status),
                quality_rating = coalesce(\(report.qualityRating as String?), quality_rating),
                messaging_limit = coalesce(\(report.messagingLimit as String?), messaging_limit),
                throughput = coalesce(\(report.throughput as String?), throughput),
                can_send = coalesce(\(report.canSend as String?), can_send), checks_failed = 0,
                token_checked_at = CASE WHEN \(hasToken) THEN now() ELSE token_checked_at END,
                token_expires_at = CASE WHEN \(hasToken) THEN \(report.token?.expiresAt as Timestamp?)
                    ELSE token_expires_at END,
                token_scopes = CASE WHEN \(hasToken) THEN \(report.token?.scopes as [String]?) ELSE token_scopes END
            WHERE tenant_id = \(tenantID) AND id = \(senderID)
            """
    }

    static func note(_ trouble: SenderTrouble, of senderID: SenderID, _ tenantID: TenantID) -> SQL {
        """
        UPDATE senders SET verification_problem = \(trouble.rawValue),
            checks_failed = least(checks_failed + 1, \(checksFailedMax)),
            token_checked_at = CASE WHEN \(trouble == .tokenInvalid) THEN now() ELSE token_checked_at END
        WHERE tenant_id = \(tenantID) AND id = \(senderID)
        """
    }

    /// The limit of the sender's portfolio, for all who share it.
    static func note(_ tier: MessagingTier, of senderID: SenderID, _ tenantID: TenantID) -> SQL {
        """
        INSERT INTO portfolios AS p (id, recipients_max, updated_at)
        SELECT portfolio_of(s.portfolio_id, s.waba_id),
               \(tier.recipientsMax.map { Int32(clamping: $0) } as Int32?), now()
        FROM senders s WHERE s.tenant_id = \(tenantID) AND s.id = \(senderID)
        ON CONFLICT (id) DO UPDATE SET recipients_max = excluded.recipients_max, updated_at = now()
        WHERE p.recipients_max IS DISTINCT FROM excluded.recipients_max
        """
    }
}
