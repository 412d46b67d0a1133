internal import JSON
package import Models
package import Postgres
package import Runtime

/// Founders' hands on closed gates of all businesses. Platform role; each change has its line in the audit log in the
/// same transaction. What a business paused itself is its own to resume (`PauseStore`), so nothing here touches pauses.
package struct GateAdminStore: Sendable {
    package static let listedMax = 500

    /// What became of the wish that a gate be tried now.
    package enum Probing: Sendable, Hashable {
        /// The next message that it holds tries it within a second or two.
        case asked
        /// One is trying it already.
        case underWay
        /// It is open, or a pause, which nobody tries.
        case notClosed
    }

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource = IDSource()) {
        self.database = database
        self.ids = ids
    }

    /// Closed now, the latest first.
    package func closed(cause: GateCause? = nil, of tenantID: TenantID? = nil) async throws(DatabaseError) -> [ShownGate] {
        var conditions: [SQL] = ["true"]
        if let cause { conditions.append("g.cause = \(cause.rawValue)") }
        if let tenantID { conditions.append("g.tenant_id = \(tenantID)") }
        let rows = try await database.rows(
            ShownGate.query(max: Self.listedMax, where: conditions.joined(separator: " AND ")))
        return try Connection.decoded { try rows.map { try ShownGate($0) } }
    }

    /// Nil when it is open, or there is none.
    package func closed(_ id: GateID) async throws(DatabaseError) -> ShownGate? {
        let rows = try await database.rows(ShownGate.query(max: 1, where: "g.id = \(id)"))
        return try Connection.decoded { try rows.first.map { try ShownGate($0) } }
    }

    /// What it held goes out at once, at its senders' pace. Should its cause last, the first refusal closes it again.
    ///
    /// - Returns: those that were opened by this: not what was open before, nor pauses.
    package func open(
        _ gates: [GateID], note: String?, by source: AuditSource
    ) async throws(DatabaseError) -> [ClosedGate] {
        let ids = ids
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE gates SET opened_at = now(), opened_by = 'operator'
                WHERE id = ANY (\(gates)) AND opened_at IS NULL AND cause <> \(GateCause.paused.rawValue) RETURNING *
                """)
            let opened = try rows.map { try ClosedGate($0) }
            for gate in opened { try connection.execute(gate.entry("gate.opened", note: note, source, id: ids.uuid())) }
            return opened
        }
    }

    /// Has one held message try now whether the gate is open again; a portfolio's limit is looked at again instead.
    package func probe(_ id: GateID, by source: AuditSource) async throws(DatabaseError) -> Probing {
        let entryID = ids.uuid()
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                SELECT * FROM gates WHERE id = \(id) AND opened_at IS NULL AND cause <> \(GateCause.paused.rawValue)
                FOR UPDATE
                """)
            guard let row = rows.first else { return .notClosed }
            let gate = try ClosedGate(row)
            if gate.probe != nil { return .underWay }
            try connection.execute(
                gate.cause == .portfolioLimit
                    ? "UPDATE gates SET opens_at = now() WHERE id = \(id)"
                    : "UPDATE gates SET probe_at = now() WHERE id = \(id)")
            try connection.execute(gate.entry("gate.probed", note: nil, source, id: entryID))
            return .asked
        }
    }
}

extension ClosedGate {
    fileprivate func entry(_ action: String, note: String?, _ source: AuditSource, id entryID: UUIDValue) -> SQL {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("scope", scope.rawValue)
            writer.field("subject", subject)
            writer.field("cause", cause.rawValue)
            writer.field("note", note)
        }
        return source.entry(action, "gate \(id)", of: tenantID, id: entryID, detail: JSONText(writer.bytes))
    }
}
