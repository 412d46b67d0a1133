/// Everything that an explanation of one message goes by, as of one moment.
package struct ExplanationFacts: Sendable {
    /// The sending number, and whoever sends through it now.
    package struct Sender: Sendable {
        package enum Status: String, CaseIterable, Sendable {
            case active
            case paused
            case disabled
        }

        package var status = Status.active
        package var rules: SenderRules
        /// Of the latest owner; nil when nobody ever sent through it.
        package var lease: Lease?

        package init(rules: SenderRules) {
            self.rules = rules
        }
    }

    package struct Lease: Sendable {
        package let holder: String
        package let until: Timestamp
        /// Messages a second, learned from the provider's answers.
        package let rate: Double
        /// Waiting inside the dispatcher.
        package let pending: [Lane: Int]

        package init(holder: String, until: Timestamp, rate: Double, pending: [Lane: Int]) {
            self.holder = holder
            self.until = until
            self.rate = rate
            self.pending = pending
        }
    }

    package struct Gate: Sendable {
        package let closed: ClosedGate
        package let probeAt: Timestamp?
        /// It has opened; what it held is being let out.
        package let isOpen: Bool

        package init(_ closed: ClosedGate, probeAt: Timestamp? = nil, isOpen: Bool = false) {
            self.closed = closed
            self.probeAt = probeAt
            self.isOpen = isOpen
        }
    }

    /// The limit on recipients that are written to first.
    package struct Portfolio: Sendable {
        package let recipientsMax: Int
        package let used: Int
        /// When the next recipient becomes free.
        package let nextFreeAt: Timestamp?
        /// This recipient counts already, or may be answered freely: the limit does not concern the message.
        package let isPassed: Bool

        package init(recipientsMax: Int, used: Int, nextFreeAt: Timestamp?, isPassed: Bool) {
            self.recipientsMax = recipientsMax
            self.used = used
            self.nextFreeAt = nextFreeAt
            self.isPassed = isPassed
        }
    }

    package var subjects: GateSubjects
    package var state: MessageState
    package var lane: Lane
    package var now: Timestamp
    /// When it came into its state.
    package var since: Timestamp
    package var expiresAt: Timestamp
    package var scheduledFor: Timestamp?
    package var sentAt: Timestamp?
    /// When somebody of ours looks at it next; nil when nobody has to.
    package var dueAt: Timestamp?
    /// `dueAt` is its turn at the sender's pace.
    package var isPaced = false
    /// It waits in Postgres until its turn is given out.
    package var waitsForTurn = false
    /// How often it was told to the dispatcher since it last moved.
    package var told = 0
    package var attempts = 0
    /// Retries that were decided, the next one included.
    package var retries = 0
    /// Of the attempt in flight.
    package var leaseUntil: Timestamp?
    /// Of the last error; nil without one.
    package var failure: ErrorClassification?
    package var repeatedAs: MessageID?
    /// The code of the rule of ours that cancelled it; nil: somebody did.
    package var cancelReason: String?

    package var rules: TenantRules
    package var sendsToday = 0
    package var sender: Sender
    /// Those that concern the message and are closed, and the one it is held behind.
    package var gates: [Gate] = []
    package var heldBehind: GateID?
    package var portfolio: Portfolio?
    /// When the recipient may get the next message of this sender.
    package var pairFreeAt: Timestamp?
    /// Messages of the same sender and lane that go first; nil where nobody counted.
    package var ahead: CappedCount?

    package init(
        subjects: GateSubjects, state: MessageState, lane: Lane, now: Timestamp, since: Timestamp,
        expiresAt: Timestamp, rules: TenantRules, sender: Sender
    ) {
        self.subjects = subjects
        self.state = state
        self.lane = lane
        self.now = now
        self.since = since
        self.expiresAt = expiresAt
        self.rules = rules
        self.sender = sender
    }
}

extension RateLimit {
    /// When a recipient may get the next message, from the sends of late.
    ///
    /// - Parameter owesUntil: what the sender's owner wrote down; nil when it owes too little to be written down.
    package static func pairFreeAt(
        sends: [Timestamp], owesUntil: Timestamp?, burst: Int, now: Timestamp
    ) -> Timestamp? {
        var limit = RateLimit(interval: .seconds(6), burst: burst, paidUntil: owesUntil ?? Timestamp(microseconds: 0))
        if owesUntil == nil {
            for send in sends.sorted() { limit.charge(at: send) }
        }
        return limit.freeAt > now ? limit.freeAt : nil
    }

    /// A unit that was taken, whether or not it should have been.
    private mutating func charge(at moment: Timestamp) {
        self = RateLimit(interval: interval, burst: burst, paidUntil: max(paidUntil, moment) + interval)
    }
}
