package import Models
package import Postgres
package import Runtime

/// The businesses of the platform, for founders: taking them on, looking at them, changing what is the platform's to
/// change. Platform role.
package struct TenantAdminStore: Sendable {
    let database: Database
    let ids: IDSource
    private let secrets: SecretStore

    package init(_ database: Database, _ secrets: SecretStore, ids: IDSource) {
        self.database = database
        self.secrets = secrets
        self.ids = ids
    }

    // MARK: Looking

    /// Newest first. Deleted ones are shown to whoever asks for that status.
    package func tenants(
        _ filter: AdministeredTenantFilter, after: TenantID?, max: Int
    ) async throws(DatabaseError) -> [AdministeredTenant] {
        let rows = try await database.rows(
            """
            SELECT \(Self.columns) FROM tenants t
            WHERE (\(filter.status?.rawValue as String?) IS NULL AND t.status <> 'deleted'
                   OR t.status = \(filter.status?.rawValue as String?))
              AND (\(filter.plan as String?) IS NULL OR t.plan = \(filter.plan as String?))
              AND (\(filter.text as String?) IS NULL OR position(lower(\(filter.text as String?)) IN lower(t.name)) > 0
                   OR position(lower(\(filter.text as String?)) IN t.slug) > 0)
              AND (\(after as TenantID?) IS NULL OR t.id < \(after as TenantID?))
            ORDER BY t.id DESC LIMIT \(max)
            """)
        return try Connection.decoded { try rows.map { try AdministeredTenant($0) } }
    }

    package func tenant(_ id: TenantID) async throws(DatabaseError) -> AdministeredTenant? {
        let rows = try await database.rows("SELECT \(Self.columns) FROM tenants t WHERE t.id = \(id)")
        return try Connection.decoded { try rows.first.map { try AdministeredTenant($0) } }
    }

    /// What a tenant has of what its plan limits. Contacts are counted where they are limited.
    package func usage(of id: TenantID) async throws(DatabaseError) -> [PlanLimit: Int] {
        let rows = try await database.rows(
            """
            SELECT (SELECT count(*) FROM senders WHERE tenant_id = t.id) AS senders_max,
                   (SELECT count(*) FROM templates WHERE tenant_id = t.id AND status <> 'DELETED') AS templates_max,
                   (SELECT count(*) FROM users WHERE tenant_id = t.id) AS users_max,
                   (SELECT count(*) FROM api_keys WHERE tenant_id = t.id AND revoked_at IS NULL
                        AND (expires_at IS NULL OR expires_at > now())) AS keys_max
            FROM tenants t WHERE t.id = \(id)
            """)
        guard let row = rows.first else { return [:] }
        var usage: [PlanLimit: Int] = [:]
        for limit in [PlanLimit.senders, .templates, .users, .keys] {
            usage[limit] = try row.value(limit.rawValue, as: Int.self)
        }
        return usage
    }

    // MARK: Taking on and changing

    /// A tenant with its first key and, where an address is given, its first owner: all or nothing.
    package func create(
        _ new: NewTenant, by source: AuditSource
    ) async throws(DatabaseError) -> TenantCreation {
        let (secrets, entryID, notificationID) = (secrets, ids.uuid(), ids.uuid())
        do {
            return try await database.transaction { connection in
                let rows = try connection.rows(
                    """
                    INSERT INTO tenants AS t (id, slug, name, plan, default_region, time_zone, currency, daily_quota,
                                              data_key_sealed)
                    VALUES (\(new.id), \(new.slug), \(new.name), \(new.plan), \(new.defaultRegion as String?),
                            \(new.timeZone), \(new.currency), \(new.dailyQuota.map { Int32(clamping: $0) } as Int32?),
                            \(Bytes(secrets.makeSealedDataKey(for: new.id))))
                    RETURNING \(Self.columns)
                    """)
                guard let row = rows.first else { throw DatabaseError.decoding("a tenant that was made is not there") }
                let key = try TenantAccessStore.insert(new.key, of: new.id, by: source, on: connection)
                var owner: TenantUser?
                if let person = new.owner {
                    owner = try TenantAccessStore.insert(person, of: new.id, by: source, on: connection)
                    if let mail = new.invitation {
                        try connection.execute(Self.invite(person, mail, notificationID))
                    }
                }
                try connection.execute(
                    source.entry("tenant.created", "tenant \(new.id)", of: new.id, id: entryID))
                return .created(try AdministeredTenant(row), key: key, owner: owner)
            }
        } catch {
            if let refusal = TenantRefusal(error) { return .refused(refusal) }
            throw error
        }
    }

    static func invite(_ user: NewTenantUser, _ mail: InvitationMail, _ id: UUIDValue) -> SQL {
        """
        INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
        VALUES (\(id), \("invitation/\(user.id)"), 'email', \(user.email.text), \(mail.subject), \(mail.body), now(), now())
        """
    }

    package func change(
        _ id: TenantID, _ changes: TenantChanges, by source: AuditSource
    ) async throws(DatabaseError) -> TenantChangeOutcome {
        let entry = source.entry(
            "tenant.changed", "tenant \(id)", of: id, id: ids.uuid(), detail: .changed(changes.names))
        do {
            return try await database.transaction { connection in
                let rows = try connection.rows(
                    """
                    UPDATE tenants t
                    SET name = coalesce(\(changes.name as String?), t.name),
                        slug = coalesce(\(changes.slug as String?), t.slug),
                        plan = coalesce(\(changes.plan as String?), t.plan),
                        time_zone = coalesce(\(changes.timeZone as String?), t.time_zone),
                        currency = coalesce(\(changes.currency as String?), t.currency),
                        default_region = CASE WHEN \(changes.defaultRegion != nil)
                            THEN \((changes.defaultRegion ?? nil) as String?) ELSE t.default_region END,
                        daily_quota = CASE WHEN \(changes.dailyQuota != nil)
                            THEN \((changes.dailyQuota ?? nil).map { Int32(clamping: $0) } as Int32?) ELSE t.daily_quota END,
                        updated_at = now()
                    WHERE t.id = \(id) AND t.status <> 'deleted' RETURNING \(Self.columns)
                    """)
                guard let row = rows.first else {
                    return try Self.whyNot(id, on: connection)
                }
                try connection.execute(entry)
                return .done(try AdministeredTenant(row))
            }
        } catch {
            if let refusal = TenantRefusal(error) { return .refused(refusal) }
            throw error
        }
    }

    static func whyNot(_ id: TenantID, on connection: Connection) throws -> TenantChangeOutcome {
        try connection.rows("SELECT FROM tenants WHERE id = \(id)").isEmpty ? .unknown : .refused(.deleted)
    }

    static let columns: SQL = """
        t.id, t.slug, t.name, t.status, t.status_reason, t.status_changed_at, t.plan, t.default_region, t.time_zone,
        t.currency, t.daily_quota, t.created_at, t.updated_at
        """
}

