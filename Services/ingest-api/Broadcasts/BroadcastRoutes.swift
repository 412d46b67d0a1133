import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// One message to many: collect recipients, look at what would happen, start, watch, pause, call back.
struct BroadcastRoutes: Sendable {
    static let bodyBytesMax = 128 << 10
    static let uploadBytesMax = 16 << 20
    static let resultsAtOnce = 1_000
    static let scheduleMax: Duration = .seconds(90 * 86_400)

    let parts: RouteParts
    let store: BroadcastStore
    private let pauses: PauseStore
    private let cancels: CancelStore

    init(parts: RouteParts) {
        self.parts = parts
        store = BroadcastStore(parts.database, ids: parts.ids)
        pauses = PauseStore(parts.database, ids: parts.ids)
        cancels = CancelStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/broadcasts", list)
        router.on(.post, "/v1/broadcasts", create)
        router.on(.get, "/v1/broadcasts/{id}", read)
        router.on(.patch, "/v1/broadcasts/{id}", change)
        router.on(.delete, "/v1/broadcasts/{id}", delete)
        router.on(.post, "/v1/broadcasts/{id}/recipients", upload)
        router.on(.delete, "/v1/broadcasts/{id}/recipients", clear)
        router.on(.get, "/v1/broadcasts/{id}/results", results)
        router.on(.post, "/v1/broadcasts/{id}/forecast", forecast)
        router.on(.post, "/v1/broadcasts/{id}/start", start)
        router.on(.post, "/v1/broadcasts/{id}/pause", pause)
        router.on(.post, "/v1/broadcasts/{id}/resume", resume)
        router.on(.post, "/v1/broadcasts/{id}/cancel", cancel)
    }

    var runner: BroadcastRunner {
        BroadcastRunner(store: store, acceptor: parts.acceptor, pauses: pauses, cancels: cancels, news: parts.news)
    }

