/// What a provider's error means for us: the one way to the tables.
package enum ProviderErrors {
    package static func classify(_ error: ProviderError, from provider: Provider) -> ErrorClassification {
        classify(code: error.code, subcode: error.subcode, httpStatus: error.httpStatus, from: provider)
    }

    package static func classify(
        code: Int,
        subcode: Int? = nil,
        httpStatus: Int = 0,
        from provider: Provider
    ) -> ErrorClassification {
        if code == ProviderError.unsendableCode { return unsendable }
        if code == ProviderError.cancelledCode { return cancelled }
        return switch provider {
        case .meta: MetaErrors.classify(code: code, subcode: subcode, httpStatus: httpStatus)
        case .twilio: TwilioErrors.classify(code: code, httpStatus: httpStatus)
        }
    }

    /// For words about a code whose provider is not at hand; no code belongs to both.
    package static func describe(code: Int) -> ErrorClassification {
        let meta = classify(code: code, from: .meta)
        if !meta.isUnlisted { return meta }
        let twilio = classify(code: code, from: .twilio)
        return twilio.isUnlisted ? meta : twilio
    }

    private static let unsendable = ErrorClassification(
        code: ProviderError.unsendableCode,
        class: .fail,
        scope: .message,
        who: .platform,
        title: "Message could not be made",
        explanation: "Tidings could not turn the message into a request to the provider, so it was not sent.",
        remedy: "The platform's operator looks at the message's content and mends what made it."
    )

    private static let cancelled = ErrorClassification(
        code: ProviderError.cancelledCode,
        class: .fail,
        scope: .message,
        who: .tenant,
        title: "Cancelled at the provider",
        explanation: "Somebody cancelled the message in the provider's console before it was sent.",
        remedy: "Send it anew if it is wanted after all."
    )
}
