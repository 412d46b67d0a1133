internal import Crdkafka
internal import Synchronization

/// A record that nobody waited for and that was not made durable.
package struct DeliveryFailure: Sendable {
    package let topic: String
    package let key: [UInt8]?
    package let reason: String
}

package struct ProducerStatistics: Sendable, Equatable {
    /// Records given to librdkafka.
    package internal(set) var accepted = 0
    package internal(set) var delivered = 0
    /// Accepted, and then not made durable in time.
    package internal(set) var failed = 0
    /// Not even accepted, mostly because the queue was full.
    package internal(set) var refused = 0
    /// Times the client was replaced after a fatal error, for instance against a broker that came back empty.
    package internal(set) var rebuilds = 0
    /// Records waiting to be sent or to be acknowledged.
    package internal(set) var waiting = 0
}

/// An idempotent producer with `acks=all` that outlives every state of the broker.
///
/// Records may arrive twice after a fatal error of the client, which is then replaced and the open records
/// are sent again.
package final class KafkaProducer: Sendable {
    /// Full means refused: what waits here is lost with the process.
    package static let queuedRecordsMax = 100_000
    package static let queuedKilobytesMax = 64 * 1024

    private let pump: ProducerPump

    /// - Parameters:
    ///   - linger: how long a record waits for company; zero where somebody waits and hands over whole batches.
    ///     librdkafka 2.0 spins through the last millisecond of every wait, and while a burst that was split into
    ///     many requests waits for a place in flight: few long waits cost less than many short ones.
    ///   - deliveryTimeout: after this, a record counts as failed. It must outlast a restart of the broker.
    package init(
        _ settings: KafkaSettings,
        linger: Duration = .milliseconds(20),
        deliveryTimeout: Duration = .seconds(30)
    ) throws(KafkaError) {
        pump = try ProducerPump(settings, linger: linger, deliveryTimeout: deliveryTimeout)
        let pump = pump
        try KafkaThread.start(named: "kafka-producer") { pump.run() }
    }

    deinit { pump.beginStop(flushWithin: .zero) }

    /// Resumes when every record has its delivery report.
    ///
    /// - Throws: `.notDelivered` when at least one record failed or was refused, `.stopped`.
    package func send(_ records: [KafkaRecord]) async throws(KafkaError) {
        guard !records.isEmpty else { return }
        let result = await withCheckedContinuation { continuation in
            pump.produce(records, for: SentBatch(count: records.count, continuation))
        }
        try result.get()
    }

    /// Does not wait. What fails is counted and given to `onDeliveryFailure`.
    package func enqueue(_ records: [KafkaRecord]) {
        pump.produce(records, for: nil)
    }

    /// Called on the producer's thread or the caller's of `enqueue`: it must not block.
    package var onDeliveryFailure: (@Sendable (DeliveryFailure) -> Void)? {
        get { pump.onDeliveryFailure.withLock { $0 } }
        set { pump.onDeliveryFailure.withLock { $0 = newValue } }
    }

    /// True once a broker has answered and is librdkafka's mock: in memory, for development.
    package var isEmbeddedBroker: Bool { pump.isEmbeddedBroker.load(ordering: .relaxed) }
    package var statistics: ProducerStatistics { pump.statistics }

    /// Takes nothing more, waits for what is open, and gives up on the rest after `flushWithin`.
    package func stop(flushWithin: Duration) async {
        pump.beginStop(flushWithin: flushWithin)
        await pump.waitUntilStopped()
    }

    /// Puts the client into the state that a real broker's fatal answer would, for tests of the recovery.
    func simulateFatalError() { pump.simulateFatalError() }
}

/// One `send`: counts its records down and resumes its caller once. librdkafka holds one reference per
/// record.
final class SentBatch: Sendable {
    private struct Progress {
        var open: Int
        var failed = 0
        var reason = ""
        var continuation: CheckedContinuation<Result<Void, KafkaError>, Never>?
    }

    private let count: Int
    private let progress: Mutex<Progress>

    init(count: Int, _ continuation: CheckedContinuation<Result<Void, KafkaError>, Never>) {
        self.count = count
        progress = Mutex(Progress(open: count, continuation: continuation))
    }

    func settle(_ records: Int = 1, failure: String? = nil) {
        let finished = progress.withLock {
            progress -> (CheckedContinuation<Result<Void, KafkaError>, Never>?, Progress)? in
            progress.open -= records
            if let failure {
                progress.failed += records
                if progress.reason.isEmpty { progress.reason = failure }
            }
            guard progress.open == 0 else { return nil }
            defer { progress.continuation = nil }
            return (progress.continuation, progress)
        }
        guard let (continuation, result) = finished else { return }
        continuation?.resume(
            returning: result.failed == 0
                ? .success(())
                : .failure(.notDelivered(count: result.failed, of: count, reason: result.reason))
        )
    }

    func refuseAll() {
        let continuation = progress.withLock { progress in
            defer { progress.continuation = nil }
            return progress.continuation
        }
        continuation?.resume(returning: .failure(.stopped))
    }
}
