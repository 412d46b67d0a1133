import EventBus
import Models
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// Asks the provider what became of messages, where it offers that, and takes the answer as a receipt.
struct StatusChecks: Sendable {
    /// Calls of one turn, and of one account in it: far below what an account may make while it sends.
    static let takenMax = 50
    static let takenOfAccountMax = 20
    /// After so many calls without an answer nobody asks any more.
    static let triesMax = 8

    private let store: StatusCheckStore
    private let receipts: ReceiptStore
    private let senders: @Sendable (SenderID, TenantID) async throws -> SenderProfile?
    private let twilio: TwilioAPI
    private let refusalGates: RefusalGates
    private let timeScale: Double
    private let publish: @Sendable ([LifecycleEvent]) -> Void
    private let checked = MetricsRegistry.shared.counter(
        "tidings_status_checks_total", help: "Messages whose status was asked of the provider.")

    init(
        store: StatusCheckStore, receipts: ReceiptStore, twilio: TwilioAPI, refusalGates: RefusalGates,
        timeScale: Double, senders: @escaping @Sendable (SenderID, TenantID) async throws -> SenderProfile?,
        publish: @escaping @Sendable ([LifecycleEvent]) -> Void
    ) {
        self.store = store
        self.receipts = receipts
        self.twilio = twilio
        self.refusalGates = refusalGates
        self.timeScale = timeScale
        self.senders = senders
        self.publish = publish
    }

    private struct Question: Sendable {
        let check: StatusCheckStore.Taken
        let number: Int
        let providerMessageID: ProviderMessageID
        let sender: SenderProfile
    }

    /// One turn. The loop's own pace is the budget, so there is never more to do at once.
    func turn() async throws -> Bool {
        let taken = try await store.take(max: Self.takenMax)
        if taken.isEmpty { return false }
        var questions: [Question] = []
        var results: [StatusCheckStore.Result] = []
        var later: [StatusCheckStore.Taken] = []
        var calls: [String: Int] = [:]
        for check in taken {
            guard let sender = try await senders(check.senderID, check.tenantID) else {
                results.append(.init(check, "no_sender", wasAnswered: false))
                continue
            }
            switch sender.provider {
            // Meta tells by webhook alone.
            case .meta: results.append(.init(check, "not_offered", wasAnswered: false))
            case .twilio:
                guard let attempt = check.attempt else {
                    results.append(.init(check, "not_sent", wasAnswered: false))
                    continue
                }
                calls[sender.accountID, default: 0] += 1
                if calls[sender.accountID, default: 0] > Self.takenOfAccountMax {
                    later.append(check)
                } else {
                    questions.append(
                        Question(
                            check: check, number: attempt.number, providerMessageID: attempt.providerMessageID,
                            sender: sender))
                }
            }
        }
        try await store.putOff(later, by: .seconds(1))
        results += try await ask(questions)
        try await store.finish(results)
        return false
    }

    private func ask(_ questions: [Question]) async throws -> [StatusCheckStore.Result] {
        var answers: [(Question, TwilioLookup)] = []
        await withTaskGroup(of: (Question, TwilioLookup).self) { group in
            for question in questions {
                group.addTask {
                    let sender = question.sender
                    return (
                        question,
                        await twilio.status(
                            of: question.providerMessageID, accountID: sender.accountID,
                            authToken: sender.accessToken)
                    )
                }
            }
            for await answer in group { answers.append(answer) }
        }
        checked.increment(by: answers.count)
        var results: [StatusCheckStore.Result] = []
        var found: [IncomingReceipt] = []
        for (question, lookup) in answers {
            let check = question.check
            switch lookup {
            case .found(let message):
                found.append(Self.receipt(message, question, tag: found.count))
                results.append(.init(check, message.status.word, wasAnswered: true))
            case .unknown: results.append(.init(check, "not_found", wasAnswered: true))
            case .refused(let error):
                let meaning = ProviderErrors.classify(error, from: .twilio)
                if meaning.fate != .resend || check.tries >= Self.triesMax {
                    results.append(.init(check, "refused \(error.code)", wasAnswered: true))
                }
            case .unanswered:
                if check.tries >= Self.triesMax { results.append(.init(check, "unanswered", wasAnswered: false)) }
            }
        }
        try await apply(found)
        return results
    }

    private func apply(_ found: [IncomingReceipt]) async throws {
        if found.isEmpty { return }
        var tenants: [TenantID: TenantRules] = [:]
        for receipt in found where receipt.status == .failed && tenants[receipt.tenantID] == nil {
            tenants[receipt.tenantID] = try await receipts.tenantRules(of: receipt.tenantID)
        }
        let rules = ReceiptRules(
            retryPolicies: tenants.mapValues(\.retryPolicy),
            unansweredPolicies: tenants.mapValues { $0.unanswered.scaled(by: timeScale) },
            unanswered: .standard.scaled(by: timeScale), timeScale: timeScale)
        let applied = try await receipts.apply(found, rules: rules)
        publish(applied.events)
        try await refusalGates.close(for: applied.refusals)
    }

    private static func receipt(_ message: TwilioMessage, _ question: Question, tag: Int) -> IncomingReceipt {
        IncomingReceipt(
            tenantID: question.check.tenantID, provider: .twilio, providerMessageID: message.id,
            messageID: question.check.messageID, attempt: question.number, status: message.status.receipt,
            word: message.status.word, at: SystemClock.now(), error: message.error, pricing: message.pricing, tag: tag)
    }
}
