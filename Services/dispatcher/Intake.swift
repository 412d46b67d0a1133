import EventBus
import Kafka
import Models
import Runtime
import ServiceKit
import Storage

/// Puts what the dispatch topic tells on the desk: read once from Postgres, with everything that its turn needs.
final class Intake: Sendable {
    /// Messages that leave us unsent and are not written down yet: more stop the reading.
    static let returnsMax = 10_000

    private let store: DispatchStore
    private let senders: SenderProfiles
    private let desk: SharedDesk
    private let gates: GateKeeper
    private let returns: Returns
    private let wantLeases: @Sendable () -> Void
    private let finish: @Sendable ([ConsumedRecord]) -> Void
    private let stopping: StopFlag

    init(
        store: DispatchStore, senders: SenderProfiles, desk: SharedDesk, gates: GateKeeper, returns: Returns,
        stopping: StopFlag, wantLeases: @escaping @Sendable () -> Void,
        finish: @escaping @Sendable ([ConsumedRecord]) -> Void
    ) {
        self.store = store
        self.senders = senders
        self.desk = desk
        self.gates = gates
        self.returns = returns
        self.stopping = stopping
        self.wantLeases = wantLeases
        self.finish = finish
    }

    func take(_ records: [ConsumedRecord]) async {
        let takenAt = desk.clock.now()
        let orders = readable(records)
        let told = await untilDone("reading told messages", unless: stopping) { try await self.prepare(orders, takenAt) }
        // Told to stop while the database was away: the records stay unfinished and come again.
        guard let told else { return }
        finish(told.needless)
        var tickets = told.tickets
        let off = tickets.filter { !$0.sender.isActive }
        if !off.isEmpty {
            tickets.removeAll { !$0.sender.isActive }
            await gates.holdSwitchedOff(off)
        }
        put(waitForQuietHours(tickets))
        while returns.waiting > Self.returnsMax, !stopping.isSet { try? await Task.sleep(for: .milliseconds(20)) }
    }

    private struct Told: Sendable {
        var tickets: [Ticket] = []
        /// Of messages that need no dispatcher (any more).
        var needless: [ConsumedRecord] = []
    }

    private func readable(_ records: [ConsumedRecord]) -> [(order: DispatchOrder, record: ConsumedRecord)] {
        let decoded = DispatchOrder.decode(records)
        if !decoded.unread.isEmpty {
            // Whatever such a record meant, its message is found again through its due time.
            Log.warning(
                "records of the dispatch topic could not be read", ["records": "\(decoded.unread.count)"])
            finish(decoded.unread.map(\.from))
        }
        return decoded.read.map { ($0.value, $0.from) }
    }

    private func prepare(_ orders: [(order: DispatchOrder, record: ConsumedRecord)], _ takenAt: Timestamp) async throws
        -> Told
    {
        var records: [MessageID: ConsumedRecord] = [:]
        var told = Told()
        for (order, record) in orders {
            // Told twice in one batch: an order that nobody finished would hold back its partition's offset.
            if let earlier = records.updateValue(record, forKey: order.messageID) { told.needless.append(earlier) }
        }
        var known = try await senders.values(of: Self.keys(orders.map(\.order)))
        let prepared = try await store.prepare(
            orders.map { order, _ in
                ToldMessage(
                    tenantID: order.tenantID, messageID: order.messageID,
                    wantsProviderTemplate: known[order.senderID]?.profile.provider == .twilio)
            })
        // Switched on a moment ago, perhaps: the gate has opened, and what we know is some seconds old.
        let off = known.values.filter { !$0.isActive }
        for sender in off { senders.forget(sender.profile.tenantID) }
        if !off.isEmpty { known = try await senders.values(of: Self.keys(orders.map(\.order))) }
        for message in prepared {
            guard let sender = known[message.senderID] else { continue }
            guard let record = records.removeValue(forKey: message.messageID) else { continue }
            told.tickets.append(Ticket(message, sender, record, takenAt: takenAt))
        }
        told.needless += records.values
        return told
    }

    private static func keys(_ orders: [DispatchOrder]) -> Set<SenderProfiles.Key> {
        Set(orders.map { SenderProfiles.Key(tenantID: $0.tenantID, senderID: $0.senderID) })
    }

    /// - Returns: those that may go out now.
    private func waitForQuietHours(_ tickets: [Ticket]) -> [Ticket] {
        let now = SystemClock.now()
        var loud: [Ticket] = []
        var quiet: [(ticket: Ticket, turnAt: Timestamp?)] = []
        for ticket in tickets {
            switch ticket.sender.tenant.quiet(at: now, category: ticket.message.lane.category) {
            case .open: loud.append(ticket)
            case .closedUntil(let end):
                desk.hit(.quietHours, ticket)
                quiet.append((ticket, min(end, ticket.message.expiresAt)))
            }
        }
        returns.giveBack(quiet)
        return loud
    }

    private func put(_ tickets: [Ticket]) {
        if tickets.isEmpty { return }
        let (now, monotonic) = (desk.clock.now(), Monotonic.now())
        var duplicates: [ConsumedRecord] = []
        var homeless: [Ticket] = []
        let (shed, wantsLease) = desk.withLock { desk in
            var shed: [Ticket] = []
            for ticket in tickets {
                switch desk.put(ticket, now: now, monotonic: monotonic) {
                case .waits(let others): shed += others
                case .duplicate: duplicates.append(ticket.record)
                case .noRoom: homeless.append(ticket)
                }
            }
            return (shed, !desk.wanting.isEmpty)
        }
        finish(duplicates)
        returns.shed(shed)
        returns.giveBack(homeless, after: LeaseStore.span)
        if wantsLease { wantLeases() }
        desk.changed.wake()
    }
}
