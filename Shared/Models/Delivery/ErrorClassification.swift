/// What a provider's error means for us.
package enum FailureClass: String, CaseIterable, Hashable, Sendable {
    /// Heals by itself.
    case retry
    /// Slow down whatever the scope names; the message is not to blame.
    case throttle
    /// A wait of known length, such as maintenance.
    case wait
    /// Wrong for good: never send it again unchanged.
    case fail
    /// This recipient cannot or will not get it.
    case suppress
    /// Stop the template.
    case template
    /// Stop the sending number.
    case sender
    /// Stop the tenant's account.
    case account
    /// Our own credentials or app are wrong.
    case platform
    /// Not in the table.
    case unknown
}

/// How far an error reaches.
package enum ErrorScope: String, CaseIterable, Hashable, Sendable {
    case message
    /// One sender and one recipient.
    case pair
    case recipient
    /// Marketing to one recipient.
    case recipientMarketing = "recipient_marketing"
    case country
    case template
    case flow
    case sender
    case account
    /// Reading and changing the account's settings, not sending.
    case accountManagement = "account_management"
    case app
    /// Telephone calls, not messages.
    case calls
}

/// Who can do something about it.
package enum ErrorOwner: String, CaseIterable, Hashable, Sendable {
    case tenant
    case platform
    case recipient
    case nobody
}

/// What becomes of the message itself.
package enum MessageFate: String, CaseIterable, Hashable, Sendable {
    case resend
    /// Kept until what is stopped runs again, or until the message expires.
    case hold
    case end
}

package struct ErrorClassification: Hashable, Sendable {
    package let code: Int
    /// Nil for the entry of every subcode.
    package let subcode: Int?
    package let `class`: FailureClass
    package let scope: ErrorScope
    /// How long to wait before the next try or probe; for `suppress`, how long the suppression lasts (nil:
    /// until the recipient or the provider says otherwise).
    package let wait: Duration?
    /// A wait that must be repeated grows by this factor, up to `waitMax`.
    package let waitFactor: Int
    package let waitMax: Duration
    /// A limit of this error's own on the sends after the first; nil leaves it to the tenant's policy.
    package let retriesMax: Int?
    package let fate: MessageFate
    package let who: ErrorOwner
    /// The table does not list the code: somebody should be told which it is.
    package let isUnlisted: Bool
    package let title: String
    /// One sentence for the tenant, in plain words.
    package let explanation: String
    package let remedy: String

    package init(
        code: Int,
        subcode: Int? = nil,
        class failureClass: FailureClass,
        scope: ErrorScope,
        wait: Duration? = nil,
        waitFactor: Int = 1,
        waitMax: Duration? = nil,
        retriesMax: Int? = nil,
        fate: MessageFate? = nil,
        who: ErrorOwner,
        isUnlisted: Bool = false,
        title: String,
        explanation: String,
        remedy: String
    ) {
        precondition(waitFactor >= 1)
        self.code = code
        self.subcode = subcode
        self.class = failureClass
        self.scope = scope
        self.wait = wait
        self.waitFactor = waitFactor
        self.waitMax = waitMax ?? wait ?? .zero
        self.retriesMax = retriesMax
        self.fate = fate ?? failureClass.usualFate
        self.who = who
        self.isUnlisted = isUnlisted
        self.title = title
        self.explanation = explanation
        self.remedy = remedy
    }

    /// For tests that shorten the clock: the waits times the factor.
    package func scaled(by factor: Double) -> ErrorClassification {
        ErrorClassification(
            code: code,
            subcode: subcode,
            class: self.class,
            scope: scope,
            wait: wait.map { $0 * factor },
            waitFactor: waitFactor,
            waitMax: waitMax * factor,
            retriesMax: retriesMax,
            fate: fate,
            who: who,
            isUnlisted: isUnlisted,
            title: title,
            explanation: explanation,
            remedy: remedy
        )
    }

    /// - Parameter repeats: how many such waits this message has behind it.
    package func wait(afterRepeats repeats: Int) -> Duration? {
        guard var grown = wait else { return nil }
        for _ in 0..<max(0, repeats) {
            if grown >= waitMax { break }
            grown = min(grown * waitFactor, waitMax)
            if waitFactor == 1 { break }
        }
        return grown
    }
}

extension FailureClass {
    fileprivate var usualFate: MessageFate {
        switch self {
        case .retry, .throttle, .wait, .unknown: .resend
        case .fail, .suppress: .end
        case .template, .sender, .account, .platform: .hold
        }
    }

    /// Whether a further try counts against the tenant's retries.
    package var usesRetry: Bool {
        switch self {
        case .throttle, .wait, .template, .sender, .account, .platform: false
        case .retry, .fail, .suppress, .unknown: true
        }
    }
}
