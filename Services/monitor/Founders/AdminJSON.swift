import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// What the administration's API answers.
enum AdminJSON {
    /// A page of a list. One entry more than asked for was fetched, to know whether there are more.
    static func page<Item>(
        _ items: [Item], limit: Int, cursor: (Item) -> String, _ write: (Item, inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter(capacity: 256 + items.count * 512)
        let shown = items.prefix(limit)
        writer.object { writer in
            writer.field("data", array: { list in for item in shown { list.object { write(item, &$0) } } })
            writer.field("next_cursor", orNull: items.count > limit ? shown.last.map(cursor) : nil)
        }
        return LogJSON.noStore(.json(200, writer.bytes))
    }

    static func answer(
        _ status: Int = 200, location: String? = nil, _ write: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter(capacity: 1_024)
        writer.object(write)
        var response = LogJSON.noStore(.json(status, writer.bytes))
        if let location { response.setHeader("Location", location) }
        return response
    }

    static func write(_ tenant: AdministeredTenant, into writer: inout JSONWriter) {
        writer.field("id", tenant.id.description)
        writer.field("slug", tenant.slug)
        writer.field("name", tenant.name)
        writer.field("status", tenant.status.rawValue)
        writer.field("status_reason", orNull: tenant.statusReason)
        writer.field("status_changed_at", orNull: tenant.statusChangedAt?.rfc3339)
        writer.field("plan", tenant.plan)
        writer.field("default_region", orNull: tenant.defaultRegion)
        writer.field("time_zone", tenant.timeZone)
        writer.field("currency", tenant.currency)
        writer.field("daily_quota", orNull: tenant.dailyQuota)
        writer.field("created_at", tenant.createdAt.rfc3339)
        writer.field("updated_at", tenant.updatedAt.rfc3339)
    }

    /// `{"senders_max": 2}`: what there is of what the plan limits.
    static func write(usage: [PlanLimit: Int], into writer: inout JSONWriter) {
        writer.field("senders", usage[.senders] ?? 0)
        writer.field("templates", usage[.templates] ?? 0)
        writer.field("users", usage[.users] ?? 0)
        writer.field("keys", usage[.keys] ?? 0)
    }

    static func write(_ listed: ListedPlan, into writer: inout JSONWriter) {
        writer.field("name", listed.plan.name)
        writer.field("title", listed.plan.title)
        for limit in PlanLimit.allCases {
            writer.key(limit.rawValue)
            if let max = listed.plan.max(limit) { writer.integer(max) } else { writer.null() }
        }
        writer.field("tenants", listed.tenants)
        writer.field("created_at", listed.createdAt.rfc3339)
        writer.field("updated_at", listed.updatedAt.rfc3339)
    }

    /// - Parameter secret: the whole key, once, in the answer that made it.
    static func write(_ key: TenantKey, secret: APIKey? = nil, into writer: inout JSONWriter) {
        writer.field("id", key.id.description)
        writer.field("name", key.name)
        writer.field("key", secret?.secret.reveal())
        writer.field("prefix", key.prefix)
        writer.field("scopes", key.scopes)
        writer.field("created_at", key.createdAt.rfc3339)
        writer.field("created_by", orNull: key.createdBy)
        writer.field("expires_at", orNull: key.expiresAt?.rfc3339)
        writer.field("revoked_at", orNull: key.revokedAt?.rfc3339)
        writer.field("last_used_at", orNull: key.lastUsedAt?.rfc3339)
    }

    static func write(_ user: TenantUser, into writer: inout JSONWriter) {
        writer.field("id", user.id.description)
        writer.field("email", user.email)
        writer.field("name", user.name)
        writer.field("role", user.role.rawValue)
        writer.field("status", user.isActive ? "active" : "disabled")
        writer.field("created_at", user.createdAt.rfc3339)
        writer.field("created_by", orNull: user.createdBy)
        writer.field("last_sign_in_at", orNull: user.lastSignInAt?.rfc3339)
    }

    static func write(_ key: AdminKey, secret: APIKey? = nil, into writer: inout JSONWriter) {
        writer.field("id", key.id.description)
        writer.field("name", key.name)
        writer.field("key", secret?.secret.reveal())
        writer.field("prefix", key.prefix)
        writer.field("email", key.email)
        writer.field("created_at", key.createdAt.rfc3339)
        writer.field("expires_at", orNull: key.expiresAt?.rfc3339)
        writer.field("revoked_at", orNull: key.revokedAt?.rfc3339)
        writer.field("last_used_at", orNull: key.lastUsedAt?.rfc3339)
    }
}
