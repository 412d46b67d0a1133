internal import Glibc
internal import HTTPClient
internal import JSON
internal import Models
internal import Postgres
internal import Runtime
internal import Synchronization

/// All phases, one after another, and what they have shown.
struct LoadRun {
    let options: LoadOptions
    let target: LoadTarget

    /// - Returns: whether nothing was lost and every request was answered as it should be.
    func run() async throws -> Bool {
        var settings = HTTPClientSettings()
        settings.connectionsMax = max(options.connections, options.lifeConnections) + 16
        settings.connectionsPerHostMax = settings.connectionsMax
        let client = HTTPClient(settings)
        try client.start()
        try await target.adminDatabase.start()
        let caller = Caller(client: client, target: target)
        let senders = try await LoadTenants(target, client: client).lifeSenders(options.senders)
        var figures = Figures()
        var isSound = true
        say("phase", "measured")
        if options.lifeSeconds > 0 { isSound = try await life(caller, senders, &figures) && isSound }
        if options.webhookSeconds > 0 { isSound = try await webhooks(caller, &figures) && isSound }
        if options.acceptSeconds > 0 { isSound = try await accept(caller, &figures) && isSound }
        if options.batchSeconds > 0 { isSound = try await batches(caller, &figures) && isSound }
        // Last: what waits at its end is more than anybody wants to wait for.
        if options.limitsSeconds > 0 { isSound = try await limits(client, &figures) && isSound }
        try await breaches(client, &figures)
        await client.stop()
        await target.adminDatabase.stop()
        print(figures.line)
        return isSound && figures.lost == 0 && figures.limitBreaches == 0
    }

    private func accept(_ caller: Caller, _ figures: inout Figures) async throws -> Bool {
        let tomorrow = (SystemClock.now() + .seconds(86_400)).rfc3339
        let numbers = Numbers(from: 50_000_000)
        let (tally, seconds) = await Self.closedLoop(options.connections, options.acceptSeconds) { tally in
            await caller.post(
                caller.messagesURL,
                Caller.body(number: numbers.take(1), scheduledFor: tomorrow),
                into: &tally
            )
        }
        let latency = tally.latencies.percentiles([0.5, 0.99])
        figures.acceptPerSecond = Double(tally.done) / seconds
        (figures.acceptP50, figures.acceptP99) = (latency[0], latency[1])
        say(
            "acceptance, \(options.connections) connections",
            "\(Int(Double(tally.done) / seconds))/s, p50 \(latency[0]) ms, p99 \(latency[1]) ms"
        )
        return report(tally)
    }

    private func batches(_ caller: Caller, _ figures: inout Figures) async throws -> Bool {
        let tomorrow = (SystemClock.now() + .seconds(86_400)).rfc3339
        let numbers = Numbers(from: 100_000_000)
        let (tally, seconds) = await Self.closedLoop(4, options.batchSeconds) { tally in
            await caller.post(
                caller.batchURL,
                Caller.batchBody(from: numbers.take(1_000), count: 1_000, scheduledFor: tomorrow),
                into: &tally
            )
        }
        figures.batchAcceptPerSecond = Double(tally.done * 1_000) / seconds
        say(
            "batch acceptance, 1,000 a request",
            "\(Int(Double(tally.done * 1_000) / seconds)) messages/s, p99 \(tally.latencies.percentiles([0.99])[0]) ms"
        )
        return report(tally)
    }

    func report(_ tally: Tally) -> Bool {
        if tally.failed > 0 {
            say(
                "  not as they should be",
                "\(tally.failed) of \(tally.failed + tally.done): \(tally.firstFailure ?? "")"
            )
        }
        return tally.failed == 0
    }

    /// Each caller begins its next request when its last was answered.
    static func closedLoop(
        _ callers: Int,
        _ seconds: Int,
        _ request: @escaping @Sendable (inout Tally) async -> Void
    ) async -> (Tally, Double) {
        let started = Monotonic.now()
        let end = started + .seconds(seconds)
        let tally = await withTaskGroup(of: Tally.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var tally = Tally()
                    while Monotonic.now() < end { await request(&tally) }
                    return tally
                }
            }
            return await group.reduce(into: Tally()) { $0.add($1) }
        }
        return (tally, (Monotonic.now() - started).seconds)
    }
}

func say(_ what: String, _ figure: String) {
    let padding = String(repeating: " ", count: max(1, 44 - what.count))
    print("    \(what)\(padding)\(figure)")
    fflush(nil)
}

/// Numbers handed out once each.
final class Numbers: Sendable {
    private let next: Atomic<Int>

    init(from first: Int) { next = Atomic(first) }

    func take(_ count: Int) -> Int { next.add(count, ordering: .relaxed).oldValue }
}
