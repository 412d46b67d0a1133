import APIKit
import EventBus
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// What a tenant sets for itself: read as a whole, changed field by field.
struct SettingsRoutes: Sendable {
    static let bodyBytesMax = 64 << 10

    private let parts: RouteParts
    private let store: SettingsStore

    init(parts: RouteParts) {
        self.parts = parts
        store = SettingsStore(parts.database)
    }

    func settings(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        guard let settings = try await withStorage({ try await store.settings(of: caller.tenantID) }) else {
            throw Problem.keyInvalid
        }
        return Self.answer(settings)
    }

    func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let patch = try SettingsPatch(root)
        if let zone = patch.timeZone, try await !withStorage({ try await store.knowsTimeZone(zone) }) {
            throw Problem.refused(
                "time_zone_unknown", "time_zone", "There is no time zone of this name. Write it as in Europe/Rome, or UTC.")
        }
        let audit = parts.audit(
            caller, request, "settings.changed", target: "tenant \(caller.tenantID)", detail: Self.changed(patch.names))
        let changed = try await withStorage {
            try await store.change(caller.tenantID, audit: audit) { settings in
                try patch.apply(to: &settings)
            }
        }
        guard let changed else { throw Problem.keyInvalid }
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .settings))
        return Self.answer(changed)
    }

    /// What was changed, without what it was.
    static func changed(_ names: [String]) -> JSONText {
        var writer = JSONWriter()
        writer.object { $0.field("changed", names) }
        return JSONText(writer.bytes)
    }

    private static func answer(_ settings: TenantSettings) -> Response {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { settings.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }
}

extension RouteParts {
    /// A line of the audit log about what this caller does.
    func audit(
        _ caller: Caller, _ request: Request, _ action: String, target: String?, detail: JSONText = JSONText("{}")
    ) -> AuditEntry {
        AuditEntry(
            id: ids.uuid(), tenantID: caller.tenantID, actor: caller.actor, action: action, target: target,
            detail: detail, address: caller.address ?? request.remoteAddress)
    }
}
