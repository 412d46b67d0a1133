package import Models
package import Postgres

/// The messages as the log pages show them.
package struct LogPageStore: Sendable {
    package static let pageMax = 100
    package static let timelineMax = 500
    package static let businessesMax = 500
    package static let sendersMax = 200
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
        settings.sessionSetup += ["SET enable_bitmapscan = off", "SET enable_sort = off", "SET max_parallel_workers_per_gather = 0"]
        return settings
    }

    /// One page of a tenant's messages.
    ///
    /// - Parameters:
    ///   - order: in which they are shown, wherever the page begins.
    ///   - skipped: rows left out from where it begins; for whoever counts pages instead of asking on.
    package func page(
        of tenantID: TenantID, _ filter: LogFilter, at place: LogPlace, order: LogOrder = .newestFirst, skipped: Int = 0,
        size: Int
    ) async throws(DatabaseError) -> LogPage {
        let size = min(size, Self.pageMax)
        return try await page(of: tenantID, filter, at: place, order: order, skipped: skipped, max: size)
    }

    /// The same without a limit of its own, for files.
    package func portion(
        of tenantID: TenantID, _ filter: LogFilter, at place: LogPlace, max: Int
    ) async throws(DatabaseError) -> LogPage {
        try await page(of: tenantID, filter, at: place, order: .newestFirst, skipped: 0, max: max)
    }

    private func page(
        of tenantID: TenantID, _ filter: LogFilter, at place: LogPlace, order: LogOrder, skipped: Int, max: Int
    ) async throws(DatabaseError) -> LogPage {
        let templates = try await templateIDs(of: tenantID, filter)
        let search = LogSearch(tenantID: tenantID, filter: filter, templates: templates, place: place)
        let answers = try await database.pipeline([.actFor(tenantID), search.page(skipping: skipped, max: max + 1)])
        let found = answers.last ?? []
        // A full page needs no word about where the search stopped.
        let end = found.count > max ? nil : try await searched(search)
        return try LogPage(found, at: place, order: order, size: max, searchedTo: end)
    }

    private func templateIDs(of tenantID: TenantID, _ filter: LogFilter) async throws(DatabaseError) -> [TemplateID] {
        guard let name = filter.template else { return [] }
        let answers = try await database.pipeline([
            .actFor(tenantID), "SELECT id FROM templates WHERE tenant_id = \(tenantID) AND name = \(name) LIMIT 200",
        ])
        return try Connection.decoded { try answers.last?.map { try $0.value("id") } ?? [] }
    }

    /// Where a search that looked at as much as it may has stopped; nil: it has seen all there is.
    private func searched(_ search: LogSearch) async throws(DatabaseError) -> MessageID? {
        guard let bound = search.bound else { return nil }
        let answers = try await database.pipeline([.actFor(search.tenantID), bound])
        return try Connection.decoded { try answers.last?.first?.value("id") }
    }

    /// One page across all tenants; platform role.
    package func pageOfAllTenants(
        _ filter: LogFilter,
        at place: LogPlace,
        size: Int
    ) async throws(DatabaseError) -> LogPage {
        var conditions: [SQL] = ["true"] + filter.conditions
        for condition in [place.condition("m.id"), place.condition("s.id")] {
            if let condition { conditions.append(condition) }
        }
        // What failed is little and has tables of its own; among all messages it would be searched for long.
        let (among, joined): (SQL, SQL) =
            if filter.isCriticalOnly {
                (
                    """
                    WITH f AS MATERIALIZED (
                        SELECT tenant_id, message_id FROM critical_failures
                        WHERE failed_at >= coalesce(\(filter.from as Timestamp?), '-infinity')
                        ORDER BY failed_at DESC LIMIT \(Self.criticalMax))
                    """, "JOIN f ON f.tenant_id = m.tenant_id AND f.message_id = m.id"
                )
            } else if filter.driver == .troubled {
                ("", "JOIN troubled_messages w ON w.tenant_id = m.tenant_id AND w.message_id = m.id")
            } else {
                ("", "")
            }
        let rows = try await database.rows(
            """
            \(among) SELECT \(Self.columns) FROM messages m \(Self.joins) \(joined) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY m.id \(raw: place.isAscending ? "ASC" : "DESC") LIMIT \(min(size, Self.pageMax) + 1)
            """
        )
        return try LogPage(rows, at: place, order: .newestFirst, size: min(size, Self.pageMax), searchedTo: nil)
    }

    /// What the filters offer: the kinds a tenant has templates for are not enough, so those it used lately.
    package func templateNames(of tenantID: TenantID) async throws(DatabaseError) -> [String] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT DISTINCT name FROM templates WHERE tenant_id = \(tenantID) ORDER BY name LIMIT 200",
        ])
        return try answers.last?.map { row throws(DatabaseError) in try row.value(0, as: String.self) } ?? []
    }

    /// The numbers a tenant sends from, for the filters.
    package func senders(of tenantID: TenantID) async throws(DatabaseError) -> [LogSender] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT id AS sender_id, name AS sender_name, display_phone_number, provider FROM senders
            WHERE tenant_id = \(tenantID) ORDER BY name LIMIT \(Self.sendersMax)
            """,
        ])
        return try Connection.decoded { try answers.last?.map(LogSender.init) ?? [] }
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
        m.tenant_id, m.id, m.created_at, m.recipient, m.type, m.kind, m.reference, m.priority, m.expires_at,
               m.scheduled_for, m.content->>'name' AS template, m.content->>'language' AS language,
               left(coalesce(m.content->>'body', m.content->>'caption', m.content->>'filename'), 200) AS preview,
               s.state, s.attempts,
               retries_made(s.retries, s.attempts) AS retries, s.is_critical, s.error_code, s.changed_at, s.sent_at, s.delivered_at,
               s.read_at, s.ended_at, coalesce(t.max_retries, 0) AS max_retries, coalesce(t.name, '') AS business,
               d.due_at, d.paced OR d.to_pace AS paced, g.scope AS gate_scope, g.subject AS gate_subject, g.cause AS gate_cause,
               g.opens_at AS gate_opens_at, g.probe_at AS gate_probe_at
        """
    /// What the columns need besides `messages m`.
    static let joins: SQL = """
        JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
        LEFT JOIN tenants t ON t.id = m.tenant_id
        LEFT JOIN due_messages d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
        LEFT JOIN gates g ON g.id = d.gate_id AND g.opened_at IS NULL
        """
}

