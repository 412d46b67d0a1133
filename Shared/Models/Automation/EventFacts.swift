/// Something that happened in a business, as a rule sees it for one recipient.
package struct EventFacts: Hashable, Sendable {
    package var type: String
    package var occurredAt: Timestamp
    /// What it happened to: `booking 17`. Events of one subject belong together.
    package var subject: String?
    package var recipient: EventRecipient
    /// What is told of it, the recipient's own over what all share.
    package var data: DataValue

    package init(
        type: String, occurredAt: Timestamp, subject: String? = nil, recipient: EventRecipient = EventRecipient(),
        data: DataValue = .object([:])
    ) {
        self.type = type
        self.occurredAt = occurredAt
        self.subject = subject
        self.recipient = recipient
        self.data = data
    }

    package func value(at path: DataPath) -> DataValue? {
        let rest = path.steps.dropFirst()
        switch path.steps.first {
        case "data": return data.value(at: rest)
        case "recipient": return recipient.value(of: rest)
        case "subject": return rest.isEmpty ? subject.map(DataValue.text) : nil
        case "type": return rest.isEmpty ? .text(type) : nil
        case "occurred_at": return rest.isEmpty ? .text(occurredAt.rfc3339) : nil
        case .some, .none: return nil
        }
    }
}

package struct EventRecipient: Hashable, Sendable {
    /// E.164; nil when none was given, or none that could be one.
    package var number: String?
    package var name: String?
    /// `en`, `pt_BR`: preferred to the rule's own where the template exists in it.
    package var language: String?

    package init(number: String? = nil, name: String? = nil, language: String? = nil) {
        self.number = number
        self.name = name
        self.language = language
    }

    fileprivate func value(of steps: ArraySlice<String>) -> DataValue? {
        guard steps.count == 1, let name = steps.first else { return nil }
        switch name {
        case "to": return number.map(DataValue.text)
        case "name": return self.name.map(DataValue.text)
        case "language": return language.map(DataValue.text)
        case _: return nil
        }
    }
}

/// One thing wrong with a rule, in words that say what to do.
package struct RuleProblem: Error, Hashable, Sendable {
    package let code: String
    package let field: String
    package let detail: String

    package init(_ code: String, _ field: String, _ detail: String) {
        self.code = code
        self.field = field
        self.detail = detail
    }
}
