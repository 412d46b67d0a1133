package import Models
package import Postgres
internal import Runtime

/// Takes messages in: one commit for as many requests as have queued up, and a promise only after it.
///
/// Single requests and batch requests have writers of their own, so that a thousand rows of one caller never stand
/// before one row of another.
package final class AcceptStore: Sendable {
    /// Requests of one message each that share a commit.
    package static let singlesPerCommitMax = 500
    /// Batch requests that share a commit; each may hold a thousand messages.
    package static let batchesPerCommitMax = 2
    package static let waitForConnectionMax: Duration = .seconds(3)

    private let singles: GroupWriter<AcceptRequest, AcceptOutcome>
    private let batches: GroupWriter<AcceptRequest, AcceptOutcome>

    /// - Parameter afterCommit: told, on a writer's thread, what one commit has made durable. It must not wait.
    package init(
        settings: DatabaseSettings,
        waitingMax: Int = 20_000,
        batchesWaitingMax: Int = 64,
        afterCommit: @escaping @Sendable ([NewMessage]) -> Void
    ) {
        var settings = settings.pinnedToIndexPlans
        // A caller had better hear "try again" soon than wait for a database that is away.
        settings.acquireTimeout = min(settings.acquireTimeout, Self.waitForConnectionMax)
        let write: @Sendable (Connection, [AcceptRequest]) throws -> [AcceptOutcome] = {
            connection,
            requests in
            FaultPoint.reach(.ingestBeforeCommit)
            let outcomes = try AcceptStatement.write(requests, on: connection)
            FaultPoint.reach(.ingestAfterCommit)
            let committed = zip(requests, outcomes).flatMap { request, outcome in
                outcome == .accepted ? request.messages : []
            }
            if !committed.isEmpty { afterCommit(committed) }
            return outcomes
        }
        singles = GroupWriter(
            name: "accept",
            settings: settings,
            // One: what comes during a commit is the next one, and each commit costs the same whatever it holds.
            connections: 1,
            batchMax: Self.singlesPerCommitMax,
            queueMax: waitingMax,
            write: write
        )
        batches = GroupWriter(
            name: "accept-batch",
            settings: settings,
            connections: 2,
            batchMax: Self.batchesPerCommitMax,
            queueMax: batchesWaitingMax,
            write: write
        )
    }

    package func start() async throws(DatabaseError) {
        try await singles.start()
        try await batches.start()
    }

    package func stop() async {
        await singles.stop()
        await batches.stop()
    }

    /// Returns after the commit. Throws `.overloaded` when too many wait already; then nothing was written.
    package func accept(_ request: AcceptRequest) async throws(DatabaseError) -> AcceptOutcome {
        if request.messages.count == 1, request.batch == nil {
            try await singles.submit(request)
        } else {
            try await batches.submit(request)
        }
    }
}

/// A message that passed every check and is about to be written.
package struct NewMessage: Sendable {
    package var tenantID: TenantID
    package var id: MessageID
    package var senderID: SenderID
    package var templateID: TemplateID?
    package var batchID: BatchID?
    package var parentID: MessageID?
    package var type: MessageType
    package var kind: String
    package var lane: Lane
    package var priority: Int
    /// E.164, "+" included.
    package var recipient: String
    package var content: MessageContent
    package var reference: String?
    /// A JSON object of the caller's own.
    package var metadata: JSONText?
    package var scheduledFor: Timestamp?
    package var expiresAt: Timestamp
    package var createdAt: Timestamp
    /// One of so many that nobody is told of it: retry-scheduler gives it a turn at its sender's pace.
    package var waitsForTurn = false
    /// The caller's own trace is kept, and so shall this message's be. Not written down.
    package var isTraced = false

    package init(
        tenantID: TenantID,
        id: MessageID,
        senderID: SenderID,
        templateID: TemplateID? = nil,
        batchID: BatchID? = nil,
        parentID: MessageID? = nil,
        type: MessageType,
        kind: String = "general",
        lane: Lane,
        priority: Int = 5,
        recipient: String,
        content: MessageContent,
        reference: String? = nil,
        metadata: JSONText? = nil,
        scheduledFor: Timestamp? = nil,
        expiresAt: Timestamp,
        createdAt: Timestamp
    ) {
        self.tenantID = tenantID
        self.id = id
        self.senderID = senderID
        self.templateID = templateID
        self.batchID = batchID
        self.parentID = parentID
        self.type = type
        self.kind = kind
        self.lane = lane
        self.priority = priority
        self.recipient = recipient
        self.content = content
        self.reference = reference
        self.metadata = metadata
        self.scheduledFor = scheduledFor
        self.expiresAt = expiresAt
        self.createdAt = createdAt
    }

    package var state: MessageState { scheduledFor == nil ? .queued : .scheduled }

    /// Whether the dispatcher hears of it as soon as it is accepted.
    package var isToldAtOnce: Bool { state == .queued && !waitsForTurn }
}

/// What one HTTP request asks for; it is written whole or not at all.
package struct AcceptRequest: Sendable {
    package var tenantID: TenantID
    package var messages: [NewMessage]
    package var idempotency: IdempotencyClaim?
    package var batch: AcceptedBatch?

    package init(
        tenantID: TenantID,
        messages: [NewMessage],
        idempotency: IdempotencyClaim? = nil,
        batch: AcceptedBatch? = nil
    ) {
        self.tenantID = tenantID
        self.messages = messages
        if messages.count > Campaign.min, Campaign.isOne(messages.lazy.map(\.lane)) {
            for index in messages.indices { self.messages[index].waitsForTurn = Campaign.mayWait(messages[index].lane) }
        }
        self.idempotency = idempotency
        self.batch = batch
    }
}

/// The answer a caller will get now, kept for whoever asks again with the same key.
package struct IdempotencyClaim: Sendable {
    /// The first 16 bytes of the SHA-256 of the key, and of the request it came with.
    package var keyHash: UUIDValue
    package var requestHash: UUIDValue
    package var answer: StoredAnswer

    package init(keyHash: UUIDValue, requestHash: UUIDValue, answer: StoredAnswer) {
        self.keyHash = keyHash
        self.requestHash = requestHash
        self.answer = answer
    }
}

package struct StoredAnswer: Sendable, Equatable {
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

package struct AcceptedBatch: Sendable {
    package var id: BatchID
    package var accepted: Int
    package var refused: Int

    package init(id: BatchID, accepted: Int, refused: Int) {
        self.id = id
        self.accepted = accepted
        self.refused = refused
    }
}

package enum AcceptOutcome: Sendable, Equatable {
    /// Committed now.
    case accepted
    /// The key was used before with the same request: this was the answer.
    case repeated(StoredAnswer)
    /// The key was used before with another request.
    case keyReused
}