/// In which order a list is shown.
package enum LogOrder: String, Sendable {
    case newestFirst = "newest"
    case oldestFirst = "oldest"
}

package struct LogPage: Sendable {
    /// In the order asked for.
    package let rows: [LogRow]
    /// What to ask for to see older messages: those before this one. Nil where there are none.
    package let olderThan: MessageID?
    /// The same for newer ones.
    package let newerThan: MessageID?
    /// The search stopped here, with nothing more found: there may be more beyond it.
    package let searchedTo: MessageID?

    package var hasNewer: Bool { newerThan != nil }
    package var hasOlder: Bool { olderThan != nil }

    init(
        _ found: [Row], at place: LogPlace, order: LogOrder, size: Int, searchedTo: MessageID?
    ) throws(DatabaseError) {
        var rows: [LogRow] = []
        for row in found.prefix(size) { rows.append(try LogRow(row)) }
        let hasMore = found.count > size
        // As it was read, the last row is the farthest from where the page begins.
        let (first, last) = (rows.first?.id, rows.last?.id)
        let next = hasMore ? last : searchedTo
        switch place {
        case .newest: (newerThan, olderThan) = (nil, next)
        case .oldest: (newerThan, olderThan) = (next, nil)
        case .olderThan(let id): (newerThan, olderThan) = (first ?? id, next)
        case .newerThan(let id): (newerThan, olderThan) = (next, first ?? id)
        }
        self.searchedTo = hasMore ? nil : searchedTo
        self.rows = place.isAscending == (order == .oldestFirst) ? rows : rows.reversed()
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
