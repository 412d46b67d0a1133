import Crypto
import Models
import Runtime
import Synchronization

/// What the stand-in for Meta knows and decides. Nothing in here waits.
final class MetaStandIn: Sendable {
    enum Decision: Sendable {
        case refused(GraphError)
        case accepted(AcceptedSend, [PlannedReceipt], MagicBehaviour)
        /// Not accepted, and not answered either.
        case lost(MagicBehaviour)
    }

    private struct State {
        var phones: [String: PhoneAccount] = [:]
        var log: SendLog
        var limits: SendLimits
        var shelf = TemplateShelf()
        /// How often a message met its fault, for faults that end by themselves.
        var faults: [UUIDValue: Int] = [:]
        var messages: UInt64 = 0
    }

    static let phonesMax = 10_000
    static let faultsMax = 200_000

    private let settings: ProvidersSettings
    private let state: Mutex<State>
    /// Tells the ids of this run from those of any other.
    private let run = Hexadecimal.encode(randomBytes(4)).uppercased()
    private let traces = Atomic<UInt64>(0)

    init(_ settings: ProvidersSettings) {
        self.settings = settings
        state = Mutex(State(log: SendLog(kept: settings.sendsKept), limits: Self.limits(settings)))
    }

    // MARK: Sending

    /// - Parameter arrived: how long ago the request was there: limits count arrivals, not our own waiting.
    func send(_ body: SendBody, from phone: PhoneAccount, arrived: Duration = .zero) -> Decision {
        let now = SystemClock.now()
        let at = Timestamp(microseconds: now.microseconds - arrived.microseconds)
        let behaviour = MagicRecipients.behaviour(of: body.recipientNumber)
        let callback = CallbackData(body.callbackData)
        return state.withLock { state in
            let problem = Self.problem(body, phone, behaviour, callback, &state, at)
            let isAccepted = problem == nil && !Self.isLost(behaviour)
            state.log.append(
                SendLog.Entry(
                    message: callback.message,
                    attempt: callback.attempt,
                    foreign: callback.foreign,
                    recipient: body.recipientNumber,
                    account: phone,
                    at: at,
                    isAccepted: isAccepted
                )
            )
            if let problem { return .refused(problem) }
            if !isAccepted { return .lost(behaviour) }
            state.messages += 1
            let send = AcceptedSend(
                id: messageID(to: body.recipient, number: state.messages),
                account: phone,
                recipient: body.recipient,
                callbackData: body.callbackData,
                category: Self.category(body, phone, state.shelf)
            )
            let receipts = ReceiptPlan.receipts(
                of: behaviour,
                isTemplate: body.template != nil,
                sends: callback.message == SendLog.none ? 1 : state.log.timesSeen(callback.message),
                delay: settings.scaled(settings.receiptDelay),
                late: settings.scaled(MagicRecipients.lateReceipts)
            )
            return .accepted(send, receipts, behaviour)
        }
    }

    private static func problem(
        _ body: SendBody,
        _ phone: PhoneAccount,
        _ behaviour: MagicBehaviour,
        _ callback: CallbackData,
        _ state: inout State,
        _ now: Timestamp
    ) -> GraphError? {
        if body.recipientNumber == phone.displayDigits { return .of(131_021) }
        if let template = body.template,
            let problem = state.shelf.problem(
                sending: template.name,
                language: template.language,
                template: template.object,
                from: phone.accountID
            )
        {
            return problem
        }
        let send = SendLimits.Send(
            account: phone,
            recipient: body.recipientNumber,
            isTemplate: body.template != nil,
            at: now
        )
        if let code = state.limits.take(send) { return .of(code) }
        guard case .refusal(let code, let httpStatus, let times) = behaviour else { return nil }
        guard let times else { return .of(code, httpStatus: httpStatus) }
        // Counted by message, because every attempt has callback data of its own; else by recipient.
        let key =
            callback.message == SendLog.none
            ? UUIDValue(high: 1, low: body.recipientNumber) : callback.message
        if state.faults.count >= faultsMax { state.faults = [:] }
        let met = state.faults[key, default: 0]
        guard met < times else { return nil }
        state.faults[key] = met + 1
        return .of(code, httpStatus: httpStatus)
    }

    /// A send through another provider's stand-in, for the same lists.
    ///
    /// - Returns: how often its message has been sent, this time included.
    func note(_ entry: SendLog.Entry) -> Int {
        state.withLock { state in
            state.log.append(entry)
            return entry.message == SendLog.none ? 1 : state.log.timesSeen(entry.message)
        }
    }

