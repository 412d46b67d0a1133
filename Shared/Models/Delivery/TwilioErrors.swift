/// Twilio's error codes for WhatsApp, one table for answers and receipts.
///
/// Only the numeric code decides (Twilio, error dictionary); the class is ours.
package enum TwilioErrors {
    package static let rows: [ErrorClassification] = apiRows + channelRows + whatsAppRows

    /// Twilio's notices about a template's approval and its sample media; none of them is a message's failure.
    package static let templateNoticeCodes = 63_043...63_047

    package static func classify(code: Int, httpStatus: Int = 0) -> ErrorClassification {
        if let row = byCode[code] { return row }
        if templateNoticeCodes.contains(code) { return templateNotice(code: code) }
        return unlisted(code: code, httpStatus: httpStatus)
    }

    private static let byCode: [Int: ErrorClassification] = Dictionary(
        rows.map { ($0.code, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    private static func templateNotice(code: Int) -> ErrorClassification {
        ErrorClassification(
            code: code,
            class: .retry,
            scope: .template,
            retriesMax: 2,
            who: .tenant,
            title: "News of the template's approval",
            explanation: "Twilio failed the message with a notice about its template's approval.",
            remedy: "Check the template's approval in Twilio's console."
        )
    }

    /// What heals at Twilio is tried again; what blames the request is a person's work, after two more tries.
    private static func unlisted(code: Int, httpStatus: Int) -> ErrorClassification {
        if httpStatus >= 500 {
            return ErrorClassification(
                code: code,
                class: .retry,
                scope: .message,
                who: .nobody,
                isUnlisted: true,
                title: "Unknown error",
                explanation: "Twilio had a problem of its own and did not take the message.",
                remedy: "Nothing: Tidings tries again."
            )
        }
        return ErrorClassification(
            code: code,
            class: .unknown,
            scope: .message,
            who: .platform,
            isUnlisted: true,
            title: "Unknown error",
            explanation: "Twilio refused the message with an error that is not known yet.",
            remedy: "The platform's operator looks the code up and adds it to the table."
        )
    }
}
