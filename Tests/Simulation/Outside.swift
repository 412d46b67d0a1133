@testable import Models
@testable import Storage
import TestSupport

/// Kafka: it loses, repeats and reorders, and gives a partition to whom it likes.
final class KafkaStandIn {
    unowned let world: World
    private var owners: [Int: Int] = [:]

    init(_ world: World) { self.world = world }

    func tell(_ id: MessageID, of sender: SenderID) {
        if world.happens(world.weather.recordLost) { return }
        let copies = world.happens(world.weather.recordRepeated) ? 2 : 1
        for _ in 0..<copies {
            let delay = world.happens(0.1) ? world.span(0, 8_000_000) : world.span(500, 20_000)
            world.after(delay) { [unowned self] in deliver(id, of: sender, tries: 3) }
        }
    }

    /// Another dispatcher reads the partition from now on; the one before is told, unless it is past hearing it.
    func rebalance() {
        for (index, sender) in world.senders.enumerated() where world.happens(0.5) {
            let former = owner(of: index)
            owners[index] = Int.random(in: 0..<world.dispatchers.count, using: &world.random)
            former.after(world.span(0, 300_000)) { [unowned former] in former.leave(sender.id) }
        }
    }

    /// Records that a dispatcher had read and not finished are read again, by whoever has the partition then.
    func redeliver(_ unfinished: [MessageID: SenderID], after span: Duration) {
        for (id, sender) in unfinished.sorted(by: { $0.key < $1.key }) where !world.happens(world.weather.recordLost) {
            world.after(span) { [unowned self] in deliver(id, of: sender, tries: 3) }
        }
    }

    /// A dispatcher that does not come to read in time is taken for dead.
    func exclude(_ dispatcher: DispatcherProcess) {
        for (index, sender) in world.senders.enumerated() where owner(of: index) === dispatcher {
            owners[index] = (owners[index] ?? index) + 1
            redeliver(dispatcher.unfinished.filter { $0.value == sender.id }, after: .milliseconds(100))
        }
    }

    private func owner(of index: Int) -> DispatcherProcess {
        world.dispatchers[(owners[index] ?? index) % world.dispatchers.count]
    }

    private func deliver(_ id: MessageID, of sender: SenderID, tries: Int) {
        let index = world.senders.firstIndex { $0.id == sender } ?? 0
        let owner = owner(of: index)
        if owner.isAlive { return owner.after(.zero) { [unowned owner] in owner.receive(id) } }
        // The group notices, and somebody else reads it again.
        guard tries > 0, world.happens(0.7) else { return }
        owners[index] = Int.random(in: 0..<world.dispatchers.count, using: &world.random)
        world.after(world.span(500_000, 6_000_000)) { [unowned self] in deliver(id, of: sender, tries: tries - 1) }
    }
}

/// The provider: it takes or refuses, holds every sender and pair to its limits to the microsecond, and its answers
/// and receipts come late, twice, in any order or never.
final class ProviderStandIn {
    struct Receipt {
        let messageID: MessageID
        let attempt: Int
        let status: ReceiptStatus
        let at: Timestamp
        let code: Int?
    }

    /// Taken and not reported as failed: what reaches a telephone.
    private(set) var copies: [MessageID: Int] = [:]
    /// Nobody reaches it until then.
    var awayUntil = World.start
    /// A sender's trouble, and until when it lasts.
    var troubles: [SenderID: (code: Int, until: Timestamp)] = [:]
    private var arrivals: [SenderID: [Timestamp]] = [:]
    private var pairs: [String: RateLimit] = [:]
    /// Attempts whose answers are under way.
    private var open: [MessageID: Set<Int>] = [:]
    unowned let world: World

    private static let codes = [
        131_000, 2, 1, 131_026, 131_008, 130_429, 131_056, 4, 80_007, 131_057, 132_015, 132_016, 131_049, 131_053,
        190, 131_042, 368, 33, 424_242, 500,
    ]
    private static let failures = [131_026, 131_049, 131_053, 131_000, 130_429, 132_015, 131_042, 424_242]

    init(_ world: World) { self.world = world }

