package import Models
package import Postgres

package enum NotificationKind {}
package typealias NotificationID = Identifier<NotificationKind>

package enum NotificationChannel: String, CaseIterable, Hashable, Sendable {
    case slack
    case email
}

/// Where alerts are told.
package struct NotificationDestination: Hashable, Sendable {
    package let channel: NotificationChannel
    /// An e-mail address; for Slack the name of the setting that holds the secret address.
    package let name: String

    package init(_ channel: NotificationChannel, _ name: String) {
        self.channel = channel
        self.name = name
    }
}

/// A notification whose time has come; its text is read when it is claimed.
package struct DueNotification: Sendable {
    package let id: NotificationID
    package let destination: String
    package let tellsAlert: Bool

    package init(id: NotificationID, destination: String, tellsAlert: Bool) {
        self.id = id
        self.destination = destination
        self.tellsAlert = tellsAlert
    }
}

/// An alert as it is told.
package struct ToldAlert: Sendable {
    package let id: AlertID
    package let tenantID: TenantID?
    package let tenantName: String?
    package let code: String
    package let severity: AlertSeverity
    package let title: String
    package let detail: String
    package let occurrences: Int64
    package let openedAt: Timestamp
    package let resolvedAt: Timestamp?

    package init(
        id: AlertID,
        tenantID: TenantID?,
        tenantName: String?,
        code: String,
        severity: AlertSeverity,
        title: String,
        detail: String,
        occurrences: Int64,
        openedAt: Timestamp,
        resolvedAt: Timestamp?
    ) {
        self.id = id
        self.tenantID = tenantID
        self.tenantName = tenantName
        self.code = code
        self.severity = severity
        self.title = title
        self.detail = detail
        self.occurrences = occurrences
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
    }
}

/// A notification that is ours to send until its lease ends.
package struct ClaimedNotification: Sendable {
    package let id: NotificationID
    /// This try included; also the fence: an outcome of an earlier try records nothing.
    package let attempts: Int
    package let destination: String
    package let subject: String
    /// A secret where it holds a sign-in link.
    package let body: String
    package let isNote: Bool
    package let isResolved: Bool
    package let alert: ToldAlert?
}