package struct AdministeredTenantFilter: Sendable {
    package var status: TenantStatus?
    package var plan: String?
    /// Anywhere in its name or slug.
    package var text: String?

    package init(status: TenantStatus? = nil, plan: String? = nil, text: String? = nil) {
        self.status = status
        self.plan = plan
        self.text = text
    }
}

package enum TenantStatus: String, CaseIterable, Hashable, Sendable {
    case active, suspended, deleted
}

package struct NewTenant: Sendable {
    package let id: TenantID
    package var slug: String
    package var name: String
    package var plan = "unlimited"
    package var defaultRegion: String?
    package var timeZone = "UTC"
    package var currency = "USD"
    package var dailyQuota: Int?
    package var key: NewTenantKey
    package var owner: NewTenantUser?
    package var invitation: InvitationMail?

    package init(id: TenantID, slug: String, name: String, key: NewTenantKey) {
        self.id = id
        self.slug = slug
        self.name = name
        self.key = key
    }
}

package struct InvitationMail: Sendable {
    package let subject: String
    package let body: String

    package init(subject: String, body: String) {
        self.subject = subject
        self.body = body
    }
}

/// Only what is not nil is changed; a nil inside takes the value away.
package struct TenantChanges: Sendable {
    package var name: String?
    package var slug: String?
    package var plan: String?
    package var timeZone: String?
    package var currency: String?
    package var defaultRegion: String??
    package var dailyQuota: Int??
    /// The fields as the API calls them, for the audit log.
    package var names: [String] = []

    package init() {}
}

/// A business as founders see it.
package struct AdministeredTenant: Sendable {
    package let id: TenantID
    package let slug: String
    package let name: String
    package let status: TenantStatus
    package let statusReason: String?
    package let statusChangedAt: Timestamp?
    package let plan: String
    package let defaultRegion: String?
    package let timeZone: String
    package let currency: String
    package let dailyQuota: Int?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        guard let status = TenantStatus(rawValue: try row.value("status")) else {
            throw .decoding("a tenant's status that this program does not know")
        }
        id = try row.value("id")
        slug = try row.value("slug")
        name = try row.value("name")
        self.status = status
        statusReason = try row.value("status_reason")
        statusChangedAt = try row.value("status_changed_at")
        plan = try row.value("plan")
        defaultRegion = try row.value("default_region")
        timeZone = try row.value("time_zone")
        currency = try row.value("currency")
        dailyQuota = try row.value("daily_quota", as: Int32?.self).map { Int($0) }
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
    }
}

package enum TenantCreation: Sendable {
    case created(AdministeredTenant, key: TenantKey, owner: TenantUser?)
    case refused(TenantRefusal)
}

package enum TenantChangeOutcome: Sendable {
    case done(AdministeredTenant)
    case unknown
    case refused(TenantRefusal)
}

/// Why a business cannot be as it was asked for.
package enum TenantRefusal: Hashable, Sendable {
    case slugTaken
    case planUnknown
    /// Postgres does not know the zone.
    case timeZoneUnknown
    case deleted
    /// The slug that confirms a deletion is another's.
    case notConfirmed

    init?(_ error: DatabaseError) {
        switch error {
        case .unique(constraint: "tenants_slug_key"): self = .slugTaken
        case .foreignKey(constraint: "tenants_plan_fkey"): self = .planUnknown
        // The zone is the one value that Postgres reads by rules of its own.
        case .data, .check(constraint: "tenants_time_zone"): self = .timeZoneUnknown
        case .connection, .tooManyConnections, .serialization, .deadlock, .unique, .check, .foreignKey, .exclusion,
            .notNull, .permission, .timeout, .lockTimeout, .overloaded, .stopped, .schemaChanged, .decoding,
            .server, .closure:
            return nil
        }
    }
}
