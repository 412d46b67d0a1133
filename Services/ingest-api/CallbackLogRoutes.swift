import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// What was delivered to an endpoint; testing it, and delivering again.
struct CallbackLogRoutes: Sendable {
    static let bodyBytesMax = 8 << 10
    /// How long a caller waits for what became of a test.
    static let waitMax: Duration = .seconds(5)
    private static let lookEvery: Duration = .milliseconds(100)

    private let parts: RouteParts
    private let store: CallbackLogStore

    init(parts: RouteParts) {
        self.parts = parts
        store = CallbackLogStore(parts.database, ids: parts.ids)
    }

    func register(in router: inout Router) {
        router.on(.post, "/v1/callbacks/{id}/test", test)
        router.on(.post, "/v1/callbacks/{id}/replay", replayMany)
        router.on(.post, "/v1/callbacks/{id}/skip", skip)
        router.on(.get, "/v1/callbacks/{id}/deliveries", list)
        router.on(.get, "/v1/callbacks/{id}/deliveries/{delivery}", detail)
        router.on(.post, "/v1/callbacks/{id}/deliveries/{delivery}/replay", replayOne)
    }

    // MARK: Reading

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        let callbackID = try parts.callbackID(of: request)
        var query = QueryReader(request, known: ["status", "type", "message_id", "limit", "cursor"])
        var filter = CallbackLogStore.Filter()
        filter.status = query.word("status")
        filter.type = query.value("type", "event_unknown", Self.typeUnknown) { CallbackEventType(rawValue: $0)?.rawValue }
        filter.objectID = query.value("message_id", "message_id_invalid", "`message_id` must be a UUID.") { UUIDValue($0) }
        let limit = query.limit()
        let before: MessageID? = query.cursor()
        try query.requireNoProblems()
        let wanted = filter
        let page = try await withStorage {
            try await store.list(
                of: callbackID, tenantID: caller.tenantID, wanted, before: before?.value, limit: limit)
        }
        guard let page else { throw Problem.notFound("callback") }
        let next = page.hasMore ? page.deliveries.last.map { Cursor.encode(text: $0.id.description) } : nil
        var writer = JSONWriter(capacity: 256 + page.deliveries.count * 512)
        writer.object { writer in
            writer.field("data", array: { list in
                for delivery in page.deliveries { list.object { delivery.writeFields(into: &$0) } }
            })
            writer.field("next_cursor", orNull: next)
        }
        return .json(200, writer.bytes)
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let (callbackID, id) = (try parts.callbackID(of: request), try deliveryID(of: request))
        return .json(200, try await read(id, callbackID, caller).json)
    }

    // MARK: Doing

    /// 200 with what the endpoint answered; 202 when that takes longer than a caller waits.
    func test(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let callbackID = try parts.callbackID(of: request)
        let id = try await withStorage {
            try await store.test(callbackID, of: caller.tenantID, by: caller.actor)
        }
        guard let id else { throw Problem.notFound("callback") }
        let deadline = Monotonic.now() + Self.waitMax
        while true {
            let delivery = try await read(id, callbackID, caller)
            if delivery.status != .pending { return .json(200, delivery.json) }
            if Monotonic.now() >= deadline { return .json(202, delivery.json) }
            try await Task.sleep(for: Self.lookEvery)
        }
    }

    func replayOne(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let (callbackID, id) = (try parts.callbackID(of: request), try deliveryID(of: request))
        let isQueued = try await withStorage {
            try await store.replay(id, to: callbackID, of: caller.tenantID, by: caller.actor)
        }
        switch isQueued {
        case nil: throw Problem.notFound("delivery")
        case false?:
            throw Problem.conflict("delivery_pending", "This delivery is still to be made; it will be tried by itself.")
        case true?: return .json(202, try await read(id, callbackID, caller).json)
        }
    }

    /// `{"from":…,"to":…,"status":"failed","type":…}`
    func replayMany(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let callbackID = try parts.callbackID(of: request)
        let wish = try Self.replay(in: try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax))
        let moved = try await withStorage {
            try await store.replay(wish, to: callbackID, of: caller.tenantID, by: caller.actor)
        }
        guard let moved else { throw Problem.notFound("callback") }
        return Self.answer("replayed", moved.replayed, isCapped: moved.isCapped)
    }

    func skip(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .callbacks)
        try request.refuseParameters()
        let callbackID = try parts.callbackID(of: request)
        let moved = try await withStorage {
            try await store.skip(callbackID, of: caller.tenantID, by: caller.actor)
        }
        guard let moved else { throw Problem.notFound("callback") }
        return Self.answer("skipped", moved.skipped, isCapped: moved.isCapped)
    }

    private static func answer(_ name: StaticString, _ count: Int, isCapped: Bool) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(name, count)
            writer.field("is_capped", isCapped)
        }
        return .json(202, writer.bytes)
    }

    // MARK: Pieces

    private static let typeUnknown = "There is no such event. GET /v1/callbacks/event-types lists them."

    private static func replay(in root: JSONValue) throws -> CallbackLogStore.Replay {
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["from", "to", "status", "type"], problems: &problems)
        let from = reader.time("from", &problems)
        if from == nil, !reader.has("from") { problems.note("field_missing", "from", "`from` is required.") }
        let to = reader.time("to", &problems) ?? SystemClock.now() + .seconds(60)
        if let from, from >= to { problems.note("to_too_early", "to", "`to` must lie after `from`.") }
        var status: CallbackDelivery.Status? = .failed
        switch reader.text("status", &problems) {
        case nil, "failed": break
        case "delivered": status = .delivered
        case "all": status = nil
        default:
            problems.note("status_unknown", "status", "`status` must be failed, delivered or all.")
        }
        let type = reader.text("type", &problems)
        if let type, CallbackEventType(rawValue: type) == nil { problems.note("event_unknown", "type", typeUnknown) }
        guard problems.isEmpty, let from else { throw Problem.refused(problems.all) }
        return CallbackLogStore.Replay(from: from, to: to, status: status, type: type)
    }

    private func deliveryID(of request: Request) throws -> UUIDValue {
        guard let id = request.pathParameter("delivery").flatMap({ UUIDValue($0) }) else {
            throw Problem.notFound("delivery")
        }
        return id
    }

    private func read(_ id: UUIDValue, _ callbackID: CallbackID, _ caller: Caller) async throws -> CallbackDelivery {
        let delivery = try await withStorage {
            try await store.delivery(id, to: callbackID, tenantID: caller.tenantID)
        }
        guard let delivery else { throw Problem.notFound("delivery") }
        return delivery
    }
}

extension CallbackDelivery {
    fileprivate var json: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writeFields(into: &$0) }
        return writer.bytes
    }

    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("callback_id", callbackID.description)
        writer.field("type", type)
        writer.field("object_id", objectID.description)
        writer.field("status", status.rawValue)
        writer.field("occurred_at", occurredAt.rfc3339)
        writer.field("tries", tries)
        writer.field("next_try_at", orNull: dueAt?.rfc3339)
        writer.field("ended_at", orNull: endedAt?.rfc3339)
        writer.field("attempts", raw: history.bytes)
    }
}
