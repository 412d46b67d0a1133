internal import JSON
package import Models

/// A notice of Meta's that asks something of us; everything else is kept and changes nothing.
package enum MetaNews: Sendable, Hashable {
    /// `status` is nil for an event that changes none, such as FLAGGED. `reason`: why it was rejected.
    case template(name: String, language: String, status: String?, effect: TemplateEffect, reason: String?)
    /// GREEN, YELLOW, RED or UNKNOWN.
    case templateQuality(name: String, language: String, String)
    /// The category it has now, and the one it will have from then on.
    case templateCategory(name: String, language: String, now: String, next: String?, at: Timestamp?)
    /// Somebody changed a template elsewhere: what we know of the account's templates is old.
    case templatesChanged
    /// No messages until then, or until somebody says otherwise.
    case accountStopped(GateCause, until: Timestamp?)
    case accountRuns
    case throughput(displayPhoneNumber: String, messagesPerSecond: Int, MessagingTier?)
    case messagingLimit(MessagingTier)

    package enum TemplateEffect: Sendable, Hashable {
        case runs
        /// Nil: until a person lifts the pause (template pacing).
        case paused(for: Duration?)
        case stopped
        case none
    }

    /// Nil for what we do not know or what asks nothing of us.
    package init?(_ notice: MetaWebhook.Notice) {
        guard let value = (try? JSONDocument(parsing: notice.value))?.root, let news = Self.read(notice.field, value)
        else { return nil }
        self = news
    }

    private static func read(_ field: String, _ value: JSONValue) -> MetaNews? {
        switch field {
        // Meta's own sample of a quality notice names this field, too.
        case "message_template_status_update": value["new_quality_score"] == nil ? template(value) : quality(value)
        case "message_template_quality_update": quality(value)
        case "template_category_update": category(value)
        case "message_template_components_update": .templatesChanged
        case "account_update": account(value)
        case "phone_number_quality_update": number(value)
        case "business_capability_update":
            (tier(value["max_daily_conversations_per_business"]) ?? tier(value["max_daily_conversation_per_phone"]))
                .map { .messagingLimit($0) }
        default: nil
        }
    }

    // MARK: Templates

    private static func template(_ value: JSONValue) -> MetaNews? {
        guard let name = value["message_template_name"]?.string,
            let language = value["message_template_language"]?.string, let event = value["event"]?.string
        else { return nil }
        return .template(
            name: name, language: language, status: status(event), effect: effect(event, value),
            reason: event == "REJECTED" ? reason(value) : nil)
    }

    private static func reason(_ value: JSONValue) -> String? {
        let info = value["rejection_info"]
        let words = [value["reason"]?.string, info?["reason"]?.string, info?["recommendation"]?.string].compactMap { $0 }
            .filter { !$0.isEmpty && $0 != "NONE" }
        return words.isEmpty ? nil : String(words.joined(separator: ". ").prefix(500))
    }

    private static func named(_ value: JSONValue) -> (name: String, language: String)? {
        guard let name = value["message_template_name"]?.string,
            let language = value["message_template_language"]?.string
        else { return nil }
        return (name, language)
    }

    private static func quality(_ value: JSONValue) -> MetaNews? {
        guard let (name, language) = named(value), let score = value["new_quality_score"]?.string,
            ["GREEN", "YELLOW", "RED", "UNKNOWN"].contains(score)
        else { return nil }
        return .templateQuality(name: name, language: language, score)
    }

    private static let categories: Set<String> = ["MARKETING", "UTILITY", "AUTHENTICATION"]

    /// Announced a day ahead with `correct_category`, which is the coming one; done with `previous_category`.
    private static func category(_ value: JSONValue) -> MetaNews? {
        guard let (name, language) = named(value), let now = value["new_category"]?.string, categories.contains(now)
        else { return nil }
        let next = value["correct_category"]?.string.flatMap { categories.contains($0) && $0 != now ? $0 : nil }
        let at = value["category_update_timestamp"]?.integer.flatMap { (1...100_000_000_000).contains($0) ? $0 : nil }
        return .templateCategory(
            name: name, language: language, now: now, next: next,
            at: at.map { Timestamp(microseconds: $0 * 1_000_000) })
    }

    /// What `templates.status` may say.
    private static let statuses: Set<String> = [
        "APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "PENDING_DELETION", "DELETED",
        "LIMIT_EXCEEDED", "ARCHIVED",
    ]

    private static func status(_ event: String) -> String? {
        switch event {
        case "REINSTATED", "UNARCHIVED": "APPROVED"
        default: statuses.contains(event) ? event : nil
        }
    }

    private static func effect(_ event: String, _ value: JSONValue) -> TemplateEffect {
        switch event {
        case "APPROVED", "REINSTATED", "UNARCHIVED": .runs
        case "DISABLED", "REJECTED": .stopped
        case "PAUSED":
            switch value["other_info"]?["title"]?.string {
            case "RATE_LIMITING_PAUSE": .paused(for: nil)
            case "SECOND_PAUSE": .paused(for: .seconds(21_600))
            // FIRST_PAUSE, and whatever says no more.
            default: .paused(for: .seconds(10_800))
            }
        default: .none
        }
    }

    // MARK: Accounts and numbers

    private static func account(_ value: JSONValue) -> MetaNews? {
        switch value["event"]?.string {
        case "ACCOUNT_RESTRICTION": restriction(value["restriction_info"]?.elements ?? [])
        case "DISABLED_UPDATE":
            switch value["ban_info"]?["waba_ban_state"]?.string {
            case "DISABLE": .accountStopped(.accountRestricted, until: nil)
            case "REINSTATE": .accountRuns
            default: nil
            }
        case "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED": .accountStopped(.accountRestricted, until: nil)
        case "ACCOUNT_RECONNECTED": .accountRuns
        // Our token died with it.
        case "PARTNER_APP_UNINSTALLED": .accountStopped(.tokenInvalid, until: nil)
        default: nil
        }
    }

    /// Restrictions of sending; those of adding numbers, of creating templates and of calls hold back no message.
    private static let sendingRestrictions: Set<String> = [
        "RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING",
    ]

    private static func restriction(_ restrictions: [JSONValue]) -> MetaNews? {
        let ofSending = restrictions.filter { sendingRestrictions.contains($0["restriction_type"]?.string ?? "") }
        if ofSending.isEmpty { return nil }
        let ends = ofSending.compactMap { $0["expiration"]?.integer }.filter { (1...100_000_000_000).contains($0) }
        let until = ends.count == ofSending.count ? ends.max() : nil
        return .accountStopped(
            .accountRestricted, until: until.map { Timestamp(microseconds: $0 * 1_000_000) })
    }

    /// A number that was raised may send 1,000 messages a second (Meta, throughput).
    private static let messagesPerSecondRaised = 1_000

    private static func number(_ value: JSONValue) -> MetaNews? {
        let tier = tier(value["max_daily_conversations_per_business"]) ?? tier(value["current_limit"])
        if value["event"]?.string == "THROUGHPUT_UPGRADE", let number = value["display_phone_number"]?.string {
            return .throughput(
                displayPhoneNumber: number, messagesPerSecond: messagesPerSecondRaised, tier)
        }
        return tier.map { .messagingLimit($0) }
    }

    private static func tier(_ value: JSONValue?) -> MessagingTier? {
        value?.string.flatMap { MessagingTier($0) } ?? value?.integer.flatMap { MessagingTier($0) }
    }
}
