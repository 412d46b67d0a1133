internal import Crdkafka

/// Owns one `rd_kafka_t` of a consumer. Confined to the thread of its loop.
final class ConsumerClient {
    let queue: OpaquePointer
    private(set) var isPaused = false

    private let client: OpaquePointer
    private let isEmbeddedBroker: Bool
    private unowned let owner: ConsumerLoop
    private var owned: [TopicPartition] = []

    /// The mock has no long poll (an empty fetch sleeps `fetch.wait.max.ms`), and each of its rebalances
    /// takes the whole session time-out. A real broker answers at once when a record comes, and short waits
    /// would only cost it.
    static func values(_ settings: KafkaSettings, _ subscription: Subscription, isEmbeddedBroker: Bool)
        -> [String: String]
    {
        settings.common.merging([
            "group.id": subscription.group,
            // When partitions are given back, and for commits that failed. Others are ours, see `commitIfDue`.
            "enable.auto.commit": "true",
            "auto.commit.interval.ms": "5000",
            "enable.auto.offset.store": "false",
            // A broker that came back empty has less than we stored: everything it has is new.
            "auto.offset.reset": "earliest",
            // One strategy everywhere: members that differ abort the mock.
            "partition.assignment.strategy": "range",
            "session.timeout.ms": isEmbeddedBroker ? "6000" : "15000",
            // A join waits for its answer this long and 3 s more. The mock never answers the join of a member whose
            // session ends meanwhile, as it does when its machine stands still, so there it is soon made again.
            "max.poll.interval.ms": isEmbeddedBroker ? "15000" : "300000",
            "heartbeat.interval.ms": isEmbeddedBroker ? "500" : "3000",
            "fetch.wait.max.ms": isEmbeddedBroker ? "\(subscription.embeddedFetchWait.milliseconds)" : "500",
            "fetch.error.backoff.ms": "100",
            // Bounds what one read can bring, beside the largest single record.
            "queued.max.messages.kbytes": "16384",
            "queued.min.messages": "10000",
        ]) { $1 }.merging(settings.extra) { $1 }
    }

