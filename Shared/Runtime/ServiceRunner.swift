internal import Glibc

/// Runs the parts of a service: starts them in order, stops them in reverse, and lets none end alone.
package enum ServiceRunner {
    /// Runs until the process is told to stop (SIGTERM, SIGINT) and everything has stopped in order.
    package static func run(parts: [any Part], drainMax: Duration = .seconds(25)) async throws(ServiceFailure) {
        try await run(parts: parts, drainMax: drainMax, stopRequests: StopSignals.requests())
    }

    /// The same, with the requests to stop in the caller's hand.
    package static func run(
        parts: [any Part], drainMax: Duration, stopRequests: AsyncStream<String>
    ) async throws(ServiceFailure) {
        let run = Run(parts: parts, drainMax: drainMax)
        try await run.wholeLife(stopRequests: stopRequests)
    }

    /// The same, and the process ends with it: 0 after a stop in order, 1 otherwise.
    package static func runToExit(parts: [any Part], drainMax: Duration = .seconds(25)) async -> Never {
        do {
            try await run(parts: parts, drainMax: drainMax)
            exit(0)
        } catch {
            Log.error("the service failed", ["reason": "\(error)"])
            exit(1)
        }
    }
}

/// One life of a service. Everything that happens arrives in one mailbox, so the order of events is the order
/// in which they are handled.
private struct Run {
    enum Event: Sendable {
        case stopRequested(String)
        case started(Int, failure: String?)
        case ended(Int, failure: String?)
        case stopReturned(Int)
        case limitPassed(Int)
    }

    let parts: [any Part]
    let drainMax: Duration
    let mailbox: AsyncStream<Event>
    let post: AsyncStream<Event>.Continuation

    init(parts: [any Part], drainMax: Duration) {
        self.parts = parts
        self.drainMax = drainMax
        (mailbox, post) = AsyncStream.makeStream()
    }

    /// The tasks are not children of a group: a part that hangs in its stop must be left behind, not waited for.
    func wholeLife(stopRequests: AsyncStream<String>) async throws(ServiceFailure) {
        let post = post
        let requests = Task {
            for await request in stopRequests { post.yield(.stopRequested(request)) }
        }
        defer { requests.cancel() }
        var events = mailbox.makeAsyncIterator()
        var running: [Task<Void, Never>] = []
        let failure = await startAndWatch(&events, &running)
        let late = await stopAll(running, &events)
        if let failure { throw failure }
        guard late.isEmpty else { throw .stoppedLate(parts: late) }
        Log.info("the service has stopped")
    }

    /// Returns when it is time to stop: nil when asked, otherwise why.
    private func startAndWatch(
        _ events: inout AsyncStream<Event>.Iterator, _ running: inout [Task<Void, Never>]
    ) async -> ServiceFailure? {
        start(0)
        while let event = await events.next() {
            switch event {
            case .stopRequested(let request):
                Log.info("stopping", ["request": request])
                return nil
            case .started(let index, let reason?):
                return .startFailed(part: parts[index].name, reason: reason)
            case .started(let index, nil):
                guard index < parts.count else { continue }
                Log.info("a part has started", ["part": parts[index].name])
                running.append(runTask(index))
                if index + 1 < parts.count { start(index + 1) } else { Log.info("the service runs") }
            case .ended(let index, let failure):
                let reason = failure ?? "it returned"
                Log.error("a part ended early", ["part": parts[index].name, "reason": reason])
                return .endedEarly(part: parts[index].name, reason: reason)
            case .stopReturned, .limitPassed:
                continue
            }
        }
        return nil
    }

    private func start(_ index: Int) {
        guard index < parts.count else { return }
        let (part, post) = (parts[index], post)
        Task {
            do {
                try await part.start()
                post.yield(.started(index, failure: nil))
            } catch {
                post.yield(.started(index, failure: "\(error)"))
            }
        }
    }

    private func runTask(_ index: Int) -> Task<Void, Never> {
        let (part, post) = (parts[index], post)
        return Task {
            do {
                try await part.run()
                post.yield(.ended(index, failure: nil))
            } catch {
                post.yield(.ended(index, failure: "\(error)"))
            }
        }
    }

    /// Stops what was started, last first; answers the names of those that did not make it.
    private func stopAll(
        _ running: [Task<Void, Never>], _ events: inout AsyncStream<Event>.Iterator
    ) async -> [String] {
        let deadline = Monotonic.now() + drainMax
        var ended: Set<Int> = []
        var late: [String] = []
        for index in running.indices.reversed() {
            // Even when the others used up the time, each gets a moment to close its files.
            let limit = min(parts[index].stopMax, max(deadline - Monotonic.now(), .milliseconds(500)))
            if await stop(index, within: limit, running[index], &events, &ended) {
                Log.info("a part has stopped", ["part": parts[index].name])
            } else {
                Log.warning("a part did not stop in time", ["part": parts[index].name])
                late.append(parts[index].name)
            }
        }
        return late
    }

    private func stop(
        _ index: Int, within limit: Duration, _ running: Task<Void, Never>,
        _ events: inout AsyncStream<Event>.Iterator, _ ended: inout Set<Int>
    ) async -> Bool {
        let (part, post) = (parts[index], post)
        Task {
            await part.stop(within: limit)
            post.yield(.stopReturned(index))
        }
        let alarm = Task {
            // A little beyond what the part was told, so that one that keeps its word is never called late.
            try? await Task.sleep(for: limit + .milliseconds(250))
            if !Task.isCancelled { post.yield(.limitPassed(index)) }
        }
        defer { alarm.cancel() }
        var hasReturned = false
        while !(hasReturned && ended.contains(index)) {
            guard let event = await events.next() else { return false }
            switch event {
            case .stopReturned(index):
                hasReturned = true
                running.cancel()
            case .ended(let other, _):
                ended.insert(other)
            case .limitPassed(index):
                running.cancel()
                return false
            case .stopRequested, .started, .stopReturned, .limitPassed:
                continue
            }
        }
        return true
    }
}
