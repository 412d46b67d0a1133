package import Models
package import Postgres

/// The messages as the log pages show them.
package struct LogPageStore: Sendable {
    package static let pageMax = 100
    package static let timelineMax = 500
    package static let businessesMax = 500
    static let criticalMax = 1_000

    let database: Database

    /// - Parameter database: the service's role for a tenant's own pages, the platform's for the founders'.
    package init(_ database: Database) {
        self.database = database
    }

    /// For the sessions of pages: newest first is the order of the key, and only a fresh day's missing statistics
    /// make the planner sort a whole day instead of reading fifty rows (measured: 0.4 ms against 370 ms).
    package static func settings(_ settings: DatabaseSettings) -> DatabaseSettings {
        var settings = settings.pinnedToIndexPlans
        settings.sessionSetup += ["SET enable_bitmapscan = off", "SET enable_sort = off"]
        return settings
    }

    /// One page of a tenant's messages, newest first.
    package func page(
        of tenantID: TenantID,
        _ filter: LogFilter,
        at place: LogPlace,
        size: Int
    ) async throws(DatabaseError) -> LogPage {
        var conditions = filter.conditions + place.conditions
        // On both tables, so that each skips the day partitions that cannot match.
        conditions += ["m.tenant_id = \(tenantID)", "s.tenant_id = \(tenantID)"]
        let query: SQL = """
            \(Self.columns) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY m.id \(raw: place.isBackwards ? "ASC" : "DESC") LIMIT \(min(size, Self.pageMax) + 1)
            """
        let answers = try await database.pipeline([.actFor(tenantID), query])
        return try LogPage(answers.last ?? [], at: place, size: min(size, Self.pageMax))
    }

    /// One page across all tenants; platform role.
    package func pageOfAllTenants(
        _ filter: LogFilter,
        at place: LogPlace,
        size: Int
    ) async throws(DatabaseError) -> LogPage {
        let conditions: [SQL] = ["true"] + filter.conditions + place.conditions
        // Critical failures are few and have an index by time; among all messages they would be searched for long.
        let (among, critical): (SQL, SQL) =
            filter.isCriticalOnly
            ? (
                """
                WITH f AS MATERIALIZED (
                    SELECT tenant_id, message_id FROM critical_failures
                    WHERE failed_at >= coalesce(\(filter.from as Timestamp?), '-infinity')
                    ORDER BY failed_at DESC LIMIT \(Self.criticalMax))
                """, "JOIN f ON f.tenant_id = m.tenant_id AND f.message_id = m.id"
            ) : ("", "")
        let rows = try await database.rows(
            """
            \(among) \(Self.columns) \(critical) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY m.id \(raw: place.isBackwards ? "ASC" : "DESC") LIMIT \(min(size, Self.pageMax) + 1)
            """
        )
        return try LogPage(rows, at: place, size: min(size, Self.pageMax))
    }

    /// What the filters offer: the kinds a tenant has templates for are not enough, so those it used lately.
    package func templateNames(of tenantID: TenantID) async throws(DatabaseError) -> [String] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT DISTINCT name FROM templates WHERE tenant_id = \(tenantID) ORDER BY name LIMIT 200",
        ])
        return try answers.last?.map { row throws(DatabaseError) in try row.value(0, as: String.self) } ?? []
    }

    /// Every business; platform role.
    package func businesses() async throws(DatabaseError) -> [Business] {
        let rows = try await database.rows(
            """
            SELECT t.id, t.name, t.slug, t.status,
                   (SELECT count(*) FROM (SELECT FROM critical_failures f
                        WHERE f.tenant_id = t.id AND f.failed_at > now() - interval '1 day' LIMIT 10000) AS lately)
                       AS critical
            FROM tenants t ORDER BY t.name LIMIT \(Self.businessesMax)
            """
        )
        var businesses: [Business] = []
        for row in rows { businesses.append(try Business(row)) }
        return businesses
    }

    static let columns: SQL = """
        SELECT m.tenant_id, m.id, m.created_at, m.recipient, m.type, m.kind, m.reference, m.priority, m.expires_at,
               m.scheduled_for, m.content->>'name' AS template, m.content->>'language' AS language,
               left(coalesce(m.content->>'body', m.content->>'caption', m.content->>'filename'), 200) AS preview,
               s.state, s.attempts,
               retries_made(s.retries, s.attempts) AS retries, s.is_critical, s.error_code, s.changed_at, s.sent_at, s.delivered_at,
               s.read_at, s.ended_at, coalesce(t.max_retries, 0) AS max_retries, coalesce(t.name, '') AS business,
               d.due_at, d.paced OR d.to_pace AS paced, g.scope AS gate_scope, g.subject AS gate_subject, g.cause AS gate_cause,
               g.opens_at AS gate_opens_at, g.probe_at AS gate_probe_at
        FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
        LEFT JOIN tenants t ON t.id = m.tenant_id
        LEFT JOIN due_messages d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
        LEFT JOIN gates g ON g.id = d.gate_id AND g.opened_at IS NULL
        """
}

