import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Accepts messages: reads, checks, commits, answers.
struct Intake: Sendable {
    static let singleBytesMax = 128 << 10
    static let batchBytesMax = 4 << 20
    static let batchMessagesMax = 1_000

    let callers: Callers
    let catalogs: Catalogs
    let store: AcceptStore
    let queries: MessageQueryStore
    let ids: IDSource
    let metrics: IntakeMetrics

    func postMessage(_ request: Request) async throws -> Response {
        let caller = try await callers.caller(of: request)
        let key = try IdempotencyKey(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.singleBytesMax)
        let now = SystemClock.now()
        let reader = MessageReader(catalog: try await catalogs.catalog(of: caller.tenantID), now: now)
        var problems = FieldProblems()
        guard let reading = reader.message(from: root, id: MessageID(ids.uuid(at: now)), problems: &problems)
        else {
            return try await refuse(problems.all, caller, key)
        }
        let body = AcceptedJSON.body(of: reading)
        let outcome = try await accept(
            AcceptRequest(
                tenantID: caller.tenantID,
                messages: [reading.message],
                idempotency: key?.claim(StoredAnswer(status: 202, body: body))
            )
        )
        switch outcome {
        case .accepted:
            metrics.accepted.increment()
            var response = Response.json(202, body)
            response.setHeader("Location", "/v1/messages/\(reading.message.id)")
            return response
        case .repeated(let answer):
            metrics.replayed.increment()
            return .repeated(answer)
        case .keyReused: throw Problem.keyReused
        }
    }

    func postBatch(_ request: Request) async throws -> Response {
        let caller = try await callers.caller(of: request)
        let key = try IdempotencyKey(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.batchBytesMax)
        let now = SystemClock.now()
        let batchID = BatchID(ids.uuid(at: now))
        let reader = MessageReader(catalog: try await catalogs.catalog(of: caller.tenantID), now: now)
        var problems = FieldProblems()
        let batch = BatchReader(reader: reader, batchID: batchID) { MessageID(ids.uuid(at: now)) }
        guard let items = batch.items(of: root, problems: &problems) else {
            return try await refuse(problems.all, caller, key)
        }
        let messages = items.compactMap(\.message)
        let body = AcceptedJSON.body(of: items, batchID: batchID)
        guard !messages.isEmpty else {
            return try await refuse(
                [
                    FieldProblem(
                        "batch_refused",
                        nil,
                        "None of the messages can be accepted; `data` says why."
                    )
                ],
                caller,
                key,
                extra: AcceptedJSON.members(of: items)
            )
        }
        let refused = items.count - messages.count
        let outcome = try await accept(
            AcceptRequest(
                tenantID: caller.tenantID,
                messages: messages,
                idempotency: key?.claim(StoredAnswer(status: 202, body: body)),
                batch: AcceptedBatch(id: batchID, accepted: messages.count, refused: refused)
            )
        )
        switch outcome {
        case .accepted:
            metrics.accepted.increment(by: messages.count)
            metrics.refused.increment(by: refused)
            return .json(202, body)
        case .repeated(let answer):
            metrics.replayed.increment()
            return .repeated(answer)
        case .keyReused: throw Problem.keyReused
        }
    }

    private func accept(_ request: AcceptRequest) async throws -> AcceptOutcome {
        let begun = Monotonic.now()
        let outcome = try await withStorage { try await store.accept(request) }
        metrics.commitSeconds.observe(seconds: (Monotonic.now() - begun).seconds)
        return outcome
    }

    /// A request that was accepted once keeps its answer, even when it would be refused today: its template may have
    /// been paused since, its `expires_at` may have passed.
    private func refuse(
        _ problems: [FieldProblem],
        _ caller: Caller,
        _ key: IdempotencyKey?,
        extra: [(name: String, json: [UInt8])] = []
    ) async throws -> Response {
        if let key {
            let given = try await withStorage {
                try await queries.answer(
                    tenantID: caller.tenantID,
                    keyHash: key.keyHash,
                    requestHash: key.requestHash
                )
            }
            switch given {
            case .repeated(let answer):
                metrics.replayed.increment()
                return .repeated(answer)
            case .keyReused: throw Problem.keyReused
            case .accepted, nil: break
            }
        }
        metrics.refused.increment()
        throw Problem.refused(problems, extra: extra)
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
