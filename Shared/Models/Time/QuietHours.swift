/// The hours of a tenant's day in which nothing but login codes goes out.
package struct QuietHours: Hashable, Sendable {
    package enum Standing: Hashable, Sendable {
        case open
        case closedUntil(Timestamp)
    }

    /// Times of the local day. `from` belongs to the quiet hours, `to` does not; with `from` after `to` they span
    /// midnight.
    package let from: Duration
    package let to: Duration

    /// Nil when both are the same (that would be always or never), or are no times of a day.
    package init?(from: Duration, to: Duration) {
        let ofDay = Duration.zero..<LocalClock.day
        guard from != to, ofDay.contains(from), ofDay.contains(to) else { return nil }
        self.from = from
        self.to = to
    }

    package init?(fromMinute: Int, toMinute: Int) {
        self.init(from: .seconds(fromMinute * 60), to: .seconds(toMinute * 60))
    }

    /// What the clock on the wall shows counts: an hour that a change of clocks repeats is quiet twice, one that it
    /// leaves out is not waited for.
    package func standing(at now: Timestamp, category: TemplateCategory, clock: LocalClock) -> Standing {
        switch category {
        case .authentication: return .open
        case .utility, .marketing: break
        }
        let end = clock.first(from: now) { _, time in remaining(at: time) }
        return end == now ? .open : .closedUntil(end)
    }

    /// - Returns: zero when the time is not quiet.
    private func remaining(at time: Duration) -> Duration {
        if from < to { return time >= from && time < to ? to - time : .zero }
        if time >= from { return LocalClock.day - time + to }
        return time < to ? to - time : .zero
    }
}
