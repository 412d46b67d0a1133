package import JSON
package import Models
package import Postgres

/// Reading who did what.
package struct AuditStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Of one tenant, newest first. Either role.
    package func entries(
        of tenantID: TenantID, _ filter: AuditFilter, after: UUIDValue?, max: Int
    ) async throws(DatabaseError) -> [AuditRecord] {
        var conditions: [SQL] = ["a.tenant_id = \(tenantID)"] + Self.conditions(filter, after)
        // Whoever is not named is not found by name either.
        if filter.actor != nil { conditions.append("a.actor_kind NOT IN ('founder', 'admin_key')") }
        let answers = try await database.pipeline([.actFor(tenantID), Self.query(conditions, max)])
        return try Self.read(answers.last ?? [])
    }

    /// Of all tenants and of the platform itself, newest first. Platform role.
    package func entries(
        of tenantID: TenantID?, everywhere filter: AuditFilter, after: UUIDValue?, max: Int
    ) async throws(DatabaseError) -> [AuditRecord] {
        let whose: [SQL] = tenantID.map { ["a.tenant_id = \($0)"] } ?? []
        return try Self.read(try await database.rows(Self.query(whose + Self.conditions(filter, after), max)))
    }

    private static func query(_ conditions: [SQL], _ max: Int) -> SQL {
        let condition: SQL = conditions.isEmpty ? "true" : conditions.joined(separator: " AND ")
        return """
            SELECT a.id, a.at, a.tenant_id, a.actor, a.actor_kind, a.action, a.target, a.detail, a.address FROM audit_log a
            WHERE \(condition) ORDER BY a.id DESC LIMIT \(max)
            """
    }

    private static func conditions(_ filter: AuditFilter, _ after: UUIDValue?) -> [SQL] {
        var conditions: [SQL] = []
        if let after { conditions.append("a.id < \(after)") }
        // An id begins with its time.
        if let from = filter.from { conditions.append("a.id >= \(UUIDValue.floor(of: from))") }
        if let to = filter.to { conditions.append("a.id < \(UUIDValue.floor(of: to))") }
        if let kind = filter.actorKind { conditions.append("a.actor_kind = \(kind.rawValue)") }
        if let actor = filter.actor { conditions.append("position(lower(\(actor)) IN lower(a.actor)) > 0") }
        if let action = filter.action { conditions.append("starts_with(a.action, \(action))") }
        if let target = filter.target { conditions.append("position(\(target) IN a.target) > 0") }
        return conditions
    }

    private static func read(_ rows: [Row]) throws(DatabaseError) -> [AuditRecord] {
        try Connection.decoded { try rows.map { try AuditRecord($0) } }
    }
}

/// One line of the audit log.
package struct AuditRecord: Sendable {
    package let id: UUIDValue
    package let at: Timestamp
    package let tenantID: TenantID?
    package let actor: String
    package let actorKind: String
    package let action: String
    package let target: String?
    package let detail: JSONText?
    package let address: String?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        at = try row.value("at")
        tenantID = try row.value("tenant_id")
        actor = try row.value("actor")
        actorKind = try row.value("actor_kind")
        action = try row.value("action")
        target = try row.value("target")
        detail = try row.value("detail")
        address = try row.value("address")
    }
}

extension AuditRecord {
    /// - Parameter isForFounders: a tenant learns that the platform did something, not which of its people from where.
    package func writeFields(isForFounders: Bool = false, into writer: inout JSONWriter) {
        let isPlatform = actorKind == "founder" || actorKind == "admin_key"
        let isShown = isForFounders || !isPlatform
        writer.field("id", id.description)
        writer.field("at", at.rfc3339)
        if isForFounders {
            writer.key("tenant_id")
            if let tenantID { writer.string(tenantID.description) } else { writer.null() }
        }
        writer.field("actor_kind", isShown ? actorKind : "platform")
        writer.field("actor", isShown ? actor : "platform")
        writer.field("action", action)
        writer.key("target")
        if let target { writer.string(target) } else { writer.null() }
        writer.field("detail", raw: detail?.bytes ?? Array("{}".utf8))
        writer.key("address")
        if let address, isShown { writer.string(address) } else { writer.null() }
    }
}