/// What a list is narrowed to; everything given must hold.
package struct LogFilter: Sendable {
    package var states: Set<MessageState> = []
    package var kind: String?
    package var template: String?
    /// All digits of a number, with or without its plus, or its last digits.
    package var phoneDigits: String?
    /// Included.
    package var from: Timestamp?
    /// Not included.
    package var to: Timestamp?
    package var retriesMin: Int?
    package var errorCode: Int?
    package var tenantID: TenantID?
    package var isCriticalOnly = false

    package init() {}

    fileprivate var conditions: [SQL] {
        var conditions: [SQL] = []
        func keep(_ condition: SQL?) {
            if let condition { conditions.append(condition) }
        }
        if !states.isEmpty { keep("s.state = ANY (\(states.map(\.rawValue).sorted()))") }
        keep(tenantID.map { "m.tenant_id = \($0) AND s.tenant_id = \($0)" })
        keep(kind.map { "m.kind = \($0)" })
        keep(template.map { "m.type = 'template' AND m.content->>'name' = \($0)" })
        // Only digits come here, so nothing in it means anything to LIKE.
        keep(phoneDigits.map { "m.recipient LIKE \("%" + $0.filter(\.isNumber))" })
        keep(
            from.map { from in
                let floor = UUIDValue.floor(of: from)
                return "m.id >= \(floor) AND s.id >= \(floor) AND m.created_at >= \(from)"
            }
        )
        keep(
            to.map { to in
                // Ids may run a little ahead of their message: a burst within one millisecond counts on into the next.
                let ceiling = UUIDValue.floor(of: to + .seconds(60))
                return "m.id < \(ceiling) AND s.id < \(ceiling) AND m.created_at < \(to)"
            }
        )
        keep(retriesMin.map { "retries_made(s.retries, s.attempts) >= \($0)" })
        keep(errorCode.map { "s.error_code = \(Int32(clamping: $0))" })
        if isCriticalOnly { keep("s.is_critical") }
        return conditions
    }
}

/// Where in a list a page begins.
package enum LogPlace: Sendable {
    case newest
    case olderThan(MessageID)
    case newerThan(MessageID)

    fileprivate var isBackwards: Bool {
        if case .newerThan = self { true } else { false }
    }

    fileprivate var conditions: [SQL] {
        switch self {
        case .newest: []
        case .olderThan(let id): ["m.id < \(id) AND s.id < \(id)"]
        case .newerThan(let id): ["m.id > \(id) AND s.id > \(id)"]
        }
    }
}

