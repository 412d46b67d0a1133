/// What a recipient does to a send, by the last three digits of its number.
enum MagicBehaviour: Hashable, Sendable {
    /// Sent, delivered, read.
    case plain
    /// Accepted, then a `failed` receipt.
    case failedReceipt(code: Int)
    /// The same for the first attempt of a message only.
    case failedReceiptOnce(code: Int)
    /// A `failed` receipt that does not carry our callback data.
    case failedReceiptUnnamed(code: Int)
    /// Free-form messages fail with 131047: the customer service window is closed. Templates are fine.
    case closedWindow
    /// Refused at once; `times` attempts of a message, or always.
    case refusal(code: Int, httpStatus: Int?, times: Int?)
    /// No answer ever comes.
    case hang(accepted: Bool)
    /// The connection is cut instead of an answer.
    case cut(accepted: Bool)
    case receiptsTwice
    case receiptsReversed
    case readWithoutDelivered
    case heldForQuality
    case receiptsFirst
    case noReceipts
    case slowAnswer
    case unnamedReceipts
}

/// The one table of magic recipients; the page at `/` shows it.
enum MagicRecipients {
    struct Row: Sendable {
        let suffix: String
        let behaviour: MagicBehaviour
        let meaning: String
    }

    static let hangMax = Duration.seconds(600)
    static let slowAnswer = Duration.seconds(3)
    /// Receipts of a send whose caller is left without an answer come later than its patience may last.
    static let lateReceipts = Duration.seconds(2)

    static let rows: [Row] = [
        Row(
            suffix: "026",
            behaviour: .failedReceipt(code: 131026),
            meaning: "receipt failed 131026, not on WhatsApp"
        ),
        Row(
            suffix: "047",
            behaviour: .closedWindow,
            meaning: "free-form: receipt failed 131047, window closed"
        ),
        Row(
            suffix: "049",
            behaviour: .failedReceipt(code: 131049),
            meaning: "receipt failed 131049, marketing cap"
        ),
        Row(
            suffix: "050",
            behaviour: .failedReceipt(code: 131050),
            meaning: "receipt failed 131050, opted out"
        ),
        Row(
            suffix: "472",
            behaviour: .failedReceipt(code: 130472),
            meaning: "receipt failed 130472, experiment"
        ),
        Row(
            suffix: "131",
            behaviour: .failedReceiptUnnamed(code: 131026),
            meaning: "receipt failed 131026 without callback data"
        ),
        Row(suffix: "132", behaviour: .unnamedReceipts, meaning: "receipts never carry the callback data"),
        Row(
            suffix: "997",
            behaviour: .failedReceiptOnce(code: 131000),
            meaning: "receipt failed 131000 once, then fine"
        ),
        Row(
            suffix: "056",
            behaviour: .refusal(code: 131056, httpStatus: nil, times: 1),
            meaning: "refused 131056 (pair rate) once, then fine"
        ),
        Row(
            suffix: "429",
            behaviour: .refusal(code: 130429, httpStatus: nil, times: 2),
            meaning: "refused 130429 (rate) twice, then fine"
        ),
        Row(
            suffix: "500",
            behaviour: .refusal(code: 131000, httpStatus: 500, times: nil),
            meaning: "always refused: HTTP 500, 131000"
        ),
        Row(
            suffix: "501",
            behaviour: .refusal(code: 131000, httpStatus: 500, times: 1),
            meaning: "refused 131000 once, then fine"
        ),
        Row(
            suffix: "502",
            behaviour: .refusal(code: 131016, httpStatus: 503, times: 2),
            meaning: "refused 131016 with HTTP 503 twice, then fine"
        ),
        Row(
            suffix: "190",
            behaviour: .refusal(code: 190, httpStatus: nil, times: nil),
            meaning: "always refused: HTTP 401, 190 (token)"
        ),
        Row(
            suffix: "100",
            behaviour: .refusal(code: 100, httpStatus: nil, times: nil),
            meaning: "always refused: 100 (invalid parameter)"
        ),
        Row(
            suffix: "999",
            behaviour: .refusal(code: 987_654, httpStatus: nil, times: nil),
            meaning: "always refused: a code nobody knows, 987654"
        ),
        Row(
            suffix: "980",
            behaviour: .cut(accepted: true),
            meaning: "accepted, then the connection is cut; receipts come"
        ),
        Row(
            suffix: "981",
            behaviour: .cut(accepted: false),
            meaning: "the connection is cut, nothing was accepted"
        ),
        Row(
            suffix: "982",
            behaviour: .hang(accepted: false),
            meaning: "never answered, nothing was accepted"
        ),
        Row(
            suffix: "990",
            behaviour: .hang(accepted: true),
            meaning: "accepted, never answered; receipts come later"
        ),
        Row(suffix: "991", behaviour: .receiptsTwice, meaning: "every receipt comes twice"),
        Row(suffix: "992", behaviour: .receiptsReversed, meaning: "read before delivered before sent"),
        Row(suffix: "993", behaviour: .readWithoutDelivered, meaning: "read without delivered"),
        Row(
            suffix: "994",
            behaviour: .heldForQuality,
            meaning: "held_for_quality_assessment, released after ten receipt delays"
        ),
        Row(suffix: "995", behaviour: .receiptsFirst, meaning: "all receipts come before the answer"),
        Row(suffix: "996", behaviour: .noReceipts, meaning: "no receipts at all"),
        Row(suffix: "998", behaviour: .slowAnswer, meaning: "answered after 3 s"),
    ]

    private static let bySuffix: [Int: MagicBehaviour] = Dictionary(
        rows.compactMap { row in Int(row.suffix).map { ($0, row.behaviour) } },
        uniquingKeysWith: { first, _ in first }
    )

    /// - Parameter recipient: the number's digits as a number.
    static func behaviour(of recipient: UInt64) -> MagicBehaviour {
        bySuffix[Int(recipient % 1_000)] ?? .plain
    }
}
