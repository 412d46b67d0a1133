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
        return .unlisted(code: code, httpStatus: httpStatus, by: "Twilio")
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
}
