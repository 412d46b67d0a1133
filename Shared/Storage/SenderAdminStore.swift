package import Models
package import Postgres

/// A tenant's senders, arranged by itself. Service role.
package struct SenderAdminStore: Sendable {
    /// How long an app secret goes on signing after it was replaced.
    package static let appSecretOverlap = Duration.seconds(86_400)

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Newest first.
    package func senders(of tenantID: TenantID, before: SenderID?, max: Int) async throws(DatabaseError) -> [SenderRecord] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(SenderRecord.columns) FROM \(SenderRecord.source)
            WHERE s.tenant_id = \(tenantID) AND (\(before as SenderID?)::uuid IS NULL OR s.id < \(before as SenderID?))
            ORDER BY s.id DESC LIMIT \(max)
            """,
        ])
        var senders: [SenderRecord] = []
        for row in answers.last ?? [] { senders.append(try SenderRecord(row)) }
        return senders
    }

    /// Nil when the tenant has no such sender.
    package func sender(_ id: SenderID, of tenantID: TenantID) async throws(DatabaseError) -> SenderRecord? {
        let answers = try await database.pipeline([.actFor(tenantID), Self.select(id, tenantID)])
        return try answers.last?.first.map { row throws(DatabaseError) in try SenderRecord(row) }
    }

    /// The first sender of a tenant is its default one.
    ///
    /// - Parameter report: what the provider said when it vouched for it.
    /// - Returns: nil when somebody has this number already.
    package func create(
        _ new: NewSender, of tenantID: TenantID, report: SenderReport, checkEvery: Duration, audit: AuditEntry
    ) async throws(DatabaseError) -> SenderRecord? {
        do {
            return try await database.transaction { connection in
                _ = try connection.rows(.actFor(tenantID))
                try PlanLimits.requireSender(of: tenantID, on: connection)
                let hasDefault = try !connection.rows(
                    "SELECT FROM senders WHERE tenant_id = \(tenantID) AND is_default FOR UPDATE").isEmpty
                let isDefault = new.isDefault ?? !hasDefault
                if isDefault { try Self.takeDefault(from: tenantID, on: connection) }
                _ = try connection.execute(Self.insert(new, tenantID, isDefault: isDefault, portfolioID: report.portfolioID))
                _ = try connection.execute(SenderCheckStore.note(report, of: new.id, tenantID, nextIn: checkEvery))
                if let tier = report.tier { _ = try connection.execute(SenderCheckStore.note(tier, of: new.id, tenantID)) }
                _ = try connection.execute(audit.insert)
                return try Self.read(new.id, tenantID, on: connection)
            }
        } catch {
            if case .unique("senders_phone_number_id_key") = error { return nil }
            throw error
        }
    }

    /// - Returns: nil when the tenant has no such sender.
    package func change(
        _ id: SenderID, of tenantID: TenantID, _ change: SenderChange, checkEvery: Duration, audit: AuditEntry
    ) async throws(DatabaseError) -> SenderRecord? {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let found = try connection.rows("SELECT FROM senders WHERE tenant_id = \(tenantID) AND id = \(id) FOR UPDATE")
            if found.isEmpty { return nil }
            if change.isDefault == true { try Self.takeDefault(from: tenantID, on: connection) }
            _ = try connection.execute(Self.update(id, tenantID, change))
            if let report = change.report {
                _ = try connection.execute(SenderCheckStore.note(report, of: id, tenantID, nextIn: checkEvery))
            }
            // Stated by the tenant, or told by the provider, who knows better.
            if let tier = change.report?.tier ?? change.tier {
                _ = try connection.execute(SenderCheckStore.note(tier, of: id, tenantID))
            }
            _ = try connection.execute(audit.insert)
            return try Self.read(id, tenantID, on: connection)
        }
    }

    package enum Removal: Sendable {
        case removed
        case unknown
        /// Messages wait for it.
        case inUse
    }

    package func remove(
        _ id: SenderID, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> Removal {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let found = try connection.rows("SELECT FROM senders WHERE tenant_id = \(tenantID) AND id = \(id) FOR UPDATE")
            if found.isEmpty { return .unknown }
            let waiting = try connection.rows(
                """
                SELECT FROM due_messages d JOIN messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
                WHERE d.tenant_id = \(tenantID) AND m.sender_id = \(id) LIMIT 1
                """)
            if !waiting.isEmpty { return .inUse }
            _ = try connection.execute("DELETE FROM senders WHERE tenant_id = \(tenantID) AND id = \(id)")
            _ = try connection.execute(audit.insert)
            return .removed
        }
    }

    /// Whether others send in the sender's portfolio too.
    package func sharesPortfolio(_ sender: SenderRecord, of tenantID: TenantID) async throws(DatabaseError) -> Bool {
        let rows = try await database.rows(
            "SELECT portfolio_is_shared(\(sender.portfolioID ?? sender.accountID), \(tenantID)) AS is_shared")
        return try rows.first?.value("is_shared") ?? false
    }

    private static func read(_ id: SenderID, _ tenantID: TenantID, on connection: Connection) throws -> SenderRecord? {
        try connection.rows(select(id, tenantID)).first.map { try SenderRecord($0) }
    }

    private static func select(_ id: SenderID, _ tenantID: TenantID) -> SQL {
        """
        SELECT \(SenderRecord.columns) FROM \(SenderRecord.source)
        WHERE s.tenant_id = \(tenantID) AND s.id = \(id)
        """
    }

    private static func takeDefault(from tenantID: TenantID, on connection: Connection) throws {
        _ = try connection.execute("UPDATE senders SET is_default = false WHERE tenant_id = \(tenantID) AND is_default")
    }

    private static func insert(_ new: NewSender, _ tenantID: TenantID, isDefault: Bool, portfolioID: String?) -> SQL {
        """
        INSERT INTO senders (tenant_id, id, name, provider, is_default, display_phone_number, phone_number_id, waba_id,
                             messaging_service_id, portfolio_id, access_token_sealed, app_secret_sealed,
                             verify_token_sealed, messages_per_second, in_flight_max, pair_burst)
        VALUES (\(tenantID), \(new.id), \(new.name), \(new.provider.rawValue), \(isDefault), \(new.displayPhoneNumber),
                \(new.phoneNumberID), \(new.accountID), \(new.messagingServiceID as String?), \(portfolioID as String?),
                \(Bytes(new.accessTokenSealed)), \(new.appSecretSealed.map { Bytes($0) } as Bytes?),
                \(new.verifyTokenSealed.map { Bytes($0) } as Bytes?), \(Int32(new.messagesPerSecond)),
                \(Int32(new.inFlightMax)), \(Int16(new.pairBurst)))
        """
    }

    private static func update(_ id: SenderID, _ tenantID: TenantID, _ change: SenderChange) -> SQL {
        """
        UPDATE senders SET
            name = coalesce(\(change.name as String?), name),
            status = coalesce(\(change.status?.rawValue as String?), status),
            is_default = coalesce(\(change.isDefault as Bool?), is_default),
            messages_per_second = coalesce(\(change.messagesPerSecond.map { Int32($0) } as Int32?), messages_per_second),
            in_flight_max = coalesce(\(change.inFlightMax.map { Int32($0) } as Int32?), in_flight_max),
            pair_burst = coalesce(\(change.pairBurst.map { Int16($0) } as Int16?), pair_burst),
            access_token_sealed = coalesce(\(change.accessTokenSealed.map { Bytes($0) } as Bytes?), access_token_sealed),
            previous_app_secret_sealed = CASE WHEN \(change.appSecret.isKept) THEN previous_app_secret_sealed
                ELSE app_secret_sealed END,
            previous_app_secret_until = CASE WHEN \(change.appSecret.isKept) THEN previous_app_secret_until
                WHEN app_secret_sealed IS NOT NULL
                    THEN now() + \(appSecretOverlap.microseconds) * interval '1 microsecond' END,
            app_secret_sealed = CASE WHEN \(change.appSecret.isKept) THEN app_secret_sealed
                ELSE \(change.appSecret.value as Bytes?) END,
            verify_token_sealed = CASE WHEN \(change.verifyToken.isKept) THEN verify_token_sealed
                ELSE \(change.verifyToken.value as Bytes?) END,
            updated_at = now()
        WHERE tenant_id = \(tenantID) AND id = \(id)
        """
    }
}
