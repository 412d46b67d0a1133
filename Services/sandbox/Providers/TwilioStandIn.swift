import Crypto
import Models
import Runtime
import Synchronization
import WhatsApp

/// What the stand-in for Twilio knows and decides. Nothing in here waits. Its sends stand in the same lists as Meta's.
final class TwilioStandIn: Sendable {
    enum Decision: Sendable {
        case refused(TwilioRefusal)
        case accepted(TwilioTaken, MagicBehaviour)
        case lost(MagicBehaviour)
    }

    private struct State {
        var numbers: [String: PhoneAccount] = [:]
        var taken: [String: TwilioTaken] = [:]
        var faults: [UUIDValue: Int] = [:]
        var messages: UInt64 = 0
    }

    static let takenMax = 200_000
    /// Numbers of Meta's stand-in count from zero.
    private static let firstIndex = 1_000_000

    private let settings: ProvidersSettings
    private let meta: MetaStandIn
    private let state = Mutex(State())
    private let run: String
    let contents: ContentShelf

    init(_ settings: ProvidersSettings, meta: MetaStandIn) {
        run = Hexadecimal.encode(randomBytes(8))
        contents = ContentShelf(run: run)
        self.settings = settings
        self.meta = meta
    }

    func send(_ send: TwilioSend, authToken: String) -> Decision {
        let at = SystemClock.now()
        let behaviour = TwilioMagic.behaviour(of: send.recipient)
        let callback = CallbackData(send.reference)
        let account = number(send)
        let refusal = refusal(behaviour, send, callback, account, at)
        let isAccepted = refusal == nil && !behaviour.isLost
        let timesSeen = meta.note(
            SendLog.Entry(
                message: callback.message, attempt: callback.attempt, foreign: callback.foreign,
                recipient: send.recipient, account: account, at: at, isAccepted: isAccepted))
        if let refusal { return .refused(refusal) }
        if !isAccepted { return .lost(behaviour) }
        let receipts = ReceiptPlan.receipts(
            of: behaviour, isTemplate: send.isTemplate, sends: timesSeen,
            delay: settings.scaled(settings.receiptDelay), late: settings.scaled(MagicRecipients.lateReceipts))
        return state.withLock { state in
            state.messages += 1
            let number = String(state.messages, radix: 16)
            let sid = (send.hasMedia ? "MM" : "SM") + run + String(repeating: "0", count: 16 - number.utf8.count) + number
            let taken = TwilioTaken(
                sid: sid, send: send, authToken: authToken, receipts: receipts, takenAt: Monotonic.now().microseconds)
            if state.taken.count >= Self.takenMax { state.taken = [:] }
            state.taken[sid] = taken
            return .accepted(taken, behaviour)
        }
    }

    func message(_ sid: String, of accountSid: String) -> TwilioTaken? {
        state.withLock { $0.taken[sid] }.flatMap { $0.send.accountSid == accountSid ? $0 : nil }
    }

    func reset() {
        state.withLock { state in
            state.taken = [:]
            state.faults = [:]
        }
    }

    private func refusal(
        _ behaviour: MagicBehaviour, _ send: TwilioSend, _ callback: CallbackData, _ account: PhoneAccount,
        _ at: Timestamp
    ) -> TwilioRefusal? {
        if send.to == send.from { return TwilioRefusal(63_031) }
        let limited = meta.withLimits { limits in
            limits.take(
                SendLimits.Send(account: account, recipient: send.recipient, isTemplate: send.isTemplate, at: at))
        }
        if limited != nil { return TwilioRefusal(20_429, 429) }
        guard case .refusal(let code, _, let times) = behaviour else { return nil }
        let translated = TwilioMagic.translated(code)
        let refusal = TwilioRefusal(translated.code, translated.httpStatus)
        guard let times else { return refusal }
        let key = callback.message == SendLog.none ? UUIDValue(high: 2, low: send.recipient) : callback.message
        return state.withLock { state in
            let met = state.faults[key, default: 0]
            guard met < times else { return nil }
            state.faults[key] = met + 1
            return refusal
        }
    }

    private func number(_ send: TwilioSend) -> PhoneAccount {
        state.withLock { state in
            let key = send.accountSid + " " + send.from
            if let known = state.numbers[key] { return known }
            let made = PhoneAccount(
                index: Self.firstIndex + state.numbers.count, phoneNumberID: send.from, accountID: send.accountSid,
                displayPhoneNumber: send.from.filter(\.isNumber))
            state.numbers[key] = made
            return made
        }
    }
}

extension MagicBehaviour {
    var isLost: Bool {
        switch self {
        case .hang(let accepted), .cut(let accepted): !accepted
        case .plain, .failedReceipt, .failedReceiptOnce, .failedReceiptUnnamed, .closedWindow, .refusal,
            .receiptsTwice, .receiptsReversed, .readWithoutDelivered, .heldForQuality, .receiptsFirst,
            .noReceipts, .slowAnswer, .unnamedReceipts:
            false
        }
    }
}
