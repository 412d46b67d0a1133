/// Why a gate is closed and what opens it again, for people who do not know our words.
package struct GateWords: Hashable, Sendable {
    /// A few words, for a badge or a list.
    package let title: String
    /// One sentence for the tenant.
    package let explanation: String
    package let remedy: String
    package let who: ErrorOwner
}

extension GateCause {
    package var words: GateWords {
        switch self {
        case .paused:
            GateWords(
                title: "Paused",
                explanation: "Somebody paused sending.",
                remedy: "Resume it when it should go on; nothing is lost meanwhile.",
                who: .tenant
            )
        case .tokenInvalid:
            GateWords(
                title: "Access refused",
                explanation:
                    "WhatsApp refuses the access token of this number: it expired, was revoked or lost its rights.",
                remedy: "Store a token that is valid; sending goes on at once.",
                who: .tenant
            )
        case .accountRestricted:
            GateWords(
                title: "Account restricted",
                explanation: "WhatsApp does not let this account send at the moment.",
                remedy: "Read the notice in Meta Business Manager, and do what it asks or appeal.",
                who: .tenant
            )
        case .paymentMissing:
            GateWords(
                title: "Payment missing",
                explanation: "WhatsApp wants a way of payment before it takes more messages.",
                remedy: "Add or renew the payment method of the account in Meta Business Manager.",
                who: .tenant
            )
        case .maintenance:
            GateWords(
                title: "Maintenance",
                explanation: "WhatsApp is working on this number, and takes nothing from it meanwhile.",
                remedy: "Nothing: Tidings goes on by itself.",
                who: .nobody
            )
        case .senderUnusable:
            GateWords(
                title: "Number cannot send",
                explanation: "WhatsApp refuses to send from this number.",
                remedy:
                    "See in WhatsApp Manager whether the number is registered and connected, then switch the sender on again.",
                who: .tenant
            )
        case .templatePaused:
            GateWords(
                title: "Template paused",
                explanation: "WhatsApp paused this template because people reacted badly to it.",
                remedy: "Improve the template or send it to fewer people; it goes on when WhatsApp lets it.",
                who: .tenant
            )
        case .templateDisabled:
            GateWords(
                title: "Template disabled",
                explanation: "WhatsApp disabled this template for good.",
                remedy: "Make a new template, and cancel or repeat what waits for the old one.",
                who: .tenant
            )
        case .portfolioLimit:
            GateWords(
                title: "Daily recipients used up",
                explanation:
                    "The business has written first to as many people in 24 hours as WhatsApp allows it.",
                remedy:
                    "Nothing: places free up by themselves. Verify the business with Meta for a higher limit.",
                who: .nobody
            )
        case .throttled:
            GateWords(
                title: "Slowed down by WhatsApp",
                explanation: "WhatsApp takes no more calls of this account for the moment.",
                remedy: "Nothing: Tidings goes on by itself. If it lasts, send less at once.",
                who: .nobody
            )
        case .platform:
            GateWords(
                title: "Platform refused",
                explanation: "WhatsApp refuses the platform itself, not this business.",
                remedy: "The platform's operator mends the app or its credentials.",
                who: .platform
            )
        case .outage:
            GateWords(
                title: "WhatsApp does not work",
                explanation: "Most calls to WhatsApp fail; no retry is used up meanwhile.",
                remedy: "Nothing: Tidings tries again every few seconds. See the provider's status page.",
                who: .nobody
            )
        }
    }

    /// What people are told while a gate is closed for this cause; nil for what a person did on purpose.
    package var alert: AlertCode? {
        switch self {
        case .paused: nil
        case .tokenInvalid: .accessTokenInvalid
        case .accountRestricted, .paymentMissing: .accountRestricted
        case .maintenance, .senderUnusable: .senderBlocked
        case .templatePaused, .templateDisabled: .templateStopped
        case .portfolioLimit, .throttled: .backlogGrowing
        case .platform: .platformCredentialsInvalid
        case .outage: .apiEndpointDown
        }
    }
}

extension ErrorOwner {
    /// Who acts, as a sentence's subject.
    package var words: String {
        switch self {
        case .tenant: "the business"
        case .platform: "the platform's operator"
        case .recipient: "the recipient"
        case .nobody: "nobody has to"
        }
    }
}
