import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Takes messages of one tenant in: reads, checks, commits. Whoever sends comes through here, HTTP callers, automation
/// and broadcasts alike, so that the same rules hold for all of them.
struct Acceptor: Sendable {
    static let batchMessagesMax = 1_000

    let catalogs: Catalogs
    let store: AcceptStore
    let queries: MessageQueryStore
    let contacts: ContactStore
    let recipients: RecipientGuard
    let ids: IDSource
    let metrics: IntakeMetrics

    /// - Parameter database: the service's role.
    init(
        catalogs: Catalogs, store: AcceptStore, queries: MessageQueryStore, database: Database, ids: IDSource,
        metrics: IntakeMetrics
    ) {
        self.catalogs = catalogs
        self.store = store
        self.queries = queries
        contacts = ContactStore(database)
        recipients = RecipientGuard(store: RecipientCheckStore(database))
        self.ids = ids
        self.metrics = metrics
    }

    /// What became of a request to send.
    enum Acceptance: Sendable {
        /// Committed. The body is what a caller is answered; a single message is the only item.
        case accepted(body: [UInt8], items: [BatchReader.Item])
        /// The key was used before with the same request: this was the answer, and nothing was written now.
        case repeated(StoredAnswer)
        /// Nothing was written. A batch whose every message is refused has its items too.
        case refused([FieldProblem], items: [BatchReader.Item])
    }

    /// One message, as `POST /v1/messages` has it.
    ///
    /// - Throws: `Problem.keyReused`, and problems of the store that pass by themselves (503).
    func acceptMessage(
        _ root: JSONValue, of tenantID: TenantID, key: IdempotencyKey? = nil
    ) async throws -> Acceptance {
        let now = SystemClock.now()
        let catalog = try await catalogs.catalog(of: tenantID)
        let named = try await contacts(named: root["contact_id"].map { [$0] } ?? [], tenantID)
        let reader = MessageReader(catalog: catalog, now: now, contacts: named)
        var problems = FieldProblems()
        guard let read = reader.message(from: root, id: MessageID(ids.uuid(at: now)), problems: &problems) else {
            return try await refused(problems.all, tenantID, key)
        }
        let reading: MessageReader.Reading
        switch try await recipients.check([.accepted(read)], catalog)[0] {
        case .accepted(let allowed): reading = allowed
        case .refused(let problems): return try await refused(problems, tenantID, key)
        }
        let body = AcceptedJSON.body(of: reading)
        return try await commit(
            AcceptRequest(
                tenantID: tenantID, messages: traced([reading.message]),
                idempotency: key?.claim(StoredAnswer(status: 202, body: body))),
            body, [.accepted(reading)])
    }

    /// Up to `batchMessagesMax` messages in either form of `POST /v1/messages/batch`; what is wrong with one of them
    /// refuses that one only.
    func acceptBatch(
        _ root: JSONValue, of tenantID: TenantID, id: BatchID? = nil, key: IdempotencyKey? = nil
    ) async throws -> Acceptance {
        let now = SystemClock.now()
        let batchID = id ?? BatchID(ids.uuid(at: now))
        var problems = FieldProblems()
        guard let items = try await read(batch: root, batchID, of: tenantID, now: now, problems: &problems) else {
            return try await refused(problems.all, tenantID, key)
        }
        let messages = items.compactMap(\.message)
        guard !messages.isEmpty else {
            let problem = FieldProblem(
                "batch_refused", nil, "None of the messages can be accepted; `data` says why.")
            return try await refused([problem], tenantID, key, items)
        }
        let body = AcceptedJSON.body(of: items, batchID: batchID)
        return try await commit(
            AcceptRequest(
                tenantID: tenantID, messages: traced(messages),
                idempotency: key?.claim(StoredAnswer(status: 202, body: body)),
                batch: AcceptedBatch(id: batchID, accepted: messages.count, refused: items.count - messages.count)),
            body, items)
    }

    /// What `acceptBatch` would say, without writing anything.
    ///
    /// - Returns: nil when the batch as a whole is wrong, which has then been noted.
    func check(
        batch root: JSONValue, of tenantID: TenantID, problems: inout FieldProblems
    ) async throws -> [BatchReader.Item]? {
        let now = SystemClock.now()
        return try await read(batch: root, BatchID(ids.uuid(at: now)), of: tenantID, now: now, problems: &problems)
    }

