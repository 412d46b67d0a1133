#if DEBUG
    internal import Glibc
    internal import Synchronization
#endif

/// A place where a process may die, named, so that a test can let it die exactly there.
///
/// `TIDINGS_FAULT=dispatcher.after-claim:3` kills this process (SIGKILL, as a machine that loses power) when it comes
/// by that place for the third time. Only in debug builds: in an optimised one every call is empty.
package enum FaultPoint: String, CaseIterable, Sendable {
    case ingestBeforeCommit = "ingest-api.before-commit"
    /// Committed; neither answered nor told.
    case ingestAfterCommit = "ingest-api.after-commit"
    /// Gathered for Kafka, and perhaps answered already.
    case ingestBeforePublish = "ingest-api.before-publish"

    case dispatcherBeforeClaim = "dispatcher.before-claim"
    case dispatcherAfterClaim = "dispatcher.after-claim"
    /// The request is written, its answer has not come.
    case dispatcherDuringCall = "dispatcher.during-call"
    case dispatcherBeforeOutcome = "dispatcher.before-outcome"
    case dispatcherAfterOutcome = "dispatcher.after-outcome"
    case dispatcherBeforeOffset = "dispatcher.before-offset"

    case schedulerAfterTake = "retry-scheduler.after-take"
    case schedulerBeforeTell = "retry-scheduler.before-tell"

    case receiverBeforeAppend = "webhook-receiver.before-append"
    case receiverAfterAppend = "webhook-receiver.after-append"
    case receiverBeforeApply = "webhook-receiver.before-apply"
    case receiverBeforeOffset = "webhook-receiver.before-offset"

    /// Folded inside a transaction that is still open.
    case monitorBeforeFold = "monitor.before-fold"
    case monitorAfterFold = "monitor.after-fold"

    case alerterBeforeSend = "alerter.before-send"
    case alerterAfterSend = "alerter.after-send"

    /// The executable it lies in.
    package var executable: String { String(rawValue.prefix { $0 != "." }) }

    /// A caller passes by; whether it lives on depends on `TIDINGS_FAULT`.
    package static func reach(_ point: FaultPoint) {
        #if DEBUG
            if let armed = ArmedFault.ofThisProcess, armed.point == point { armed.pass() }
        #endif
    }

    /// Something that waits for the outside; passed when it has waited so long that the outside must have heard of it.
    package static func reach<Value: Sendable>(
        _ point: FaultPoint,
        during wait: () async -> Value
    ) async -> Value {
        #if DEBUG
            guard let armed = ArmedFault.ofThisProcess, armed.point == point else { return await wait() }
            let alarm = Task {
                try await Task.sleep(for: ArmedFault.heardAfter)
                armed.pass()
            }
            defer { alarm.cancel() }
        #endif
        return await wait()
    }
}

#if DEBUG
    /// What `TIDINGS_FAULT` asks for.
    final class ArmedFault: Sendable {
        /// Long for a request on this machine, short for an answer that comes slowly.
        static let heardAfter = Duration.milliseconds(250)
        static let ofThisProcess = getenv("TIDINGS_FAULT").flatMap { text in
            let armed = ArmedFault(String(cString: text))
            if armed == nil { Log.error("TIDINGS_FAULT names no point, or no passing of it") }
            return armed
        }

        let point: FaultPoint
        let passing: Int
        private let passings = Atomic(0)

        /// - Parameter text: `name:n`; nil when there is no such name or n is no positive number.
        init?(_ text: String) {
            let halves = text.split(separator: ":", maxSplits: 1)
            guard halves.count == 2, let point = FaultPoint(rawValue: String(halves[0])),
                let passing = Int(halves[1]),
                passing > 0
            else { return nil }
            (self.point, self.passing) = (point, passing)
        }

        func pass() {
            guard passings.add(1, ordering: .relaxed).newValue == passing else { return }
            kill(getpid(), SIGKILL)
        }
    }
#endif
