package import Models
internal import Postgres

/// An alert as it stands.
package struct StoredAlert: Sendable {
    /// What somebody did, or was done by itself, at a moment.
    package struct Mark: Sendable, Equatable {
        package let at: Timestamp
        package let who: String
    }

    package let id: AlertID
    package let tenantID: TenantID?
    /// Nil for the platform's own.
    package let business: String?
    package let key: String
    package let code: String
    package let severity: AlertSeverity
    /// A sender's id, an endpoint's name; empty: the business or the platform itself.
    package let subject: String
    package let title: String
    package let detail: String
    package let occurrences: Int64
    /// What was measured, for an alert of a rule.
    package let metric: Metric?
    package let value: Double?
    package let threshold: Double?
    package let rootCause: String?
    /// The alert that explains this one.
    package let parentID: AlertID?
    package let openedAt: Timestamp
    package let updatedAt: Timestamp
    package let acknowledged: Mark?
    /// Nobody is told before then.
    package let silencedUntil: Timestamp?
    package let silencedBy: String?
    package let resolvedAt: Timestamp?
    /// Nil with `resolvedAt`: it was over by itself.
    package let resolvedBy: String?
    package let note: String?

    package var isOpen: Bool { resolvedAt == nil }
}

/// One thing that happened to an alert.
package struct AlertEvent: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
        case raised, reopened, grouped, acknowledged, silenced, unsilenced, escalated, resolved, noted
    }

    package let at: Timestamp
    package let what: Kind
    package let who: String
    package let note: String?
}

extension StoredAlert {
    /// Of `source`.
    static let columns: SQL = """
        a.id, a.tenant_id, t.name AS business, a.key, a.code, a.severity, a.subject, a.title, a.detail, a.occurrences,
        a.metric, a.value, a.threshold, a.root_cause, a.parent_id, a.opened_at, a.updated_at, a.acknowledged_at,
        a.acknowledged_by, a.silenced_until, a.silenced_by, a.resolved_at, a.resolved_by, a.note
        """
    static let source: SQL = "alerts a LEFT JOIN tenants t ON t.id = a.tenant_id"
    /// 1 for critical: what is to be seen first.
    static let rank: SQL = "array_position(ARRAY['critical', 'warning', 'info'], a.severity)"

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        key = try row.value("key")
        code = try row.value("code")
        guard let severity = AlertSeverity(rawValue: try row.value("severity")) else {
            throw DatabaseError.decoding("a severity that this program does not know")
        }
        self.severity = severity
        subject = try row.value("subject")
        title = try row.value("title")
        detail = try row.value("detail")
        occurrences = try row.value("occurrences")
        metric = try row.value("metric", as: String?.self).flatMap { Metric(rawValue: $0) }
        value = try row.value("value")
        threshold = try row.value("threshold")
        rootCause = try row.value("root_cause")
        parentID = try row.value("parent_id")
        openedAt = try row.value("opened_at")
        updatedAt = try row.value("updated_at")
        let acknowledgedAt: Timestamp? = try row.value("acknowledged_at")
        let acknowledgedBy: String? = try row.value("acknowledged_by")
        acknowledged = acknowledgedAt.map { Mark(at: $0, who: acknowledgedBy ?? "") }
        silencedUntil = try row.value("silenced_until")
        silencedBy = try row.value("silenced_by")
        resolvedAt = try row.value("resolved_at")
        resolvedBy = try row.value("resolved_by")
        note = try row.value("note")
    }
}

extension AlertEvent {
    init(_ row: Row) throws(DatabaseError) {
        at = try row.value("at")
        guard let what = Kind(rawValue: try row.value("what")) else {
            throw DatabaseError.decoding("an event of an alert that this program does not know")
        }
        self.what = what
        who = try row.value("who")
        note = try row.value("note")
    }
}
