import Models
import Storage

/// Tells people of access tokens before they end: 14 days, 3 days and 1 day ahead, and when one is over.
struct TokenWatch: Sendable {
    let store: AlertStore
    let outlet: AlertOutlet
    let publicURL: String

    func run() async throws -> Bool {
        let publicURL = publicURL
        outlet.tell(try await store.alertEndingTokens { Self.draft($0, now: $1, publicURL: publicURL) })
        return false
    }

    static func draft(_ token: EndingToken, now: Timestamp, publicURL: String) -> AlertDraft? {
        let stage: TokenExpiry
        if let end = token.expiresAt {
            guard let found = TokenExpiry(endingAt: end, now: now) else { return nil }
            stage = found
        } else {
            stage = .over
        }
        let isOver = stage == .over
        let end = token.expiresAt.map { " at " + $0.rfc3339.prefix(16).replacing("T", with: " ") + " UTC" } ?? ""
        var draft = AlertDraft(
            key: AlertKey(
                isOver ? .accessTokenInvalid : .tokenExpiring, tenantID: token.tenantID,
                cause: "\(AlertStore.tokenCausePrefix)\(token.senderID):\(stage.rawValue)"),
            title: isOver
                ? "\(token.tenantName): the access token of sender \(token.senderName) does not work any more"
                : "\(token.tenantName): the access token of sender \(token.senderName) ends within \(stage.words)",
            detail: """
                \(isOver ? "The provider does not take it" : "It ends")\(end). Without a token that works nothing is sent \
                through this sender; messages are held until there is one.
                Who acts: the business.
                What to do: make a new token with the provider, and set it with PATCH /v1/senders/\(token.senderID). It is \
                tried before it takes the old one's place.
                \(publicURL)/admin/whatsapp-monitor?business=\(token.tenantID)
                """,
            occurrences: 1)
        draft.subject = "\(token.senderID)"
        return draft
    }
}

extension TokenExpiry {
    fileprivate var words: String {
        switch self {
        case .fourteenDays: "14 days"
        case .threeDays: "3 days"
        case .oneDay: "1 day"
        case .over: "no time"
        }
    }
}
