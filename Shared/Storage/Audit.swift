internal import JSON
package import Models
package import Postgres

/// Who did something.
package enum Actor: Hashable, Sendable {
    case founder(email: String)
    case user(email: String)
    case key(APIKeyID)
    /// A founder's program.
    case adminKey(AdminKeyID, email: String)
    /// One of our own services, by name.
    case system(String)

    package var kind: String {
        switch self {
        case .founder: "founder"
        case .user: "user"
        case .key: "key"
        case .adminKey: "admin_key"
        case .system: "system"
        }
    }

    package var name: String {
        switch self {
        case .founder(let email), .user(let email): email
        case .key(let id): "api key \(id)"
        case .adminKey(let id, let email): "admin key \(id) of \(email)"
        case .system(let name): name
        }
    }
}

/// One line of the audit log, for the transaction that does what it says.
package struct AuditEntry: Sendable {
    package var id: UUIDValue
    package var tenantID: TenantID?
    package var actor: Actor
    /// `sender.created`: what it was done to, and what was done.
    package var action: String
    /// What it was done to: `sender 0199…`.
    package var target: String?
    /// Names of what changed and values that are no secret and nobody's text or number.
    package var detail: JSONText
    /// Where the request came from.
    package var address: String?

    package init(
        id: UUIDValue, tenantID: TenantID?, actor: Actor, action: String, target: String? = nil,
        detail: JSONText = JSONText("{}"), address: String? = nil
    ) {
        self.id = id
        self.tenantID = tenantID
        self.actor = actor
        self.action = action
        self.target = target
        self.detail = detail
        self.address = address
    }

    package var insert: SQL {
        """
        INSERT INTO audit_log (id, at, tenant_id, actor, actor_kind, action, target, detail, address)
        VALUES (\(id), now(), \(tenantID as TenantID?), \(actor.name), \(actor.kind), \(action), \(target as String?),
                \(detail), \(address as String?))
        """
    }
}

/// Who asks for a change, and from where: what every line of the audit log about it says alike.
package struct AuditSource: Sendable {
    package let actor: Actor
    package let address: String?

    package init(_ actor: Actor, address: String?) {
        self.actor = actor
        self.address = address
    }

    package func entry(
        _ action: String, _ target: String?, of tenantID: TenantID?, id: UUIDValue, detail: JSONText = JSONText("{}")
    ) -> SQL {
        AuditEntry(
            id: id, tenantID: tenantID, actor: actor, action: action, target: target, detail: detail, address: address
        ).insert
    }
}

extension JSONText {
    /// `{"changed": ["name", "plan"]}`: what was changed, without what it was.
    package static func changed(_ names: [String]) -> JSONText {
        var writer = JSONWriter()
        writer.object { $0.field("changed", names) }
        return JSONText(writer.bytes)
    }
}
