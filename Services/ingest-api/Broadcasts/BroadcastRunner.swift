import APIKit
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Lets running broadcasts out, a thousand recipients at a time, through the one door that all messages come in by. The
/// pace at which they are sent is retry-scheduler's matter. Whoever dies in the middle is followed by another: a portion
/// is accepted once, under a key made of the broadcast and where the portion begins.
struct BroadcastRunner: Sendable {
    let store: BroadcastStore
    let acceptor: Acceptor
    let pauses: PauseStore
    let cancels: CancelStore
    let news: HandOver

    /// - Returns: whether there may be more to do at once.
    func run() async throws -> Bool {
        guard let taken = try await store.takeDue() else { return false }
        guard let portion = try await store.nextPortion(of: taken.id, taken.tenantID) else { return true }
        guard let last = portion.recipients.last else {
            try await store.finish(taken.id, of: taken.tenantID)
            Log.info("a broadcast is through", ["broadcast": "\(taken.id)", "tenant": "\(taken.tenantID)"])
            return true
        }
        let before = portion.broadcast.releasedUpto
        let root = try BroadcastJSON.batch(portion.broadcast.message, portion.recipients.map(\.recipient))
        let key = IdempotencyKey(ofOwnWork: "broadcast \(taken.id) after \(before)")
        let positions = portion.recipients.map(\.position)
        switch try await acceptor.acceptBatch(root, of: taken.tenantID, key: key) {
        case .accepted(let body, _):
            try await record(body, positions, before, last.position, taken)
        case .repeated(let answer):
            try await record(answer.body, positions, before, last.position, taken)
        case .refused(let problems, let items):
            if let problem = Self.hindrance(problems, items) {
                try await store.stop(taken.id, of: taken.tenantID, problem: BroadcastJSON.problem(problem))
                return true
            }
            var released = BroadcastStore.Released()
            for (position, item) in zip(positions, items) {
                guard case .refused(let problems) = item, let first = problems.first else { continue }
                released.refusedPositions.append(position)
                released.problems.append(BroadcastJSON.problem(first))
            }
            try await store.record(
                released, batchID: nil, of: taken.id, taken.tenantID, before: before, upto: last.position)
        }
        return true
    }

    /// What is wrong with the broadcast and not with its recipients: the same with everybody, and in what they share.
    static func hindrance(_ problems: [FieldProblem], _ items: [BatchReader.Item]) -> FieldProblem? {
        if items.isEmpty { return problems.first }
        var shared: FieldProblem?
        for item in items {
            guard case .refused(let problems) = item, let first = problems.first,
                first.field?.hasPrefix("template.") == true || first.field?.hasPrefix("sender_id") == true
                    || first.field == "type" || first.field == "expires_at"
            else { return nil }
            if let shared, shared.code != first.code { return nil }
            shared = first
        }
        return shared
    }

    private func record(
        _ body: [UInt8], _ positions: [Int], _ before: Int, _ upto: Int, _ taken: (tenantID: TenantID, id: BroadcastID)
    ) async throws {
        let root = try JSONDocument(parsing: body).root
        var released = BroadcastStore.Released()
        for (position, entry) in zip(positions, root["data"]?.elements ?? []) {
            if let id = entry["id"]?.string.flatMap({ MessageID($0) }) {
                released.positions.append(position)
                released.messages.append(id)
            } else if let error = entry["error"] {
                released.refusedPositions.append(position)
                released.problems.append(JSONText(error.serialized()))
            }
        }
        let batchID = root["batch_id"]?.string.flatMap { BatchID($0) }
        try await store.record(
            released, batchID: batchID, of: taken.id, taken.tenantID, before: before, upto: upto)
        guard let batchID else { return }
        // Somebody may have paused or cancelled it while this portion was on its way.
        switch try await store.broadcast(taken.id, of: taken.tenantID)?.status {
        case .paused:
            _ = try await pauses.pause(.batch(batchID), of: taken.tenantID, note: "broadcast", by: "broadcast \(taken.id)")
            news.tell(ControlNews(tenantID: taken.tenantID, what: .gate))
        case .cancelled:
            news.tell(try await cancels.cancel(batch: batchID, of: taken.tenantID) ?? [])
        case .draft, .scheduled, .running, .done, nil: break
        }
    }
}
