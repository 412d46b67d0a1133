package enum AlertSeverity: String, CaseIterable, Hashable, Comparable, Sendable {
    case info
    case warning
    case critical

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}

/// What an alert is about; the raw values appear in the API, in mails and in stored history.
package enum AlertCode: String, CaseIterable, Hashable, Sendable {
    case messageCritical = "MESSAGE_CRITICAL"
    case unknownErrorCode = "UNKNOWN_ERROR_CODE"
    case sendUnansweredSettled = "SEND_UNANSWERED_SETTLED"
    case receiptsParked = "RECEIPTS_PARKED"
    case webhookRejected = "WEBHOOK_REJECTED"
    case duplicateConfirmed = "DUPLICATE_CONFIRMED"
    case ledgerImbalance = "LEDGER_IMBALANCE"
    case deliveryRateLow = "DELIVERY_RATE_LOW"
    case failureRateHigh = "FAILURE_RATE_HIGH"
    case qualityScoreLow = "QUALITY_SCORE_LOW"
    case webhookTimeout = "WEBHOOK_TIMEOUT"
    case apiEndpointDown = "API_ENDPOINT_DOWN"
    case accessTokenInvalid = "ACCESS_TOKEN_INVALID"
    case tokenExpiring = "TOKEN_EXPIRING"
    case platformCredentialsInvalid = "PLATFORM_CREDENTIALS_INVALID"
    case accountRestricted = "ACCOUNT_RESTRICTED"
    case senderBlocked = "SENDER_BLOCKED"
    case templateStopped = "TEMPLATE_STOPPED"
    case templateCategoryChanged = "TEMPLATE_CATEGORY_CHANGED"
    case serviceDown = "SERVICE_DOWN"
    case backlogGrowing = "BACKLOG_GROWING"
    case callbackDisabled = "CALLBACK_DISABLED"
    case receiptsSilent = "RECEIPTS_SILENT"
    case consumerLagHigh = "CONSUMER_LAG_HIGH"
    case diskNearlyFull = "DISK_NEARLY_FULL"
    case limitNearlyUsed = "LIMIT_NEARLY_USED"
    case retriesFailing = "RETRIES_FAILING"
    case failureTrend = "FAILURE_TREND"
    case unansweredShareHigh = "UNANSWERED_SHARE_HIGH"
    case senderCheckFailing = "SENDER_CHECK_FAILING"

    package var severity: AlertSeverity {
        switch self {
        case .messageCritical, .ledgerImbalance, .apiEndpointDown, .platformCredentialsInvalid,
            .accountRestricted,
            .accessTokenInvalid, .serviceDown, .diskNearlyFull:
            .critical
        case .tokenExpiring, .unknownErrorCode, .webhookRejected, .duplicateConfirmed, .deliveryRateLow, .failureRateHigh,
            .qualityScoreLow, .webhookTimeout, .senderBlocked, .templateStopped, .templateCategoryChanged, .backlogGrowing,
            .receiptsParked, .callbackDisabled, .receiptsSilent, .consumerLagHigh, .retriesFailing, .failureTrend,
            .unansweredShareHigh, .senderCheckFailing:
            .warning
        case .sendUnansweredSettled, .limitNearlyUsed: .info
        }
    }

    /// One line for a mail's subject.
    package var title: String {
        switch self {
        case .messageCritical: "A message failed after its last retry"
        case .unknownErrorCode: "A provider answered with a code that is not in the table"
        case .sendUnansweredSettled: "Unanswered sends were settled by policy"
        case .receiptsParked: "Receipts arrive for messages that are not known"
        case .webhookRejected: "Webhooks without valid proof of origin were refused"
        case .duplicateConfirmed: "A message reached its recipient twice"
        case .ledgerImbalance: "Accepted messages and their states do not add up"
        case .deliveryRateLow: "The delivery rate is below its threshold"
        case .failureRateHigh: "The failure rate is above its threshold"
        case .qualityScoreLow: "The quality score is below its threshold"
        case .webhookTimeout: "Webhooks are not answered in time"
        case .apiEndpointDown: "The WhatsApp API cannot be reached"
        case .tokenExpiring: "An access token ends soon"
        case .accessTokenInvalid: "An access token is expired or invalid"
        case .platformCredentialsInvalid: "The platform's own credentials or app are refused"
        case .accountRestricted: "WhatsApp restricts an account"
        case .senderBlocked: "A sending number cannot send"
        case .templateStopped: "A template is paused or disabled"
        case .templateCategoryChanged: "WhatsApp moved a template to another category"
        case .serviceDown: "A service does not answer"
        case .backlogGrowing: "Messages wait longer than they should"
        case .callbackDisabled: "A business's endpoint for callbacks was switched off"
        case .receiptsSilent: "No receipts arrive"
        case .consumerLagHigh: "A service is behind with what it has to read"
        case .diskNearlyFull: "A disk is nearly full"
        case .limitNearlyUsed: "A number has nearly used up its limit of the day"
        case .retriesFailing: "Retries do not help"
        case .failureTrend: "Failures grow faster than the month allows"
        case .unansweredShareHigh: "Many sends get no answer"
        case .senderCheckFailing: "The regular check of a number finds it unusable"
        }
    }
}

/// The same trouble has the same key, however often it is found: code, tenant, cause.
package struct AlertKey: Hashable, Sendable, CustomStringConvertible {
    package let code: AlertCode
    /// Nil for what concerns the platform as a whole.
    package let tenantID: TenantID?
    /// What tells two troubles of one code and tenant apart: an error code, a sender's id; never a phone
    /// number.
    package let cause: String

    package init(_ code: AlertCode, tenantID: TenantID?, cause: String = "") {
        self.code = code
        self.tenantID = tenantID
        self.cause = cause
    }

    package var description: String {
        "\(code.rawValue)/\(tenantID.map { "\($0)" } ?? "platform")/\(cause)"
    }
}
