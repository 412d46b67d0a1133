package import Models
package import Postgres
package import Runtime

/// Gates: closing and opening them, for whoever has reason to. Works as either role; the service's role sees and
/// changes what is its acting tenant's, and what concerns several tenants (an account, a portfolio, a provider).
package struct GateStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource = IDSource()) {
        self.database = database
        self.ids = ids
    }

    /// Closes a gate, or finds it closed already: then it stays closed at least as long as this closing asks for.
    ///
    /// - Parameters:
    ///   - closer: dispatcher, webhook, api, operator.
    ///   - probe: the message that tried the gate and was refused; its next probe is at the closing's time.
    package func close(
        _ closing: GateClosing, by closer: String, note: String? = nil, after probe: MessageID? = nil
    ) async throws(DatabaseError) -> ClosedGate {
        let owner = closing.owner
        let rows = try await run(
            for: owner,
            """
            INSERT INTO gates (id, tenant_id, scope, subject, cause, error_code, closed_at, closed_by, note,
                               opens_at, probe_at)
            VALUES (\(GateID(ids.uuid())), \(owner as TenantID?), \(closing.scope.rawValue), \(closing.subject),
                    \(closing.cause.rawValue), \(closing.code as Int32?), now(), \(closer), \(note as String?),
                    \(closing.opensAt as Timestamp?), \(closing.probeAt as Timestamp?))
            ON CONFLICT (scope, subject, cause) WHERE opened_at IS NULL DO UPDATE
            SET opens_at = greatest(gates.opens_at, excluded.opens_at),
                error_code = coalesce(excluded.error_code, gates.error_code),
                note = coalesce(excluded.note, gates.note),
                probe_at = CASE WHEN gates.probe_message_id = \(probe as MessageID?) THEN excluded.probe_at
                                ELSE coalesce(gates.probe_at, excluded.probe_at) END,
                probe_message_id = NULLIF(gates.probe_message_id, \(probe as MessageID?))
            RETURNING *
            """)
        guard let row = rows.first else { throw DatabaseError.decoding("a gate that was closed is not there") }
        return try Connection.decoded { try ClosedGate(row) }
    }

    /// How often this gate was closed for this cause within the last day, each probe in vain counted too: what
    /// `GatePolicy.closing` calls `earlier`.
    package func earlierClosings(of closing: GateClosing) async throws(DatabaseError) -> Int {
        let owner = closing.owner
        let whose: SQL = owner.map { "tenant_id = \($0)" } ?? "tenant_id IS NULL"
        let rows = try await run(
            for: owner,
            """
            SELECT coalesce(sum(1 + probes), 0)::bigint AS closings FROM gates
            WHERE \(whose) AND closed_at > now() - interval '1 day' AND scope = \(closing.scope.rawValue)
              AND subject = \(closing.subject) AND cause = \(closing.cause.rawValue)
            """)
        return try Connection.decoded { Int(try rows.first?.value("closings", as: Int64.self) ?? 0) }
    }

    /// Waits for those who are just holding messages behind it: after this returns, no further message is.
    ///
    /// - Returns: nil when it was open already, or is no gate of this tenant's.
    package func open(_ id: GateID, of tenantID: TenantID?, by opener: String) async throws(DatabaseError) -> ClosedGate? {
        let rows = try await run(
            for: tenantID,
            """
            UPDATE gates SET opened_at = now(), opened_by = \(opener)
            WHERE id = \(id) AND opened_at IS NULL RETURNING *
            """)
        return try Connection.decoded { try rows.first.map { try ClosedGate($0) } }
    }

    /// Opens the gates of one subject, only those closed for one of these causes.
    package func open(
        _ scope: GateScope, _ subject: String, causes: Set<GateCause>, of tenantID: TenantID?, by opener: String
    ) async throws(DatabaseError) -> [ClosedGate] {
        let rows = try await run(
            for: tenantID,
            """
            UPDATE gates SET opened_at = now(), opened_by = \(opener)
            WHERE scope = \(scope.rawValue) AND subject = \(subject)
              AND cause = ANY (\(causes.map(\.rawValue).sorted())) AND opened_at IS NULL
            RETURNING *
            """)
        return try Connection.decoded { try rows.map { try ClosedGate($0) } }
    }

    /// Every gate that is closed, whoever's it is: a dispatcher must know them before it knows whose messages come.
    package func closedGates() async throws(DatabaseError) -> [ClosedGate] {
        let rows = try await database.rows("SELECT * FROM closed_gates()")
        return try Connection.decoded { try rows.map { try ClosedGate($0) } }
    }

    /// The gates that hold, or held lately, messages of a tenant: closed ones first, then the newest.
    package func list(of tenantID: TenantID, max: Int = 100) async throws(DatabaseError) -> [StoredGate] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT g.* FROM gates g
            WHERE g.tenant_id = \(tenantID)
               OR g.tenant_id IS NULL AND (
                    g.scope = 'provider' AND g.subject IN ('meta', 'twilio')
                    OR g.scope = 'account' AND g.subject IN (
                        SELECT s.waba_id FROM senders s WHERE s.tenant_id = \(tenantID))
                    OR g.scope = 'portfolio' AND g.subject IN (
                        SELECT portfolio_of(s.portfolio_id, s.waba_id) FROM senders s WHERE s.tenant_id = \(tenantID)))
            ORDER BY g.opened_at IS NULL DESC, g.closed_at DESC LIMIT \(max)
            """,
        ])
        return try Connection.decoded { try (answers.last ?? []).map { try StoredGate($0) } }
    }

    /// The probe brought no verdict about the gate: somebody tries again soon.
    package func probeAgain(_ gate: ClosedGate, after message: MessageID, in wait: Duration) async throws(DatabaseError) {
        _ = try await run(
            for: gate.tenantID,
            """
            UPDATE gates
            SET probe_message_id = NULL, probe_at = now() + \(wait.microseconds) * interval '1 microsecond'
            WHERE id = \(gate.id) AND opened_at IS NULL AND probe_message_id = \(message)
            """)
    }

    private func run(for tenantID: TenantID?, _ statement: SQL) async throws(DatabaseError) -> [Row] {
        let acting = tenantID.map { [SQL.actFor($0)] } ?? []
        return try await database.pipeline(acting + [statement]).last ?? []
    }
}

/// A gate with its history, for people.
package struct StoredGate: Hashable, Sendable {
    package let gate: ClosedGate
    package let closedBy: String
    package let note: String?
    package let probeAt: Timestamp?
    package let probes: Int
    package let openedAt: Timestamp?
    package let openedBy: String?

    init(_ row: Row) throws {
        gate = try ClosedGate(row)
        closedBy = try row.value("closed_by")
        note = try row.value("note")
        probeAt = try row.value("probe_at")
        probes = Int(try row.value("probes", as: Int16.self))
        openedAt = try row.value("opened_at")
        openedBy = try row.value("opened_by")
    }
}

extension GateClosing {
    /// Two tenants may send through one account: whose token was refused first must not decide who sees its gate.
    fileprivate var owner: TenantID? {
        switch scope {
        case .tenant, .sender, .template, .batch: tenantID
        case .account, .portfolio, .provider: nil
        }
    }

    fileprivate var code: Int32? { errorCode.map { Int32(clamping: $0) } }
}

extension ClosedGate {
    init(_ row: Row) throws {
        guard let scope = GateScope(rawValue: try row.value("scope")),
            let cause = GateCause(rawValue: try row.value("cause"))
        else { throw DatabaseError.decoding("a gate's scope or cause that this program does not know") }
        self.init(
            id: try row.value("id"), tenantID: try row.value("tenant_id"), scope: scope,
            subject: try row.value("subject"), cause: cause,
            errorCode: try row.value("error_code", as: Int32?.self).map { Int($0) },
            closedAt: try row.value("closed_at"), opensAt: try row.value("opens_at"),
            probe: try row.value("probe_message_id"))
    }
}

extension Connection {
    /// Whatever reading rows throws, as an error of the database.
    static func decoded<Value>(_ body: () throws -> Value) throws(DatabaseError) -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw .closure(error)
        }
    }
}