package struct LogPage: Sendable {
    /// Newest first.
    package let rows: [LogRow]
    package let hasNewer: Bool
    package let hasOlder: Bool

    fileprivate init(_ found: [Row], at place: LogPlace, size: Int) throws(DatabaseError) {
        var rows: [LogRow] = []
        for row in found.prefix(size) { rows.append(try LogRow(row)) }
        let hasMore = found.count > size
        self.rows = place.isBackwards ? rows.reversed() : rows
        switch place {
        case .newest: (hasNewer, hasOlder) = (false, hasMore)
        case .olderThan: (hasNewer, hasOlder) = (true, hasMore)
        case .newerThan: (hasNewer, hasOlder) = (hasMore, true)
        }
    }
}

package struct LogRow: Sendable {
    package let tenantID: TenantID
    package let business: String
    package let id: MessageID
    package let createdAt: Timestamp
    package let recipient: String
    package let type: String
    package let kind: String
    package let reference: String?
    package let template: String?
    package let language: String?
    /// The beginning of what a message without a template says.
    package let preview: String?
    package let priority: Int
    package let scheduledFor: Timestamp?
    package let expiresAt: Timestamp
    package let state: MessageState
    package let attempts: Int
    package let retries: Int
    package let retriesMax: Int
    package let isCritical: Bool
    package let errorCode: Int?
    package let changedAt: Timestamp
    package let sentAt: Timestamp?
    package let deliveredAt: Timestamp?
    package let readAt: Timestamp?
    package let endedAt: Timestamp?
    /// When somebody of ours looks again; nil when nobody has to.
    package let dueAt: Timestamp?
    /// `dueAt` is its turn at the sender's pace, or when a limit or quiet hours end and it gets one.
    package let isPaced: Bool
    /// The closed gate that holds it.
    package let gate: HoldingGate?

    init(_ row: Row) throws(DatabaseError) {
        guard let state = MessageState(rawValue: try row.value("state")) else {
            throw .decoding("an unknown state")
        }
        self.state = state
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        id = try row.value("id")
        createdAt = try row.value("created_at")
        recipient = try row.value("recipient")
        type = try row.value("type")
        kind = try row.value("kind")
        reference = try row.value("reference")
        template = try row.value("template")
        language = try row.value("language")
        preview = try row.value("preview")
        priority = try row.value("priority")
        scheduledFor = try row.value("scheduled_for")
        expiresAt = try row.value("expires_at")
        attempts = try row.value("attempts")
        retries = try row.value("retries")
        retriesMax = try row.value("max_retries")
        isCritical = try row.value("is_critical")
        errorCode = try row.value("error_code")
        changedAt = try row.value("changed_at")
        sentAt = try row.value("sent_at")
        deliveredAt = try row.value("delivered_at")
        readAt = try row.value("read_at")
        endedAt = try row.value("ended_at")
        dueAt = try row.value("due_at")
        isPaced = try row.value("paced", as: Bool?.self) ?? false
        gate = try HoldingGate(row)
    }
}

/// What a held message waits for.
package struct HoldingGate: Sendable {
    package let scope: GateScope
    package let subject: String
    package let cause: GateCause
    /// When it opens by itself; nil: not by time.
    package let opensAt: Timestamp?
    /// When one message tries whether it is open again.
    package let probeAt: Timestamp?

    fileprivate init?(_ row: Row) throws(DatabaseError) {
        guard let scopeWord = try row.value("gate_scope", as: String?.self) else { return nil }
        guard let scope = GateScope(rawValue: scopeWord),
            let cause = GateCause(rawValue: try row.value("gate_cause"))
        else { throw .decoding("a gate's scope or cause that this program does not know") }
        self.scope = scope
        self.cause = cause
        subject = try row.value("gate_subject")
        opensAt = try row.value("gate_opens_at")
        probeAt = try row.value("gate_probe_at")
    }
}

package struct Business: Sendable {
    package let id: TenantID
    package let name: String
    package let slug: String
    package let isActive: Bool
    /// Critical failures of the last 24 hours.
    package let critical: Int

    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        name = try row.value("name")
        slug = try row.value("slug")
        isActive = try row.value("status", as: String.self) == "active"
        critical = try row.value("critical")
    }
}
