/// What the provider says of a sender; each as the provider writes it, nil where it does not say.
package struct SenderReport: Sendable, Hashable {
    package var displayPhoneNumber: String?
    package var verifiedName: String?
    /// CONNECTED, FLAGGED, RESTRICTED …; ONLINE, OFFLINE …
    package var status: String?
    package var qualityRating: String?
    package var messagingLimit: String?
    /// STANDARD, HIGH.
    package var throughput: String?
    /// AVAILABLE, LIMITED, BLOCKED.
    package var canSend: String?
    /// Whose limits the account shares. Only when it was asked for.
    package var portfolioID: String?
    package var token: TokenReport?

    package init() {}

    /// Nil: the provider names no limit.
    package var tier: MessagingTier? { messagingLimit.flatMap { MessagingTier($0) } }
}

/// What the provider says of an access token.
package struct TokenReport: Sendable, Hashable {
    package let isValid: Bool
    /// Nil: it does not expire.
    package let expiresAt: Timestamp?
    package let scopes: [String]

    package init(isValid: Bool, expiresAt: Timestamp?, scopes: [String]) {
        self.isValid = isValid
        self.expiresAt = expiresAt
        self.scopes = scopes
    }
}

/// Why a provider does not vouch for a sender; the raw values are stored and answered.
package enum SenderTrouble: String, CaseIterable, Error, Hashable, Sendable {
    case tokenInvalid = "token_invalid"
    /// The token may not do what sending needs.
    case permissionMissing = "permission_missing"
    case numberUnknown = "number_unknown"
    case numberNotOfAccount = "number_not_of_account"
    case accountUnknown = "account_unknown"
    case accountInactive = "account_inactive"
    case serviceUnknown = "messaging_service_unknown"
    /// Refused for a reason that is none of these.
    case refused

    /// For the tenant, with what to do.
    package var words: String {
        switch self {
        case .tokenInvalid: "The access token is unknown, has expired or was withdrawn. Make a new one and send it."
        case .permissionMissing:
            "The access token lacks a permission. Give it whatsapp_business_messaging and whatsapp_business_management for this account."
        case .numberUnknown: "The provider knows no number of this id, or the token may not see it."
        case .numberNotOfAccount: "The number does not belong to this account."
        case .accountUnknown: "The provider knows no account of this id, or the token may not see it."
        case .accountInactive: "The account is suspended or closed. The provider's console says why."
        case .serviceUnknown: "The account has no messaging service of this id."
        case .refused: "The provider refused to tell about this sender. Its console says more."
        }
    }
}

/// Whether a sender sends; the raw values are stored and answered.
package enum SenderStatus: String, CaseIterable, Hashable, Sendable {
    case active
    /// Takes messages and holds them.
    case paused
    /// Takes none.
    case disabled
}
