package import Models
package import Postgres
internal import Runtime

/// What an alert should say; its key decides whether it is a new one.
package struct AlertDraft: Sendable {
    package let key: AlertKey
    package var title: String
    package var detail: String
    package var occurrences: Int
    /// The code's own, unless a rule says otherwise.
    package var severity: AlertSeverity
    /// A sender's id, an endpoint's name; empty: the business or the platform itself.
    package var subject = ""
    package var measured: Measured?

    /// What was measured, and what it was held against.
    package struct Measured: Sendable {
        package let metric: Metric
        package let value: Double
        package let threshold: Double

        package init(_ metric: Metric, value: Double, threshold: Double) {
            self.metric = metric
            self.value = value
            self.threshold = threshold
        }
    }

    package init(key: AlertKey, title: String, detail: String, occurrences: Int) {
        self.key = key
        self.title = title
        self.detail = detail
        self.occurrences = occurrences
        severity = key.code.severity
    }
}

/// How alerts open and end by themselves. What people do to them is in `AlertDeskStore`.
extension AlertStore {
    /// Stands in the history for what nobody did.
    package static let itself = "Tidings"
    /// An alert that was over by itself this recently is opened again instead of a new one, unless people were told that
    /// it is over: then they must be told of a new one.
    static let reopenedWithin = Duration.seconds(3_600)

    /// Opens, reopens or updates the one alert of a key.
    package func open(_ draft: AlertDraft) async throws(DatabaseError) -> AlertNews {
        let ids = ids
        return try await database.transaction { try Self.open(draft, ids: ids, on: $0) }
    }

    /// Inside the caller's transaction, so that the alert and what it was raised for are one.
    static func open(_ draft: AlertDraft, ids: IDSource, on connection: Connection) throws -> AlertNews {
        if let id = try reopen(draft, on: connection) {
            return AlertNews(alertID: id, key: draft.key.description, kind: .raised, tenantID: draft.key.tenantID)
        }
        let key = draft.key.description
        let measured = draft.measured
        let rows = try connection.rows(
            """
            WITH opened AS (
                INSERT INTO alerts AS a
                    (id, tenant_id, key, code, severity, subject, title, detail, occurrences, metric, value, threshold,
                     opened_at, updated_at)
                VALUES (\(ids.uuid()), \(draft.key.tenantID as TenantID?), \(key), \(draft.key.code.rawValue),
                        \(draft.severity.rawValue), \(draft.subject), \(draft.title), \(draft.detail),
                        \(draft.occurrences), \(measured?.metric.rawValue as String?), \(measured?.value as Double?), \(measured?.threshold as Double?),
                        now(), now())
                ON CONFLICT (key) WHERE resolved_at IS NULL DO UPDATE
                SET occurrences = a.occurrences + excluded.occurrences, updated_at = now(), title = excluded.title,
                    detail = excluded.detail, value = excluded.value, threshold = excluded.threshold
                RETURNING id, xmax = 0 AS is_new
            ), noted AS (
                INSERT INTO alert_history (alert_id, what, who, note)
                SELECT id, 'raised', \(itself), \(draft.title) FROM opened WHERE is_new
            )
            SELECT id, is_new FROM opened
            """
        )
        guard let row = rows.first else {
            throw DatabaseError.decoding("an alert that was neither made nor found")
        }
        let (id, isNew): (AlertID, Bool) = (try row.value("id"), try row.value("is_new"))
        if isNew { try inherit(id, key: key, on: connection) }
        return AlertNews(alertID: id, key: key, kind: isNew ? .raised : .updated, tenantID: draft.key.tenantID)
    }

