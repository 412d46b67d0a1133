extension AlertCode {
    /// What only the platform's operators can do something about, or learn something from. A business is told of its
    /// own troubles, never of how the platform runs.
    package var isForPlatformOnly: Bool {
        switch self {
        case .unknownErrorCode, .receiptsParked, .webhookRejected, .duplicateConfirmed, .ledgerImbalance, .webhookTimeout,
            .platformCredentialsInvalid, .serviceDown, .backlogGrowing, .receiptsSilent, .consumerLagHigh, .diskNearlyFull:
            true
        case .messageCritical, .sendUnansweredSettled, .deliveryRateLow, .failureRateHigh, .qualityScoreLow,
            .apiEndpointDown, .tokenExpiring, .accessTokenInvalid, .accountRestricted, .senderBlocked, .templateStopped,
            .templateCategoryChanged, .callbackDisabled, .limitNearlyUsed, .retriesFailing, .failureTrend,
            .unansweredShareHigh, .senderCheckFailing:
            false
        }
    }
}
