import EventBus
import Kafka
import Runtime
import Storage

/// Forgets people, one after the other.
struct ErasingTurn: Sendable {
    let store: ErasingStore
    let producer: KafkaProducer
    let topicPrefix: String

    /// - Returns: whether there may be more.
    func run() async throws -> Bool {
        let done = try await store.eraseNext()
        if !done.events.isEmpty { producer.enqueue(done.events, prefix: topicPrefix) }
        switch done.outcome {
        case .nothingDue: return false
        case .waiting(let id):
            Log.info("an erasure waits for a message that is on its way", ["erasure": "\(id)"])
            return true
        case .done(let id):
            Log.info("a person was erased", ["erasure": "\(id)"])
            return true
        }
    }
}
