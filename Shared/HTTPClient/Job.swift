internal import Glibc
internal import Synchronization

/// One request or mail on its way, from the caller's task to the loop's thread and back.
///
/// `continuation` is set before the job enters the inbox, whose lock orders it before the loop's reads.
// Safety: the loop's thread alone touches `transfer` and, once submitted, `continuation`; the rest is atomic.
final class Job: @unchecked Sendable {
    enum Work: Sendable {
        case request(ClientRequest)
        case mail(PreparedMail)
    }

    enum Outcome: Sendable {
        case answered(ClientResponse)
        case failed(FailedTransfer)
    }

    let work: Work
    let begun = MonotonicInstant.now()
    let isCancelled = Atomic<Bool>(false)
    var continuation: CheckedContinuation<Outcome, Never>?
    /// Set while libcurl works on it.
    var transfer: Transfer?

    init(_ work: Work) {
        self.work = work
    }

    func finish(_ outcome: Outcome) {
        continuation?.resume(returning: outcome)
        continuation = nil
    }

    func fail(_ kind: ClientFailure.Kind, written: ClientFailure.Written, _ text: String) {
        finish(.failed(FailedTransfer(failure: ClientFailure(kind: kind, written: written, text: text))))
    }
}

/// Everything known about a transfer that did not succeed.
struct FailedTransfer: Sendable {
    var failure: ClientFailure
    /// libcurl's own code; `CURLE_OK` when the failure is not libcurl's.
    var curlCode: UInt32 = 0
    /// The last status of HTTP or reply code of SMTP, 0 if none came.
    var replyCode = 0
}

struct MonotonicInstant: Sendable, Comparable {
    let nanoseconds: UInt64

    static func now() -> Self {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Self(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    func adding(milliseconds: Int) -> Self {
        Self(nanoseconds: nanoseconds + UInt64(max(0, milliseconds)) * 1_000_000)
    }

    var age: Duration { .nanoseconds(Int64(Self.now().nanoseconds - nanoseconds)) }
}

extension Duration {
    /// At least 1: to libcurl a time-out of 0 means none.
    var millisecondsForCurl: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
