package import Models

/// What the lists of contacts may be asked for, by an address and by a file of them alike.
package enum ContactQuery {
    package static let parameters = ["phone", "user_id", "external_id", "tag", "q", "consent"]

    /// - Parameter e164: a number as people write it in E.164; nil for what is none.
    package static func filter(_ query: inout QueryReader, e164: (String) -> String?) -> ContactFilter {
        var filter = ContactFilter()
        filter.phone = query.value(
            "phone", "phone_invalid", "Write the number with its country code; + is %2B in an address.", e164)
        filter.userID = query.text("user_id")
        filter.externalID = query.text("external_id")
        filter.tag = query.text("tag")
        filter.text = query.text("q")
        filter.consent = query.value(
            "consent", "consent_invalid", "Write a category and what was said, as in marketing:opted_in."
        ) { text in
            let words = text.split(separator: ":").map(String.init)
            guard words.count == 2, let category = TemplateCategory(rawValue: words[0]),
                let status = ConsentStatus(rawValue: words[1])
            else { return nil }
            return (category, status)
        }
        return filter
    }
}

/// The same for the list of those who must not be written to.
package enum SuppressionQuery {
    package static let parameters = ["recipient", "category", "reason"]

    /// - Parameter address: a number or a user id as people write it, as it is stored; nil for what is none.
    package static func filter(_ query: inout QueryReader, address: (String) -> String?) -> SuppressionFilter {
        var filter = SuppressionFilter()
        filter.recipient = query.value(
            "recipient", "recipient_invalid", "Write the number with its country code; + is %2B in an address.", address)
        filter.category = query.value(
            "category", "category_unknown", "`category` must be all, marketing, utility or authentication."
        ) { SuppressionCategory($0) }
        filter.reason = query.word("reason")
        return filter
    }
}
