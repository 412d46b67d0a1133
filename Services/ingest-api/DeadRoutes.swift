import APIKit
import Crypto
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// What ended without delivery, by reason, and how to send it again.
struct DeadRoutes: Sendable {
    private static let parameters = FilterReading.names + ["limit", "cursor"]
    /// Looked back over when no `created_from` is given.
    static let spanStandard: Duration = .seconds(7 * 86_400)

    private let parts: RouteParts
    private let store: DeadStore
    private let plans: RetryPlanStore

    init(parts: RouteParts) {
        self.parts = parts
        store = DeadStore(parts.database)
        plans = RetryPlanStore(parts.database)
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var query = QueryReader(request, known: Self.parameters)
        var filter = query.filter(catalog)
        let limit = query.integer("limit", in: 1...MessageQueryStore.pageMax) ?? MessageQueryStore.pageStandard
        let cursor = query.value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") {
            DeadCursor($0)
        }
        if !filter.states.isSubset(of: DeadStore.states) {
            query.note("status_not_dead", "status", "`status` must be of failed, undelivered and expired here.")
        }
        guard query.problems.isEmpty else { throw Problem.refused(query.problems.all) }
        if filter.states.isEmpty { filter.states = DeadStore.states }
        let from = filter.createdFrom ?? SystemClock.now() + (.zero - Self.spanStandard)
        filter.createdFrom = from
        let chosen = filter
        let page = try await page(chosen, after: cursor, limit: limit, caller)
        let repetitions = try await withStorage {
            try await plans.repetitions(of: page.messages.map(\.id), tenantID: caller.tenantID)
        }
        // Only the first page: the groups are of all of them.
        let groups =
            cursor == nil ? try await withStorage { try await store.groups(of: caller.tenantID, chosen) } : nil
        var writer = JSONWriter(capacity: 2_048 + page.messages.count * 720)
        writer.object { writer in
            writer.field("created_from", from.rfc3339)
            if let groups {
                writer.field("groups_are_capped", groups.isCapped)
                writer.field(
                    "groups",
                    array: { list in
                        for group in groups.groups { list.object { group.writeFields(into: &$0) } }
                    }
                )
            }
            writer.field(
                "data",
                array: { list in
                    for message in page.messages {
                        list.object { writer in
                            message.writeFields(into: &writer)
                            writer.field(
                                "replay",
                                object: { writer in
                                    if let child = repetitions[message.id]?.child {
                                        writer.field("retried_as", child.description)
                                    } else {
                                        writer.field("method", "POST")
                                        writer.field("href", "/v1/messages/\(message.id)/retry")
                                    }
                                }
                            )
                        }
                    }
                }
            )
            writer.field("next_cursor", orNull: page.next?.text)
        }
        return .json(200, writer.bytes)
    }

    /// Critical ones first, then the others, each newest first.
    private func page(
        _ filter: MessageFilter, after cursor: DeadCursor?, limit: Int, _ caller: Caller
    ) async throws -> (messages: [MessageSummary], next: DeadCursor?) {
        var messages: [MessageSummary] = []
        var filter = filter
        var before = cursor?.last
        if cursor?.isCritical ?? true {
            filter.isCritical = true
            let critical = try await portion(filter, before, limit, caller)
            messages = critical.messages
            if critical.hasMore { return (messages, messages.last.map { DeadCursor(isCritical: true, last: $0.id) }) }
            before = nil
        }
        filter.isCritical = false
        let rest = limit - messages.count
        let others = try await portion(filter, before, max(rest, 1), caller)
        if rest == 0 {
            // The page is full; whether there are others decides only whether there is a next one.
            return (messages, others.messages.isEmpty ? nil : DeadCursor(isCritical: false, last: nil))
        }
        messages += others.messages
        return (messages, others.hasMore ? DeadCursor(isCritical: false, last: others.messages.last?.id) : nil)
    }

    private func portion(
        _ filter: MessageFilter, _ before: MessageID?, _ limit: Int, _ caller: Caller
    ) async throws -> (messages: [MessageSummary], hasMore: Bool) {
        try await withStorage {
            try await parts.queries.list(of: caller.tenantID, filter, before: before, limit: limit)
        }
    }
}

/// Where a page of two lists one after the other ended.
private struct DeadCursor {
    let isCritical: Bool
    /// Nil: the list begins.
    let last: MessageID?

    init(isCritical: Bool, last: MessageID?) {
        self.isCritical = isCritical
        self.last = last
    }

    init?(_ text: String) {
        guard let bytes = Base64URL.decode(text) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "critical" || parts[0] == "other" else { return nil }
        isCritical = parts[0] == "critical"
        last = MessageID(parts[1])
        if last == nil, !parts[1].isEmpty { return nil }
    }

    var text: String {
        Base64URL.encode(Array("\(isCritical ? "critical" : "other") \(last.map { "\($0)" } ?? "")".utf8))
    }
}

extension DeadGroup {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("status", state.name)
        writer.field("messages", messages)
        writer.field("critical", critical)
        if let errorCode {
            writer.field("error", object: { ErrorJSON.writeFields(of: errorCode, from: provider, into: &$0) })
        }
        writer.field("last_at", lastAt.rfc3339)
        writer.field(
            "replay",
            object: { writer in
                writer.field("method", "POST")
                writer.field("href", "/v1/messages/retry")
                writer.field(
                    "body",
                    object: { writer in
                        writer.field(
                            "filter",
                            object: { writer in
                                writer.field("status", state.name)
                                writer.field("error_code", errorCode)
                            }
                        )
                        writer.field("dry_run", true)
                    }
                )
            }
        )
    }
}
