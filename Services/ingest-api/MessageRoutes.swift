import HTTPServer
import JSON
import Models
import PhoneNumbers
import Storage

/// What a tenant may look at: its messages and its templates.
struct MessageRoutes: Sendable {
    private static let parameters = [
        "status", "kind", "to", "reference", "batch_id", "created_from", "created_to", "limit", "cursor",
    ]

    let parts: RouteParts

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        let region = try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion
        var query = QueryReader(request, known: Self.parameters)
        let filter = Self.filter(&query, defaultRegion: region)
        let limit =
            query.integer("limit", in: 1...MessageQueryStore.pageMax) ?? MessageQueryStore.pageStandard
        let before = query.value(
            "cursor",
            "cursor_invalid",
            "Use `next_cursor` of the page before, unchanged."
        ) {
            Cursor.decode($0)
        }
        guard query.problems.isEmpty else { throw Problem.refused(query.problems.all) }
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
        let detail = try await parts.detail(of: try parts.messageID(of: request), caller)
        var writer = JSONWriter(capacity: 4_096)
        writer.object { detail.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }

    func templates(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        let query = QueryReader(request, known: [])
        guard query.problems.isEmpty else { throw Problem.refused(query.problems.all) }
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for template in catalog.templates { list.object { template.writeFields(into: &$0) } }
                }
            )
            writer.key("next_cursor")
            writer.null()
        }
        return .json(200, writer.bytes)
    }

    private static func filter(_ query: inout QueryReader, defaultRegion: String?) -> MessageFilter {
        var filter = MessageFilter()
        let words = MessageState.allCases.map(\.name).joined(separator: ", ")
        filter.states =
            query.value("status", "status_unknown", "Write one or several of \(words), with commas between.")
        {
            let states = $0.split(separator: ",").map { MessageState(name: $0) }
            return states.contains(nil) || states.isEmpty ? nil : Set(states.compactMap { $0 })
        } ?? []
        filter.kind = query.text("kind")
        filter.recipient = query.value(
            "to",
            "to_invalid",
            "Write the number with its country code; + is %2B in an address."
        ) {
            // In an address a bare + means a blank: take it for what was meant.
            let written = $0.hasPrefix(" ") ? "+" + $0.dropFirst() : $0
            return try? PhoneNumber.parse(written, defaultRegion: defaultRegion).e164
        }
        filter.reference = query.text("reference")
        filter.batchID = query.value("batch_id", "batch_id_invalid", "A batch's id is a UUID.") {
            BatchID($0)
        }
        filter.createdFrom = query.time("created_from")
        filter.createdTo = query.time("created_to")
        return filter
    }
}
