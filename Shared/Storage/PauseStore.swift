package import Models
package import Postgres
package import Runtime

/// A person's pause: a gate that a tenant closes and opens itself, each time with a row in the audit log of the same
/// commit.
package struct PauseStore: Sendable {
    /// Held messages are counted up to here.
    package static let heldCountedMax = 10_000
    package static let listedMax = 200

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource = IDSource()) {
        self.database = database
        self.ids = ids
    }

    /// Pausing again changes nothing but the note.
    ///
    /// - Returns: nil when the tenant owns nothing of that id.
    package func pause(
        _ subject: PauseSubject, of tenantID: TenantID, note: String?, by actor: String
    ) async throws(DatabaseError) -> (gate: ListedGate, isNew: Bool)? {
        let (gateID, auditID) = (GateID(ids.uuid()), ids.uuid())
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            WITH owned AS (\(Self.owned(subject, tenantID))), closed AS (
                INSERT INTO gates AS g (id, tenant_id, scope, subject, cause, closed_at, closed_by, note)
                SELECT \(gateID), \(tenantID), \(subject.scope.rawValue), \(subject.id.description), 'paused', now(),
                       'api', \(note as String?)
                FROM owned
                ON CONFLICT (scope, subject, cause) WHERE opened_at IS NULL
                DO UPDATE SET note = coalesce(excluded.note, g.note)
                RETURNING g.*
            ), audited AS (
                INSERT INTO audit_log (id, at, tenant_id, actor, action, detail)
                SELECT \(auditID), now(), \(tenantID), \(actor), 'pause',
                       jsonb_build_object('scope', scope, 'id', subject, 'gate_id', id, 'note', note)
                FROM closed
            )
            SELECT \(Self.columns), \(Self.held(tenantID)) FROM closed g
            """,
        ])
        guard let row = answers.last?.first else { return nil }
        let gate = try ListedGate(row)
        return (gate, gate.closed.id == gateID)
    }

    /// - Returns: nil when the tenant owns nothing of that id; `wasPaused` is false when there was nothing to resume.
    package func resume(
        _ subject: PauseSubject, of tenantID: TenantID, note: String?, by actor: String
    ) async throws(DatabaseError) -> (wasPaused: Bool, held: CappedCount)? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            Self.owned(subject, tenantID),
            """
            WITH opened AS (
                UPDATE gates SET opened_at = now(), opened_by = 'api'
                WHERE tenant_id = \(tenantID) AND scope = \(subject.scope.rawValue)
                  AND subject = \(subject.id.description) AND cause = 'paused' AND opened_at IS NULL
                RETURNING *
            ), audited AS (
                INSERT INTO audit_log (id, at, tenant_id, actor, action, detail)
                SELECT \(ids.uuid()), now(), \(tenantID), \(actor), 'resume',
                       jsonb_build_object('scope', scope, 'id', subject, 'gate_id', id, 'note', \(note as String?))
                FROM opened
            )
            SELECT \(Self.held(tenantID)) FROM opened g
            """,
        ])
        guard answers.count == 3, !answers[1].isEmpty else { return nil }
        guard let row = answers[2].first else { return (false, CappedCount(0)) }
        return (true, CappedCount(try row.value("held"), max: Self.heldCountedMax))
    }

    /// The gates that are closed now and concern this tenant, the oldest first.
    package func closed(of tenantID: TenantID) async throws(DatabaseError) -> [ListedGate] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(Self.columns), \(Self.held(tenantID)) FROM gates g
            WHERE g.opened_at IS NULL AND (g.tenant_id = \(tenantID) OR g.tenant_id IS NULL AND EXISTS (
                SELECT FROM senders s WHERE s.tenant_id = \(tenantID) AND (
                    g.scope = 'account' AND g.subject = s.waba_id
                    OR g.scope = 'portfolio' AND g.subject = portfolio_of(s.portfolio_id, s.waba_id)
                    OR g.scope = 'provider' AND split_part(g.subject, '@', 1) = s.provider)))
            ORDER BY g.closed_at, g.id LIMIT \(Self.listedMax)
            """,
        ])
        var gates: [ListedGate] = []
        for row in answers.last ?? [] { gates.append(try ListedGate(row)) }
        return gates
    }

    static let columns: SQL = """
        g.id, g.tenant_id, g.scope, g.subject, g.cause, g.error_code, g.closed_at, g.opens_at, g.probe_message_id,
        g.closed_by, g.note, g.probe_at, g.probes, g.opened_at
        """

    private static func held(_ tenantID: TenantID) -> SQL {
        """
        (SELECT count(*) FROM (
            SELECT FROM due_messages d WHERE d.gate_id = g.id AND d.tenant_id = \(tenantID)
            LIMIT \(heldCountedMax + 1)) AS counted) AS held
        """
    }

    private static func owned(_ subject: PauseSubject, _ tenantID: TenantID) -> SQL {
        switch subject {
        case .tenant: "SELECT 1 FROM tenants WHERE id = \(tenantID)"
        case .sender(let id): "SELECT 1 FROM senders WHERE tenant_id = \(tenantID) AND id = \(id)"
        case .template(let id): "SELECT 1 FROM templates WHERE tenant_id = \(tenantID) AND id = \(id)"
        case .batch(let id): "SELECT 1 FROM batches WHERE tenant_id = \(tenantID) AND id = \(id)"
        }
    }
}

/// What a tenant may pause.
package enum PauseSubject: Hashable, Sendable {
    case tenant(TenantID)
    case sender(SenderID)
    case template(TemplateID)
    case batch(BatchID)

    package var scope: GateScope {
        switch self {
        case .tenant: .tenant
        case .sender: .sender
        case .template: .template
        case .batch: .batch
        }
    }

    package var id: UUIDValue {
        switch self {
        case .tenant(let id): id.value
        case .sender(let id): id.value
        case .template(let id): id.value
        case .batch(let id): id.value
        }
    }
}

/// A gate with what its tenant wants to know of it.
package struct ListedGate: Sendable {
    package let closed: ClosedGate
    package let closedBy: String
    package let note: String?
    package let probeAt: Timestamp?
    package let openedAt: Timestamp?
    package let held: CappedCount

    init(_ row: Row) throws(DatabaseError) {
        guard let scope = GateScope(rawValue: try row.value("scope")),
            let cause = GateCause(rawValue: try row.value("cause"))
        else { throw .decoding("a gate's scope or cause that this program does not know") }
        closed = ClosedGate(
            id: try row.value("id"),
            tenantID: try row.value("tenant_id"),
            scope: scope,
            subject: try row.value("subject"),
            cause: cause,
            errorCode: try row.value("error_code", as: Int32?.self).map { Int($0) },
            closedAt: try row.value("closed_at"),
            opensAt: try row.value("opens_at"),
            probe: try row.value("probe_message_id")
        )
        closedBy = try row.value("closed_by")
        note = try row.value("note")
        probeAt = try row.value("probe_at")
        openedAt = try row.value("opened_at")
        held = CappedCount(try row.value("held"), max: PauseStore.heldCountedMax)
    }
}
