import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Who did what in this business: its people, its keys, and the platform.
struct AuditRoutes: Sendable {
    private let parts: RouteParts
    private let store: AuditStore

    init(parts: RouteParts) {
        self.parts = parts
        store = AuditStore(parts.database)
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .audit)
        var query = QueryReader(request, known: AuditQuery.parameters)
        let asked = AuditQuery(&query)
        try query.requireNoProblems()
        let records = try await withStorage {
            try await store.entries(of: caller.tenantID, asked.filter, after: asked.after, max: asked.limit + 1)
        }
        var writer = JSONWriter(capacity: 256 + records.count * 256)
        let shown = records.prefix(asked.limit)
        writer.object { writer in
            writer.field(
                "data", array: { list in for record in shown { list.object { record.writeFields(into: &$0) } } })
            let more = records.count > asked.limit ? shown.last : nil
            writer.field("next_cursor", orNull: more.map { Cursor.encode(text: $0.id.description) })
        }
        return .json(200, writer.bytes)
    }
}