    private static func reopen(_ draft: AlertDraft, on connection: Connection) throws -> AlertID? {
        let key = draft.key.description
        let measured = draft.measured
        return try connection.rows(
            """
            WITH reopened AS (
                UPDATE alerts SET resolved_at = NULL, updated_at = now(), title = \(draft.title), detail = \(draft.detail),
                       occurrences = occurrences + \(draft.occurrences), severity = \(draft.severity.rawValue),
                       value = \(measured?.value as Double?), threshold = \(measured?.threshold as Double?)
                WHERE id = (SELECT a.id FROM alerts a
                            WHERE a.key = \(key) AND a.resolved_by IS NULL
                              AND a.resolved_at > now() - \(reopenedWithin.microseconds) * interval '1 microsecond'
                              AND NOT EXISTS (SELECT FROM alerts o WHERE o.key = \(key) AND o.resolved_at IS NULL)
                              AND NOT EXISTS (SELECT FROM notifications n
                                              WHERE n.alert_id = a.id AND n.dedupe_key LIKE '%:resolved')
                            ORDER BY a.resolved_at DESC LIMIT 1)
                RETURNING id
            ), noted AS (
                INSERT INTO alert_history (alert_id, what, who, note)
                SELECT id, 'reopened', \(itself), \(draft.title) FROM reopened
            )
            SELECT id FROM reopened
            """
        ).first.map { try $0.value("id") }
    }

    /// A silence is about a trouble and not about one alert of it: the next of the same key keeps it until it ends.
    private static func inherit(_ id: AlertID, key: String, on connection: Connection) throws {
        _ = try connection.pipeline([
            """
            UPDATE alerts n SET silenced_until = o.silenced_until, silenced_by = o.silenced_by
            FROM (SELECT silenced_until, silenced_by FROM alerts WHERE key = \(key) AND id <> \(id)
                  ORDER BY opened_at DESC LIMIT 1) o
            WHERE n.id = \(id) AND o.silenced_until > now()
            """,
            "UPDATE alerts SET resolved_early = false WHERE key = \(key) AND resolved_early",
        ])
    }

    /// Resolves the open alerts of these keys, inside the caller's transaction.
    static func resolve(_ keys: [String], on connection: Connection) throws -> [AlertNews] {
        keys.isEmpty ? [] : try resolve(where: "a.key = ANY (\(keys))", on: connection)
    }

    /// Resolves open alerts `a`: what they told of is over.
    static func resolve(where condition: SQL, on connection: Connection) throws -> [AlertNews] {
        try connection.rows(
            """
            WITH over AS (
                UPDATE alerts a SET resolved_at = now() WHERE a.resolved_at IS NULL AND \(condition)
                RETURNING a.id, a.key, a.tenant_id
            ), noted AS (
                INSERT INTO alert_history (alert_id, what, who) SELECT id, 'resolved', \(itself) FROM over
            )
            SELECT id, key, tenant_id FROM over ORDER BY key
            """
        ).map { row in
            AlertNews(
                alertID: try row.value("id"),
                key: try row.value("key"),
                kind: .resolved,
                tenantID: try row.value("tenant_id")
            )
        }
    }

    /// Closes alerts of a kind that have not occurred for a while.
    package func resolveQuiet(_ codes: [AlertCode], for span: Duration) async throws(DatabaseError) -> [AlertNews] {
        try await database.transaction { connection in
            try Self.resolve(
                where: """
                    a.code = ANY (\(codes.map(\.rawValue)))
                    AND a.updated_at < now() - \(span.microseconds) * interval '1 microsecond'
                    """, on: connection)
        }
    }

    /// What somebody resolved while it went on stays resolved for as long as it goes on.
    ///
    /// - Parameters:
    ///   - pattern: of the keys that the caller looks after.
    ///   - standing: the keys of what goes on now.
    /// - Returns: those of `standing` that nobody is to be told of again. The others may open a new alert from now on.
    static func resolvedEarly(
        like pattern: String, standing: [String], on connection: Connection
    ) throws -> Set<String> {
        let early = Set(
            try connection.rows("SELECT DISTINCT key FROM alerts WHERE resolved_early AND key LIKE \(pattern)").map {
                try $0.value("key", as: String.self)
            })
        let over = early.subtracting(standing)
        if !over.isEmpty {
            _ = try connection.execute(
                "UPDATE alerts SET resolved_early = false WHERE resolved_early AND key = ANY (\(over.sorted()))")
        }
        return early.intersection(standing)
    }
}
