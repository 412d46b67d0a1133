import Runtime
import Testing

/// Reads the text form back: name with labels → value, and refuses lines that are neither comment nor sample.
private func samples(_ text: String) throws -> [String: Double] {
    var samples: [String: Double] = [:]
    #expect(text.isEmpty || text.hasSuffix("\n"))
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        let match = try #require(
            line.wholeMatch(of: /([a-zA-Z_]\w*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\["\\n])*",?)*\})?) (\S+)/),
            "\(line)"
        )
        let value = match.2 == "+Inf" ? Double.infinity : try #require(Double(match.2), "\(line)")
        #expect(samples.updateValue(value, forKey: String(match.1)) == nil, "twice: \(line)")
    }
    return samples
}

@Suite struct MetricsText {
    @Test func countersAndGaugesAreRendered() throws {
        let registry = MetricsRegistry()
        let accepted = registry.counter(
            "accepted_total",
            help: "Messages accepted",
            labels: [("lane", "utility")]
        )
        accepted.increment()
        accepted.increment(by: 4)
        let queue = registry.gauge("queue_depth", help: "Rows waiting")
        queue.set(7)
        queue.add(-2.5)
        registry.reading("threads", help: "Threads") { 3 }
        #expect(
            registry.render() == """
                # HELP accepted_total Messages accepted
                # TYPE accepted_total counter
                accepted_total{lane="utility"} 5
                # HELP queue_depth Rows waiting
                # TYPE queue_depth gauge
                queue_depth 4.5
                # HELP threads Threads
                # TYPE threads gauge
                threads 3

                """
        )
    }

    @Test func histogramBucketsAreCumulative() throws {
        let registry = MetricsRegistry()
        let seconds = registry.histogram(
            "wait_seconds",
            help: "Wait",
            labels: [("lane", "marketing")],
            bounds: [0.1, 1]
        )
        for value in [0.05, 0.1, 0.5, 2] { seconds.observe(seconds: value) }
        seconds.observe(.milliseconds(10))
        seconds.observe(seconds: .nan)
        let read = try samples(registry.render())
        #expect(read[#"wait_seconds_bucket{lane="marketing",le="0.1"}"#] == 3)
        #expect(read[#"wait_seconds_bucket{lane="marketing",le="1"}"#] == 4)
        #expect(read[#"wait_seconds_bucket{lane="marketing",le="+Inf"}"#] == 5)
        #expect(read[#"wait_seconds_count{lane="marketing"}"#] == 5)
        #expect(abs((read[#"wait_seconds_sum{lane="marketing"}"#] ?? 0) - 2.66) < 1e-9)
        #expect(seconds.count == 5)
    }

    @Test func labelValuesAndHelpAreEscaped() throws {
        let registry = MetricsRegistry()
        registry.counter("odd_total", help: "a\\b\n\"c\"", labels: [("l", "x\"y\\z\nw")]).increment()
        let text = registry.render()
        #expect(text.contains(#"# HELP odd_total a\\b\n"c""#))
        #expect(try samples(text) == [#"odd_total{l="x\"y\\z\nw"}"#: 1])
    }

    @Test func theSameNameAndLabelsAreTheSameInstrument() throws {
        let registry = MetricsRegistry()
        for _ in 0..<3 { registry.counter("c_total", help: "", labels: [("a", "1")]).increment() }
        registry.counter("c_total", help: "", labels: [("a", "2")]).increment()
        #expect(try samples(registry.render()) == [#"c_total{a="1"}"#: 3, #"c_total{a="2"}"#: 1])
    }

    @Test func labelsFromOutsideCannotFillTheMemory() throws {
        let registry = MetricsRegistry()
        for number in 0..<MetricsRegistry.seriesMax + 500 {
            registry.counter("c_total", help: "", labels: [("tenant", "\(number)")]).increment()
        }
        let lines = registry.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == MetricsRegistry.seriesMax + 1)
        #expect(lines.contains(#"c_total{tenant="other"} 500"#))
    }

    @Test func noIncrementIsLostBetweenThreads() async throws {
        let registry = MetricsRegistry()
        let counter = registry.counter("c_total", help: "")
        let gauge = registry.gauge("g", help: "")
        let histogram = registry.histogram("h", help: "", bounds: Histogram.sizeBounds)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5_000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(3)
                    }
                }
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 40_000)
        #expect(histogram.sum == 120_000)
        #expect(histogram.count == 40_000)
    }

    @Test func aProcessTellsItsMemoryAndTime() throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry)
        let read = try samples(registry.render())
        #expect((read["process_resident_memory_bytes"] ?? 0) > 1_000_000)
        #expect((read["process_cpu_seconds_total"] ?? 0) > 0)
        #expect((read["process_start_time_seconds"] ?? 0) > 1_700_000_000)
    }
}
