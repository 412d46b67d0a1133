/// What a consumer knows, as a value: each change says what is to be done, and the doing happens outside the
/// lock.
struct ConsumerState: Sendable {
    typealias Taker = CheckedContinuation<Result<[ConsumedRecord], KafkaError>, Never>

    struct Delivery: Sendable {
        let taker: Taker
        let records: [ConsumedRecord]
    }

    private struct Waiting: Sendable {
        let taker: Taker
        let max: Int
        let deadline: ContinuousClock.Instant
    }

    private struct Partition: Sendable {
        let assignment: UInt64
        var tracker: OffsetTracker
        /// What is to be stored at the next turn of the loop.
        var unstored: Int64?
        /// The group's offset: committed before us, or finished by us.
        var stored: Int64?
        /// Whether the broker was asked for it; there may be none.
        var isStoredKnown = false
        /// Whether a record was read since the partition became ours.
        var isRead = false
    }

    private var partitions: [TopicPartition: Partition] = [:]
    private var buffer: [ConsumedRecord] = []
    private var bufferBytes = 0
    private var waiting: [Waiting] = []
    private var assignments: UInt64 = 0
    private(set) var offsetGaps = 0
    var isPaused = false
    var isStopped = false
    /// Nothing more happens: the thread is about to end.
    var isEnded = false
    var stopWaiters: [CheckedContinuation<Void, Never>] = []

    var assignment: [TopicPartition] { Array(partitions.keys) }
    var bufferedPartitions: Set<TopicPartition> { Set(buffer.map(\.topicPartition)) }
    var isFull: Bool {
        buffer.count >= KafkaConsumer.bufferedRecordsMax || bufferBytes >= KafkaConsumer.bufferedBytesMax
    }
    var nextDeadline: ContinuousClock.Instant? { waiting.lazy.map(\.deadline).min() }

    // MARK: - The group's side

    mutating func assign(_ given: [TopicPartition]) {
        assignments += 1
        for partition in given {
            partitions[partition] = Partition(assignment: assignments, tracker: OffsetTracker())
        }
    }

    /// Forgets the partitions with everything buffered from them: their next owner reads it again.
    mutating func revoke(_ taken: [TopicPartition]) {
        for partition in taken { partitions[partition] = nil }
        buffer.removeAll { partitions[$0.topicPartition] == nil }
        bufferBytes = buffer.reduce(0) { $0 + $1.bufferedBytes }
    }

    /// Takes what the group had stored before us, if anything, so that a loss in front of the first record is
    /// seen too.
    mutating func learnStored(_ offset: Int64?, of partition: TopicPartition) {
        guard var known = partitions[partition] else { return }
        known.isStoredKnown = true
        if known.stored == nil { known.stored = offset }
        if known.tracker.position == nil { known.tracker = OffsetTracker(startingAt: offset) }
        partitions[partition] = known
    }

    /// Where reading goes on, for the partitions that were read from.
    var positions: [(TopicPartition, Int64)] {
        partitions.compactMap { partition, known in
            known.isRead ? known.tracker.position.map { (partition, $0) } : nil
        }
    }

    var partitionsToLearn: [TopicPartition] { partitions.filter { !$0.value.isStoredKnown }.map(\.key) }

    func stored(_ partition: TopicPartition) -> Int64? { partitions[partition]?.stored }

    // MARK: - The records' side

    /// Buffers one record as it was read, unless its partition is no longer ours.
    mutating func read(_ record: (UInt64) -> ConsumedRecord, from partition: TopicPartition, offset: Int64) {
        guard var known = partitions[partition] else { return }
        switch known.tracker.deliver(offset) {
        case .next:
            break
        case .afterGap(let missing):
            offsetGaps += Int(missing)
        case .rewound:
            // A late `finish` of an older record with the same number must not count for the new one.
            assignments += 1
            known = Partition(assignment: assignments, tracker: OffsetTracker(startingAt: offset))
            _ = known.tracker.deliver(offset)
        }
        known.isRead = true
        partitions[partition] = known
        let made = record(known.assignment)
        buffer.append(made)
        bufferBytes += made.bufferedBytes
    }

    mutating func finish(_ records: [ConsumedRecord]) {
        for record in records {
            // In place, because a copy of the tracker for each record would copy its whole list.
            guard partitions[record.topicPartition]?.assignment == record.assignment else { continue }
            if case .store(let offset)? = partitions[record.topicPartition]?.tracker.finish(record.offset) {
                partitions[record.topicPartition]?.unstored = offset
                partitions[record.topicPartition]?.stored = offset
            }
        }
    }

    mutating func takeUnstored() -> [(TopicPartition, Int64)] {
        var taken: [(TopicPartition, Int64)] = []
        for (partition, known) in partitions {
            guard let offset = known.unstored else { continue }
            taken.append((partition, offset))
            partitions[partition]?.unstored = nil
        }
        return taken
    }

    // MARK: - The takers' side

    mutating func wait(_ taker: Taker, max: Int, until deadline: ContinuousClock.Instant) {
        waiting.append(Waiting(taker: taker, max: max, deadline: deadline))
    }

    /// Whom to resume now: those for whom there are records, and those whose time is over.
    mutating func deliveries(at now: ContinuousClock.Instant) -> [Delivery] {
        var due: [Delivery] = []
        var remaining: [Waiting] = []
        for waiter in waiting {
            if !buffer.isEmpty {
                due.append(Delivery(taker: waiter.taker, records: take(waiter.max)))
            } else if waiter.deadline <= now {
                due.append(Delivery(taker: waiter.taker, records: []))
            } else {
                remaining.append(waiter)
            }
        }
        waiting = remaining
        return due
    }

    mutating func stop() -> [Taker] {
        isStopped = true
        buffer = []
        bufferBytes = 0
        defer { waiting = [] }
        return waiting.map(\.taker)
    }

    private mutating func take(_ max: Int) -> [ConsumedRecord] {
        let taken = Array(buffer.prefix(max))
        buffer.removeFirst(taken.count)
        bufferBytes = buffer.isEmpty ? 0 : bufferBytes - taken.reduce(0) { $0 + $1.bufferedBytes }
        return taken
    }
}

extension ConsumedRecord {
    var bufferedBytes: Int {
        value.count + (key?.count ?? 0) + headers.reduce(0) { $0 + $1.0.utf8.count + $1.1.count }
    }
}
