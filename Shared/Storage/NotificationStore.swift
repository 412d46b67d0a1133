internal import Models
package import Postgres

/// What is told to people, where, and how it went; as the platform's role.
///
/// One row is one notification: written once by its dedupe key, claimed by a conditional update with a lease,
/// so that a copy of the alerter that dies leaves it to come due again.
package struct NotificationStore: Sendable {
    /// Begins the dedupe key of a note about a channel that does not work.
    static let notePrefix = "channel-failed:"

    /// Of the alerts that one explains, so many are named.
    private static let explainedMax = 20

    let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// What is due on a channel, sign-in links first; nothing is claimed by looking.
    package func due(
        on channel: NotificationChannel, to audience: NotificationAudience = .platform, max: Int
    ) async throws -> [DueNotification] {
        try await database.rows(
            """
            SELECT n.id, n.destination, n.alert_id IS NOT NULL AS tells_alert, n.is_held, a.root_cause
            FROM notifications n LEFT JOIN alerts a ON a.id = n.alert_id
            WHERE n.state IN ('due', 'sending') AND n.due_at <= now() AND n.channel = \(channel.rawValue)
              AND (n.tenant_id IS NOT NULL) = \(audience == .businesses)
              AND NOT \(Self.isOvertaken)
            ORDER BY (n.alert_id IS NOT NULL), n.due_at, n.id LIMIT \(max)
            """
        ).map { row in
            DueNotification(
                id: try row.value("id"),
                destination: try row.value("destination"),
                tellsAlert: try row.value("tells_alert"),
                isHeld: try row.value("is_held"),
                rootCause: try row.value("root_cause")
            )
        }
    }

    /// A try that was begun and never recorded may have arrived: it is counted with the one that follows.
    ///
    /// - Returns: those that are ours for the lease; somebody else has the rest.
    package func claim(_ ids: [NotificationID], lease: Duration) async throws -> [ClaimedNotification] {
        try await database.rows(
            """
            WITH free AS MATERIALIZED (
                SELECT id FROM notifications
                WHERE id = ANY (\(ids)) AND state IN ('due', 'sending') AND due_at <= now()
                ORDER BY id FOR UPDATE SKIP LOCKED
            ), claimed AS (
                UPDATE notifications n
                SET state = 'sending', attempts = n.attempts + 1,
                    unanswered = n.unanswered + CASE WHEN n.state = 'sending' THEN 1 ELSE 0 END,
                    due_at = now() + \(lease.microseconds) * interval '1 microsecond'
                FROM free WHERE n.id = free.id
                RETURNING n.*
            )
            SELECT c.id, c.kind, c.attempts, c.destination, c.destination_id, c.tenant_id, c.subject, c.body, c.is_held,
                   c.dedupe_key LIKE \(Self.notePrefix + "%") AS is_note, c.fallback_of IS NOT NULL AS is_fallback,
                   c.unanswered, c.created_at,
                   a.id AS alert_id, a.tenant_id AS alert_tenant_id, t.name AS tenant_name, a.code, a.severity, a.title,
                   a.detail, a.occurrences, a.opened_at, a.acknowledged_by, a.resolved_at, a.resolved_by, a.note,
                   ARRAY(SELECT e.title FROM alerts e WHERE e.parent_id = a.id AND e.resolved_at IS NULL
                         ORDER BY e.opened_at LIMIT \(Self.explainedMax)) AS explained,
                   d.url_sealed, o.data_key_sealed, s.slack_channel, s.slack_ts,
                   NOT EXISTS (SELECT FROM alert_threads x JOIN alerts b ON b.id = x.alert_id
                               WHERE x.slack_channel = s.slack_channel AND x.slack_ts = s.slack_ts
                                 AND b.resolved_at IS NULL) AS is_thread_over,
                   (SELECT count(*) FROM alert_threads x
                    WHERE x.slack_channel = s.slack_channel AND x.slack_ts = s.slack_ts) AS thread_alerts
            FROM claimed c
            LEFT JOIN alerts a ON a.id = c.alert_id LEFT JOIN tenants t ON t.id = a.tenant_id
            LEFT JOIN alert_destinations d ON d.id = c.destination_id LEFT JOIN tenants o ON o.id = d.tenant_id
            LEFT JOIN LATERAL (\(Self.thread)) s ON true
            ORDER BY a.opened_at, c.id
            """
        ).map { row in try ClaimedNotification(row) }
    }

    /// The alert's own message in Slack, or that of an open alert with the same root cause.
    private static let thread: SQL = """
        SELECT h.slack_channel, h.slack_ts FROM alert_threads h JOIN alerts p ON p.id = h.alert_id
        WHERE h.destination = c.destination
          AND (h.alert_id = a.id OR (p.root_cause = a.root_cause AND p.resolved_at IS NULL))
        ORDER BY (h.alert_id = a.id) DESC, p.opened_at LIMIT 1
        """

    /// Nobody needs to be reminded of it any more; whoever sweeps drops it.
    static let isOvertaken: SQL = """
        coalesce(n.kind IN ('reminder', 'escalation')
                 AND (a.acknowledged_at IS NOT NULL OR a.resolved_at IS NOT NULL OR a.silenced_until > now()), false)
        """

    // MARK: How it went

    /// - Parameter thread: where Slack shows it, for what follows; nil where there are no threads.
    package func recordSent(_ claimed: [ClaimedNotification], thread: SlackThread? = nil) async throws {
        var statements: [SQL] = [
            """
            UPDATE notifications n SET state = 'sent', sent_at = now(), result = 'sent', body = ''
            FROM unnest(\(claimed.map(\.id)), \(claimed.map { Int16($0.attempts) })) AS c (id, attempts)
            WHERE n.id = c.id AND n.state = 'sending' AND n.attempts = c.attempts
            """,
            """
            UPDATE alert_destinations SET last_told_at = now(), last_problem = NULL, last_problem_at = NULL
            WHERE id = ANY (\(claimed.compactMap(\.destinationID)))
            """,
        ]
        if let thread {
            let told = claimed.filter { $0.alert != nil && $0.thread == nil }
            statements.append(
                """
                INSERT INTO alert_threads (alert_id, destination, slack_channel, slack_ts)
                SELECT DISTINCT t.alert_id, t.destination, \(thread.channel), \(thread.ts)
                FROM unnest(\(told.compactMap { $0.alert?.id }), \(told.map(\.destination))) AS t (alert_id, destination)
                ON CONFLICT (alert_id, destination) DO NOTHING
                """)
        }
        try await inOneTransaction(statements)
    }

    /// - Parameters:
    ///   - waits: one for each of the claimed.
    ///   - mayHaveArrived: nobody knows whether this try told it.
    package func recordLater(
        _ claimed: [ClaimedNotification], waits: [Duration], result: String, mayHaveArrived: Bool = false
    ) async throws {
        try await inOneTransaction([
            """
            UPDATE notifications n
            SET state = 'due', due_at = now() + c.wait * interval '1 microsecond', result = \(result),
                unanswered = n.unanswered + CASE WHEN \(mayHaveArrived) THEN 1 ELSE 0 END
            FROM unnest(
                \(claimed.map(\.id)), \(claimed.map { Int16($0.attempts) }), \(waits.map(\.microseconds))
            ) AS c (id, attempts, wait)
            WHERE n.id = c.id AND n.state = 'sending' AND n.attempts = c.attempts
            """,
            Self.problem(claimed, result),
        ])
    }

    package func recordFailed(_ claimed: [ClaimedNotification], result: String) async throws {
        try await inOneTransaction([
            """
            UPDATE notifications n SET state = 'failed', result = \(result), body = ''
            FROM unnest(\(claimed.map(\.id)), \(claimed.map { Int16($0.attempts) })) AS c (id, attempts)
            WHERE n.id = c.id AND n.state = 'sending' AND n.attempts = c.attempts
            """,
            Self.problem(claimed, result),
        ])
    }

    private static func problem(_ claimed: [ClaimedNotification], _ result: String) -> SQL {
        """
        UPDATE alert_destinations SET last_problem = \(result), last_problem_at = now()
        WHERE id = ANY (\(claimed.compactMap(\.destinationID)))
        """
    }

    private func inOneTransaction(_ statements: [SQL]) async throws {
        try await database.transaction { connection in _ = try connection.pipeline(statements) }
    }
}
