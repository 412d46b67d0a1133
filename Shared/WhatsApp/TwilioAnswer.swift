internal import JSON
package import Models

/// Reads what Twilio answered.
///
/// A refusal carries `code`; an answer that says neither yes nor no leaves a send unanswered.
package enum TwilioAnswer {
    /// What a limiter in front of Twilio's API means when it names no code: not processed.
    static let tooManyRequests = 20_429

    package static func outcome(status: Int, body: [UInt8]) -> SendOutcome {
        let root = (try? JSONDocument(parsing: body))?.root
        if (200...299).contains(status) {
            guard let message = root.flatMap(TwilioMessage.init) else { return .unanswered(.unreadable) }
            // No callback is sent for the status of the answer itself.
            if let error = message.error { return .refused(error) }
            return .accepted(message.id, heldForQuality: false)
        }
        return refusal(status, root).map { .refused($0) } ?? .unanswered(.unreadable)
    }

    /// Of `GET Messages/{Sid}.json`.
    package static func message(status: Int, body: [UInt8]) -> TwilioLookup {
        let root = (try? JSONDocument(parsing: body))?.root
        if (200...299).contains(status) {
            return root.flatMap(TwilioMessage.init).map { .found($0) } ?? .unanswered
        }
        if status == 404 { return .unknown }
        return refusal(status, root).map { .refused($0) } ?? .unanswered
    }

    private static func refusal(_ status: Int, _ root: JSONValue?) -> ProviderError? {
        if let root, let code = root["code"]?.integer {
            return ProviderError(
                code: Int(clamping: code), httpStatus: status,
                // Enough for a person; a provider's text has no length of its own.
                details: root["message"]?.string.map { String($0.prefix(500)) },
                traceID: root["more_info"]?.string.map { String($0.prefix(120)) })
        }
        if status == 429 { return ProviderError(code: tooManyRequests, httpStatus: status) }
        guard (400...499).contains(status) else { return nil }
        return ProviderError(code: ProviderError.noCode, httpStatus: status)
    }
}

/// What came of asking for a message's status.
package enum TwilioLookup: Sendable {
    case found(TwilioMessage)
    /// Twilio has no such message (any more).
    case unknown
    case refused(ProviderError)
    case unanswered
}

/// Twilio's message resource, as far as we use it.
package struct TwilioMessage: Sendable {
    package let id: ProviderMessageID
    package let status: TwilioStatus
    /// Set when the message failed.
    package let error: ProviderError?
    /// Price and segments as JSON; nil while Twilio has not said any.
    package let pricing: [UInt8]?

    init?(_ root: JSONValue) {
        guard let sid = root["sid"]?.string, !sid.isEmpty else { return nil }
        id = ProviderMessageID(sid)
        status = TwilioStatus(root["status"]?.string ?? "")
        error = status.error(
            code: root["error_code"]?.integer.map { Int(clamping: $0) }, details: root["error_message"]?.string)
        pricing = TwilioPricing.json(
            price: root["price"]?.string, unit: root["price_unit"]?.string,
            segments: root["num_segments"]?.string ?? root["num_segments"]?.integer.map { "\($0)" })
    }
}
