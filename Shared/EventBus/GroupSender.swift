package import Kafka
internal import Synchronization

/// Makes records durable for callers who wait, many in one request: while one batch is under way, what comes gathers
/// for the next. No timer: a single caller waits for nobody.
package final class GroupSender: Sendable {
    private struct Waiting: Sendable {
        let record: KafkaRecord
        let caller: CheckedContinuation<Result<Void, KafkaError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isSending = false
    }

    package static let batchMax = 500
    private let producer: KafkaProducer
    private let state = Mutex(State())

    package init(_ producer: KafkaProducer) {
        self.producer = producer
    }

    /// Returns when the record is durable; a failure of the batch is everybody's, because nobody knows whose record
    /// it was that is missing.
    package func send(_ record: KafkaRecord) async throws(KafkaError) {
        let result = await withCheckedContinuation { caller in
            let begins = state.withLock { state in
                state.waiting.append(Waiting(record: record, caller: caller))
                defer { state.isSending = true }
                return !state.isSending
            }
            if begins { Task { await self.sendAll() } }
        }
        try result.get()
    }

    private func sendAll() async {
        while let batch = takeBatch() {
            let result: Result<Void, KafkaError>
            do throws(KafkaError) {
                try await producer.send(batch.map(\.record))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            for waiting in batch { waiting.caller.resume(returning: result) }
        }
    }

    private func takeBatch() -> [Waiting]? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.isSending = false
                return nil
            }
            let batch = Array(state.waiting.prefix(Self.batchMax))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}
