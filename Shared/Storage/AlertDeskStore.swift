internal import JSON
package import Models
package import Postgres
package import Runtime

/// Whose alerts somebody may touch.
package enum AlertReach: Sendable, Hashable {
    /// One business's own; through row-level security, with the service's role.
    case tenant(TenantID)
    /// All of them; with the platform's role.
    case everything
}

/// What people do to alerts. Each act is one transaction with its line in the alert's history and in the audit log.
package struct AlertDeskStore: Sendable {
    package static let noteCharactersMax = 1_000

    package enum Act: Sendable, Equatable {
        /// Somebody looks after it: reminders and escalation end. Acknowledging again changes nothing.
        case acknowledge
        /// Nobody is told for so long.
        case silence(Duration)
        case unsilence
        /// It is over, or nobody's trouble. It stays resolved until it occurs anew.
        case resolve
        case note
    }

    package enum Outcome: Sendable {
        case done(StoredAlert)
        /// It is over: there is nothing to acknowledge, silence or resolve any more.
        case over(StoredAlert)
        case unknown
    }

    let database: Database
    let ids: IDSource
    let reach: AlertReach

    package init(_ database: Database, ids: IDSource, reach: AlertReach) {
        self.database = database
        self.ids = ids
        self.reach = reach
    }

    /// - Parameters:
    ///   - note: in the person's words; required of `.note`, allowed with all.
    ///   - who: as the history is to show them; the audit log names the source.
    package func act(
        _ act: Act, on id: AlertID, note: String? = nil, who: String, source: AuditSource
    ) async throws(DatabaseError) -> Outcome {
        let (ids, reach) = (ids, reach)
        return try await database.transaction { connection in
            if case .tenant(let tenantID) = reach { _ = try connection.rows(.actFor(tenantID)) }
            let locked = try connection.rows(
                "SELECT 1 FROM alerts WHERE id = \(id) AND \(Self.condition(reach, "alerts")) FOR UPDATE")
            guard !locked.isEmpty, let before = try Self.alert(id, reach, on: connection) else { return .unknown }
            guard before.isOpen || act == .note else { return .over(before) }
            if act == .acknowledge, before.acknowledged != nil, note == nil { return .done(before) }
            _ = try connection.pipeline([
                "UPDATE alerts SET \(Self.change(act, note: note, who: who)) WHERE id = \(id)",
                """
                INSERT INTO alert_history (alert_id, what, who, note)
                VALUES (\(id), \(act.event.rawValue), \(who), \(Self.remark(act, note) as String?))
                """,
                source.entry(
                    "alert.\(act.event.rawValue)", "alert \(id)", of: before.tenantID, id: ids.uuid(),
                    detail: Self.detail(before)),
            ])
            return try Self.alert(id, reach, on: connection).map(Outcome.done) ?? .unknown
        }
    }

    package func alert(_ id: AlertID) async throws(DatabaseError) -> StoredAlert? {
        let reach = reach
        return try await database.transaction { connection in
            if case .tenant(let tenantID) = reach { _ = try connection.rows(.actFor(tenantID)) }
            return try Self.alert(id, reach, on: connection)
        }
    }

    static func alert(_ id: AlertID, _ reach: AlertReach, on connection: Connection) throws -> StoredAlert? {
        try connection.rows(
            """
            SELECT \(StoredAlert.columns) FROM \(StoredAlert.source)
            WHERE a.id = \(id) AND \(condition(reach, "a"))
            """
        ).first.map { try StoredAlert($0) }
    }

    /// Row-level security says it too; the index by tenant is used only when the statement says it. How the platform runs
    /// is nothing that a business is told.
    static func condition(_ reach: AlertReach, _ table: StaticString) -> SQL {
        switch reach {
        case .tenant(let tenantID):
            "\(raw: table.description).tenant_id = \(tenantID) AND \(raw: table.description).code <> ALL (\(platformOnly))"
        case .everything: "true"
        }
    }

    private static let platformOnly = AlertCode.allCases.filter(\.isForPlatformOnly).map(\.rawValue)

    private static func change(_ act: Act, note: String?, who: String) -> SQL {
        let said: SQL = "note = coalesce(\(note as String?), note)"
        return switch act {
        case .acknowledge:
            """
            acknowledged_at = coalesce(acknowledged_at, now()), acknowledged_by = coalesce(acknowledged_by, \(who)), \(said)
            """
        case .silence(let span):
            """
            silenced_until = now() + \(span.microseconds) * interval '1 microsecond', silenced_by = \(who), \(said)
            """
        case .unsilence: "silenced_until = NULL, silenced_by = NULL, \(said)"
        case .resolve: "resolved_at = now(), resolved_by = \(who), resolved_early = true, \(said)"
        case .note: said
        }
    }

    /// How long is part of what happened.
    private static func remark(_ act: Act, _ note: String?) -> String? {
        guard case .silence(let span) = act else { return note }
        let hours = span.microseconds / 3_600_000_000
        let words = hours % 24 == 0 ? "for \(hours / 24) d" : "for \(hours) h"
        return note.map { "\(words): \($0)" } ?? words
    }

    /// What it was about; a note is for those who look after the alert.
    private static func detail(_ alert: StoredAlert) -> JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("code", alert.code)
            writer.field("severity", alert.severity.rawValue)
        }
        return JSONText(writer.bytes)
    }
}

extension AlertDeskStore.Act {
    var event: AlertEvent.Kind {
        switch self {
        case .acknowledge: .acknowledged
        case .silence: .silenced
        case .unsilence: .unsilenced
        case .resolve: .resolved
        case .note: .noted
        }
    }
}
