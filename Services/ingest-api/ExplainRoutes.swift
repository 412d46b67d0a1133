import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// What holds a message now, and when it will probably go.
struct ExplainRoutes: Sendable {
    private let parts: RouteParts
    private let store: ExplainStore

    init(parts: RouteParts) {
        self.parts = parts
        store = ExplainStore(parts.database)
    }

    func explain(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let id = try parts.messageID(of: request)
        let facts = try await withStorage { try await store.facts(of: id, tenantID: caller.tenantID) }
        guard let facts else { throw Problem.messageNotFound }
        let explanation = Explanation(facts)
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("id", id.description)
            writer.field("state", explanation.state.name)
            writer.field("state_since", facts.since.rfc3339)
            writer.field(
                "reasons",
                array: { list in
                    for hold in explanation.holds { list.object { hold.writeFields(into: &$0) } }
                }
            )
            writer.key("position")
            if let ahead = explanation.ahead {
                writer.object { writer in
                    writer.field("lane", facts.lane.name)
                    writer.field("ahead", ahead.count)
                    writer.field("is_more", ahead.isMore)
                    writer.field("detail", ahead.words + " go first")
                }
            } else {
                writer.null()
            }
            writer.field("estimated_send_at", orNull: explanation.estimatedSendAt?.rfc3339)
            writer.field("expires_at", facts.expiresAt.rfc3339)
        }
        return .json(200, writer.bytes)
    }
}

extension Explanation.Hold {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("reason", reason.rawValue)
        writer.field("detail", detail)
        writer.field("until", orNull: until?.rfc3339)
        writer.field("gate_id", gate?.description)
    }
}