    // MARK: Drafts

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        var query = QueryReader(request, known: ["status", "limit", "cursor"])
        let status: BroadcastStatus? = query.word("status")
        let limit = query.limit()
        let before: BroadcastID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, status: status, before: before, limit: limit)
        }
        var writer = JSONWriter(capacity: 512 + page.entries.count * 700)
        writer.object { writer in
            writer.field("data", array: { list in for entry in page.entries { list.object { entry.writeFields(into: &$0) } } })
            writer.field("next_cursor", orNull: page.hasMore ? page.entries.last.map { Cursor.encode($0.id) } : nil)
        }
        return .json(200, writer.bytes)
    }

    func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reading = BroadcastReader(now: SystemClock.now()).read(root, isNew: true, &problems)
        guard problems.isEmpty, let name = reading.name, let message = reading.message else {
            throw Problem.refused(problems.all)
        }
        let id = BroadcastID(parts.ids.uuid())
        let broadcast = try await withStorage {
            try await store.create(
                id, name: name, message: message, scheduledFor: reading.scheduledFor ?? nil, of: caller.tenantID,
                by: caller.actor)
        }
        var response = Self.answer(broadcast, status: 201)
        response.setHeader("Location", "/v1/broadcasts/\(id)")
        return response
    }

    /// With how many of its messages are in each state.
    func read(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        return try await progress(broadcast, caller)
    }

    func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reading = BroadcastReader(now: SystemClock.now()).read(root, isNew: false, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let broadcast = try await broadcast(of: request, caller)
        let changed = try await withStorage {
            try await store.change(
                broadcast.id, of: caller.tenantID, name: reading.name, message: reading.message,
                scheduledFor: reading.scheduledFor, by: caller.actor)
        }
        guard let changed else { throw Problem.broadcastStarted }
        return Self.answer(changed, status: 200)
    }

    func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        guard try await withStorage({ try await store.delete(broadcast.id, of: caller.tenantID, by: caller.actor) })
        else { throw Problem.broadcastStarted }
        return .empty()
    }

    // MARK: Recipients

    func upload(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        guard request.body.count <= Self.uploadBytesMax else {
            throw Problem.bodyTooLarge(bytesMax: Self.uploadBytesMax)
        }
        let broadcast = try await broadcast(of: request, caller)
        guard let format = RecipientReader.Format(contentType: request.header("Content-Type")) else {
            throw Problem.uploadFormatUnknown
        }
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let recipients = try RecipientReader(defaultRegion: catalog.defaultRegion)
            .recipients(request.body, as: format)
        let twice = BroadcastJSON.problem(
            FieldProblem("recipient_repeated", "to", "This number is in the broadcast already."))
        let outcome = try await withStorage {
            try await store.add(recipients, to: broadcast.id, of: caller.tenantID, twice: twice)
        }
        switch outcome {
        case .notADraft: throw Problem.broadcastStarted
        case .tooMany(let max): throw Problem.tooManyRecipients(max)
        case .done(let all, let unusable):
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("added", recipients.count)
                writer.field("recipients", all)
                writer.field("unusable", unusable)
            }
            return .json(200, writer.bytes)
        }
    }

    func clear(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        guard try await withStorage({ try await store.clear(broadcast.id, of: caller.tenantID, by: caller.actor) })
        else { throw Problem.broadcastStarted }
        return .empty()
    }

    /// JSON lines, one a recipient, in the order of the upload.
    func results(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        let (store, tenantID) = (store, caller.tenantID)
        return .stream(contentType: "application/x-ndjson") { writer in
            var position = 0
            while writer.isOpen {
                guard
                    let page = try? await store.results(
                        of: broadcast.id, tenantID, after: position, limit: Self.resultsAtOnce),
                    let last = page.last
                else { return }
                guard await writer.write(page.flatMap { $0.line() }) else { return }
                position = last.position
            }
        }
    }

    // MARK: Its life

    func start(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        guard broadcast.status == .draft else {
            // Pressed twice is started once.
            if [.running, .scheduled].contains(broadcast.status) { return try await progress(broadcast, caller) }
            throw Problem.broadcastStarted
        }
        try await requireThatSomebodyCanBeSentTo(broadcast, caller)
        let now = SystemClock.now()
        let later = broadcast.scheduledFor.flatMap { $0 > now ? $0 : nil }
        let moved = try await withStorage {
            try await store.move(
                broadcast.id, of: caller.tenantID, from: [.draft], to: later == nil ? .running : .scheduled,
                dueAt: later ?? now, by: caller.actor)
        }
        return try await progress(moved ?? broadcast, caller)
    }

    func pause(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        if broadcast.status == .paused { return try await progress(broadcast, caller) }
        let moved = try await withStorage {
            try await store.move(
                broadcast.id, of: caller.tenantID, from: [.scheduled, .running, .done], to: .paused, dueAt: nil,
                by: caller.actor)
        }
        guard let moved else { throw Problem.broadcastNotRunning(broadcast.status) }
        try await eachBatch(of: broadcast.id, caller) { batch in
            _ = try await pauses.pause(.batch(batch), of: caller.tenantID, note: "broadcast", by: caller.actor.name)
        }
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .gate))
        return try await progress(moved, caller)
    }

    func resume(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        if [.running, .scheduled].contains(broadcast.status) { return try await progress(broadcast, caller) }
        let now = SystemClock.now()
        let later = broadcast.startedAt == nil ? broadcast.scheduledFor.flatMap { $0 > now ? $0 : nil } : nil
        let moved = try await withStorage {
            try await store.move(
                broadcast.id, of: caller.tenantID, from: [.paused], to: later == nil ? .running : .scheduled,
                dueAt: later ?? now, by: caller.actor)
        }
        guard let moved else { throw Problem.broadcastNotRunning(broadcast.status) }
        try await eachBatch(of: broadcast.id, caller) { batch in
            _ = try await pauses.resume(.batch(batch), of: caller.tenantID, note: "broadcast", by: caller.actor.name)
        }
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .gate))
        return try await progress(moved, caller)
    }

    /// What has not been sent never will be.
    func cancel(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        let moved = try await withStorage {
            try await store.move(
                broadcast.id, of: caller.tenantID, from: [.draft, .scheduled, .running, .paused, .done, .cancelled],
                to: .cancelled, dueAt: nil, by: caller.actor)
        }
        try await eachBatch(of: broadcast.id, caller) { batch in
            parts.news.tell(try await cancels.cancel(batch: batch, of: caller.tenantID) ?? [])
        }
        return try await progress(moved ?? broadcast, caller)
    }

    // MARK: What they share

    func broadcast(of request: Request, _ caller: Caller) async throws -> Broadcast {
        guard let id = request.pathParameter("id").flatMap({ BroadcastID($0) }),
            let broadcast = try await withStorage({ try await store.broadcast(id, of: caller.tenantID) })
        else { throw Problem.notFound("broadcast") }
        return broadcast
    }

    private func eachBatch(
        of id: BroadcastID, _ caller: Caller, _ act: (BatchID) async throws -> Void
    ) async throws {
        try await withStorage {
            for batch in try await store.batches(of: id, caller.tenantID) { try await act(batch) }
        }
    }

    private func progress(_ broadcast: Broadcast, _ caller: Caller) async throws -> Response {
        let messages = try await withStorage { try await store.messages(of: broadcast.id, caller.tenantID) }
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            broadcast.writeFields(into: &writer)
            writer.field(
                "messages",
                object: { object in
                    for state in MessageState.allCases {
                        guard let count = messages[state] else { continue }
                        object.key(state.name)
                        object.integer(count)
                    }
                })
        }
        return .json(200, writer.bytes)
    }

    private static func answer(_ broadcast: Broadcast, status: Int) -> Response {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { broadcast.writeFields(into: &$0) }
        return .json(status, writer.bytes)
    }
}

extension Problem {
    static var broadcastStarted: Problem {
        .conflict("broadcast_started", "The broadcast is no draft any more: it can be paused, resumed and cancelled.")
    }

    static func broadcastNotRunning(_ status: BroadcastStatus) -> Problem {
        .conflict("broadcast_not_running", "The broadcast is \(status.rawValue): there is nothing to pause or resume.")
    }
}
