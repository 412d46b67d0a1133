import Synchronization

/// A sending number and the WhatsApp business account it belongs to.
final class PhoneAccount: Sendable {
    let index: Int
    let phoneNumberID: String
    let accountID: String
    /// Whose recipients are counted together; the account's own unless taught.
    let portfolioID: String
    let displayPhoneNumber: String
    let displayDigits: UInt64
    /// `x-business-use-case-usage`, the same for every answer: percentages far below any limit.
    let usage: String

    init(
        index: Int,
        phoneNumberID: String,
        accountID: String,
        displayPhoneNumber: String,
        portfolioID: String? = nil
    ) {
        self.index = index
        self.phoneNumberID = phoneNumberID
        self.accountID = accountID
        self.portfolioID = portfolioID ?? accountID
        self.displayPhoneNumber = displayPhoneNumber
        displayDigits = UInt64(displayPhoneNumber) ?? 0
        usage =
            "{\"\(accountID)\":[{\"type\":\"whatsapp\",\"call_count\":1,\"total_cputime\":1,\"total_time\":1,"
            + "\"estimated_time_to_regain_access\":0}]}"
    }
}

/// A send that Meta has taken: what its receipts say of it.
final class AcceptedSend: Sendable {
    let id: String
    let account: PhoneAccount
    /// Digits without a plus sign.
    let recipient: String
    let callbackData: String?
    let category: String
    /// Set when the last receipt has been answered with 200.
    let isReported = Atomic(false)

    init(id: String, account: PhoneAccount, recipient: String, callbackData: String?, category: String) {
        self.id = id
        self.account = account
        self.recipient = recipient
        self.callbackData = callbackData
        self.category = category
    }
}

enum ReceiptWord: UInt8, Sendable {
    case sent, delivered, read, failed

    var text: String {
        switch self {
        case .sent: "sent"
        case .delivered: "delivered"
        case .read: "read"
        case .failed: "failed"
        }
    }
}

/// One receipt to come.
struct PlannedReceipt: Sendable, Equatable {
    var after: Duration
    var word: ReceiptWord
    /// With `failed`.
    var code: Int32 = 0
    var carriesCallbackData = true
}

enum ReceiptPlan {
    /// - Parameters:
    ///   - delay: between two steps.
    ///   - late: how long the receipts of an unanswered send wait besides.
    ///   - sends: how often this message has been sent, this time included.
    static func receipts(
        of behaviour: MagicBehaviour,
        isTemplate: Bool,
        sends: Int,
        delay: Duration,
        late: Duration
    ) -> [PlannedReceipt] {
        func inOrder(_ words: [ReceiptWord], start: Duration = .zero, named: Bool = true) -> [PlannedReceipt]
        {
            words.enumerated().map { index, word in
                PlannedReceipt(after: start + delay * (index + 1), word: word, carriesCallbackData: named)
            }
        }
        func failed(_ code: Int, named: Bool = true) -> [PlannedReceipt] {
            [PlannedReceipt(after: delay, word: .failed, code: Int32(code), carriesCallbackData: named)]
        }
        let whole: [ReceiptWord] = [.sent, .delivered, .read]
        switch behaviour {
        case .plain, .refusal, .slowAnswer: return inOrder(whole)
        case .failedReceipt(let code): return failed(code)
        case .failedReceiptOnce(let code): return sends <= 1 ? failed(code) : inOrder(whole)
        case .failedReceiptUnnamed(let code): return failed(code, named: false)
        case .closedWindow: return isTemplate ? inOrder(whole) : failed(131_047)
        case .hang(let accepted), .cut(let accepted): return accepted ? inOrder(whole, start: late) : []
        case .receiptsTwice: return inOrder(whole) + inOrder(whole, start: delay)
        case .receiptsReversed: return inOrder(whole.reversed())
        case .readWithoutDelivered: return inOrder([.sent, .read])
        case .heldForQuality: return inOrder(whole, start: delay * 10)
        case .receiptsFirst:
            return whole.map { PlannedReceipt(after: .zero, word: $0) }
        case .noReceipts: return []
        case .unnamedReceipts: return inOrder(whole, named: false)
        }
    }
}