    init(
        _ settings: KafkaSettings,
        _ subscription: Subscription,
        isEmbeddedBroker: Bool,
        owner: ConsumerLoop
    ) throws(KafkaError) {
        self.owner = owner
        self.isEmbeddedBroker = isEmbeddedBroker
        let callbacks = CallbackTarget()
        let configuration = try makeConfiguration(
            Self.values(settings, subscription, isEmbeddedBroker: isEmbeddedBroker)
        )
        target = callbacks
        // The target lives as long as this object, which destroys the client first.
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(callbacks).toOpaque())
        setCallbacks(of: configuration)
        client = try makeClient(RD_KAFKA_CONSUMER, takingOwnershipOf: configuration)
        rd_kafka_set_log_queue(client, nil)
        rd_kafka_poll_set_consumer(client)
        queue = rd_kafka_queue_get_consumer(client)
        callbacks.consumer = self
        let list = makeList(subscription.topics.map { TopicPartition(topic: $0, partition: RD_KAFKA_PARTITION_UA) })
        defer { rd_kafka_topic_partition_list_destroy(list) }
        let result = rd_kafka_subscribe(client, list)
        guard result == RD_KAFKA_RESP_ERR_NO_ERROR else {
            rd_kafka_queue_destroy(queue)
            rd_kafka_destroy(client)
            throw .cannotStart("cannot subscribe: \(name(of: result))")
        }
    }

    private let target: CallbackTarget

    var isFatal: Bool { rd_kafka_fatal_error(client, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR }

    // MARK: - Reading

    func read(
        upTo max: Int,
        waitMilliseconds: Int32,
        _ body: (UnsafePointer<rd_kafka_message_t>, TopicPartition) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<rd_kafka_message_t>?.self, capacity: max) {
            messages in
            // librdkafka waits until the array is full or the time is over: so first one record with the
            // wait, then what is there already.
            let first = rd_kafka_consume_batch_queue(queue, waitMilliseconds, messages.baseAddress, 1)
            deliver(messages, first, body)
            guard first > 0 else { return }
            deliver(messages, rd_kafka_consume_batch_queue(queue, 0, messages.baseAddress, max), body)
        }
    }

    private func deliver(
        _ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        _ count: Int,
        _ body: (UnsafePointer<rd_kafka_message_t>, TopicPartition) -> Void
    ) {
        guard count > 0 else { return }
        for case let message? in messages[..<count] {
            defer { rd_kafka_message_destroy(message) }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
                owner.notify(.warning, code: name(of: message.pointee.err), text)
                continue
            }
            isAtStart = false
            body(
                message,
                TopicPartition(topic: topicName(message.pointee.rkt), partition: message.pointee.partition)
            )
        }
    }

    /// The names of a handful of topics, so that not every record makes a string.
    private var topicNames: [OpaquePointer: String] = [:]

    private func topicName(_ topic: OpaquePointer?) -> String {
        guard let topic else { return "" }
        if let known = topicNames[topic] { return known }
        let made = rd_kafka_topic_name(topic).map { String(cString: $0) } ?? ""
        topicNames[topic] = made
        return made
    }

    func pause() {
        isPaused = true
        setPaused(true, owned)
    }

    /// librdkafka 2.0.2 does not note how far a batch read has come, and would go on where the partition was assigned:
    /// everything since would come again, and fill us up again, for ever. So we say ourselves where to go on.
    func resume(at positions: [(TopicPartition, Int64)]) {
        isPaused = false
        setPaused(false, owned)
        guard !positions.isEmpty else { return }
        let list = makeList(positions.map(\.0))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (index, (_, offset)) in positions.enumerated() { list.pointee.elems[index].offset = offset }
        // What was fetched before is outdated from this call on; that it is done is not waited for.
        guard let error = rd_kafka_seek_partitions(client, list, 0) else { return }
        note(rd_kafka_error_code(error), "seek")
        rd_kafka_error_destroy(error)
    }

    private func setPaused(_ isPaused: Bool, _ partitions: [TopicPartition]) {
        guard !partitions.isEmpty else { return }
        let list = makeList(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        let result =
            isPaused ? rd_kafka_pause_partitions(client, list) : rd_kafka_resume_partitions(client, list)
        note(result, "pause or resume")
    }

    // MARK: - Offsets

    func store(_ offsets: [(TopicPartition, Int64)]) {
        let list = makeList(offsets.map(\.0))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (index, (_, offset)) in offsets.enumerated() { list.pointee.elems[index].offset = offset }
        // Refused for a partition that is no longer assigned, which is as it should be.
        rd_kafka_offsets_store(client, list)
        hasUncommitted = true
    }

    /// Commits what was stored, if anything was and the last time is long enough ago. librdkafka's own timer would run
    /// also while nothing happens, and 2.0.2 spins through the last millisecond of each of its turns.
    func commitIfDue(at now: ContinuousClock.Instant) {
        guard hasUncommitted, now >= nextCommit else { return }
        nextCommit = now + (isEmbeddedBroker ? Self.commitsApartEmbedded : Self.commitsApart)
        hasUncommitted = false
        note(rd_kafka_commit(client, nil, 1), "commit")
    }

    private var hasUncommitted = false
    private var nextCommit = ContinuousClock.now
    private static let commitsApart = Duration.milliseconds(500)
    /// The mock takes no commits while it rebalances, so there they are made soon.
    private static let commitsApartEmbedded = Duration.milliseconds(100)

    /// What the group had committed, nil where it had nothing; waits for the broker, but not long.
    func committed(_ partitions: [TopicPartition]) -> [(TopicPartition, Int64?)] {
        let list = makeList(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        guard rd_kafka_committed(client, list, Self.committedWaitMilliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR
        else {
            return []
        }
        return zip(partitions, 0..<Int(list.pointee.cnt)).map { partition, index in
            let offset = list.pointee.elems[index].offset
            return (partition, offset >= 0 ? offset : nil)
        }
    }

    private static let committedWaitMilliseconds: Int32 = 200

    func lag(of partition: TopicPartition, behind stored: Int64?) -> Int64 {
        var low: Int64 = 0
        var high: Int64 = 0
        // What was last fetched says where the log ends; while nothing is fetched the broker must be asked.
        let result =
            isPaused
            ? rd_kafka_query_watermark_offsets(
                client,
                partition.topic,
                partition.partition,
                &low,
                &high,
                Self.watermarkWaitMilliseconds
            )
            : rd_kafka_get_watermark_offsets(client, partition.topic, partition.partition, &low, &high)
        // Negative while no fetch has been answered.
        guard result == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0 else { return 0 }
        return max(0, high - max(stored ?? low, max(low, 0)))
    }

    private static let watermarkWaitMilliseconds: Int32 = 50

    // MARK: - The group

    fileprivate func rebalance(
        _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let partitions = list.map { names(in: $0) } ?? []
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            owned = partitions
            owner.assigned(partitions)
            noticeClusterChange()
            isAtStart = awaitsAssignment || ContinuousClock.now < beginsAnewUntil
            wasDisconnected = false
            awaitsAssignment = false
            if let list, isAtStart { beginAtStart(list) }
            note(rd_kafka_assign(client, list), "assign")
            if isPaused { setPaused(true, partitions) }
        default:
            // Revoked, or an error of the protocol: in both cases nothing is ours any more.
            if code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                owner.notify(.warning, code: name(of: code), "the group gave up the assignment")
            }
            owner.willLose(owned, client: self, isLostAlready: rd_kafka_assignment_lost(client) != 0)
            owned = []
            note(rd_kafka_assign(client, nil), "unassign")
        }
    }

    // MARK: - A broker that came back empty

    /// A new broker behind the same address forgot everything, but offsets of the old one may be met by the
    /// new log and then hide its beginning: so the partitions are taken again from their start. Records may
    /// come twice by it.
    ///
    /// Another cluster id tells it of any broker. The embedded one's id is no more than its cluster's address in
    /// memory, which the next one may get again; but it lives as long as its connections do, so there each lost
    /// connection is taken for a restart.
    func beginAnewIfBrokerIsNew() {
        let isNew = noticeClusterChange() || wasDisconnected
        wasDisconnected = false
        guard isNew, !isAtStart, !owned.isEmpty else { return }
        isAtStart = true
        let list = makeList(owned)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        let partitions = owned
        owner.willLose(partitions, client: self, isLostAlready: true)
        owner.assigned(partitions)
        beginAtStart(list)
        note(rd_kafka_assign(client, list), "begin anew")
        if isPaused { setPaused(true, partitions) }
    }

    @discardableResult
    private func noticeClusterChange() -> Bool {
        guard let current = clusterID(client), current != knownClusterID else { return false }
        defer { knownClusterID = current }
        guard knownClusterID != nil else { return false }
        owner.notify(
            .warning,
            code: nil,
            "another cluster answers at this address; it is read from its beginning"
        )
        // The group itself is new there too, and assigns once more.
        beginsAnewUntil = .now + Self.beginsAnewFor
        return true
    }

    private func beginAtStart(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        for index in 0..<Int(list.pointee.cnt) {
            list.pointee.elems[index].offset = Int64(RD_KAFKA_OFFSET_BEGINNING)
        }
    }

    private var knownClusterID: String?
    /// From the embedded broker, and not looked at yet.
    private var wasDisconnected = false
    /// The group has not assigned since a connection was lost: what it will say was committed may be the old log's.
    private var awaitsAssignment = false
    /// Nothing was read since the partitions were taken from their start.
    private var isAtStart = false
    private var beginsAnewUntil = ContinuousClock.now
    /// Longer than a first join after the old membership is refused.
    private static let beginsAnewFor = Duration.seconds(15)

    fileprivate func error(_ code: rd_kafka_resp_err_t, _ text: String) {
        if isEmbeddedBroker, code == RD_KAFKA_RESP_ERR__TRANSPORT {
            wasDisconnected = true
            awaitsAssignment = true
        }
        owner.notify(isFatal ? .error : .warning, code: name(of: code), text)
    }

    fileprivate func committed(_ code: rd_kafka_resp_err_t) {
        // `_NO_OFFSET`: there was nothing new to commit.
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR__NO_OFFSET else { return }
        hasUncommitted = true
        owner.notify(.warning, code: name(of: code), "offsets were not committed; their records come again")
    }

    fileprivate func log(_ severity: Int32, _ line: String) {
        owner.notify(level(ofSyslog: severity), code: nil, line)
    }

    private func note(_ result: rd_kafka_resp_err_t, _ what: String) {
        guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        owner.notify(.warning, code: name(of: result), "\(what) failed")
    }

    /// Commits what was stored, leaves the group, and frees everything. With the broker away it gives up
    /// after `within`.
    func close(within: Duration) {
        if let error = rd_kafka_consumer_close_queue(client, queue) { rd_kafka_error_destroy(error) }
        let deadline = ContinuousClock.now + within
        while rd_kafka_consumer_closed(client) == 0, ContinuousClock.now < deadline {
            // Serves the last revocation.
            read(upTo: 100, waitMilliseconds: 50) { _, _ in }
        }
        let isClosed = rd_kafka_consumer_closed(client) != 0
        if !isClosed { owner.notify(.warning, code: nil, "the group could not be left in time") }
        target.consumer = nil
        rd_kafka_queue_destroy(queue)
        if isClosed {
            rd_kafka_destroy(client)
        } else {
            rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }
    }

    // MARK: - Lists

    private func names(in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            let topic = element.topic.map { String(cString: $0) } ?? ""
            return TopicPartition(topic: topic, partition: element.partition)
        }
    }
}

