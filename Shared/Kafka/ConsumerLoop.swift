internal import Crdkafka
internal import Dispatch
internal import Glibc
internal import Synchronization

/// The consumer's thread: everything that touches librdkafka happens on it, callbacks included.
final class ConsumerLoop: Sendable {
    struct Figures: Sendable {
        var assignment: [TopicPartition] = []
        var lagByPartition: [TopicPartition: Int64] = [:]
        var offsetGaps = 0
        var isEmbeddedBroker = false
    }

    private let settings: KafkaSettings
    private let subscription: Subscription
    private let rebalances: AsyncStream<Rebalance>.Continuation
    private let state = Mutex(ConsumerState())
    private let published = Mutex(Figures())
    /// Rung for the thread when it does not wait in librdkafka.
    private let doorbell = DispatchSemaphore(value: 0)
    private let waker = ConsumerWaker()

    private static let pollMilliseconds = 100
    /// So long we wait for room before we pause: a pause throws away what librdkafka has fetched ahead.
    private static let fullWaitMilliseconds = 300
    private static let batchMax = 500
    private static let figuresApart = Duration.milliseconds(500)
    private static let firstContactNoticesApart = Duration.seconds(5)

    init(
        _ settings: KafkaSettings,
        _ subscription: Subscription,
        rebalances: AsyncStream<Rebalance>.Continuation
    ) throws(KafkaError) {
        self.settings = settings
        self.subscription = subscription
        self.rebalances = rebalances
        // A wrong setting is said now and not on the thread.
        let configuration = try makeConfiguration(
            ConsumerClient.values(settings, subscription, isEmbeddedBroker: false)
        )
        rd_kafka_conf_destroy(configuration)
    }

    // MARK: - Called from anywhere

    func take(max: Int, within: Duration, _ taker: ConsumerState.Taker) {
        let now = ContinuousClock.now
        let due = state.withLock { state -> [ConsumerState.Delivery]? in
            if state.isStopped { return nil }
            state.wait(taker, max: max, until: now + within)
            return state.deliveries(at: now)
        }
        guard let due else { return taker.resume(returning: .failure(.stopped)) }
        hand(over: due)
        wake()
    }

    func finish(_ records: [ConsumedRecord]) { state.withLock { $0.finish(records) } }

    func setPaused(_ isPaused: Bool) {
        state.withLock { $0.isPaused = isPaused }
        wake()
    }

    var figures: Figures { published.withLock { $0 } }

    func beginStop() {
        let takers = state.withLock { $0.isStopped ? [] : $0.stop() }
        for taker in takers { taker.resume(returning: .failure(.stopped)) }
        wake()
    }

    func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isEnded { return true }
                state.stopWaiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func wake() {
        doorbell.signal()
        waker.wake()
    }

