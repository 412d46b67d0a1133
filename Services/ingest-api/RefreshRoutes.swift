import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Asking the provider what became of messages, where it can be asked.
struct RefreshRoutes: Sendable {
    static let bodyBytesMax = 16 << 10
    /// How long a caller waits for the provider's answer.
    static let waitMax: Duration = .seconds(5)
    private static let lookEvery: Duration = .milliseconds(200)
    /// What the provider has, and has not settled.
    private static let states: Set<MessageState> = [.sent, .unanswered]
    private static let statesMax: Set<MessageState> = [.sent, .delivered, .unanswered]

    private let parts: RouteParts
    private let store: StatusRequestStore

    init(parts: RouteParts) {
        self.parts = parts
        store = StatusRequestStore(parts.database)
    }

    /// 200 with the message after the provider's answer; 202 when that takes longer than a caller waits.
    func refreshOne(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let id = try parts.messageID(of: request)
        switch try await withStorage({ try await store.request(id, of: caller.tenantID) }) {
        case nil: throw Problem.messageNotFound
        case .notOffered: throw Problem.refreshNotOffered
        case .notSent: throw Problem.notSentYet
        case .requested: break
        }
        let check = try await answer(to: id, caller)
        let detail = try await parts.detail(of: id, caller)
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            detail.writeFields(into: &writer)
            writer.field(
                "status_check",
                object: { writer in
                    writer.field("done", check?.isDone ?? false)
                    writer.field("result", check?.result)
                }
            )
        }
        return .json(check?.isDone == true ? 200 : 202, writer.bytes)
    }

    private func answer(to id: MessageID, _ caller: Caller) async throws -> StatusRequestStore.Check? {
        let deadline = Monotonic.now() + Self.waitMax
        while true {
            let check = try await withStorage { try await store.check(of: id, tenantID: caller.tenantID) }
            if check?.isDone == true || Monotonic.now() >= deadline { return check }
            try await Task.sleep(for: Self.lookEvery)
        }
    }

    /// `{"filter":{…}}`: all that the provider has and has not settled; with `"dry_run": true` they are only counted.
    func refreshMany(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var filter = MessageFilter()
        var isDry = false
        if !request.body.isEmpty {
            let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
            var problems = FieldProblems()
            let reader = FieldReader(root, known: ["filter", "dry_run"], problems: &problems)
            filter = FilterReading.filter(in: reader, catalog, &problems)
            isDry = reader.boolean("dry_run", &problems) ?? false
            if !filter.states.isSubset(of: Self.statesMax) {
                problems.note(
                    "status_not_refreshable", "filter.status",
                    "Only what the provider has is asked for: sent, delivered, unanswered.")
            }
            guard problems.isEmpty else { throw Problem.refused(problems.all) }
        }
        if filter.states.isEmpty { filter.states = Self.states }
        let (chosen, onlyCounts) = (filter, isDry)
        let wishes = try await withStorage {
            try await store.request(chosen, of: caller.tenantID, isDry: onlyCounts)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("requested", wishes.requested)
            writer.field("not_offered", wishes.notOffered)
            writer.field("not_sent", wishes.notSent)
            writer.field("is_capped", wishes.isCapped)
            if wishes.notOffered > 0 { writer.field("detail", Problem.refreshNotOffered.detail) }
        }
        return .json(wishes.requested > 0 && !isDry ? 202 : 200, writer.bytes)
    }
}

extension Problem {
    fileprivate static var refreshNotOffered: Problem {
        Problem(
            status: 409,
            code: "status_refresh_not_offered",
            title: "The provider cannot be asked",
            detail:
                "WhatsApp's Cloud API offers no way to ask for a message's status: its receipts are the source, and "
                + "they are applied as they come."
        )
    }

    fileprivate static var notSentYet: Problem {
        Problem(
            status: 409,
            code: "not_sent_yet",
            title: "There is nothing to ask for",
            detail: "The provider has not taken this message, so it knows nothing of it. See GET /v1/messages/{id}/explain."
        )
    }
}
