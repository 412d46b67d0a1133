internal import Models

extension Catalogue {
    /// What holds messages after they were accepted: these words stand in `cause` of `GET /v1/gates`. WhatsApp's own
    /// numbers, in `error.code` of a message, have tables of their own (`MetaErrors`, `TwilioErrors`).
    static let sendingErrors: [CatalogueEntry] = GateCause.allCases.map { cause in
        CatalogueEntry(
            cause.rawValue,
            cause: cause.words.explanation + " Messages are held, not lost.",
            remedy: cause.words.remedy,
            alsoKnownAs: cause.namesElsewhere
        )
    }
}

extension GateCause {
    /// As people meet it in other programs and in older documents.
    fileprivate var namesElsewhere: [String] {
        switch self {
        case .tokenInvalid: ["Invalid access token", "Token expired"]
        case .senderUnusable: ["Twilio client not configured"]
        case .throttled: ["Rate limit exceeded"]
        case .outage: ["WhatsApp service not available"]
        case .templatePaused, .templateDisabled: ["Template not approved"]
        case .paused, .accountRestricted, .paymentMissing, .maintenance, .portfolioLimit, .platform: []
        }
    }
}
