package import Models
internal import Postgres

/// A closed gate as people see it.
package struct ShownGate: Sendable {
    /// More are not counted: nobody needs to know by one.
    package static let heldMax = 100_000

    package let gate: ClosedGate
    /// Nil when it concerns more than one business.
    package let business: String?
    /// What people call the sender or template; nil where the subject's id says as much.
    package let subjectName: String?
    package let closedBy: String
    package let note: String?
    /// When the next message tries whether it is open again.
    package let probeAt: Timestamp?
    package let held: Int

    /// Closed now, the latest first.
    ///
    /// - Parameter condition: on `gates g`.
    static func query(max: Int, where condition: SQL = "true") -> SQL {
        """
        SELECT g.id, g.tenant_id, g.scope, g.subject, g.cause, g.error_code, g.closed_at, g.closed_by, g.note,
               g.opens_at, g.probe_at, g.probe_message_id, t.name AS business,
               CASE g.scope WHEN 'sender' THEN s.name || ' (' || s.display_phone_number || ')'
                            WHEN 'template' THEN p.name || ' (' || p.language || ')' END AS subject_name,
               (SELECT count(*) FROM (SELECT FROM due_messages d WHERE d.gate_id = g.id LIMIT \(heldMax)) AS h) AS held
        FROM gates g
        LEFT JOIN tenants t ON t.id = g.tenant_id
        LEFT JOIN senders s ON g.scope = 'sender' AND s.tenant_id = g.tenant_id AND s.id::text = g.subject
        LEFT JOIN templates p ON g.scope = 'template' AND p.tenant_id = g.tenant_id AND p.id::text = g.subject
        WHERE g.opened_at IS NULL AND (\(condition)) ORDER BY g.closed_at DESC LIMIT \(max)
        """
    }

    init(_ row: Row) throws(DatabaseError) {
        gate = try ClosedGate(shown: row)
        business = try row.value("business")
        subjectName = try row.value("subject_name")
        closedBy = try row.value("closed_by")
        note = try row.value("note")
        probeAt = try row.value("probe_at")
        held = try row.value("held")
    }
}

extension ClosedGate {
    fileprivate init(shown row: Row) throws(DatabaseError) {
        guard let scope = GateScope(rawValue: try row.value("scope")),
            let cause = GateCause(rawValue: try row.value("cause"))
        else { throw .decoding("a gate's scope or cause that this program does not know") }
        self.init(
            id: try row.value("id"),
            tenantID: try row.value("tenant_id"),
            scope: scope,
            subject: try row.value("subject"),
            cause: cause,
            errorCode: try row.value("error_code"),
            closedAt: try row.value("closed_at"),
            opensAt: try row.value("opens_at"),
            probe: try row.value("probe_message_id")
        )
    }
}