    private func hand(over due: [ConsumerState.Delivery]) {
        for delivery in due { delivery.taker.resume(returning: .success(delivery.records)) }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    // MARK: - The thread

    func run() {
        while let isEmbeddedBroker = waitForFirstContact() {
            published.withLock { $0.isEmbeddedBroker = isEmbeddedBroker }
            do throws(KafkaError) {
                let client = try ConsumerClient(
                    settings,
                    subscription,
                    isEmbeddedBroker: isEmbeddedBroker,
                    owner: self
                )
                waker.attach(client.queue)
                read(with: client)
                waker.detach()
                client.close(within: isEmbeddedBroker ? .seconds(3) : .seconds(10))
                // Whatever the client could not give back in time is not ours either.
                state.withLock { $0.revoke($0.assignment) }
            } catch {
                settings.notify(.error, "no consumer could be made, it is tried again: \(error)")
                pauseThread(milliseconds: 1_000)
            }
        }
        let waiters = state.withLock { state in
            state.isEnded = true
            defer { state.stopWaiters = [] }
            return state.stopWaiters
        }
        published.withLock { figures in
            figures.assignment = []
            figures.lagByPartition = [:]
        }
        rebalances.finish()
        for waiter in waiters { waiter.resume() }
    }

    /// The right settings depend on the kind of broker, so one has to answer first.
    ///
    /// - Returns: whether it is the embedded one; nil when the consumer was stopped.
    private func waitForFirstContact() -> Bool? {
        guard !isStopped else { return nil }
        guard let configuration = try? makeConfiguration(settings.common.merging(settings.extra) { $1 }),
            let probe = try? makeClient(RD_KAFKA_PRODUCER, takingOwnershipOf: configuration)
        else { return false }
        defer { rd_kafka_destroy(probe) }
        var nextNotice = ContinuousClock.now + Self.firstContactNoticesApart
        while !isStopped {
            if let answer = isEmbeddedCluster(probe, waitMilliseconds: Int32(Self.pollMilliseconds)) {
                return answer
            }
            // Its own events are not of interest, but must not pile up.
            rd_kafka_poll(probe, 0)
            if ContinuousClock.now >= nextNotice {
                settings.notify(.warning, "no broker has answered yet")
                nextNotice = .now + Self.firstContactNoticesApart
            }
            resumeThoseWhoseTimeIsOver()
        }
        return nil
    }

    /// Returns when the consumer is stopped, or when its client ended with a fatal error and must be
    /// replaced.
    private func read(with client: ConsumerClient) {
        var nextFigures = ContinuousClock.now
        while true {
            let now = ContinuousClock.now
            let (isStopped, isPaused, isFull, deadline) = state.withLock {
                ($0.isStopped, $0.isPaused, $0.isFull, $0.nextDeadline)
            }
            storeFinished(with: client)
            client.commitIfDue(at: now)
            if isStopped || client.isFatal { return }
            client.beginAnewIfBrokerIsNew()
            if isFull, !isPaused, !client.isPaused {
                waitForRoom()
                if state.withLock({ $0.isFull }) { client.pause() }
            } else if client.isPaused != (isPaused || isFull) {
                if isPaused || isFull {
                    client.pause()
                } else {
                    client.resume(at: state.withLock { $0.positions })
                }
            }
            let wait = deadline.map { min(Self.pollMilliseconds, Int(max(.zero, $0 - now).milliseconds)) }
            client.read(upTo: Self.batchMax, waitMilliseconds: Int32(wait ?? Self.pollMilliseconds)) {
                message,
                partition in
                state.withLock { state in
                    state.read(
                        { consumedRecord(message, partition, assignment: $0) },
                        from: partition,
                        offset: message.pointee.offset
                    )
                }
            }
            resumeThoseWhoseTimeIsOver()
            if now >= nextFigures {
                learnStoredOffsets(with: client)
                publishFigures(of: client)
                nextFigures = now + Self.figuresApart
            }
        }
    }

    private func waitForRoom() {
        let deadline = ContinuousClock.now + .milliseconds(Self.fullWaitMilliseconds)
        while state.withLock({ $0.isFull && !$0.isStopped }), ContinuousClock.now < deadline {
            _ = doorbell.wait(timeout: .now() + .milliseconds(Self.fullWaitMilliseconds))
        }
    }

    private func pauseThread(milliseconds: UInt32) {
        usleep(milliseconds * 1_000)
        resumeThoseWhoseTimeIsOver()
    }

    private func resumeThoseWhoseTimeIsOver() {
        hand(over: state.withLock { $0.deliveries(at: .now) })
    }

    private func storeFinished(with client: ConsumerClient) {
        let offsets = state.withLock { $0.takeUnstored() }
        if !offsets.isEmpty { client.store(offsets) }
    }

    private func learnStoredOffsets(with client: ConsumerClient) {
        let unknown = state.withLock { $0.partitionsToLearn }
        guard !unknown.isEmpty else { return }
        for (partition, offset) in client.committed(unknown) {
            state.withLock { $0.learnStored(offset, of: partition) }
        }
    }

    private func publishFigures(of client: ConsumerClient) {
        let (assignment, stored, gaps) = state.withLock { state in
            let assignment = state.assignment
            return (assignment, assignment.map { state.stored($0) }, state.offsetGaps)
        }
        var lag: [TopicPartition: Int64] = [:]
        for (partition, stored) in zip(assignment, stored) {
            lag[partition] = client.lag(of: partition, behind: stored)
        }
        published.withLock { figures in
            figures.assignment = assignment
            figures.lagByPartition = lag
            figures.offsetGaps = gaps
        }
    }

    // MARK: - Called by ConsumerClient, on the thread, from inside librdkafka's callbacks

    func assigned(_ partitions: [TopicPartition]) {
        state.withLock { $0.assign(partitions) }
        published.withLock { $0.assignment = partitions }
        rebalances.yield(.assigned(partitions))
    }

    /// - Parameter isLostAlready: nothing can be stored any more: another member or another log has them.
    func willLose(_ partitions: [TopicPartition], client: ConsumerClient, isLostAlready: Bool) {
        // After this the partitions belong to somebody else, who begins where we stored last.
        if !isLostAlready { storeFinished(with: client) }
        state.withLock { $0.revoke(partitions) }
        published.withLock { figures in
            figures.assignment.removeAll { partitions.contains($0) }
            for partition in partitions { figures.lagByPartition[partition] = nil }
        }
        rebalances.yield(.revoked(partitions))
    }

    func notify(_ level: KafkaNotice.Level, code: String?, _ text: String) {
        settings.notify(level, code: code, text)
    }
}

private func consumedRecord(
    _ message: UnsafePointer<rd_kafka_message_t>,
    _ partition: TopicPartition,
    assignment: UInt64
) -> ConsumedRecord {
    var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    let timestamp = rd_kafka_message_timestamp(message, &kind)
    return ConsumedRecord(
        topic: partition.topic,
        partition: partition.partition,
        offset: message.pointee.offset,
        key: message.pointee.key.map { copyBytes($0, message.pointee.key_len) },
        value: copyBytes(message.pointee.payload, message.pointee.len),
        headers: copyHeaders(message),
        timestamp: timestamp,
        assignment: assignment
    )
}
