package import Models
package import Postgres
package import Runtime

/// One day (UTC) of one tenant, whose time has come.
package struct TenantDay: Hashable, Sendable {
    package let tenantID: TenantID
    /// Its first moment.
    package let day: Timestamp

    package init(tenantID: TenantID, day: Timestamp) {
        self.tenantID = tenantID
        self.day = day
    }

    package static let length = Duration.seconds(86_400)

    /// 2027-01-31
    package var name: String { String(day.rfc3339.prefix(10)) }
    /// Ids of that day: from here …
    var floor: UUIDValue { .floor(of: day) }
    /// … to here, not included.
    var ceiling: UUIDValue { .floor(of: day + Self.length) }

    var date: SQL { "(\(day) AT TIME ZONE 'UTC')::date" }
}

/// What a tenant's data of a day are waiting for.
package struct DueDay: Sendable {
    package let of: TenantDay
    /// It must be in the archive before it is removed, and is not.
    package let needsArchive: Bool
}

/// Age: texts made unreadable, data archived and removed. Platform role, on a connection that may take its time.
package struct RetentionStore: Sendable {
    package static let portionMax = 2_000
    /// A day's partitions are dropped only when they are older than anything that may still be written into them.
    package static let partitionDaysKept = 45
    /// What is left of a business that was deleted goes after this many days.
    private static let deletedDays: Int32 = 30

    let database: Database
    let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    // MARK: What is due

    /// Days older than their tenants keep them, the oldest first.
    ///
    /// - Parameters:
    ///   - daysMax: the platform's own bound; nil: none.
    ///   - after: the last one of the page before.
    package func daysToRemove(
        daysMax: Int?, after: TenantDay?, max: Int
    ) async throws(DatabaseError) -> [DueDay] {
        let rows = try await database.rows(
            """
            SELECT k.id, k.day::timestamp AT TIME ZONE 'UTC' AS day, k.is_archived AND r.archived_at IS NULL AS needs_archive
            FROM (
                SELECT t.id, d.day, t.is_archived,
                       least(t.retention_days, p.retention_days_max, \(daysMax.map { Int32(clamping: $0) } as Int32?),
                             CASE WHEN t.status = 'deleted' THEN \(Self.deletedDays) END) AS days
                FROM tenants t JOIN plans p ON p.name = t.plan CROSS JOIN partition_days() AS d (day)
            ) AS k
            LEFT JOIN retention_days r ON r.tenant_id = k.id AND r.day = k.day
            WHERE k.day < (now() AT TIME ZONE 'UTC')::date - k.days AND r.removed_at IS NULL
              AND \(Self.isAfter(after))
            ORDER BY k.day, k.id LIMIT \(max)
            """)
        return try Self.dueDays(rows)
    }

    /// Days whose texts and numbers their tenants want made unreadable, the oldest first.
    package func daysToRedact(after: TenantDay?, max: Int) async throws(DatabaseError) -> [DueDay] {
        let rows = try await database.rows(
            """
            SELECT k.id, k.day::timestamp AT TIME ZONE 'UTC' AS day, false AS needs_archive
            FROM (SELECT t.id, d.day, t.redact_after_days AS days FROM tenants t CROSS JOIN partition_days() AS d (day)) AS k
            LEFT JOIN retention_days r ON r.tenant_id = k.id AND r.day = k.day
            WHERE k.day < (now() AT TIME ZONE 'UTC')::date - k.days AND r.removed_at IS NULL AND r.redacted_at IS NULL
              AND \(Self.isAfter(after))
            ORDER BY k.day, k.id LIMIT \(max)
            """)
        return try Self.dueDays(rows)
    }

    private static func isAfter(_ last: TenantDay?) -> SQL {
        guard let last else { return "true" }
        return "(k.day, k.id) > (\(last.date), \(last.tenantID))"
    }

    private static func dueDays(_ rows: [Row]) throws(DatabaseError) -> [DueDay] {
        try Connection.decoded {
            try rows.map { row in
                DueDay(
                    of: TenantDay(tenantID: try row.value("id"), day: try row.value("day")),
                    needsArchive: try row.value("needs_archive"))
            }
        }
    }

    // MARK: Redaction

    /// Makes a portion of the day unreadable: what was written, to whom, by whom. What is still to be sent is left.
    ///
    /// - Returns: how many rows were changed; 0 when the day is done.
    package func redact(_ of: TenantDay) async throws(DatabaseError) -> Int {
        let (messages, inbound) = (Self.redactMessages(of), Self.redactInbound(of))
        let others = Self.redactOthers(of)
        let done = Self.note(of, "redacted_at")
        let audit = entry("retention.redacted", of, JSONText("{}"))
        return try await database.transaction { connection in
            var changed = try connection.execute(messages)
            if changed < Self.portionMax { changed += try connection.execute(inbound) }
            if changed > 0 { return changed }
            for statement in others { _ = try connection.execute(statement) }
            let waits = try connection.rows(Self.unsettled(of))
            // A message that waits for its time is made unreadable when it has gone.
            guard waits.isEmpty else { return 0 }
            _ = try connection.execute(done)
            _ = try connection.execute(audit.insert)
            return 0
        }
    }

    private static func redactMessages(_ of: TenantDay) -> SQL {
        """
        WITH old AS MATERIALIZED (
            SELECT m.id FROM messages m
            WHERE m.tenant_id = \(of.tenantID) AND m.id >= \(of.floor) AND m.id < \(of.ceiling)
              AND m.recipient <> \(redacted)
              AND NOT EXISTS (SELECT FROM due_messages d WHERE d.tenant_id = m.tenant_id AND d.message_id = m.id)
            LIMIT \(portionMax)
        ), receipts AS (
            UPDATE raw_receipts r SET bytes_sealed = NULL FROM old
            WHERE r.tenant_id = \(of.tenantID) AND r.message_id = old.id AND r.bytes_sealed IS NOT NULL
        ), words AS (
            UPDATE attempts a SET error_details = NULL FROM old
            WHERE a.tenant_id = \(of.tenantID) AND a.message_id = old.id AND a.error_details IS NOT NULL
        )
        UPDATE messages m SET recipient = \(redacted), content = redacted_content(m.content), metadata = NULL
        FROM old WHERE m.tenant_id = \(of.tenantID) AND m.id = old.id
        """
    }

    private static func redactInbound(_ of: TenantDay) -> SQL {
        """
        UPDATE inbound_messages i SET from_number = NULL, from_user_id = NULL, content = '{}'
        WHERE i.tenant_id = \(of.tenantID) AND i.id >= \(of.floor) AND i.id < \(of.ceiling)
          AND (i.from_number IS NOT NULL OR i.from_user_id IS NOT NULL OR i.content <> '{}')
        """
    }

    /// In `messages.recipient`: it is no number, so nothing is ever sent there.
    package static let redacted = "redacted"

    /// Messages of the day that are still to be sent: one is enough to know.
    static func unsettled(_ of: TenantDay) -> SQL {
        """
        SELECT 1 FROM due_messages
        WHERE tenant_id = \(of.tenantID) AND message_id >= \(of.floor) AND message_id < \(of.ceiling) LIMIT 1
        """
    }

    // MARK: Removal

    package enum Removal: Sendable, Equatable {
        case more
        case done(messages: Int64)
        /// Something of that day is still to be sent.
        case unsettled
    }

    /// Removes a portion of a tenant's day.
    package func remove(_ of: TenantDay) async throws(DatabaseError) -> Removal {
        let ids = ids
        return try await database.transaction { connection in
            let removed = Int(
                try connection.rows(Self.removeMessages(of)).first?.value("removed", as: Int64.self) ?? 0)
            if removed == Self.portionMax { return .more }
            for statement in Self.removeOthers(of) where try connection.execute(statement) == Self.portionMax * 10 {
                return .more
            }
            if try !connection.rows(Self.unsettled(of)).isEmpty { return .unsettled }
            _ = try connection.execute(Self.note(of, "removed_at"))
            let total = try connection.rows(
                "SELECT coalesce(messages, 0) AS messages FROM retention_days WHERE tenant_id = \(of.tenantID) AND day = \(of.date)"
            ).first?.value("messages", as: Int64.self)
            let messages = total ?? 0
            if messages > 0 {
                let audit = AuditEntry(
                    id: ids.uuid(), tenantID: of.tenantID, actor: .system("retry-scheduler"), action: "retention.removed",
                    target: "day \(of.name)", detail: JSONText(#"{"messages":\#(messages)}"#))
                _ = try connection.execute(audit.insert)
            }
            return .done(messages: messages)
        }
    }

    /// Counts stay: what is removed is added to `removed_messages` in the same transaction.
    private static func removeMessages(_ of: TenantDay) -> SQL {
        """
        WITH old AS MATERIALIZED (
            SELECT s.id FROM message_states s
            WHERE s.tenant_id = \(of.tenantID) AND s.id >= \(of.floor) AND s.id < \(of.ceiling)
              AND NOT EXISTS (SELECT FROM due_messages d WHERE d.tenant_id = s.tenant_id AND d.message_id = s.id)
            ORDER BY s.id LIMIT \(portionMax)
        ), gone AS (
            DELETE FROM message_states s USING old
            WHERE s.tenant_id = \(of.tenantID) AND s.id = old.id RETURNING s.state
        ), letters AS (
            DELETE FROM messages m USING old WHERE m.tenant_id = \(of.tenantID) AND m.id = old.id
        ), tries AS (
            DELETE FROM attempts a USING old WHERE a.tenant_id = \(of.tenantID) AND a.message_id = old.id
        ), receipts AS (
            DELETE FROM raw_receipts r USING old WHERE r.tenant_id = \(of.tenantID) AND r.message_id = old.id
        ), failures AS (
            DELETE FROM critical_failures f USING old WHERE f.tenant_id = \(of.tenantID) AND f.message_id = old.id
        ), unswept AS (
            DELETE FROM failed_messages f USING old WHERE f.tenant_id = \(of.tenantID) AND f.message_id = old.id
        ), troubled AS (
            DELETE FROM troubled_messages f USING old WHERE f.tenant_id = \(of.tenantID) AND f.message_id = old.id
        ), repeats AS (
            DELETE FROM message_retries r USING old WHERE r.tenant_id = \(of.tenantID) AND r.parent_message_id = old.id
        ), counted AS (
            INSERT INTO removed_messages AS c (tenant_id, state, messages)
            SELECT \(of.tenantID), state, count(*) FROM gone GROUP BY state
            ON CONFLICT (tenant_id, state) DO UPDATE SET messages = c.messages + excluded.messages
        ), noted AS (
            INSERT INTO retention_days AS r (tenant_id, day, messages)
            SELECT \(of.tenantID), \(of.date), count(*) FROM gone HAVING count(*) > 0
            ON CONFLICT (tenant_id, day) DO UPDATE SET messages = coalesce(r.messages, 0) + excluded.messages
        )
        SELECT count(*) AS removed FROM gone
        """
    }

    // MARK: A day as a whole

    /// Whether everything of a day may go at once: it is old enough for its partitions to go, everybody who owns something
    /// of it is in `owners`, and nothing of it is still to be sent.
    package func mayDrop(_ day: Timestamp, owners: Set<TenantID>) async throws(DatabaseError) -> Bool {
        let of = TenantDay(tenantID: TenantID(UUIDValue(high: 0, low: 0)), day: day)
        let range: SQL = "id >= \(of.floor) AND id < \(of.ceiling)"
        let answers = try await database.pipeline([
            """
            SELECT 1 WHERE \(of.date) >= (now() AT TIME ZONE 'UTC')::date - \(Int32(Self.partitionDaysKept))
            UNION ALL (SELECT 1 FROM due_messages WHERE message_id >= \(of.floor) AND message_id < \(of.ceiling) LIMIT 1)
            """,
            """
            SELECT tenant_id FROM message_states WHERE \(range) GROUP BY tenant_id
            UNION SELECT tenant_id FROM inbound_messages WHERE \(range) GROUP BY tenant_id
            UNION SELECT tenant_id FROM callback_deliveries WHERE \(range) GROUP BY tenant_id
            """,
        ])
        guard answers.count == 2, answers[0].isEmpty else { return false }
        return try Connection.decoded {
            try answers[1].allSatisfy { row in owners.contains(try row.value(0)) }
        }
    }

    /// Drops a day's partitions with everything in them, which is counted first.
    ///
    /// - Returns: messages that went with them.
    package func drop(_ day: Timestamp, owners: [TenantID]) async throws(DatabaseError) -> Int64 {
        let of = TenantDay(tenantID: TenantID(UUIDValue(high: 0, low: 0)), day: day)
        let audit = AuditEntry(
            id: ids.uuid(), tenantID: nil, actor: .system("retry-scheduler"), action: "retention.dropped",
            target: "day \(of.name)", detail: JSONText("{}"))
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                WITH gone AS MATERIALIZED (
                    SELECT tenant_id, state, count(*) AS messages FROM message_states
                    WHERE id >= \(of.floor) AND id < \(of.ceiling) GROUP BY tenant_id, state
                ), counted AS (
                    INSERT INTO removed_messages AS c (tenant_id, state, messages) SELECT * FROM gone
                    ON CONFLICT (tenant_id, state) DO UPDATE SET messages = c.messages + excluded.messages
                ), noted AS (
                    INSERT INTO retention_days AS r (tenant_id, day, messages, removed_at)
                    SELECT o, \(of.date), coalesce((SELECT sum(g.messages) FROM gone g WHERE g.tenant_id = o), 0), now()
                    FROM unnest(\(owners)) AS o
                    ON CONFLICT (tenant_id, day) DO UPDATE
                    SET messages = coalesce(r.messages, 0) + excluded.messages, removed_at = now()
                )
                SELECT coalesce(sum(messages), 0)::bigint AS messages FROM gone
                """)
            _ = try connection.execute(
                "DELETE FROM troubled_messages WHERE message_id >= \(of.floor) AND message_id < \(of.ceiling)")
            _ = try connection.rows("SELECT drop_day_partitions(\(of.date))")
            _ = try connection.execute(audit.insert)
            return try rows.first?.value("messages") ?? 0
        }
    }

    // MARK: Notes

    /// - Parameter column: a time of `retention_days`.
    static func note(_ of: TenantDay, _ column: String) -> SQL {
        """
        INSERT INTO retention_days (tenant_id, day, \(raw: column)) VALUES (\(of.tenantID), \(of.date), now())
        ON CONFLICT (tenant_id, day) DO UPDATE SET \(raw: column) = now()
        """
    }

    func entry(_ action: String, _ of: TenantDay, _ detail: JSONText) -> AuditEntry {
        AuditEntry(
            id: ids.uuid(), tenantID: of.tenantID, actor: .system("retry-scheduler"), action: action,
            target: "day \(of.name)", detail: detail)
    }
}

extension RetentionStore {
    /// Days whose partitions are old enough to go, the oldest first.
    package func oldDays() async throws(DatabaseError) -> [Timestamp] {
        let rows = try await database.rows(
            """
            SELECT d::timestamp AT TIME ZONE 'UTC' AS day FROM partition_days() AS d
            WHERE d < (now() AT TIME ZONE 'UTC')::date - \(Int32(Self.partitionDaysKept)) ORDER BY d
            """)
        return try Connection.decoded { try rows.map { try $0.value("day") } }
    }
}
