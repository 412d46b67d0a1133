package import Models
package import Postgres

/// Everything with people's data beside messages, and reading what goes into the archive.
extension RetentionStore {
    /// Tables by day's end: what in them is somebody's, and since when it is there.
    private static let others: [(table: String, time: String, redaction: String?, condition: String)] = [
        ("conversation_interactions", "recorded_at", "text = NULL, data = NULL", "text IS NOT NULL OR data IS NOT NULL"),
        ("provider_notices", "received_at", nil, "true"),
        ("business_events", "received_at", "data = '{}', subject = NULL", "data <> '{}' OR subject IS NOT NULL"),
        (
            "automation_tasks", "created_at", "recipient = NULL, own = NULL, metadata = NULL, detail = NULL",
            "due_at IS NULL AND (recipient IS NOT NULL OR own IS NOT NULL OR metadata IS NOT NULL)"
        ),
    ]

    static func redactOthers(_ of: TenantDay) -> [SQL] {
        let end = of.day + TenantDay.length
        return others.map { other in
            guard let redaction = other.redaction else {
                return "DELETE FROM \(raw: other.table) WHERE tenant_id = \(of.tenantID) AND \(raw: other.time) < \(end)"
            }
            return """
                UPDATE \(raw: other.table) SET \(raw: redaction)
                WHERE tenant_id = \(of.tenantID) AND \(raw: other.time) < \(end) AND (\(raw: other.condition))
                """
        } + [
            """
            UPDATE business_event_recipients r SET recipient = NULL, name = NULL, data = '{}'
            FROM business_events e
            WHERE r.tenant_id = \(of.tenantID) AND e.tenant_id = r.tenant_id AND e.id = r.event_id
              AND e.received_at < \(end) AND (r.recipient IS NOT NULL OR r.name IS NOT NULL OR r.data <> '{}')
            """,
            """
            UPDATE broadcast_recipients r SET written = \(redacted), recipient = NULL, variables = NULL, reference = NULL
            FROM broadcasts b
            WHERE r.tenant_id = \(of.tenantID) AND b.tenant_id = r.tenant_id AND b.id = r.broadcast_id
              AND b.finished_at < \(end) AND r.written <> \(redacted)
            """,
        ]
    }

    /// After the messages: their events, and whatever else is as old. At most ten portions each.
    static func removeOthers(_ of: TenantDay) -> [SQL] {
        let range: SQL = "tenant_id = \(of.tenantID) AND id >= \(of.floor) AND id < \(of.ceiling)"
        let end = of.day + TenantDay.length
        return [
            portion(
                "message_events",
                """
                tenant_id = \(of.tenantID) AND message_id >= \(of.floor) AND message_id < \(of.ceiling)
                AND NOT EXISTS (SELECT FROM message_states s
                                WHERE s.tenant_id = message_events.tenant_id AND s.id = message_events.message_id)
                """,
                within: "message_id >= \(of.floor) AND message_id < \(of.ceiling)"),
            portion("inbound_messages", range, within: "id >= \(of.floor) AND id < \(of.ceiling)"),
            portion("callback_deliveries", range, within: "id >= \(of.floor) AND id < \(of.ceiling)"),
        ] + [
            ("conversation_interactions", "recorded_at", "true"), ("provider_notices", "received_at", "true"),
            ("business_events", "received_at", "NOT EXISTS (SELECT FROM automation_tasks t WHERE t.tenant_id = business_events.tenant_id AND t.event_id = business_events.id AND t.due_at IS NOT NULL)"),
            ("automation_tasks", "created_at", "due_at IS NULL"), ("broadcasts", "finished_at", "due_at IS NULL"),
        ].map { table, time, condition in
            portion(table, "tenant_id = \(of.tenantID) AND \(raw: time) < \(end) AND \(raw: condition)", within: "true")
        }
    }

    /// - Parameter within: bounds of one partition: a row's place says nothing beyond it.
    private static func portion(_ table: String, _ condition: SQL, within: SQL) -> SQL {
        """
        DELETE FROM \(raw: table) WHERE \(within) AND ctid = ANY (ARRAY(
            SELECT ctid FROM \(raw: table) WHERE \(condition) LIMIT \(portionMax * 10)))
        """
    }

    // MARK: Archive

    /// One page of a day for the archive: lines of JSON, and the id to go on after.
    package struct ArchivePage: Sendable {
        package let lines: [String]
        package let last: UUIDValue?
    }

    /// Messages with their state, attempts and events; a line each.
    package func messagesToArchive(
        _ of: TenantDay, after: UUIDValue?, max: Int = 1_000
    ) async throws(DatabaseError) -> ArchivePage {
        try await page(
            """
            WITH page AS MATERIALIZED (
                SELECT * FROM messages
                WHERE tenant_id = \(of.tenantID) AND id >= \(of.floor) AND id < \(of.ceiling)
                  AND id > \(after ?? UUIDValue(high: 0, low: 0))
                ORDER BY id LIMIT \(max)
            ), happened AS MATERIALIZED (
                SELECT message_id, jsonb_agg(to_jsonb(e) - 'tenant_id' - 'message_id' ORDER BY e.recorded_at, e.at) AS events
                FROM message_events e
                WHERE e.tenant_id = \(of.tenantID) AND e.message_id >= (SELECT min(id::text)::uuid FROM page)
                  AND e.message_id <= (SELECT max(id::text)::uuid FROM page)
                GROUP BY message_id
            )
            SELECT p.id, jsonb_build_object(
                'message', to_jsonb(p), 'state', to_jsonb(s) - 'tenant_id' - 'id', 'events', coalesce(h.events, '[]'),
                'attempts', (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'tenant_id' - 'message_id' ORDER BY a.number), '[]')
                             FROM attempts a WHERE a.tenant_id = p.tenant_id AND a.message_id = p.id))::text AS line
            FROM page p
            JOIN message_states s ON s.tenant_id = p.tenant_id AND s.id = p.id
            LEFT JOIN happened h ON h.message_id = p.id
            ORDER BY p.id
            """)
    }

    /// What customers wrote; a line each.
    package func inboundToArchive(
        _ of: TenantDay, after: UUIDValue?, max: Int = 1_000
    ) async throws(DatabaseError) -> ArchivePage {
        try await page(
            """
            SELECT id, to_jsonb(i)::text AS line FROM inbound_messages i
            WHERE tenant_id = \(of.tenantID) AND id >= \(of.floor) AND id < \(of.ceiling)
              AND id > \(after ?? UUIDValue(high: 0, low: 0))
            ORDER BY id LIMIT \(max)
            """)
    }

    private func page(_ query: SQL) async throws(DatabaseError) -> ArchivePage {
        let rows = try await database.rows(query)
        return try Connection.decoded {
            ArchivePage(
                lines: try rows.map { try $0.value("line") }, last: try rows.last.map { try $0.value("id") })
        }
    }

    /// Everything of the day is in the archive.
    package func noteArchived(_ of: TenantDay, place: String, files: Int) async throws(DatabaseError) {
        let audit = entry("retention.archived", of, JSONText(#"{"files":\#(files)}"#))
        _ = try await database.pipeline([
            """
            INSERT INTO retention_days (tenant_id, day, archived_at, archive, archive_files)
            VALUES (\(of.tenantID), \(of.date), now(), \(place), \(Int32(clamping: files)))
            ON CONFLICT (tenant_id, day) DO UPDATE
            SET archived_at = now(), archive = excluded.archive, archive_files = excluded.archive_files
            """,
            audit.insert,
        ])
    }
}
