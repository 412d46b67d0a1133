import Crypto
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

    let callers: Callers
    let catalogs: Catalogs
    let queries: MessageQueryStore

    func list(_ request: Request) async throws -> Response {
        let caller = try await callers.caller(of: request)
        let region = try await catalogs.catalog(of: caller.tenantID).defaultRegion
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
            try await queries.list(of: caller.tenantID, filter, before: before, limit: limit)
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
        let caller = try await callers.caller(of: request)
        guard let id = request.pathParameter("id").flatMap({ MessageID($0) }) else {
            throw Problem.messageNotFound
        }
        guard
            let detail = try await withStorage({ try await queries.detail(of: id, tenantID: caller.tenantID) }
            )
        else {
            throw Problem.messageNotFound
        }
        var writer = JSONWriter(capacity: 4_096)
        writer.object { detail.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }

    func templates(_ request: Request) async throws -> Response {
        let caller = try await callers.caller(of: request)
        let query = QueryReader(request, known: [])
        guard query.problems.isEmpty else { throw Problem.refused(query.problems.all) }
        let catalog = try await catalogs.catalog(of: caller.tenantID)
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

/// Where a page ended. Opaque to callers, so that it may change.
enum Cursor {
    static func encode(_ id: MessageID) -> String {
        Base64URL.encode(Array(id.description.utf8))
    }

    static func decode(_ text: String) -> MessageID? {
        Base64URL.decode(text).flatMap { MessageID(String(decoding: $0, as: UTF8.self)) }
    }
}

/// Reads the parameters of an address and notes what is not as it should be.
struct QueryReader {
    private let request: Request
    private(set) var problems = FieldProblems()

    init(_ request: Request, known: [String]) {
        self.request = request
        var seen: Set<String> = []
        for (name, _) in request.query {
            if !known.contains(name) {
                let all = known.isEmpty ? "It has none." : "It has: \(known.joined(separator: ", "))."
                problems.note(
                    "parameter_unknown",
                    name.shortened,
                    "This address has no parameter `\(name.shortened)`. \(all)"
                )
            } else if !seen.insert(name).inserted {
                problems.note("parameter_repeated", name, "Give `\(name)` once.")
            }
        }
    }

    func text(_ name: String) -> String? { request.query(name) }

    mutating func value<Value>(
        _ name: String,
        _ code: String,
        _ detail: String,
        _ read: (String) -> Value?
    ) -> Value? {
        guard let text = request.query(name) else { return nil }
        if let value = read(text) { return value }
        problems.note(code, name, detail)
        return nil
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        let bounds = "`\(name)` must be a whole number between \(range.lowerBound) and \(range.upperBound)."
        return value(name, "\(name)_out_of_range", bounds) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func time(_ name: String) -> Timestamp? {
        let how =
            "`\(name)` must be a time with its offset, as in 2027-01-31T09:30:00Z (a + is %2B in an address)."
        return value(name, "\(name)_invalid", how) { Timestamp(rfc3339: $0) }
    }
}
