import Models
import Storage

/// Turns critical failures into alerts, one open alert for each tenant and cause.
struct CriticalWatch: Sendable {
    /// An alert without a new occurrence this long is resolved by itself.
    static let quietFor = Duration.seconds(3_600)

    let store: AlertStore
    let outlet: AlertOutlet
    let publicURL: String

    /// - Returns: whether there may be more at once.
    func run() async throws -> Bool {
        let publicURL = publicURL
        let (news, hasMore) = try await store.alertCriticalFailures {
            Self.draft(for: $0, publicURL: publicURL)
        }
        outlet.tell(news)
        return hasMore
    }

    func resolveQuiet() async throws -> Bool {
        outlet.tell(try await store.resolveQuiet(Self.quietCodes, for: Self.quietFor))
        return false
    }

    /// What happens and is over; a gate or an imbalance is over when it is over.
    static let quietCodes: [AlertCode] = [
        .messageCritical, .unknownErrorCode, .duplicateConfirmed, .sendUnansweredSettled, .templateCategoryChanged,
    ]

    /// In words for people who do not know our table of codes. Numbers of recipients only masked.
    static func draft(for group: CriticalGroup, publicURL: String) -> AlertDraft {
        let business = group.tenantName.isEmpty ? "A business" : group.tenantName
        let messages = group.messages == 1 ? "1 message" : "\(group.messages) messages"
        let recipient = group.lastRecipient.map { " The latest was for \(maskedPhone($0))." } ?? ""
        let page = "\(publicURL)/admin/whatsapp-monitor?business=\(group.tenantID)"
        guard let code = group.errorCode else {
            return AlertDraft(
                key: AlertKey(.messageCritical, tenantID: group.tenantID, cause: "unanswered"),
                title: "\(business): \(messages) failed because WhatsApp never answered",
                detail: """
                    \(messages) of \(business) may or may not have arrived: WhatsApp gave no answer and no receipt \
                    in the waiting time.\(recipient)
                    Who acts: \(ErrorOwner.tenant.words).
                    What to do: ask the recipients before sending again.
                    \(page)
                    """,
                occurrences: group.messages
            )
        }
        let error = ProviderErrors.describe(code: code)
        let isGivenUp = error.fate == .resend && !error.isUnlisted
        let remedy =
            isGivenUp
            ? "It did not heal by itself, and every retry is used up. See whether WhatsApp works for others, then send again."
            : error.remedy
        return AlertDraft(
            key: AlertKey(.messageCritical, tenantID: group.tenantID, cause: "\(code)"),
            title: "\(business): \(messages) failed for good: \(error.title) (\(code))",
            detail: """
                \(messages) of \(business) failed after the last retry.\(recipient)
                \(error.explanation)
                Who acts: \((isGivenUp ? ErrorOwner.tenant : error.who).words).
                What to do: \(remedy)
                \(page)
                """,
            occurrences: group.messages
        )
    }
}