    func call(
        _ claimed: Store.Claimed, from caller: DispatcherProcess, _ done: @escaping (SendOutcome, Int?) -> Void
    ) {
        if awayUntil > world.now || world.happens(world.weather.providerUnreachable) {
            return caller.after(world.span(1_000, 900_000)) { done(.notSent(.notConnected), nil) }
        }
        world.noteBytesLeaving(claimed)
        let (id, attempt) = (claimed.message.messageID, claimed.message.attempt)
        // What a receipt has settled may be sent again before its own answer is back.
        let isAlone = !(open[id] ?? []).contains { world.store.isUnsettled($0, of: id) }
        world.expect(isAlone, "two calls of one message at once")
        open[id, default: []].insert(attempt)
        let deadline = world.now + DispatcherProcess.callDeadline
        world.after(world.span(100, 3_000)) { [unowned self] in
            let (outcome, status) = decide(claimed)
            let isSlow = world.isSlow(claimed.subjects.senderID)
            let back = isSlow ? world.span(500_000, 9_900_000) : world.span(2_000, 300_000)
            let isLost = world.happens(world.weather.providerAnswerLost)
            let until = isLost && Bool.random(using: &world.random) ? deadline - world.now : back
            world.after(until) { [unowned self] in open[id]?.remove(attempt) }
            caller.after(until) {
                isLost ? done(.unanswered(.connectionLost), nil) : done(outcome, status)
            }
        }
    }

    private func decide(_ claimed: Store.Claimed) -> (SendOutcome, Int) {
        let sender = claimed.subjects.senderID
        if let code = refusal(claimed) {
            return (.refused(ProviderError(code: code, httpStatus: code == 500 ? 503 : 400)), code == 500 ? 503 : 400)
        }
        let id = claimed.message.messageID
        copies[id, default: 0] += 1
        world.saw("accepted")
        if copies[id] == 2 { world.saw("second copy") }
        world.expect(
            copies[id, default: 0] - 1 <= world.store.rows[id]?.risked ?? 0, "a second copy that no policy asked for")
        report(claimed, slow: world.isSlow(sender))
        return (.accepted(ProviderMessageID("\(id)/\(claimed.message.attempt)"), heldForQuality: false), 200)
    }

    private func refusal(_ claimed: Store.Claimed) -> Int? {
        let sender = claimed.subjects.senderID
        noteLimits(sender, claimed.message.recipient)
        if let trouble = troubles[sender], trouble.until > world.now { return trouble.code }
        return world.happens(world.weather.providerRefuses) ? world.pick(Self.codes) : nil
    }

    private func noteLimits(_ sender: SenderID, _ recipient: String) {
        let second = (arrivals[sender] ?? []).filter { world.now - $0 < .seconds(1) } + [world.now]
        arrivals[sender] = second
        world.expect(second.count <= world.mostPerSecond(of: sender), "more than the limit in one second")
        let key = "\(sender) \(recipient)"
        var pair =
            pairs[key]
            ?? RateLimit(interval: .seconds(6), burst: world.rules(of: sender).pairBurst, paidUntil: World.start)
        world.expect(pair.take(at: world.now) == .granted, "too many to one recipient")
        pairs[key] = pair
    }

    private func report(_ claimed: Store.Claimed, slow: Bool) {
        let (id, attempt) = (claimed.message.messageID, claimed.message.attempt)
        let fails = world.happens(world.weather.providerRefuses / 2)
        let words: [ReceiptStatus] = fails ? [.sent, .failed] : [.sent, .delivered, .read]
        var at = world.now
        for word in words.prefix(fails ? 2 : Int.random(in: 1...3, using: &world.random)) {
            at = at + world.span(1_000, slow ? 60_000_000 : 4_000_000)
            let receipt = Receipt(
                messageID: id, attempt: attempt, status: word, at: at,
                code: word == .failed ? world.pick(Self.failures) : nil)
            if word == .failed { world.at(at) { [unowned self] in copies[id, default: 1] -= 1 } }
            // A failure nobody hears of ends nothing: it is the one receipt that always comes in the end.
            if word != .failed, world.happens(world.weather.receiptLost) { continue }
            for _ in 0..<(world.happens(world.weather.receiptRepeated) ? 2 : 1) { deliver(receipt) }
        }
    }

    private func deliver(_ receipt: Receipt) {
        let late = world.happens(0.1) ? world.span(0, 400_000_000) : world.span(0, 3_000_000)
        world.at(receipt.at + late) { [unowned self] in world.receiver.receive(receipt) }
    }
}