/// The caller destroys it.
func makeList(_ partitions: [TopicPartition]) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
    let list = rd_kafka_topic_partition_list_new(Int32(partitions.count))
    guard let list else { preconditionFailure("librdkafka aborts by itself when memory ends") }
    for partition in partitions {
        rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition)
    }
    return list
}

/// What librdkafka's callbacks find their consumer by. They run on the thread of the loop, inside its reads.
private final class CallbackTarget {
    weak var consumer: ConsumerClient?

    static func consumer(_ opaque: UnsafeMutableRawPointer?) -> ConsumerClient? {
        opaque.flatMap { Unmanaged<CallbackTarget>.fromOpaque($0).takeUnretainedValue().consumer }
    }
}

private func setCallbacks(of configuration: OpaquePointer) {
    rd_kafka_conf_set_rebalance_cb(configuration) { _, code, partitions, opaque in
        CallbackTarget.consumer(opaque)?.rebalance(code, partitions)
    }
    rd_kafka_conf_set_offset_commit_cb(configuration) { _, code, _, opaque in
        CallbackTarget.consumer(opaque)?.committed(code)
    }
    rd_kafka_conf_set_error_cb(configuration) { _, code, reason, opaque in
        guard let code = Optional(rd_kafka_resp_err_t(code)), let reason else { return }
        CallbackTarget.consumer(opaque)?.error(code, String(cString: reason))
    }
    rd_kafka_conf_set_log_cb(configuration) { client, severity, _, line in
        guard let client, let line else { return }
        CallbackTarget.consumer(rd_kafka_opaque(client))?.log(severity, String(cString: line))
    }
}