    private static func isLost(_ behaviour: MagicBehaviour) -> Bool {
        switch behaviour {
        case .hang(let accepted), .cut(let accepted): !accepted
        case .plain, .failedReceipt, .failedReceiptOnce, .failedReceiptUnnamed, .closedWindow, .refusal,
            .receiptsTwice, .receiptsReversed, .readWithoutDelivered, .heldForQuality, .receiptsFirst,
            .noReceipts,
            .slowAnswer, .unnamedReceipts:
            false
        }
    }

    private static func category(_ body: SendBody, _ phone: PhoneAccount, _ shelf: TemplateShelf) -> String {
        guard let template = body.template else { return "service" }
        return shelf.category(of: template.name, in: phone.accountID) ?? "utility"
    }

    /// `wamid.` and, in Base64, the recipient and 18 characters of an id: the shape of Meta's own.
    func messageID(to recipient: String, number: UInt64) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        let id = run + String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
        var bytes: [UInt8] = [0x1C, 0x18, UInt8(truncatingIfNeeded: recipient.utf8.count)]
        bytes += Array(recipient.utf8)
        bytes += [0x15, 0x02, 0x00, 0x11, 0x18, UInt8(truncatingIfNeeded: id.utf8.count)]
        bytes += Array(id.utf8)
        bytes.append(0)
        return "wamid." + Base64.encode(bytes)
    }

    func nextMessageID(to recipient: String) -> String {
        let number = state.withLock { state in
            state.messages += 1
            return state.messages
        }
        return messageID(to: recipient, number: number)
    }

    /// For `fbtrace_id` and `x-fb-trace-id`.
    func nextTraceID() -> String {
        let number = traces.wrappingAdd(1, ordering: .relaxed).newValue
        return "A\(run)\(String(number, radix: 36))"
    }

    func nextMediaID() -> String {
        String(770_000_000_000 + traces.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    // MARK: Phones and templates

    /// Any number exists; its account is its own until it is taught another.
    func phone(_ phoneNumberID: String) -> PhoneAccount? {
        let digits = phoneNumberID.utf8
        guard (1...20).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return state.withLock { state in
            if let known = state.phones[phoneNumberID] { return known }
            guard state.phones.count < Self.phonesMax else { return nil }
            let display = "1555" + String(("0000000" + phoneNumberID).suffix(7))
            return Self.add(phoneNumberID, accountID: "9" + phoneNumberID, display: display, to: &state)
        }
    }

    func teach(
        phoneNumberID: String,
        accountID: String,
        displayPhoneNumber: String?,
        portfolioID: String? = nil
    ) -> PhoneAccount? {
        guard let known = phone(phoneNumberID) else { return nil }
        return state.withLock { state in
            Self.add(
                phoneNumberID,
                accountID: accountID,
                display: displayPhoneNumber ?? known.displayPhoneNumber,
                portfolioID: portfolioID,
                to: &state
            )
        }
    }

    func phones(of accountID: String) -> [PhoneAccount] {
        state.withLock { $0.phones.values.filter { $0.accountID == accountID } }.sorted {
            $0.index < $1.index
        }
    }

    private static func add(
        _ phoneNumberID: String,
        accountID: String,
        display: String,
        portfolioID: String? = nil,
        to state: inout State
    ) -> PhoneAccount {
        let phone = PhoneAccount(
            index: state.phones[phoneNumberID]?.index ?? state.phones.count,
            phoneNumberID: phoneNumberID,
            accountID: accountID,
            displayPhoneNumber: display,
            portfolioID: portfolioID
        )
        state.phones[phoneNumberID] = phone
        return phone
    }

    func withShelf<Value>(_ body: (inout TemplateShelf) -> sending Value) -> sending Value {
        state.withLock { body(&$0.shelf) }
    }

    // MARK: For the oracle

    func entries(where isWanted: (SendLog.Entry) -> Bool, max: Int) -> [(
        entry: SendLog.Entry, timesSeen: Int
    )] {
        state.withLock { $0.log.entries(where: isWanted, max: max) }
    }

    var summary: (sends: SendLog.Totals, breaches: SendLimits.Breaches) {
        state.withLock { ($0.log.totals, $0.limits.breaches) }
    }

    func withLimits<Value>(_ body: (inout SendLimits) -> sending Value) -> sending Value {
        state.withLock { body(&$0.limits) }
    }

    /// Forgets sends, faults and what counts towards limits; phones, their limits and templates stay.
    func reset() {
        state.withLock { state in
            state.log = SendLog(kept: settings.sendsKept)
            state.limits.reset()
            state.faults = [:]
        }
    }

    private static func limits(_ settings: ProvidersSettings) -> SendLimits {
        SendLimits(messagesPerSecond: settings.messagesPerSecond, enforces: settings.enforcesLimits)
    }
}
