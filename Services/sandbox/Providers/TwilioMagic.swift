/// Magic recipients of the Twilio stand-in: those of Meta's with Twilio's codes, and some of its own.
enum TwilioMagic {
    static let rows: [MagicRecipients.Row] = [
        MagicRecipients.Row(
            suffix: "003", behaviour: .failedReceipt(code: 63_003), meaning: "callback undelivered 63003, not on WhatsApp"),
        MagicRecipients.Row(
            suffix: "016", behaviour: .closedWindow, meaning: "free-form: callback undelivered 63016, window closed"),
        MagicRecipients.Row(
            suffix: "018", behaviour: .failedReceiptOnce(code: 63_018),
            meaning: "callback failed 63018 (a limit of WhatsApp's) once, then fine"),
        MagicRecipients.Row(
            suffix: "024", behaviour: .failedReceipt(code: 63_024), meaning: "callback undelivered 63024, invalid recipient"),
        MagicRecipients.Row(
            suffix: "041", behaviour: .failedReceipt(code: 63_041), meaning: "callback failed 63041, template paused"),
        MagicRecipients.Row(
            suffix: "211", behaviour: .refusal(code: 21_211, httpStatus: 400, times: nil),
            meaning: "always refused: 21211, To invalid"),
        MagicRecipients.Row(
            suffix: "610", behaviour: .refusal(code: 21_610, httpStatus: 400, times: nil),
            meaning: "always refused: 21610, opted out"),
    ]

    /// What Meta's codes are called here.
    private static let codes: [Int: (code: Int, httpStatus: Int)] = [
        131_026: (63_024, 400), 131_047: (63_016, 400), 131_049: (63_049, 400), 131_050: (63_014, 400),
        130_472: (63_032, 400), 131_000: (20_500, 500), 131_056: (63_018, 400), 130_429: (20_429, 429),
        131_016: (20_503, 503), 190: (20_003, 401), 100: (20_001, 400), 987_654: (63_999, 400),
    ]

    private static let bySuffix: [Int: MagicBehaviour] = Dictionary(
        rows.compactMap { row in Int(row.suffix).map { ($0, row.behaviour) } },
        uniquingKeysWith: { first, _ in first }
    )

    static func behaviour(of recipient: UInt64) -> MagicBehaviour {
        bySuffix[Int(recipient % 1_000)] ?? MagicRecipients.behaviour(of: recipient)
    }

    static func translated(_ code: Int) -> (code: Int, httpStatus: Int) { codes[code] ?? (code, 400) }

    static func title(_ code: Int) -> String { "Stand-in: error \(code)" }
}
