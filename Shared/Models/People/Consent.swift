/// What a person has said about being written to.
package enum ConsentStatus: String, CaseIterable, Hashable, Sendable {
    case optedIn = "opted_in"
    case optedOut = "opted_out"
}

/// Why somebody must not be written to.
package enum SuppressionReason: String, CaseIterable, Hashable, Sendable {
    /// The person said so to the business.
    case optedOut = "opted_out"
    /// The person switched the business's marketing off in WhatsApp.
    case userPreferences = "user_preferences"
    /// WhatsApp refused messages to them.
    case provider
    case complaint
    case invalidNumber = "invalid_number"
    case legal
    case manual

    /// What a tenant may give as its own reason; the others are what people and providers did.
    package static let ofTenants: [SuppressionReason] = [.complaint, .invalidNumber, .legal, .manual]
}

/// What a suppression covers.
package enum SuppressionCategory: Hashable, Sendable {
    /// Templates of every category, and what is no template.
    case all
    case only(TemplateCategory)

    /// Lower case, as the API has it.
    package init?(_ word: String) {
        if word == "all" {
            self = .all
        } else if let category = TemplateCategory(rawValue: word) {
            self = .only(category)
        } else {
            return nil
        }
    }

    package var word: String {
        switch self {
        case .all: "all"
        case .only(let category): category.rawValue
        }
    }
}

/// A rule of ours that forbids a message before any attempt.
package enum SendingBlock: Hashable, Sendable {
    case suppressed(SuppressionReason)
    /// The tenant sends this category only to those who agreed.
    case optInMissing(TemplateCategory)
    /// What is no template may only answer within a day (Meta: the customer service window).
    case windowClosed
    /// WhatsApp delivers no marketing to numbers of the United States (Meta: error 131049).
    case marketingToUnitedStates
    case phoneNeeded(PhoneNeed)

    package enum PhoneNeed: Hashable, Sendable {
        /// Meta: codes do not go to business-scoped user ids (error 131062).
        case authentication
        /// Twilio names no way to send to them.
        case provider
    }

    /// Stable: API answers and timelines carry it.
    package var code: String {
        switch self {
        case .suppressed(.optedOut), .suppressed(.userPreferences): "recipient_opted_out"
        case .suppressed: "recipient_suppressed"
        case .optInMissing: "opt_in_missing"
        case .windowClosed: "window_closed"
        case .marketingToUnitedStates: "marketing_us_blocked"
        case .phoneNeeded: "phone_needed"
        }
    }

    /// In plain words, with what to do.
    package var detail: String {
        switch self {
        case .suppressed(.optedOut):
            "This person has opted out. Nothing is sent until they opt in again."
        case .suppressed(.userPreferences):
            "This person has switched your marketing off in WhatsApp. Only they can switch it on again."
        case .suppressed(.provider):
            "WhatsApp has refused messages to this person; they are on your suppression list."
        case .suppressed(let reason):
            "This recipient is on your suppression list (\(reason.rawValue)). Take the entry away to write to them again."
        case .optInMissing(let category):
            "You send \(category.rawValue) only to those who opted in, and no opt-in of this person is on record. "
                + "Record it with POST /v1/contacts/{id}/consents."
        case .windowClosed:
            "This person has not written to this sender within the last 24 hours: WhatsApp delivers only templates to "
                + "them now. Send a template, or set a fallback template."
        case .marketingToUnitedStates:
            "WhatsApp delivers no marketing to numbers of the United States. Send a utility template, or reach this "
                + "person another way."
        case .phoneNeeded(.authentication):
            "Login codes need a telephone number; this person is known by a user id only."
        case .phoneNeeded(.provider):
            "This sender's provider needs a telephone number; this person is known by a user id only. Use a sender of "
                + "Meta's, or give the contact a phone."
        }
    }
}

/// A business-scoped user id of WhatsApp's: `IT.4410928374650192837` (Meta, business-scoped user ids).
package enum UserIDText {
    package static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        guard (4...131).contains(bytes.count), bytes[2] == UInt8(ascii: ".") else { return false }
        return bytes[0..<2].allSatisfy { (65...90).contains($0) }
            && bytes[3...].allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
            }
    }
}
