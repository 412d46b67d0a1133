package import Models
package import Postgres

/// The messages as the log pages show them.
package struct LogPageStore: Sendable {
    package static let pageMax = 100
    package static let timelineMax = 500
    package static let businessesMax = 500
    static let criticalMax = 1_000

    private let database: Database

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

    /// Nil for an id that is not the tenant's: whether somebody else has it is nobody's business.
    package func detail(of messageID: MessageID, tenantID: TenantID) async throws(DatabaseError) -> LogDetail?
    {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            \(Self.columns) WHERE m.tenant_id = \(tenantID) AND s.tenant_id = \(tenantID)
              AND m.id = \(messageID) AND s.id = \(messageID)
            """,
            """
            SELECT at, recorded_at, type, attempt, error_code, detail->>'ignored' AS ignored,
                   detail->>'reason' AS reason
            FROM message_events WHERE tenant_id = \(tenantID) AND message_id = \(messageID)
            ORDER BY recorded_at, at LIMIT \(Self.timelineMax)
            """,
            """
            SELECT number, outcome, started_at, ended_at, provider_message_id, http_status, error_code, error_details
            FROM attempts WHERE tenant_id = \(tenantID) AND message_id = \(messageID) ORDER BY number
            """,
        ])
        guard answers.count == 4, let row = answers[1].first else { return nil }
        var timeline: [LogEvent] = []
        for row in answers[2] { timeline.append(try LogEvent(row)) }
        var attempts: [LogAttempt] = []
        for row in answers[3] { attempts.append(try LogAttempt(row)) }
        return LogDetail(row: try LogRow(row), timeline: timeline, attempts: attempts)
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

    private static let columns: SQL = """
        SELECT m.tenant_id, m.id, m.created_at, m.recipient, m.type, m.kind, m.reference, m.priority, m.expires_at,
               m.scheduled_for, m.content->>'name' AS template, m.content->>'language' AS language,
               left(coalesce(m.content->>'body', m.content->>'caption', m.content->>'filename'), 200) AS preview,
               s.state, s.attempts,
               retries_made(s.retries, s.attempts) AS retries, s.is_critical, s.error_code, s.changed_at, s.sent_at, s.delivered_at,
               s.read_at, s.ended_at, coalesce(t.max_retries, 0) AS max_retries, coalesce(t.name, '') AS business
        FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
        LEFT JOIN tenants t ON t.id = m.tenant_id
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

    fileprivate init(_ row: Row) throws(DatabaseError) {
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
    }
}

package struct LogDetail: Sendable {
    package let row: LogRow
    package let timeline: [LogEvent]
    package let attempts: [LogAttempt]
}

/// One row of what happened to a message.
package struct LogEvent: Sendable {
    package let at: Timestamp
    package let recordedAt: Timestamp
    package let type: String
    package let attempt: Int?
    package let errorCode: Int?
    /// Why it changed nothing.
    package let ignored: String?
    package let reason: String?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        at = try row.value("at")
        recordedAt = try row.value("recorded_at")
        type = try row.value("type")
        attempt = try row.value("attempt")
        errorCode = try row.value("error_code")
        ignored = try row.value("ignored")
        reason = try row.value("reason")
    }
}

package struct LogAttempt: Sendable {
    package let number: Int
    /// 0 in flight, 1 accepted, 2 refused, 3 not sent, 4 unanswered.
    package let outcome: Int
    package let startedAt: Timestamp
    package let endedAt: Timestamp?
    package let providerMessageID: String?
    package let httpStatus: Int?
    package let errorCode: Int?
    package let errorDetails: String?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        number = try row.value("number")
        outcome = try row.value("outcome")
        startedAt = try row.value("started_at")
        endedAt = try row.value("ended_at")
        providerMessageID = try row.value("provider_message_id")
        httpStatus = try row.value("http_status")
        errorCode = try row.value("error_code")
        errorDetails = try row.value("error_details")
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
