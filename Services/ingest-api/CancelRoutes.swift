import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Ending messages before they are sent, and what became of a batch.
struct CancelRoutes: Sendable {
    private let parts: RouteParts
    private let store: CancelStore
    private let batches: BatchStore

    init(parts: RouteParts) {
        self.parts = parts
        store = CancelStore(parts.database)
        batches = BatchStore(parts.database)
    }

    /// Answers the message as it is afterwards. Cancelling twice is no mistake.
    func cancelMessage(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let id = try parts.messageID(of: request)
        let outcome = try await withStorage { try await store.cancel(id, of: caller.tenantID) }
        switch outcome {
        case nil: throw Problem.messageNotFound
        case .cancelled(let event): parts.news.tell([event])
        case .refused(let reason, let state):
            if state != .cancelled { throw Problem.notCancelled(reason, state) }
        }
        let detail = try await parts.detail(of: id, caller)
        var writer = JSONWriter(capacity: 4_096)
        writer.object { detail.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }

    func cancelBatch(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let id = try batchID(of: request)
        let events = try await withStorage { try await store.cancel(batch: id, of: caller.tenantID) }
        guard let events else { throw Problem.batchNotFound }
        parts.news.tell(events)
        return .json(200, try await summary(of: id, caller, cancelledNow: events.count))
    }

    func batch(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        return .json(200, try await summary(of: try batchID(of: request), caller))
    }

    private func summary(of id: BatchID, _ caller: Caller, cancelledNow: Int? = nil) async throws -> [UInt8] {
        let summary = try await withStorage { try await batches.summary(of: id, tenantID: caller.tenantID) }
        guard let summary else { throw Problem.batchNotFound }
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("id", summary.id.description)
            writer.field("cancelled_now", cancelledNow)
            writer.field("accepted", summary.accepted)
            writer.field("refused", summary.refused)
            writer.field("pending", summary.pending)
            writer.field(
                "messages",
                object: { writer in
                    for state in MessageState.allCases {
                        guard let count = summary.messages[state] else { continue }
                        writer.key(state.name)
                        writer.integer(count)
                    }
                }
            )
            writer.field("created_at", summary.createdAt.rfc3339)
            writer.field("paused_at", summary.pausedAt?.rfc3339)
        }
        return writer.bytes
    }

    private func batchID(of request: Request) throws -> BatchID {
        guard let id = request.pathParameter("id").flatMap({ BatchID($0) }) else { throw Problem.batchNotFound }
        return id
    }
}

extension Problem {
    static var batchNotFound: Problem {
        Problem(status: 404, code: "batch_not_found", title: "Not found", detail: "You have no batch with this id.")
    }

    fileprivate static func notCancelled(_ reason: IgnoreReason, _ state: MessageState) -> Problem {
        let (code, detail) =
            switch reason {
            case .alreadySent:
                ("message_sent", "WhatsApp has taken the message: it can no longer be called back.")
            case .alreadyFinal:
                ("message_ended", "The message has ended as \(state.name): there is nothing left to cancel.")
            case .inFlight, .duplicate, .overtaken, .conflict, .sentTwice, .anotherLives, .retryPlanned, .notDue,
                .isHeld, .notHeld:
                (
                    "message_in_flight",
                    "The message is \(state.name): WhatsApp may hold it already. Look again in a minute."
                )
            }
        return .conflict(code, detail, state)
    }

    /// The message is in a state in which what was asked for cannot be done.
    static func conflict(_ code: String, _ detail: String, _ state: MessageState) -> Problem {
        var writer = JSONWriter(capacity: 16)
        writer.string(state.name)
        return Problem(
            status: 409,
            code: code,
            title: "Not possible in this state",
            detail: detail,
            extra: [("message_status", writer.bytes)]
        )
    }
}