/// What is told to people, where, and how it went; as the platform's role.
///
/// One row is one notification: written once by its dedupe key, claimed by a conditional update with a lease,
/// so that a copy of the alerter that dies leaves it to come due again.
package struct NotificationStore: Sendable {
    /// Alerts resolved or opened longer ago are history: nobody is told of them for the first time.
    private static let resolvedFor = Duration.seconds(24 * 3_600)
    private static let owedMax = 2_000
    /// Begins the dedupe key of a note about a channel that does not work.
    private static let notePrefix = "channel-failed:"

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    // MARK: What is owed

    /// Writes what open and resolved alerts owe to the destinations.
    ///
    /// - Returns: how many were written; as many as `owedMax` when there may be more.
    package func oweAlerts(to destinations: [NotificationDestination]) async throws -> (
        written: Int, hasMore: Bool
    ) {
        if destinations.isEmpty { return (0, false) }
        let channels = destinations.map(\.channel.rawValue)
        let names = destinations.map(\.name)
        let raised = try await database.execute(
            """
            INSERT INTO notifications
                (id, alert_id, dedupe_key, channel, destination, subject, body, state, due_at, created_at)
            SELECT gen_random_uuid(), a.id, k.key, d.channel, d.destination,
                   '[' || upper(a.severity) || '] ' || a.title, '', 'due', now(), now()
            FROM alerts a
            CROSS JOIN unnest(\(channels), \(names)) AS d (channel, destination)
            CROSS JOIN LATERAL (SELECT a.id || ':' || d.channel || ':' || d.destination || ':raised' AS key) k
            WHERE (a.resolved_at IS NULL
                   OR a.opened_at > now() - \(Self.resolvedFor.microseconds) * interval '1 microsecond')
              AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.dedupe_key = k.key)
            ORDER BY a.opened_at LIMIT \(Self.owedMax)
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
        // Only who was told that something is wrong is told that it is over.
        let resolved = try await database.execute(
            """
            INSERT INTO notifications
                (id, alert_id, dedupe_key, channel, destination, subject, body, state, due_at, created_at)
            SELECT gen_random_uuid(), a.id, k.key, n.channel, n.destination,
                   '[RESOLVED] ' || a.title, '', 'due', now(), now()
            FROM alerts a
            JOIN notifications n ON n.alert_id = a.id
            CROSS JOIN LATERAL (SELECT a.id || ':' || n.channel || ':' || n.destination || ':resolved' AS key) k
            WHERE a.resolved_at > now() - \(Self.resolvedFor.microseconds) * interval '1 microsecond'
              AND n.dedupe_key = a.id || ':' || n.channel || ':' || n.destination || ':raised'
              AND n.state <> 'failed'
              AND NOT EXISTS (SELECT 1 FROM notifications r WHERE r.dedupe_key = k.key)
            LIMIT \(Self.owedMax)
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
        return (raised + resolved, raised == Self.owedMax || resolved == Self.owedMax)
    }

    /// Tells the other destinations that a channel refuses what it is given: once an hour for each channel.
    package func noteFailure(
        of channel: NotificationChannel,
        subject: String,
        body: String,
        to destinations: [NotificationDestination]
    ) async throws {
        let others = destinations.filter { $0.channel != channel }
        if others.isEmpty { return }
        _ = try await database.execute(
            """
            INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, state, due_at, created_at)
            SELECT gen_random_uuid(),
                   \(Self.notePrefix) || \(channel.rawValue) || ':' || d.channel || ':' || d.destination || ':'
                       || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24'),
                   d.channel, d.destination, \(subject), \(body), 'due', now(), now()
            FROM unnest(\(others.map(\.channel.rawValue)), \(others.map(\.name))) AS d (channel, destination)
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
    }

    // MARK: Sending

    /// What is due on a channel, sign-in links first; nothing is claimed by looking.
    package func due(on channel: NotificationChannel, max: Int) async throws -> [DueNotification] {
        try await database.rows(
            """
            SELECT id, destination, alert_id IS NOT NULL AS tells_alert FROM notifications
            WHERE state IN ('due', 'sending') AND due_at <= now() AND channel = \(channel.rawValue)
            ORDER BY (alert_id IS NOT NULL), due_at, id LIMIT \(max)
            """
        ).map { row in
            DueNotification(
                id: try row.value("id"),
                destination: try row.value("destination"),
                tellsAlert: try row.value("tells_alert")
            )
        }
    }

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
                    due_at = now() + \(lease.microseconds) * interval '1 microsecond'
                FROM free WHERE n.id = free.id
                RETURNING n.*
            )
            SELECT c.id, c.attempts, c.destination, c.subject, c.body,
                   c.dedupe_key LIKE \(Self.notePrefix + "%") AS is_note,
                   c.dedupe_key LIKE '%:resolved' AS is_resolved,
                   a.id AS alert_id, a.tenant_id, t.name AS tenant_name, a.code, a.severity, a.title, a.detail,
                   a.occurrences, a.opened_at, a.resolved_at
            FROM claimed c LEFT JOIN alerts a ON a.id = c.alert_id LEFT JOIN tenants t ON t.id = a.tenant_id
            ORDER BY a.opened_at, c.id
            """
        ).map { row in try ClaimedNotification(row) }
    }

    package func recordSent(_ claimed: [ClaimedNotification]) async throws {
        _ = try await database.execute(
            """
            UPDATE notifications n SET state = 'sent', sent_at = now(), result = 'sent', body = ''
            FROM unnest(\(claimed.map(\.id)), \(claimed.map { Int16($0.attempts) })) AS c (id, attempts)
            WHERE n.id = c.id AND n.state = 'sending' AND n.attempts = c.attempts
            """
        )
    }

    /// - Parameter waits: one for each of the claimed.
    package func recordLater(_ claimed: [ClaimedNotification], waits: [Duration], result: String) async throws
    {
        _ = try await database.execute(
            """
            UPDATE notifications n
            SET state = 'due', due_at = now() + c.wait * interval '1 microsecond', result = \(result)
            FROM unnest(
                \(claimed.map(\.id)), \(claimed.map { Int16($0.attempts) }), \(waits.map(\.microseconds))
            ) AS c (id, attempts, wait)
            WHERE n.id = c.id AND n.state = 'sending' AND n.attempts = c.attempts
            """
        )
    }

    package func recordFailed(_ claimed: [ClaimedNotification], result: String) async throws {
        _ = try await database.execute(
            """
            UPDATE notifications n SET state = 'failed', result = \(result), body = ''
            FROM unnest(\(claimed.map(\.id)), \(claimed.map { Int16($0.attempts) })) AS c (id, attempts)
            WHERE n.id = c.id AND n.state = 'sending' AND n.attempts = c.attempts
            """
        )
    }
}

extension ClaimedNotification {
    fileprivate init(_ row: Row) throws {
        id = try row.value("id")
        attempts = Int(try row.value("attempts", as: Int16.self))
        destination = try row.value("destination")
        subject = try row.value("subject")
        body = try row.value("body")
        isNote = try row.value("is_note")
        isResolved = try row.value("is_resolved")
        alert = try row.value("alert_id", as: AlertID?.self).map { id in try ToldAlert(id, row) }
    }
}

extension ToldAlert {
    fileprivate init(_ id: AlertID, _ row: Row) throws {
        guard let severity = AlertSeverity(rawValue: try row.value("severity")) else {
            throw DatabaseError.decoding("a severity that this program does not know")
        }
        self.init(
            id: id,
            tenantID: try row.value("tenant_id"),
            tenantName: try row.value("tenant_name"),
            code: try row.value("code"),
            severity: severity,
            title: try row.value("title"),
            detail: try row.value("detail"),
            occurrences: try row.value("occurrences"),
            openedAt: try row.value("opened_at"),
            resolvedAt: try row.value("resolved_at")
        )
    }
}
