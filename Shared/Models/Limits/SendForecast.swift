/// How long many messages will take through one sender, and which limit decides it. A forecast: others may send through
/// the same sender, and who wrote lately does not count against the portfolio.
package struct SendForecast: Hashable, Sendable {
    package struct Conditions: Sendable {
        package var messagesPerSecond: Int
        /// At least this long between two messages.
        package var delay: Duration
        package var dailyQuota: Int?
        package var sendsToday: Int
        /// Unique recipients in a rolling day; nil: unlimited or not known.
        package var recipientsMax: Int?
        package var recipientsUsed: Int
        /// Messages of the sender that go first.
        package var waiting: Int

        package init(
            messagesPerSecond: Int, delay: Duration = .zero, dailyQuota: Int? = nil, sendsToday: Int = 0,
            recipientsMax: Int? = nil, recipientsUsed: Int = 0, waiting: Int = 0
        ) {
            self.messagesPerSecond = messagesPerSecond
            self.delay = delay
            self.dailyQuota = dailyQuota
            self.sendsToday = sendsToday
            self.recipientsMax = recipientsMax
            self.recipientsUsed = recipientsUsed
            self.waiting = waiting
        }
    }

    private static let day = Duration.seconds(86_400)

    package let duration: Duration
    package let limit: LimitName
    /// Messages that a limit per day puts off beyond today.
    package let putOff: [LimitName: Int]

    /// - Returns: nil when it can never end: a quota of nothing.
    package init?(of messages: Int, under conditions: Conditions) {
        let paced = max(.seconds(1) / max(1, conditions.messagesPerSecond), conditions.delay)
        var longest = paced * (messages + conditions.waiting)
        var limit: LimitName = conditions.delay > .seconds(1) / max(1, conditions.messagesPerSecond) ? .messageDelay : .senderRate
        var putOff: [LimitName: Int] = [:]
        let perDay: [(LimitName, Int?, Int)] = [
            (.dailyQuota, conditions.dailyQuota, conditions.sendsToday),
            (.portfolioRecipients, conditions.recipientsMax, conditions.recipientsUsed),
        ]
        for (name, most, used) in perDay {
            guard let most else { continue }
            let left = messages - max(0, most - used)
            guard left > 0 else { continue }
            guard most > 0 else { return nil }
            putOff[name] = left
            let days = (left + most - 1) / most
            if Self.day * days > longest { (longest, limit) = (Self.day * days, name) }
        }
        duration = longest
        self.limit = limit
        self.putOff = putOff
    }
}
