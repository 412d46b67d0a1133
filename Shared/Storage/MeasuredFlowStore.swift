package import Models
package import Postgres

/// What ended and what was tried of late, by business and sender: from the rollups of counts alone. Platform role.
package struct MeasuredFlowStore: Sendable {
    /// A sender of a business.
    package struct Place: Hashable, Sendable {
        package let tenantID: TenantID
        package let senderID: SenderID

        package init(tenantID: TenantID, senderID: SenderID) {
            self.tenantID = tenantID
            self.senderID = senderID
        }
    }

    /// Receipts that do not come.
    package struct Silence: Hashable, Sendable {
        /// Since the first message that was sent after the last receipt.
        package let lasts: Duration
        /// Messages sent since then.
        package let waiting: Int64

        package init(lasts: Duration, waiting: Int64) {
            self.lasts = lasts
            self.waiting = waiting
        }
    }

    /// Receipts are missed within this span: who sends nothing for so long waits for none.
    package static let silenceWindow = Duration.seconds(3_600)

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// To the minute; senders in whose span nothing ended and nothing was tried are missing.
    package func ends(in span: Duration) async throws(DatabaseError) -> [Place: EndFigures] {
        try await figures(of: "message_counts", "minute", since: Self.start("minute", span))
    }

    /// The same from whole hours, for spans of many: up to an hour longer than asked for.
    package func endsByHours(in span: Duration) async throws(DatabaseError) -> [Place: EndFigures] {
        try await figures(of: "message_hours", "hour", since: Self.start("hour", span))
    }

    private static func start(_ unit: String, _ span: Duration) -> SQL {
        "date_trunc('\(raw: unit)', now() - \(span.microseconds) * interval '1 microsecond', 'UTC')"
    }

    /// Business by business, because the keys of both tables begin with the tenant.
    private func figures(
        of table: String, _ unit: String, since start: SQL
    ) async throws(DatabaseError) -> [Place: EndFigures] {
        let rows = try await database.rows(
            """
            SELECT t.id AS tenant_id, c.*
            FROM tenants t CROSS JOIN LATERAL (
                SELECT sender_id,
                       sum(entered - left_state) FILTER (WHERE state IN (7, 8))::bigint AS delivered,
                       sum(entered - left_state) FILTER (WHERE state IN (9, 10, 11))::bigint AS failed,
                       sum(entered) FILTER (WHERE state = 2)::bigint AS attempts,
                       sum(entered) FILTER (WHERE state = 3)::bigint AS unanswered
                FROM \(raw: table) c
                WHERE c.tenant_id = t.id AND c.\(raw: unit) >= \(start) AND c.state IN (2, 3, 7, 8, 9, 10, 11)
                GROUP BY sender_id) AS c
            """)
        var figures: [Place: EndFigures] = [:]
        for row in rows {
            var one = EndFigures()
            // What failed before may be delivered after all: a span can take back more than it brought.
            one.delivered = max(0, try row.value("delivered", as: Int64?.self) ?? 0)
            one.failed = max(0, try row.value("failed", as: Int64?.self) ?? 0)
            one.attempts = try row.value("attempts", as: Int64?.self) ?? 0
            one.unanswered = try row.value("unanswered", as: Int64?.self) ?? 0
            figures[try Place(row)] = one
        }
        return figures
    }

    /// Senders through which something was sent within `silenceWindow`; to the minute.
    package func silences() async throws(DatabaseError) -> [Place: Silence] {
        let rows = try await database.rows(
            """
            SELECT t.id AS tenant_id, c.sender_id, coalesce(extract(epoch FROM now() - c.waits_since), 0)::double precision
                       AS seconds, coalesce(c.waiting, 0)::bigint AS waiting
            FROM tenants t CROSS JOIN LATERAL (
                SELECT sender_id, min(minute) FILTER (WHERE state = 6 AND is_after) AS waits_since,
                       sum(entered) FILTER (WHERE state = 6 AND is_after) AS waiting
                FROM (
                    SELECT sender_id, state, minute, entered,
                           minute > coalesce(max(minute) FILTER (WHERE state IN (7, 8, 10))
                                                 OVER (PARTITION BY sender_id), '-infinity') AS is_after
                    FROM message_counts m
                    WHERE m.tenant_id = t.id AND m.minute >= \(Self.start("minute", Self.silenceWindow))
                      AND m.state IN (6, 7, 8, 10) AND m.entered > 0) AS marked
                GROUP BY sender_id HAVING bool_or(state = 6)) AS c
            """)
        var silences: [Place: Silence] = [:]
        for row in rows {
            silences[try Place(row)] = Silence(
                lasts: .seconds(max(0, try row.value("seconds", as: Double.self))), waiting: try row.value("waiting"))
        }
        return silences
    }
}

extension MeasuredFlowStore.Place {
    init(_ row: Row) throws(DatabaseError) {
        self.init(tenantID: try row.value("tenant_id"), senderID: try row.value("sender_id"))
    }
}
