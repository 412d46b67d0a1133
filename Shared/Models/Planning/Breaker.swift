/// Stops calling a provider that fails for most sends, and tries it again with one message at a time: with one that has
/// not failed, where there is one. What fails by itself, at its recipient or for its contents, would otherwise try again
/// and again, and keep all others waiting for a provider that is well.
struct Breaker: Sendable {
    static let window = 10
    static let callsMin = 20
    static let suspicionMin = 5
    static let openFirst: Duration = .seconds(5)
    static let openMax: Duration = .seconds(60)
    /// So long a try is left to those that have not failed.
    static let othersFirst: Duration = .seconds(5)
    static let rememberedMax = 1_000

    enum Permission: Hashable, Sendable {
        case free
        /// The message that goes now is the probe.
        case probe
        case waitForProbe
        case denied(until: Timestamp)
    }

    private enum State: Sendable {
        case closed
        case open(until: Timestamp)
        case probing(MessageID?)
    }

    private struct Second: Sendable {
        var number: Int64 = 0
        var calls = 0
        var failures = 0
    }

    private var state = State.closed
    private var seconds = [Second](repeating: Second(), count: window)
    private var openFor = openFirst
    /// Since the last time all was well.
    private var failed: Set<MessageID> = []

    var isClosed: Bool {
        switch state {
        case .closed: true
        case .open, .probing: false
        }
    }

    func permission(now: Timestamp) -> Permission {
        switch state {
        case .closed: .free
        case .open(let until): until <= now ? .probe : .denied(until: until)
        case .probing(nil): .probe
        case .probing(.some): .waitForProbe
        }
    }

    /// - Returns: until when others go first; nil: it may be the probe.
    func leavesProbe(_ message: MessageID, now: Timestamp) -> Timestamp? {
        guard case .open(let until) = state, now < until + Self.othersFirst, failed.contains(message) else { return nil }
        return until + Self.othersFirst
    }

    mutating func probes(with message: MessageID) { state = .probing(message) }

    /// - Returns: whether those that wait for the provider should be looked at again.
    mutating func ended(_ message: MessageID, failed: Bool, now: Timestamp) -> Bool {
        remember(message, failed, now)
        switch state {
        case .closed:
            note(failed, now)
            let (calls, failures) = sums(now)
            if calls >= Self.callsMin, failures * 2 >= calls { open(now) }
            return false
        case .open, .probing(nil):
            // Sent before it was stopped.
            return false
        case .probing(let probe?):
            guard probe == message else { return false }
            if failed {
                openFor = min(openFor * 2, Self.openMax)
                state = .open(until: now + openFor)
            } else {
                state = .closed
                openFor = Self.openFirst
            }
            return true
        }
    }

    /// The probe was never sent: another may.
    mutating func abandoned(_ message: MessageID) -> Bool {
        guard case .probing(message) = state else { return false }
        state = .probing(nil)
        return true
    }

    func shown(now: Timestamp) -> BreakerState {
        switch state {
        case .open(let until): .open(until: until)
        case .probing: .probing
        case .closed:
            switch sums(now) {
            case (let calls, let failures) where calls >= Self.suspicionMin && failures * 2 >= calls: .failing
            case (_, _): .closed
            }
        }
    }

    private mutating func open(_ now: Timestamp) {
        state = .open(until: now + openFor)
        seconds = [Second](repeating: Second(), count: Self.window)
    }

    private mutating func remember(_ message: MessageID, _ hasFailed: Bool, _ now: Timestamp) {
        if !failed.isEmpty, isClosed, sums(now).failures == 0 { failed = [] }
        if hasFailed, failed.count < Self.rememberedMax { failed.insert(message) }
    }

    private mutating func note(_ failed: Bool, _ now: Timestamp) {
        let number = now.microseconds / 1_000_000
        let index = Int(number % Int64(Self.window))
        if seconds[index].number != number { seconds[index] = Second(number: number) }
        seconds[index].calls += 1
        if failed { seconds[index].failures += 1 }
    }

    private func sums(_ now: Timestamp) -> (calls: Int, failures: Int) {
        let oldest = now.microseconds / 1_000_000 - Int64(Self.window)
        return seconds.reduce(into: (0, 0)) { sums, second in
            guard second.number > oldest else { return }
            sums.0 += second.calls
            sums.1 += second.failures
        }
    }
}
