internal import Crdkafka
internal import Glibc
internal import Synchronization

/// The producer's thread: waits on librdkafka's main queue, so that no foreign thread ever calls into Swift.
final class ProducerPump: Sendable {
    let onDeliveryFailure = Mutex<(@Sendable (DeliveryFailure) -> Void)?>(nil)
    let isEmbeddedBroker = Atomic(false)

    private let settings: KafkaSettings
    private let values: [String: String]
    private let state: Mutex<State>

    private static let pollMilliseconds: Int32 = 100
    /// A second fatal error so soon after a rebuild is not cured by sending again: then the records fail.
    private static let rebuildsApartMin = Duration.seconds(2)
    private static let rebuildPauseMicroseconds: UInt32 = 200_000

    private struct State: Sendable {
        var client: ProducerClient?
        var statistics = ProducerStatistics()
        var stopDeadline: ContinuousClock.Instant?
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
        var lastRebuild: ContinuousClock.Instant?
        var sendsAgain = true
    }

    init(_ settings: KafkaSettings, linger: Duration, deliveryTimeout: Duration) throws(KafkaError) {
        self.settings = settings
        values = settings.common.merging([
            "enable.idempotence": "true",
            "acks": "all",
            "compression.codec": "lz4",
            "linger.ms": "\(linger.milliseconds)",
            "message.timeout.ms": "\(deliveryTimeout.milliseconds)",
            "queue.buffering.max.messages": "\(KafkaProducer.queuedRecordsMax)",
            "queue.buffering.max.kbytes": "\(KafkaProducer.queuedKilobytesMax)",
            // The same partition for a key as every Java client chooses.
            "partitioner": "murmur2_random",
        ]) { $1 }.merging(settings.extra) { $1 }
        state = Mutex(State(client: try ProducerClient(values)))
    }

    // MARK: - Called from anywhere

    func produce(_ records: [KafkaRecord], for batch: SentBatch?) {
        // Under the lock, because the client may be replaced at any time; it costs about 1 µs a record.
        let refusals = state.withLock { state -> [(record: KafkaRecord, reason: String)]? in
            guard let client = state.client, state.stopDeadline == nil else { return nil }
            var refusals: [(record: KafkaRecord, reason: String)] = []
            for record in records {
                if let reason = client.produce(record, for: batch) { refusals.append((record, reason)) }
            }
            state.statistics.accepted += records.count - refusals.count
            state.statistics.refused += refusals.count
            return refusals
        }
        guard let refusals else {
            guard let batch else {
                return records.forEach { report($0.topic, $0.key, "the producer is stopped") }
            }
            return batch.refuseAll()
        }
        guard let first = refusals.first else { return }
        if let batch {
            // A refused record gets no delivery report.
            batch.settle(refusals.count, failure: first.reason)
        } else {
            for refusal in refusals { report(refusal.record.topic, refusal.record.key, refusal.reason) }
        }
    }

    var statistics: ProducerStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.waiting = state.client?.waiting ?? 0
            return statistics
        }
    }

    func beginStop(flushWithin: Duration) {
        state.withLock { state in
            guard state.stopDeadline == nil else { return }
            state.stopDeadline = .now + flushWithin
            state.client?.wake()
        }
    }

    func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.client == nil { return true }
                state.stopWaiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    func simulateFatalError() {
        state.withLock { state in state.client?.simulateFatalError() }
    }

    // MARK: - The thread

    func run() {
        while let client = state.withLock({ $0.client }) {
            if let event = client.nextEvent(waitMilliseconds: Self.pollMilliseconds) {
                handle(event, of: client)
            }
            if client.isFatal { rebuild(after: client) }
            if !isEmbeddedBroker.load(ordering: .relaxed), client.isEmbeddedBroker == true {
                isEmbeddedBroker.store(true, ordering: .relaxed)
            }
            guard let deadline = state.withLock({ $0.stopDeadline }) else { continue }
            if client.waiting == 0 || ContinuousClock.now >= deadline { return close(client) }
        }
    }

    private func handle(_ event: ProducerClient.Event, of client: ProducerClient) {
        switch event {
        case .notice(let level, let code, let text):
            settings.notify(level, code: code, text)
        case .reports(let reports):
            settle(reports, from: client)
        case .unknown:
            break
        }
    }

    private func settle(_ reports: DeliveryReports, from client: ProducerClient) {
        var delivered = 0
        var failed = 0
        var settled: [(batch: SentBatch, failure: String?)] = []
        reports.forEach { report in
            guard let failure = report.failure else {
                delivered += 1
                if let batch = report.batch { settled.append((batch, nil)) }
                return
            }
            // The reports of a fatal error can come before the error itself.
            if client.isFatal { rebuild(after: client) }
            if sendAgain(report, instead: client) { return }
            failed += 1
            if let batch = report.batch {
                settled.append((batch, failure))
            } else {
                self.report(report.record.topic, report.record.key, failure)
            }
        }
        // Counted before anybody who waits can look at the count.
        state.withLock { state in
            state.statistics.delivered += delivered
            state.statistics.failed += failed
        }
        for (batch, failure) in settled { batch.settle(failure: failure) }
    }

    /// A record that only failed because its client was given up goes to the client that replaced it.
    private func sendAgain(_ report: DeliveryReports.Report, instead old: ProducerClient) -> Bool {
        state.withLock { state in
            guard let client = state.client, client !== old, state.stopDeadline == nil, state.sendsAgain
            else {
                return false
            }
            return client.produce(report.record, for: report.batch) == nil
        }
    }

    /// A fatal error ends an idempotent client for good: a new one takes its place and its open records.
    private func rebuild(after old: ProducerClient) {
        let isTooSoon = state.withLock { state -> Bool? in
            guard state.client === old, state.stopDeadline == nil else { return nil }
            return state.lastRebuild.map { ContinuousClock.now - $0 < Self.rebuildsApartMin } ?? false
        }
        guard let isTooSoon else { return }
        if isTooSoon { usleep(Self.rebuildPauseMicroseconds) }
        guard let new = try? ProducerClient(values) else {
            settings.notify(.error, "no new client could be made after a fatal error; it is tried again")
            return
        }
        settings.notify(.warning, "the client is replaced after a fatal error: \(old.fatalReason)")
        state.withLock { state in
            state.client = new
            state.statistics.rebuilds += 1
            state.lastRebuild = .now
            state.sendsAgain = !isTooSoon
        }
        drain(old)
        old.destroy()
    }

    private func close(_ client: ProducerClient) {
        let open = client.waiting
        if open > 0 { settings.notify(.warning, "stopped with \(open) records not acknowledged") }
        let waiters = state.withLock { state in
            // From here on nothing is produced; what is open gets its failure report in the drain.
            state.client = nil
            defer { state.stopWaiters = [] }
            return state.stopWaiters
        }
        drain(client)
        client.destroy()
        for waiter in waiters { waiter.resume() }
    }

    /// Every record that librdkafka still has comes back as a report, so that every reference is released.
    private func drain(_ client: ProducerClient) {
        client.purge()
        while client.waiting > 0 {
            guard let event = client.nextEvent(waitMilliseconds: Self.pollMilliseconds) else { continue }
            if case .reports(let reports) = event { settle(reports, from: client) }
        }
    }

    private func report(_ topic: String, _ key: [UInt8]?, _ reason: String) {
        onDeliveryFailure.withLock { $0 }?(DeliveryFailure(topic: topic, key: key, reason: reason))
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
