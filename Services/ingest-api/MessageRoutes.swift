import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// What a tenant may look at: its messages.
struct MessageRoutes: Sendable {
    private static let parameters = FilterReading.names + ["limit", "cursor"]

    let parts: RouteParts

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var query = QueryReader(request, known: Self.parameters)
        let filter = query.filter(catalog)
        let limit = query.limit(standard: MessageQueryStore.pageStandard, max: MessageQueryStore.pageMax)
        let before: MessageID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await parts.queries.list(of: caller.tenantID, filter, before: before, limit: limit)
        }
        var writer = JSONWriter(capacity: 1_024 + page.messages.count * 640)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for message in page.messages { list.object { message.writeFields(into: &$0) } }
                }
            )
            writer.key("next_cursor")
            if page.hasMore, let last = page.messages.last {
                writer.string(Cursor.encode(last.id))
            } else {
                writer.null()
            }
        }
        return .json(200, writer.bytes)
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let detail = try await parts.detail(of: try parts.messageID(of: request), caller)
        var writer = JSONWriter(capacity: 4_096)
        writer.object { detail.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }
}
