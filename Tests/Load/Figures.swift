internal import JSON

/// Latencies of a phase, in microseconds.
struct Latencies {
    private var values: [UInt32] = []

    mutating func add(_ span: Duration) {
        let (seconds, attoseconds) = span.components
        values.append(UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
    }

    mutating func add(_ other: Latencies) { values += other.values }

    var count: Int { values.count }

    /// The highest of them in milliseconds, each with its place in the order of time.
    func highest(_ count: Int) -> [(place: Int, milliseconds: Double)] {
        values.enumerated().sorted { $0.element > $1.element }.prefix(count).map {
            ($0.offset, Double($0.element) / 1_000)
        }
    }

    /// - Returns: milliseconds.
    func percentiles(_ shares: [Double]) -> [Double] {
        if values.isEmpty { return shares.map { _ in 0 } }
        let sorted = values.sorted()
        return shares.map { Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * $0))]) / 1_000 }
    }
}

/// What was measured; a phase that was left out stays nil.
struct Figures {
    var acceptPerSecond: Double?
    var acceptP50: Double?
    var acceptP99: Double?
    var batchAcceptPerSecond: Double?
    var lifePerSecond: Double?
    var webhookP50: Double?
    var webhookP99: Double?
    var quietDwellP50: Double?
    var quietDwellP99: Double?
    var rate80: Double?
    var rate1000: Double?
    /// The most the stand-in saw within one second, wherever it began.
    var highestSecond80: Int?
    var highestSecond1000: Int?
    var limitBreaches: Int?
    var lost = 0
    var sentTwice = 0

    var line: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("accept_per_s", acceptPerSecond.map(rounded))
            writer.field("accept_p99_ms", acceptP99.map(rounded))
            writer.field("batch_accept_per_s", batchAcceptPerSecond.map(rounded))
            writer.field("life_per_s", lifePerSecond.map(rounded))
            writer.field("webhook_p50_ms", webhookP50.map(rounded))
            writer.field("webhook_p99_ms", webhookP99.map(rounded))
            writer.field("quiet_dwell_p50_ms", quietDwellP50.map(rounded))
            writer.field("quiet_dwell_p99_ms", quietDwellP99.map(rounded))
            writer.field("rate_80_reached", rate80.map(rounded))
            writer.field("rate_1000_reached", rate1000.map(rounded))
            writer.field("highest_second_80", highestSecond80)
            writer.field("highest_second_1000", highestSecond1000)
            writer.field("limit_breaches", limitBreaches)
            writer.field("lost", lost)
            writer.field("sent_twice", sentTwice)
        }
        return writer.text
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
