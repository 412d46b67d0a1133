/// What a report is made of: numbers as they were counted, without a word.
package struct ComplianceFacts: Sendable {
    /// Messages accepted in the period, by where they are and why.
    package struct Outcome: Hashable, Sendable {
        package let state: MessageState
        package let code: Int?
        package let messages: Int64
        package let sent: Int64
        /// Sent, not delivered, and still inside their time to live.
        package let inTime: Int64
        package let retried: Int64
        package let retries: Int64

        package init(
            state: MessageState, code: Int?, messages: Int64, sent: Int64, inTime: Int64, retried: Int64, retries: Int64
        ) {
            (self.state, self.code, self.messages, self.sent) = (state, code, messages, sent)
            (self.inTime, self.retried, self.retries) = (inTime, retried, retries)
        }
    }

    package struct TemplateUse: Hashable, Sendable {
        /// Nil: messages without a template.
        package let name: String?
        package let language: String
        package let category: String
        /// As the provider writes it: APPROVED, PAUSED.
        package let status: String
        package let quality: String?
        package let accepted: Int64

        package init(
            name: String?, language: String, category: String, status: String, quality: String?, accepted: Int64
        ) {
            (self.name, self.language, self.category) = (name, language, category)
            (self.status, self.quality, self.accepted) = (status, quality, accepted)
        }
    }

    package struct Incident: Hashable, Sendable {
        package let title: String
        package let severity: String
        package let openedAt: Timestamp
        package let resolvedAt: Timestamp?
        package let acknowledgedBy: String?

        package init(
            title: String, severity: String, openedAt: Timestamp, resolvedAt: Timestamp?, acknowledgedBy: String?
        ) {
            (self.title, self.severity, self.openedAt) = (title, severity, openedAt)
            (self.resolvedAt, self.acknowledgedBy) = (resolvedAt, acknowledgedBy)
        }
    }

    package struct Consent: Hashable, Sendable {
        package let status: String
        package let source: String
        package let entries: Int64

        package init(status: String, source: String, entries: Int64) {
            (self.status, self.source, self.entries) = (status, source, entries)
        }
    }

    package struct Cost: Hashable, Sendable {
        package let currency: String
        package let messages: Int64
        package let billable: Int64
        package let withoutPrice: Int64
        package let amount: Amount

        package init(currency: String, messages: Int64, billable: Int64, withoutPrice: Int64, amount: Amount) {
            (self.currency, self.messages, self.billable) = (currency, messages, billable)
            (self.withoutPrice, self.amount) = (withoutPrice, amount)
        }
    }

    /// What monitoring measured, cycle after cycle.
    package struct Measured: Hashable, Sendable {
        /// Weighted by what stood behind each cycle.
        package let mean: Double
        package let least: Double
        package let most: Double
        package let cycles: Int64

        package init(mean: Double, least: Double, most: Double, cycles: Int64) {
            (self.mean, self.least, self.most, self.cycles) = (mean, least, most, cycles)
        }
    }

    package var outcomes: [Outcome] = []
    package var answerTimes = TimeBounds()
    package var deliveryTimes = TimeBounds()
    package var countedAt: Timestamp?
    package var measured: [Metric: Measured] = [:]
    package var templates: [TemplateUse] = []
    /// Changes of templates' states in the period, by the state they came to.
    package var templateChanges: [(status: String, changes: Int64)] = []
    package var incidents: [Incident] = []
    package var incidentsCount: Int64 = 0
    package var incidentsOpen: Int64 = 0
    package var consents: [Consent] = []
    /// From what the person said to the suppression.
    package var optOutTimes = TimeBounds()
    package var sentAfterOptOut: Int64 = 0
    /// Opt-outs that were looked at for it.
    package var optOutsChecked: Int64 = 0
    package var erasuresRequested: Int64 = 0
    package var erasuresDone: Int64 = 0
    package var duplicates: Int64 = 0
    package var unansweredResent: Int64 = 0
    package var unansweredProven: Int64 = 0
    package var unansweredEnded: Int64 = 0
    /// Businesses whose figures were held against their rows, how many of them agreed, and the oldest such check.
    package var ledgersChecked: Int64 = 0
    package var ledgersBalanced: Int64 = 0
    package var ledgerCheckedAt: Timestamp?
    package var costs: [Cost] = []

    package init() {}

    package func messages(in states: MessageState...) -> Int64 {
        outcomes.reduce(0) { $0 + (states.contains($1.state) ? $1.messages : 0) }
    }

    package var accepted: Int64 { outcomes.reduce(0) { $0 + $1.messages } }
    package var sent: Int64 { outcomes.reduce(0) { $0 + $1.sent } }
    package var delivered: Int64 { messages(in: .delivered, .read) }
    package var inTime: Int64 { outcomes.reduce(0) { $0 + $1.inTime } }
    package var endedBadly: Int64 { messages(in: .failed, .undelivered, .expired) }
    package var pending: Int64 { messages(in: .scheduled, .queued, .sending, .unanswered, .waiting, .held) }
    package var retried: Int64 { outcomes.reduce(0) { $0 + $1.retried } }
    package var retries: Int64 { outcomes.reduce(0) { $0 + $1.retries } }
    package var retriedWell: Int64 {
        outcomes.reduce(0) { $0 + ([.sent, .delivered, .read].contains($1.state) ? $1.retried : 0) }
    }
    package var retriedBadly: Int64 {
        outcomes.reduce(0) { $0 + ([.failed, .undelivered, .expired].contains($1.state) ? $1.retried : 0) }
    }
}
