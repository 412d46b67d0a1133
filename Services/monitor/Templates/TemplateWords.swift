import JSON
import Models

/// What the API's words about templates mean to a person.
enum TemplateWords {
    static let categories = TemplateCategory.allCases.map { (value: $0.rawValue, title: Piece.sentence($0.rawValue)) }
    static let statuses = TemplateStatus.allCases.map { (value: $0.rawValue, title: title(of: $0)) }

    static func badge(_ template: JSONValue) -> HTML {
        let status = TemplateStatus(rawValue: template.text("status")) ?? .unknown
        let words = template["pending_action"]?.string.flatMap(action) ?? title(of: status)
        let changes: HTML? =
            template["changes"] == nil ? nil : "<div class=\"quiet small\">with changes not handed in</div>"
        return "\(Piece.badge(words, colour(of: status)))\(changes)"
    }

    static func title(of status: TemplateStatus) -> String {
        switch status {
        case .draft: "Draft"
        case .pending: "In review"
        case .inAppeal: "In appeal"
        case .approved: "Approved"
        case .rejected: "Rejected"
        case .paused: "Paused"
        case .disabled: "Disabled"
        case .pendingDeletion: "Being deleted"
        case .deleted: "Deleted"
        case .archived: "Archived"
        case .limitExceeded: "Too many templates"
        case .unknown: "Unknown"
        }
    }

    static func colour(of status: TemplateStatus) -> String {
        switch status {
        case .approved: "green"
        case .pending, .inAppeal: "blue"
        case .paused, .pendingDeletion, .limitExceeded: "amber"
        case .rejected, .disabled: "red"
        case .draft, .deleted, .archived, .unknown: "grey"
        }
    }

    /// What happens at the provider in a moment.
    private static func action(_ word: String) -> String? {
        ["submit": "Being handed in", "delete": "Being deleted", "unpause": "Being unpaused"][word]
    }

    static func quality(_ template: JSONValue) -> HTML? {
        switch template.text("quality") {
        case "green": Piece.badge("High", "green")
        case "yellow": Piece.badge("Medium", "amber")
        case "red": Piece.badge("Low", "red")
        default: nil
        }
    }

    /// What a status means for somebody who wants to send.
    static func meaning(of status: TemplateStatus) -> String? {
        switch status {
        case .approved: nil
        case .draft: "Only you know it. Hand it in, and WhatsApp reviews it."
        case .pending: "WhatsApp looks at it. That takes minutes, sometimes a day; the verdict appears here by itself."
        case .inAppeal: "WhatsApp looks at it again."
        case .rejected: "WhatsApp did not approve it. Change what it objects to and hand it in again."
        case .paused:
            "Too many recipients did not want it. WhatsApp lifts a pause by itself after 3, later after 6 hours; messages wait."
        case .disabled: "WhatsApp switched it off for good. Write another one that its recipients like better."
        case .pendingDeletion, .deleted: "It is sent no more."
        case .archived: "It is kept at WhatsApp and sent no more."
        case .limitExceeded: "Your WhatsApp account has as many templates as it may. Delete one that you do not need."
        case .unknown: "WhatsApp has given it a status that we do not know."
        }
    }

    /// WhatsApp's word for why it did not approve, and what to do about it.
    static func rejection(_ reason: String) -> (title: String, remedy: String) {
        switch reason.uppercased() {
        case "ABUSIVE_CONTENT":
            ("The content could harm or offend people.", "Write it without threats, insults and anything illegal.")
        case "INCORRECT_CATEGORY", "CATEGORY_NOT_AVAILABLE":
            (
                "The category does not fit the text.",
                "What advertises is marketing; what tells of an order or an account is utility."
            )
        case "INVALID_FORMAT":
            (
                "Variables or special characters stand where they must not.",
                "No variable at the beginning or the end, none beside another; a good example for each."
            )
        case "PROMOTIONAL":
            (
                "It advertises, under a category where that is not allowed.",
                "Choose the category marketing, or take the advertising out."
            )
        case "SCAM": ("It looks like a fraud.", "Say who you are, and do not ask for secrets or for money in advance.")
        case "TAG_CONTENT_MISMATCH":
            ("The language or the category is not that of the text.", "Choose the language in which it is written.")
        case "NONE", "": ("WhatsApp named no reason.", "Look at it in the WhatsApp Manager, where you can also appeal.")
        default: ("WhatsApp's word for it: \(reason).", "Look at it in the WhatsApp Manager, where you can also appeal.")
        }
    }
}
