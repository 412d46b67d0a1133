internal import Crdkafka
internal import Synchronization

/// Interrupts the consumer's wait in librdkafka from another thread.
final class ConsumerWaker: Sendable {
    /// Safety: `rd_kafka_queue_yield` may be called from any thread; the mutex keeps it from outliving the
    /// queue.
    private struct Queue: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let queue = Mutex<Queue?>(nil)

    func attach(_ pointer: OpaquePointer) {
        let attached = Queue(pointer: pointer)
        queue.withLock { $0 = attached }
    }

    func detach() {
        queue.withLock { $0 = nil }
    }

    func wake() {
        queue.withLock { queue in
            if let queue { rd_kafka_queue_yield(queue.pointer) }
        }
    }
}
