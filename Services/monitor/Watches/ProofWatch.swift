import Models
import Storage

/// Tells people of what must never pass unseen: codes nobody knows, messages that arrived twice, and sends that were
/// repeated without knowing whether the first had arrived.
struct ProofWatch: Sendable {
    private static let messagesNamedMax = 5

    let store: AlertStore
    let outlet: AlertOutlet
    let publicURL: String

    /// - Returns: whether there may be more at once.
    func run() async throws -> Bool {
        let publicURL = publicURL
        outlet.tell(try await store.alertUnknownCodes(draft: Self.draft))
        outlet.tell(try await store.alertResentUnanswered { Self.draft($0, publicURL: publicURL) })
        let (news, hasMore) = try await store.alertDuplicates { Self.draft($0, publicURL: publicURL) }
        outlet.tell(news)
        return hasMore
    }

    static func draft(_ code: UnknownCode) -> AlertDraft {
        let provider = GateText.provider(code.provider)
        return AlertDraft(
            key: AlertKey(.unknownErrorCode, tenantID: nil, cause: "\(code.provider):\(code.code)"),
            title: "\(provider) answered with an error that is not in the table: \(code.code)",
            detail: """
                Tidings does not know what code \(code.code) of \(provider) means. A message that gets it is tried twice \
                and then fails.
                Who acts: the platform's operator.
                What to do: look the code up in \(provider)'s list of error codes and add it to the table.
                """,
            occurrences: code.seen
        )
    }

    static func draft(_ group: DuplicateGroup, publicURL: String) -> AlertDraft {
        let messages = group.messages.count == 1 ? "1 message" : "\(group.messages.count) messages"
        let named = group.messages.suffix(messagesNamedMax).map(\.description).joined(separator: ", ")
        return AlertDraft(
            key: AlertKey(.duplicateConfirmed, tenantID: group.tenantID),
            title: "\(business(group.tenantName)): \(messages) reached the recipient twice",
            detail: """
                WhatsApp took two sends of the same message. Either the policy for its category prefers a duplicate to a \
                loss, or something is wrong with how sends are settled.
                Messages: \(named)
                Who acts: the platform's operator.
                What to do: read the timeline of one of them. It must show an attempt without an answer, and then \
                "unanswered resend"; anything else is an error of Tidings.
                \(publicURL)/admin/whatsapp-monitor?business=\(group.tenantID)
                """,
            occurrences: group.messages.count
        )
    }

    static func draft(_ group: ResentGroup, publicURL: String) -> AlertDraft {
        let messages = group.messages == 1 ? "1 message was" : "\(group.messages) messages were"
        return AlertDraft(
            key: AlertKey(.sendUnansweredSettled, tenantID: group.tenantID, cause: "resent"),
            title: "\(business(group.tenantName)): \(messages) sent again after a send without an answer",
            detail: """
                WhatsApp did not answer, no receipt came in the waiting time, and the policy for the category prefers a \
                duplicate to a loss. Some recipients may get the message twice.
                Who acts: nobody has to. Many at once mean that the way to WhatsApp is slow.
                \(publicURL)/admin/whatsapp-monitor?business=\(group.tenantID)
                """,
            occurrences: group.messages
        )
    }

    private static func business(_ name: String) -> String { name.isEmpty ? "A business" : name }
}
