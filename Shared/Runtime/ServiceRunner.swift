internal import Glibc

/// Runs the parts of a service: starts them in order, stops them in reverse, and lets none end alone.
package enum ServiceRunner {
    /// Runs until the process is told to stop (SIGTERM, SIGINT) and everything has stopped in order.
    package static func run(parts: [any Part], drainMax: Duration = .seconds(25)) async throws(ServiceFailure)
    {
        try await run(parts: parts, drainMax: drainMax, stopRequests: StopSignals.requests())
    }

    /// The same, with the requests to stop in the caller's hand.
    package static func run(
        parts: [any Part],
        drainMax: Duration,
        stopRequests: AsyncStream<String>
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
        case startLimitPassed(Int)
        case stopReturned(Int)
        case stopLimitPassed(Int)
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

    /// The tasks are not children of a group: a part that hangs in its stop must be left behind, not waited
    /// for.
    func wholeLife(stopRequests: AsyncStream<String>) async throws(ServiceFailure) {
        let post = post
        let requests = Task {
            for await request in stopRequests { post.yield(.stopRequested(request)) }
        }
        defer { requests.cancel() }
        var events = mailbox.makeAsyncIterator()
        var running: [Task<Void, Never>] = []
        var ended: Set<Int> = []
        let failure = await startAndWatch(&events, &running, &ended)
        let late = await stopAll(running, &events, &ended)
        if let failure { throw failure }
        guard late.isEmpty else { throw .stoppedLate(parts: late) }
        Log.info("the service has stopped")
    }

    /// Returns when it is time to stop and no start is under way: nil when asked to stop, otherwise why.
    private func startAndWatch(
        _ events: inout AsyncStream<Event>.Iterator,
        _ running: inout [Task<Void, Never>],
        _ ended: inout Set<Int>
    ) async -> ServiceFailure? {
        guard !parts.isEmpty else { return nil }
        var starting: Task<Void, Never>? = startTask(0)
        var isStopping = false
        var failure: ServiceFailure?
        while let event = await events.next() {
            switch event {
            case .stopRequested(let request):
                guard !isStopping else { continue }
                Log.info("stopping", ["request": request])
                isStopping = true
            case .ended(let index, let reason):
                ended.insert(index)
                let reason = reason ?? "it returned"
                Log.error("a part ended early", ["part": parts[index].name, "reason": reason])
                failure = failure ?? .endedEarly(part: parts[index].name, reason: reason)
                isStopping = true
            case .started(let index, let reason?):
                Log.error("a part could not start", ["part": parts[index].name, "reason": reason])
                // A start that was called off is no failure of its own.
                return isStopping ? failure : .startFailed(part: parts[index].name, reason: reason)
            case .started(let index, nil):
                Log.info("a part has started", ["part": parts[index].name])
                running.append(runTask(index))
                starting = nil
                if index + 1 == parts.count { Log.info("the service runs") }
                if !isStopping, index + 1 < parts.count { starting = startTask(index + 1) }
            case .startLimitPassed(let index):
                Log.warning("a part did not give up its start in time", ["part": parts[index].name])
                starting = nil
            case .stopReturned, .stopLimitPassed:
                continue
            }
            guard isStopping else { continue }
            guard let underWay = starting, !underWay.isCancelled else {
                if starting == nil { return failure }
                continue
            }
            underWay.cancel()
            callOffLater(running.count)
        }
        return failure
    }

    private func startTask(_ index: Int) -> Task<Void, Never> {
        let (part, post) = (parts[index], post)
        return Task {
            do {
                try await part.start()
                post.yield(.started(index, failure: nil))
            } catch {
                post.yield(.started(index, failure: "\(error)"))
            }
        }
    }

    /// Bounds the wait for a start that was cancelled and does not notice.
    private func callOffLater(_ index: Int) {
        let (limit, post) = (min(parts[index].stopMax, drainMax), post)
        Task {
            try? await Task.sleep(for: limit)
            post.yield(.startLimitPassed(index))
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
        _ running: [Task<Void, Never>],
        _ events: inout AsyncStream<Event>.Iterator,
        _ ended: inout Set<Int>
    ) async -> [String] {
        let deadline = Monotonic.now() + drainMax
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
        _ index: Int,
        within limit: Duration,
        _ running: Task<Void, Never>,
        _ events: inout AsyncStream<Event>.Iterator,
        _ ended: inout Set<Int>
    ) async -> Bool {
        let (part, post) = (parts[index], post)
        Task {
            await part.stop(within: limit)
            post.yield(.stopReturned(index))
        }
        let alarm = Task {
            // A little beyond what the part was told, so that one that keeps its word is never called late.
            try? await Task.sleep(for: limit + .milliseconds(250))
            if !Task.isCancelled { post.yield(.stopLimitPassed(index)) }
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
            case .stopLimitPassed(index):
                running.cancel()
                return false
            case .stopRequested, .started, .startLimitPassed, .stopReturned, .stopLimitPassed:
                continue
            }
        }
        return true
    }
}
