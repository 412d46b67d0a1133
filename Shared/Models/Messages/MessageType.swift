/// What kind of message WhatsApp is asked to send.
package enum MessageType: String, CaseIterable, Hashable, Sendable {
    case template
    case text
    case image
    case document
    case audio
    case video
}

/// Meta's category of a template; it decides price, limits and what a tenant prefers when an answer is
/// missing.
package enum TemplateCategory: String, CaseIterable, Hashable, Sendable {
    case marketing
    case utility
    case authentication

    package var lane: Lane {
        switch self {
        case .authentication: .authentication
        case .utility: .utility
        case .marketing: .marketing
        }
    }

    /// How long a message is worth sending when the tenant names no expiry.
    package var expiryDefault: Duration {
        switch self {
        // Meta drops an undelivered code after ten minutes too.
        case .authentication: .seconds(600)
        case .utility: .seconds(24 * 3_600)
        case .marketing: .seconds(72 * 3_600)
        }
    }
}

/// The queue a message waits in: a campaign never stands in front of a login code. Lower goes first.
package enum Lane: Int16, CaseIterable, Hashable, Comparable, Sendable {
    case authentication = 0
    case utility = 1
    case marketing = 2

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var category: TemplateCategory {
        switch self {
        case .authentication: .authentication
        case .utility: .utility
        case .marketing: .marketing
        }
    }

    package var name: String {
        switch self {
        case .authentication: "authentication"
        case .utility: "utility"
        case .marketing: "marketing"
        }
    }
}

/// Within a lane: 1 is the least urgent, 10 the most.
package enum Priority {
    package static let range = 1...10
    package static let standard = 5
}
