internal import HTTPClient
package import Models
import Synchronization

/// A tenant that goes on sending whatever happens to the system, as a careful client does: with a key of its own for
/// each message, and again until it is told that the message was accepted.
extension TestSystem {
    private static let patience = Duration.seconds(120)

    /// - Returns: the ids of all messages accepted meanwhile, one for each that was begun.
    package func whileMessagesFlow(
        perSecond: Int,
        _ body: () async throws -> Void
    ) async throws -> [MessageID] {
        let isOver = Flag()
        return try await withThrowingTaskGroup(of: [MessageID].self) { group in
            group.addTask { try await self.flow(perSecond) { isOver.isSet } }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            isOver.set()
            return try await group.next() ?? []
        }
    }

    private func flow(_ perSecond: Int, until isOver: @escaping @Sendable () -> Bool) async throws
        -> [MessageID]
    {
        try await withThrowingTaskGroup(of: MessageID.self) { group in
            let started = ContinuousClock.now
            var begun = 0
            while !isOver() {
                // One in four is answered slowly, so that at every moment some sends are in flight.
                let recipient = begun % 4 == 0 ? recipient(ending: 998) : plainRecipient()
                group.addTask { try await self.sendSurely(to: recipient) }
                begun += 1
                try await Task.sleep(until: started + .seconds(1) * begun / perSecond, clock: .continuous)
            }
            var ids: [MessageID] = []
            for try await id in group { ids.append(id) }
            return ids
        }
    }

    /// Sends one reminder, again and again under the same key until it is accepted.
    package func sendSurely(to recipient: String) async throws -> MessageID {
        let deadline = ContinuousClock.now + Self.patience
        let body = Self.reminder(to: recipient)
        while true {
            do {
                let answer = try await post(body, idempotencyKey: "flow-\(recipient)")
                if answer.status == 202, let id = answer.messageID { return id }
                guard answer.status == 503 else {
                    throw NotInTime(description: "HTTP \(answer.status): \(answer.text)")
                }
            } catch is ClientFailure {
                // Nobody listens, or the answer was lost: the same again.
            }
            guard ContinuousClock.now < deadline else {
                throw NotInTime(description: "a message was never accepted")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
