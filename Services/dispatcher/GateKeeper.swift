import Models
import Runtime
import ServiceKit
import Storage
import Synchronization

/// Which gates are closed, as of about a second ago, and closing them for what a provider refuses.
final class GateKeeper: Sendable {
    private struct Known: Sendable {
        /// By the planner's clock: when it was asked for.
        var asOf = Timestamp(microseconds: .min)
        var gates: [ClosedGate] = []
        var probes: [MessageID: [ClosedGate]] = [:]
        /// What is shown of our own breakers.
        var outages: [Provider: ClosedGate] = [:]
    }

    static let refreshEvery = Duration.seconds(1)
    /// A probe that said nothing about its gate.
    static let probeAgainIn = Duration.seconds(10)
    /// A sender or tenant that is switched off: the switch opens the gate, and this finds it when that was missed.
    static let switchedOffProbeIn = Duration.seconds(60)

    private let store: GateStore
    private let desk: SharedDesk
    private let returns: Returns
    private let senders: SenderProfiles
    /// Tells this dispatcher's outages from another's.
    private let dispatcherName: String
    private let known = Mutex(Known())

    init(
        _ store: GateStore, desk: SharedDesk, returns: Returns, senders: SenderProfiles, dispatcherName: String
    ) {
        self.store = store
        self.desk = desk
        self.returns = returns
        self.senders = senders
        self.dispatcherName = dispatcherName
    }

    func turn() async throws -> Bool {
        try await refresh()
        try await showOutages()
        return false
    }

    func refresh() async throws {
        let asked = desk.clock.now()
        let gates = try await store.closedGates()
        let opened = known.withLock { known -> [ClosedGate] in
            // An answer to a question that was asked before the last one says less.
            guard asked >= known.asOf else { return [] }
            let closed = Set(gates.map(\.id))
            let opened = known.gates.filter { !closed.contains($0.id) }
            known.asOf = asked
            known.gates = gates
            known.probes = [:]
            for gate in gates { if let probe = gate.probe { known.probes[probe, default: []].append(gate) } }
            desk.withLock { $0.setGates(gates, asOf: asked) }
            return opened
        }
        // What opened them may be another token.
        for tenant in Set(opened.compactMap(\.tenantID)) { senders.forget(tenant) }
        if !opened.isEmpty { desk.changed.wake() }
    }

    // MARK: Holding

    /// Holds messages that came to a closed gate. A gate may have opened, or chosen one of them for its probe, since we
    /// last looked: what is older than the message is looked at again.
    func hold(_ tickets: [(ticket: Ticket, gate: ClosedGate)]) async {
        let asOf = known.withLock { $0.asOf }
        guard tickets.contains(where: { $0.ticket.takenAt > asOf }) else { return returns.hold(tickets) }
        do {
            try await refresh()
        } catch {
            Log.warning("closed gates could not be read", ["reason": "\(error)"])
            return returns.hold(tickets)
        }
        let gates = GateSet(known.withLock { $0.gates })
        var held: [(Ticket, ClosedGate)] = []
        var free: [Ticket] = []
        for (ticket, _) in tickets {
            if let gate = gates.closed(for: ticket.subjects) { held.append((ticket, gate)) } else { free.append(ticket) }
        }
        returns.hold(held)
        let (now, monotonic) = (desk.clock.now(), Monotonic.now())
        for ticket in free {
            switch desk.withLock({ $0.put(ticket, now: now, monotonic: monotonic) }) {
            case .waits(let shed): returns.shed(shed)
            case .duplicate, .noRoom: returns.giveBack([ticket], after: .seconds(1))
            }
        }
        desk.changed.wake()
    }

    /// Senders that are paused or disabled, and suspended tenants.
    func holdSwitchedOff(_ tickets: [Ticket]) async {
        let probeAt = SystemClock.now() + Self.switchedOffProbeIn
        for (sender, group) in Dictionary(grouping: tickets, by: \.senderID) {
            guard let first = group.first else { continue }
            // What was known may be some seconds old: closed behind somebody who has just switched it on again, a gate
            // would stay closed until its probe.
            senders.forget(first.tenantID)
            if let now = try? await senders.value(of: sender, tenantID: first.tenantID), now.isActive {
                returns.giveBack(group, after: .zero)
                continue
            }
            let isTenant = !first.sender.tenant.isActive
            let closing = GateClosing(
                scope: isTenant ? .tenant : .sender, subject: isTenant ? "\(first.tenantID)" : "\(sender)",
                tenantID: first.tenantID, cause: isTenant ? .accountRestricted : .senderUnusable, probeAt: probeAt)
            let probe = group.first { !probed(by: $0.id).isEmpty }?.id
            await hold(group, behind: closing, note: isTenant ? "tenant suspended" : "sender switched off", after: probe)
        }
    }

    func holdBeyondPortfolio(_ tickets: [Ticket], until: Timestamp) async {
        for (portfolio, group) in Dictionary(grouping: tickets, by: \.sender.profile.portfolioID) {
            let closing = GateClosing(
                scope: .portfolio, subject: portfolio, tenantID: nil, cause: .portfolioLimit, opensAt: until)
            await hold(group, behind: closing, note: nil, after: nil)
        }
    }

