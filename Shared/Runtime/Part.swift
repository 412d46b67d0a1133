/// A piece of a service with a life of its own: a server, a consumer, a pool.
package protocol Part: Sendable {
    var name: String { get }

    /// The longest this part may take to stop; the whole service's limit holds besides.
    var stopMax: Duration { get }

    /// Returns when the part is ready for others to use. One that throws leaves nothing behind; one that is
    /// cancelled (the service is told to stop meanwhile) gives up soon.
    func start() async throws

    /// Returns when the part was stopped. Returning or throwing before is a failure of the whole service.
    func run() async throws

    /// Takes no new work, finishes what it has, returns within the limit. May come before `run` was entered.
    func stop(within limit: Duration) async
}

extension Part {
    package var stopMax: Duration { .seconds(20) }

    package func start() async throws {}

    /// For a part that works on threads of its own: waits until the runner, having stopped it, cancels this.
    package func run() async throws {
        let (never, continuation) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        withExtendedLifetime(continuation) {}
    }
}

/// Why a service did not end the way it should.
package enum ServiceFailure: Error, Sendable, Equatable {
    /// The part could not start; what was started before it has been stopped again.
    case startFailed(part: String, reason: String)
    /// The part returned or threw although nobody had asked it to stop.
    case endedEarly(part: String, reason: String)
    /// These parts did not stop within their limit and were left behind.
    case stoppedLate(parts: [String])
}
