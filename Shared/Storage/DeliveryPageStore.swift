internal import JSON
package import Models
package import Postgres

/// What holds messages up and whether all is accounted for, over all tenants: what founders look at.
package struct DeliveryPicture: Sendable {
    package let gates: [ShownGate]
    package let limits: [LimitFigures]
    package let duplicates: [ShownDuplicate]
    package let unanswered: [UnansweredFigures]
    package let ledgers: [ShownLedger]
}

/// How often one limit made messages of one business wait today (UTC).
package struct LimitFigures: Sendable {
    package let tenantID: TenantID
    package let business: String
    package let limit: String
    package let hits: Int64
    /// Of these: said by the provider, so that our picture of the limit was wrong.
    package let byProvider: Int64
    package let lastAt: Timestamp
}

package struct ShownDuplicate: Sendable {
    package let tenantID: TenantID
    package let business: String
    package let messageID: MessageID
    package let foundAt: Timestamp
}

/// Sends nobody answered: what became of them in the last seven days (UTC), and how many are open.
package struct UnansweredFigures: Sendable {
    package let tenantID: TenantID
    package let business: String
    package let open: Int64
    package let proven: Int64
    package let resent: Int64
    package let ended: Int64
}

/// What the standing check found last.
package struct ShownLedger: Sendable {
    package let tenantID: TenantID
    package let business: String
    /// Nil before the first check.
    package let checkedAt: Timestamp?
    package let messages: Int64
    package let differences: [LedgerFinding.Difference]
    package let ended: [LedgerFinding.Ended]
}

/// Platform role.
package struct DeliveryPageStore: Sendable {
    package static let gatesMax = 200
    package static let limitsMax = 200
    package static let duplicatesMax = 50

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func picture() async throws(DatabaseError) -> DeliveryPicture {
        try await database.run { connection in
            let answers = try connection.pipeline([
                ShownGate.query(max: Self.gatesMax), Self.limits, Self.duplicates, Self.unanswered,
                Self.ledgers,
            ])
            guard answers.count == 5 else { throw DatabaseError.decoding("answers are missing") }
            return DeliveryPicture(
                gates: try answers[0].map(ShownGate.init),
                limits: try answers[1].map(LimitFigures.init),
                duplicates: try answers[2].map(ShownDuplicate.init),
                unanswered: try answers[3].map(UnansweredFigures.init),
                ledgers: try answers[4].map(ShownLedger.init)
            )
        }
    }

    /// Tenant by tenant, because the table's key begins with the tenant.
    private static let limits: SQL = """
        SELECT t.id AS tenant_id, t.name AS business, l.limit_name, l.hits, l.by_provider, l.last_at
        FROM tenants t CROSS JOIN LATERAL (
            SELECT h.limit_name, sum(h.hits)::bigint AS hits,
                   coalesce(sum(h.hits) FILTER (WHERE h.by_provider), 0)::bigint AS by_provider, max(h.last_at) AS last_at
            FROM limit_hits h
            WHERE h.tenant_id = t.id AND h.minute >= date_trunc('day', now(), 'UTC')
            GROUP BY h.limit_name) AS l
        ORDER BY l.hits DESC, t.id, l.limit_name LIMIT \(limitsMax)
        """

    private static let duplicates: SQL = """
        SELECT c.tenant_id, coalesce(t.name, '') AS business, c.message_id, c.found_at
        FROM confirmed_duplicates c LEFT JOIN tenants t ON t.id = c.tenant_id
        ORDER BY c.found_at DESC LIMIT \(duplicatesMax)
        """

    private static let unanswered: SQL = """
        SELECT t.id AS tenant_id, t.name AS business, u.proven, u.resent, u.ended, o.open
        FROM tenants t
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(d.proven), 0)::bigint AS proven, coalesce(sum(d.resent), 0)::bigint AS resent,
                   coalesce(sum(d.ended), 0)::bigint AS ended
            FROM unanswered_days d
            WHERE d.tenant_id = t.id AND d.day > (now() AT TIME ZONE 'UTC')::date - 7) AS u
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(m.entered - m.left_state), 0)::bigint AS open FROM message_totals m
            WHERE m.tenant_id = t.id AND m.state = \(MessageState.unanswered.rawValue)) AS o
        WHERE u.proven + u.resent + u.ended + o.open > 0
        ORDER BY u.resent + u.ended DESC, t.name LIMIT \(LogPageStore.businessesMax)
        """

    private static let ledgers: SQL = """
        SELECT t.id AS tenant_id, t.name AS business, c.checked_at, coalesce(c.messages, 0) AS messages,
               c.differences, c.ended
        FROM tenants t LEFT JOIN ledger_checks c ON c.tenant_id = t.id
        ORDER BY c.differences IS NULL OR c.differences = '{}', t.name LIMIT \(LogPageStore.businessesMax)
        """
}

extension LimitFigures {
    fileprivate init(_ row: Row) throws {
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        limit = try row.value("limit_name")
        hits = try row.value("hits")
        byProvider = try row.value("by_provider")
        lastAt = try row.value("last_at")
    }
}

extension ShownDuplicate {
    fileprivate init(_ row: Row) throws {
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        messageID = try row.value("message_id")
        foundAt = try row.value("found_at")
    }
}

extension UnansweredFigures {
    fileprivate init(_ row: Row) throws {
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        open = try row.value("open")
        proven = try row.value("proven")
        resent = try row.value("resent")
        ended = try row.value("ended")
    }
}

extension ShownLedger {
    fileprivate init(_ row: Row) throws {
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        checkedAt = try row.value("checked_at")
        messages = try row.value("messages")
        differences = try Self.differences(try row.value("differences", as: JSONText?.self))
        ended = try Self.ended(try row.value("ended", as: JSONText?.self))
    }

    private static func differences(_ text: JSONText?) throws -> [LedgerFinding.Difference] {
        guard let text else { return [] }
        return try JSONDocument(parsing: text.bytes).root.members?.map { figure, values in
            LedgerFinding.Difference(
                figure: figure,
                counted: values["counted"]?.integer ?? 0,
                rows: values["rows"]?.integer ?? 0
            )
        } ?? []
    }

    private static func ended(_ text: JSONText?) throws -> [LedgerFinding.Ended] {
        guard let text else { return [] }
        return try JSONDocument(parsing: text.bytes).root.elements?.compactMap { reason in
            guard let state = MessageState(name: reason["state"]?.string ?? "") else { return nil }
            return LedgerFinding.Ended(
                state: state,
                code: reason["code"]?.integer.map { Int($0) },
                messages: reason["messages"]?.integer ?? 0
            )
        } ?? []
    }
}
