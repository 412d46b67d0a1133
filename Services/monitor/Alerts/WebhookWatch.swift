import Models
import Storage

/// Tells people of what comes in at the webhooks and should not: calls without proof of origin, receipts for messages that
/// nobody knows.
struct WebhookWatch: Sendable {
    let store: AlertStore
    let outlet: AlertOutlet
    let publicURL: String

    func run() async throws -> Bool {
        let publicURL = publicURL
        outlet.tell(try await store.alertRefusedWebhooks(draft: Self.draft))
        outlet.tell(try await store.alertParkedReceipts { Self.draft($0, publicURL: publicURL) })
        return false
    }

    static func draft(_ refused: RefusedWebhooks) -> AlertDraft {
        let provider = GateText.provider(refused.provider)
        let minutes = AlertStore.refusalWindow.components.seconds / 60
        var draft = AlertDraft(
            key: AlertKey(.webhookRejected, tenantID: nil, cause: refused.provider),
            title: "\(Piece.number(refused.refused)) calls at \(provider)'s webhook without a valid signature",
            detail: """
                In \(minutes) minutes \(Piece.number(refused.refused)) calls at the address for \(provider) were refused, \
                because they are not signed with a secret that we know. If they really come from \(provider), no receipt \
                is taken: messages stay "sent" until it is mended, and \(provider) brings the receipts again.
                Who acts: \(ErrorOwner.platform.words).
                What to do: compare the app secret (META_APP_SECRET, or the sender's own) with the provider's page. If it is \
                right, somebody else is trying: nothing is lost, and nothing has to be done.
                """,
            occurrences: 1)
        draft.subject = refused.provider
        return draft
    }

    static func draft(_ group: ParkedGroup, publicURL: String) -> AlertDraft {
        let owner = group.tenantName ?? "Nobody we know"
        return AlertDraft(
            key: AlertKey(.receiptsParked, tenantID: group.tenantID),
            title: "\(owner): \(Piece.number(group.receipts)) receipts for messages that are not known",
            detail: """
                In the last hour WhatsApp reported on \(Piece.number(group.receipts)) messages that Tidings did not send, or \
                does not know yet. They are kept for eight days and matched as soon as the message is known.
                Who acts: \(ErrorOwner.platform.words).
                What to do: see whether another program sends from the same number, or whether answers of WhatsApp got lost.
                \(publicURL)/admin/delivery
                """,
            occurrences: 1)
    }
}
