/// What a gate closes.
package enum GateScope: String, CaseIterable, Hashable, Sendable {
    case tenant
    case sender
    case template
    case batch
    /// The provider's account: a WhatsApp Business Account, or a Twilio account.
    case account
    /// The owner of the messaging limit, shared by all its numbers.
    case portfolio
    case provider
}

/// Why a gate is closed; the raw values are stored and shown.
package enum GateCause: String, CaseIterable, Hashable, Sendable {
    /// By a person, until a person opens it.
    case paused
    case tokenInvalid = "token_invalid"
    case accountRestricted = "account_restricted"
    case paymentMissing = "payment_missing"
    case maintenance
    case senderUnusable = "sender_unusable"
    case templatePaused = "template_paused"
    case templateDisabled = "template_disabled"
    case portfolioLimit = "portfolio_limit"
    /// A limit of the whole account or app.
    case throttled
    /// Our own credentials or app.
    case platform
    /// The provider fails for most sends: no retry is used up by trying.
    case outage
}

/// A gate that is closed now. While it is, messages of its scope are held and no attempt is used up.
package struct ClosedGate: Hashable, Sendable {
    package let id: GateID
    /// Nil when it concerns more than one tenant.
    package let tenantID: TenantID?
    package let scope: GateScope
    /// The id of what the scope names, as text: ours for tenant, sender, template and batch, the provider's for
    /// account and portfolio, the provider's name for provider.
    package let subject: String
    package let cause: GateCause
    package let errorCode: Int?
    package let closedAt: Timestamp
    /// When it opens by itself; nil: not by time.
    package let opensAt: Timestamp?
    /// The one message that may try whether it is open again.
    package let probe: MessageID?

    package init(
        id: GateID, tenantID: TenantID?, scope: GateScope, subject: String, cause: GateCause, errorCode: Int? = nil,
        closedAt: Timestamp, opensAt: Timestamp? = nil, probe: MessageID? = nil
    ) {
        self.id = id
        self.tenantID = tenantID
        self.scope = scope
        self.subject = subject
        self.cause = cause
        self.errorCode = errorCode
        self.closedAt = closedAt
        self.opensAt = opensAt
        self.probe = probe
    }
}

/// Everything about a message that a gate can be closed for.
package struct GateSubjects: Hashable, Sendable {
    package let messageID: MessageID
    package let tenantID: TenantID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let batchID: BatchID?
    package let accountID: String
    package let portfolioID: String
    package let provider: Provider

    package init(
        messageID: MessageID, tenantID: TenantID, senderID: SenderID, templateID: TemplateID?, batchID: BatchID?,
        accountID: String, portfolioID: String, provider: Provider
    ) {
        self.messageID = messageID
        self.tenantID = tenantID
        self.senderID = senderID
        self.templateID = templateID
        self.batchID = batchID
        self.accountID = accountID
        self.portfolioID = portfolioID
        self.provider = provider
    }
}
