import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Storage

/// The account of a tenant's messages: nothing lost, nothing counted twice.
struct LedgerRoutes: Sendable {
    private let parts: RouteParts
    private let store: LedgerStore

    init(parts: RouteParts) {
        self.parts = parts
        store = LedgerStore(parts.database)
    }

    func ledger(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        var query = QueryReader(request, known: ["from", "to"])
        let from = query.time("from")
        let to = query.time("to")
        if let from, let to, from >= to {
            query.note("to_too_early", "to", "`to` must lie after `from`.")
        }
        guard query.problems.isEmpty else { throw Problem.refused(query.problems.all) }
        let ledger = try await withStorage { try await store.ledger(of: caller.tenantID, from: from, to: to) }
        // What was not given is today's, which may lie after what was.
        if ledger.from >= ledger.to {
            throw Problem.refused("to_too_early", "to", "`to` must lie after `from`, which is the start of today unless given.")
        }
        var writer = JSONWriter(capacity: 2_048)
        writer.object { ledger.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }
}

extension Ledger {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("from", from.rfc3339)
        writer.field("to", to.rfc3339)
        writer.field("opening", opening)
        writer.field("accepted", accepted)
        writer.field("closing", closing)
        writer.field("balanced", isBalanced)
        writer.field("identity", "opening \(opening) + accepted \(accepted) = closing \(closing)")
        writer.field(
            "states",
            object: { writer in
                for state in MessageState.allCases {
                    guard let figures = states[state] else { continue }
                    writer.key(state.name)
                    writer.object { writer in
                        writer.field("opening", figures.opening)
                        writer.field("entered", figures.entered)
                        writer.field("left", figures.left)
                        writer.field("closing", figures.closing)
                    }
                }
            }
        )
        writer.field(
            "ever",
            object: { writer in
                writer.field("accepted", everAccepted)
                writer.field("in_states", inStatesNow)
            }
        )
        writer.key("last_check")
        if let check {
            writer.object { writer in
                writer.field("checked_at", check.at.rfc3339)
                writer.field("messages", check.messages)
                writer.field("balanced", check.isBalanced)
                writer.field("differences", raw: check.differences.bytes)
            }
        } else {
            writer.null()
        }
    }
}