    private func hold(_ tickets: [Ticket], behind closing: GateClosing, note: String?, after probe: MessageID?) async {
        if let gate = await close(closing, note: note, after: probe) {
            returns.hold(tickets.map { ($0, gate) })
        } else {
            returns.giveBack(tickets, after: Self.switchedOffProbeIn)
        }
    }

    // MARK: Closing

    /// The gate that an error closes, if it closes any.
    ///
    /// - Returns: nil also when the gate could not be written down.
    func close(for error: ErrorClassification, of ticket: Ticket) async -> ClosedGate? {
        let (subjects, now) = (ticket.subjects, SystemClock.now())
        guard let first = GatePolicy.closing(for: error, of: subjects, now: now, earlier: 0) else { return nil }
        let isProbe = probed(by: ticket.id).contains { $0.isSame(as: first) }
        if !isProbe, let gate = known.withLock({ $0.gates.first { $0.isSame(as: first) } }) { return gate }
        let earlier = (try? await store.earlierClosings(of: first)) ?? 0
        let closing = GatePolicy.closing(for: error, of: subjects, now: now, earlier: earlier) ?? first
        return await close(closing, note: nil, after: isProbe ? ticket.id : nil)
    }

    /// The account's calls are nearly used up: it rests until Meta lets it go on.
    func rest(_ usage: (accountID: String, regainsAccessIn: Duration?), of ticket: Ticket) async {
        let closing = GateClosing(
            scope: .account, subject: ticket.sender.profile.accountID, tenantID: ticket.tenantID, cause: .throttled,
            opensAt: SystemClock.now() + (usage.regainsAccessIn ?? .seconds(60)))
        if known.withLock({ $0.gates.contains { $0.isSame(as: closing) } }) { return }
        desk.hit(.accountCalls, ticket, subject: ticket.sender.profile.accountID, byProvider: true)
        _ = await close(closing, note: nil, after: nil)
    }

    private func close(_ closing: GateClosing, note: String?, after probe: MessageID?) async -> ClosedGate? {
        if probe == nil, let gate = known.withLock({ $0.gates.first { $0.isSame(as: closing) } }) { return gate }
        do {
            let gate = try await store.close(closing, by: "dispatcher", note: note, after: probe)
            Log.warning(
                "a gate is closed",
                [
                    "scope": gate.scope.rawValue, "subject": gate.subject, "cause": gate.cause.rawValue,
                    "code": gate.errorCode.map { "\($0)" } ?? "",
                ])
            try await refresh()
            return gate
        } catch {
            Log.error("a gate could not be closed", ["cause": closing.cause.rawValue, "reason": "\(error)"])
            return nil
        }
    }

    // MARK: Probes

    func probed(by message: MessageID) -> [ClosedGate] {
        known.withLock { $0.probes[message] ?? [] }
    }

    /// What the probe's answer says about the gates it tried: accepted opens them, and what closed one of them again
    /// has put its next probe off already.
    func settle(_ gates: [ClosedGate], probe ticket: Ticket, wasAccepted: Bool, closed: ClosedGate?) async {
        for gate in gates where gate.id != closed?.id {
            do {
                if wasAccepted {
                    _ = try await store.open(gate.id, of: gate.tenantID, by: "probe")
                    Log.info("a probe opened a gate", ["scope": gate.scope.rawValue, "cause": gate.cause.rawValue])
                } else {
                    try await store.probeAgain(gate, after: ticket.id, in: Self.probeAgainIn)
                }
                try await refresh()
            } catch {
                Log.warning("a probe's answer could not be written down", ["reason": "\(error)"])
            }
        }
    }

    // MARK: Outages

    /// People see which dispatcher finds which provider out of order; only this one obeys it, by its own breaker.
    private func showOutages() async throws {
        let now = desk.clock.now()
        for provider in Provider.allCases {
            let state = desk.withLock { $0.planner.breaker(of: provider, now: now) }
            let shown = known.withLock { $0.outages[provider] }
            switch state {
            case .closed, .failing:
                guard let shown else { continue }
                _ = try await store.open(shown.id, of: nil, by: "dispatcher")
                known.withLock { $0.outages[provider] = nil }
            case .open(let until): try await show(provider, until: desk.clock.wall(until), shown)
            case .probing: try await show(provider, until: SystemClock.now() + Breakers.shownAhead, shown)
            }
        }
    }

    private enum Breakers {
        /// A dispatcher that dies leaves its gate to time.
        static let shownAhead = Duration.seconds(60)
    }

    private func show(_ provider: Provider, until: Timestamp, _ shown: ClosedGate?) async throws {
        if let opensAt = shown?.opensAt, until <= opensAt { return }
        let gate = try await store.close(
            GateClosing(
                scope: .provider, subject: "\(provider.rawValue)@\(dispatcherName)", tenantID: nil, cause: .outage,
                opensAt: until),
            by: "dispatcher")
        known.withLock { $0.outages[provider] = gate }
    }
}

extension ClosedGate {
    fileprivate func isSame(as closing: GateClosing) -> Bool {
        scope == closing.scope && subject == closing.subject && cause == closing.cause
    }
}