    private func read(
        batch root: JSONValue, _ batchID: BatchID, of tenantID: TenantID, now: Timestamp,
        problems: inout FieldProblems
    ) async throws -> [BatchReader.Item]? {
        let catalog = try await catalogs.catalog(of: tenantID)
        let entries = (root["messages"] ?? root["recipients"])?.elements ?? []
        let named = try await contacts(named: entries.compactMap { $0["contact_id"] }, tenantID)
        let reader = MessageReader(catalog: catalog, now: now, contacts: named)
        let batch = BatchReader(reader: reader, batchID: batchID) { MessageID(ids.uuid(at: now)) }
        guard let items = batch.items(of: root, problems: &problems) else { return nil }
        return try await recipients.check(items, catalog)
    }

    private func contacts(named ids: [JSONValue], _ tenantID: TenantID) async throws -> [ContactID: Contact] {
        let ids = ids.prefix(Self.batchMessagesMax).compactMap { $0.string.flatMap { ContactID($0) } }
        return ids.isEmpty ? [:] : try await withStorage { try await contacts.contacts(ids, of: tenantID) }
    }

    private func commit(
        _ request: AcceptRequest, _ body: [UInt8], _ items: [BatchReader.Item]
    ) async throws -> Acceptance {
        let begun = Monotonic.now()
        let spans = beginnings(of: request.messages)
        let outcome = try await withStorage { try await store.accept(request) }
        metrics.commitSeconds.observe(seconds: (Monotonic.now() - begun).seconds)
        switch outcome {
        case .accepted:
            metrics.accepted.increment(by: request.messages.count)
            metrics.refused.increment(by: items.count - request.messages.count)
            for span in spans { span.end([("tidings.tenant.id", .text(request.tenantID.description))]) }
            return .accepted(body: body, items: items)
        case .repeated(let answer):
            metrics.replayed.increment()
            return .repeated(answer)
        case .keyReused: throw Problem.keyReused
        }
    }

    /// What a caller's kept trace leads to is kept as well.
    private func traced(_ messages: [NewMessage]) -> [NewMessage] {
        guard Tracer.isOn, Tracer.isAskedFor else { return messages }
        return messages.map { message in
            var message = message
            message.isTraced = true
            return message
        }
    }

    /// The roots of the messages' own traces, which name the request that brought them.
    private func beginnings(of messages: [NewMessage]) -> [OpenSpan] {
        guard Tracer.isOn else { return [] }
        return messages.compactMap { message in
            Tracer.begin(
                "accept message", .internal, at: Tracer.root(of: message.id, isAskedFor: message.isTraced),
                links: Tracer.current.map { [$0] } ?? [])
        }
    }

    /// A request that was accepted once keeps its answer, even when it would be refused today: its template may have
    /// been paused since, its `expires_at` may have passed.
    private func refused(
        _ problems: [FieldProblem], _ tenantID: TenantID, _ key: IdempotencyKey?, _ items: [BatchReader.Item] = []
    ) async throws -> Acceptance {
        if let key {
            let given = try await withStorage {
                try await queries.answer(tenantID: tenantID, keyHash: key.keyHash, requestHash: key.requestHash)
            }
            switch given {
            case .repeated(let answer):
                metrics.replayed.increment()
                return .repeated(answer)
            case .keyReused: throw Problem.keyReused
            case .accepted, nil: break
            }
        }
        metrics.refused.increment(by: max(1, items.count))
        return .refused(problems, items: items)
    }
}

/// What this service counts.
struct IntakeMetrics: Sendable {
    let accepted: Counter
    let refused: Counter
    let replayed: Counter
    let commitSeconds: Histogram

    init(_ registry: MetricsRegistry = .shared) {
        accepted = registry.counter(
            "tidings_messages_accepted_total",
            help: "Messages accepted and committed."
        )
        refused = registry.counter("tidings_messages_refused_total", help: "Messages refused by the checks.")
        replayed = registry.counter(
            "tidings_idempotent_replays_total",
            help: "Requests answered with the answer given before."
        )
        commitSeconds = registry.histogram(
            "tidings_accept_commit_seconds",
            help: "Time from the end of the checks to the commit."
        )
    }
}
