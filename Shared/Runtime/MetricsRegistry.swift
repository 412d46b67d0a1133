internal import Synchronization

package typealias MetricLabels = [(String, String)]

/// Holds every instrument of a process and renders them as Prometheus text (format 0.0.4).
///
/// Asking twice for the same name and labels gives the same instrument. Keep the instrument: the look-up
/// takes a lock, using what it returns does not.
package final class MetricsRegistry: Sendable {
    package static let shared = MetricsRegistry()

    /// Series a name may have. Beyond it everything is counted under labels that say "other": a label from
    /// outside must not be able to fill the memory.
    package static let seriesMax = 5_000

    private enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case reading(@Sendable () -> Double)
        case countReading(@Sendable () -> Double)
        case histogram(Histogram)

        var kind: String {
            switch self {
            case .counter, .countReading: "counter"
            case .gauge, .reading: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private struct Family {
        let help: String
        let kind: String
        var series: [String: Instrument] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    package func counter(_ name: String, help: String, labels: MetricLabels = []) -> Counter {
        let instrument = instrument(name, help, labels) { .counter(Counter()) }
        guard case .counter(let counter) = instrument else { return Counter() }
        return counter
    }

    package func gauge(_ name: String, help: String, labels: MetricLabels = []) -> Gauge {
        let instrument = instrument(name, help, labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = instrument else { return Gauge() }
        return gauge
    }

    package func histogram(
        _ name: String,
        help: String,
        labels: MetricLabels = [],
        bounds: [Double] = Histogram.secondsBounds
    ) -> Histogram {
        let instrument = instrument(name, help, labels) { .histogram(Histogram(bounds: bounds)) }
        guard case .histogram(let histogram) = instrument else { return Histogram(bounds: bounds) }
        return histogram
    }

    /// A gauge that is read when somebody looks; a later reading of the same name and labels replaces the
    /// earlier.
    package func reading(
        _ name: String,
        help: String,
        labels: MetricLabels = [],
        _ read: @escaping @Sendable () -> Double
    ) {
        _ = instrument(name, help, labels, replacing: true) { .reading(read) }
    }

    /// A counter that somebody else keeps, read when somebody looks: it must only grow.
    package func countReading(
        _ name: String,
        help: String,
        labels: MetricLabels = [],
        _ read: @escaping @Sendable () -> Double
    ) {
        _ = instrument(name, help, labels, replacing: true) { .countReading(read) }
    }

    package func render() -> String {
        // Readings are called outside the lock: they may take locks of their own.
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(Self.escapedHelp(family.help))\n# TYPE \(name) \(family.kind)\n"
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                text += Self.lines(name, labels, instrument)
            }
        }
        return text
    }

    private func instrument(
        _ name: String,
        _ help: String,
        _ labels: MetricLabels,
        replacing: Bool = false,
        make: () -> Instrument
    ) -> Instrument {
        precondition(Self.isName(name) && labels.allSatisfy { Self.isName($0.0) }, "not a metric name")
        return families.withLock { families in
            var key = Self.text(of: labels)
            if let known = families[name]?.series[key], !replacing {
                precondition(known.kind == make().kind, "one name, one kind of metric")
                return known
            }
            let made = make()
            let isFull =
                families[name]?.series[key] == nil && families[name]?.series.count ?? 0 >= Self.seriesMax
            if isFull { key = Self.text(of: labels.map { ($0.0, "other") }) }
            if isFull, let other = families[name]?.series[key], !replacing { return other }
            precondition(families[name].map { $0.kind == made.kind } ?? true, "one name, one kind of metric")
            families[name, default: Family(help: help, kind: made.kind)].series[key] = made
            return made
        }
    }

    private static func lines(_ name: String, _ labels: String, _ instrument: Instrument) -> String {
        switch instrument {
        case .counter(let counter): return "\(name)\(braced(labels)) \(counter.value)\n"
        case .gauge(let gauge): return "\(name)\(braced(labels)) \(number(gauge.value))\n"
        case .reading(let read), .countReading(let read): return "\(name)\(braced(labels)) \(number(read()))\n"
        case .histogram(let histogram):
            // The sum first: the buckets read after it hold at least what it holds.
            let sum = histogram.sum
            let counts = histogram.cumulativeCounts
            var text = ""
            for (bound, count) in zip(histogram.bounds.map(number) + ["+Inf"], counts) {
                let separator = labels.isEmpty ? "" : ","
                text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(count)\n"
            }
            text += "\(name)_sum\(braced(labels)) \(number(sum))\n"
            return text + "\(name)_count\(braced(labels)) \(counts.last ?? 0)\n"
        }
    }

    private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    private static func text(of labels: MetricLabels) -> String {
        labels.map { "\($0.0)=\"\(escapedLabel($0.1))\"" }.joined(separator: ",")
    }

    private static func escapedLabel(_ value: String) -> String {
        escaped(value, quotes: true)
    }

    private static func escapedHelp(_ value: String) -> String {
        escaped(value, quotes: false)
    }

    private static func escaped(_ value: String, quotes: Bool) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where quotes: text += "\\\""
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 0x5F
        }
    }
}
