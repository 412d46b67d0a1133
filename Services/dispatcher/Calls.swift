import EventBus
import JSON
import Kafka
import Models
import Runtime
import ServiceKit
import Storage
import Synchronization
import WhatsApp

/// One claimed message: waits for its slot, calls the provider, records what came of it.
final class Calls: Sendable {
    private let store: DispatchStore
    private let providers: ProviderAPIs
    private let senders: SenderProfiles
    private let desk: SharedDesk
    private let gates: GateKeeper
    private let news: BusOutlet
    private let metrics: DispatchMetrics
    private let stopping: StopFlag
    private let finish: @Sendable ([ConsumedRecord]) -> Void
    private let waiting = Atomic<Int>(0)

    init(
        store: DispatchStore, providers: ProviderAPIs, senders: SenderProfiles, desk: SharedDesk, gates: GateKeeper,
        news: BusOutlet, metrics: DispatchMetrics, stopping: StopFlag,
        finish: @escaping @Sendable ([ConsumedRecord]) -> Void
    ) {
        self.store = store
        self.providers = providers
        self.senders = senders
        self.desk = desk
        self.gates = gates
        self.news = news
        self.metrics = metrics
        self.stopping = stopping
        self.finish = finish
    }

    /// - Parameter latest: a call that begins later may outlast the attempt's lease.
    func make(_ send: PlannedTicket, _ message: ClaimedMessage, latest: Timestamp) async {
        guard let span = send.ticket.span else {
            _ = await carryOut(send, message, latest: latest)
            return
        }
        let outcome = await Tracer.with(span.context) { await carryOut(send, message, latest: latest) }
        span.end(SendSpans.attributes(ofProcessing: send.ticket, message, outcome))
    }

    private func carryOut(_ send: PlannedTicket, _ message: ClaimedMessage, latest: Timestamp) async -> SendOutcome {
        let ticket = send.ticket
        let hindrance = await waitForSlot(send, latest: latest)
        desk.begun(ticket)
        let answer: ProviderAnswer
        if let hindrance {
            metrics.count(hindrance)
            answer = ProviderAnswer(.notSent(hindrance.reason))
        } else {
            metrics.observeDwell(SystemClock.now() - ticket.message.readyAt, lane: message.lane)
            answer = await call(message, through: ticket.sender.profile)
        }
        log(answer.outcome, of: message)
        let recorded = await decide(answer, hindrance, ticket, message)
        FaultPoint.reach(.dispatcherBeforeOutcome)
        await write(recorded)
        FaultPoint.reach(.dispatcherAfterOutcome)
        finish([ticket.record])
        news.tell([recorded.move.event(attempt: message.attempt)])
        if let usage = answer.usage, usage.isUsedUp {
            await gates.rest((usage.accountID, usage.regainsAccessIn), of: ticket)
        }
        return answer.outcome
    }

    /// - Returns: why it must not be sent, if it must not.
    private func waitForSlot(_ send: PlannedTicket, latest: Timestamp) async -> Departure.Hindrance? {
        var slot = send.notBefore
        while true {
            let wait = slot - desk.clock.now()
            if wait > .zero { try? await Task.sleep(for: wait) }
            switch desk.depart(send.ticket, latest: latest) {
            case .now:
                metrics.slotLateSeconds.observe(max(.zero, desk.clock.now() - slot))
                return nil
            case .at(let next):
                if next != slot { metrics.slotsRenewed.increment() }
                slot = next
            case .never(let hindrance): return hindrance
            }
        }
    }

    private func call(_ message: ClaimedMessage, through sender: SenderProfile) async -> ProviderAnswer {
        guard let content = (try? JSONDocument(parsing: message.content))?.root else {
            return ProviderAnswer(
                .refused(
                    ProviderError(code: ProviderError.unsendableCode, details: "Tidings could not read the message.")))
        }
        let started = Monotonic.now()
        let span = Tracer.begin("POST \(sender.provider.rawValue)", .client, below: Tracer.current)
        let answer = await FaultPoint.reach(.dispatcherDuringCall) {
            await providers.send(message, content, through: sender, now: SystemClock.now())
        }
        metrics.observe(answer.outcome, from: sender.provider, took: Monotonic.now() - started)
        span?.end(
            SendSpans.attributes(ofCall: answer, host: providers.host(of: sender.provider)),
            failure: SendSpans.failure(answer.outcome))
        return answer
    }

    /// Tells the planner first: what it learns from the answer decides with.
    private func decide(
        _ answer: ProviderAnswer, _ hindrance: Departure.Hindrance?, _ ticket: Ticket, _ message: ClaimedMessage
    ) async -> RecordedOutcome {
        let profile = ticket.sender.profile
        let provider = profile.provider
        var circumstances = OutcomeDecision.Circumstances(provider: provider)
        var result = PlanResult.unclaimed
        if hindrance == nil {
            switch answer.outcome {
            case .accepted: result = .accepted
            case .refused(let error): result = .refused(ProviderErrors.classify(error, from: provider))
            case .notSent: result = .notSent
            case .unanswered: result = .unanswered
            }
        }
        if case .gateClosed(let gate) = hindrance { circumstances.gate = gate }
        let probed = gates.probed(by: ticket.id)
        if case .refused(let error) = result {
            if await isTokenReplaced(error, profile) {
                circumstances.isTokenReplaced = true
            } else {
                circumstances.gate = await gates.close(for: error, of: ticket)
            }
        }
        desk.finished(ticket, result)
        let now = desk.clock.now()
        circumstances.sparesRetries = desk.withLock { $0.planner.breaker(of: provider, now: now).isStopped }
        if !probed.isEmpty {
            await gates.settle(probed, probe: ticket, wasAccepted: result == .accepted, closed: circumstances.gate)
        }
        return OutcomeDecision(tenant: ticket.sender.tenant, circumstances: circumstances)
            .record(answer.outcome, httpStatus: answer.httpStatus, of: message, now: SystemClock.now())
    }

    /// The token we knew was refused, and there is another by now: no gate needs to close.
    private func isTokenReplaced(_ error: ErrorClassification, _ used: SenderProfile) async -> Bool {
        guard error.class == .account, GatePolicy.isAboutToken(error.code) else { return false }
        senders.forget(used.tenantID)
        let fresh = try? await senders.value(of: used.senderID, tenantID: used.tenantID)
        guard let token = fresh?.profile.accessToken else { return false }
        return token != used.accessToken
    }

    /// Outcomes that wait to be written: when they cannot be, nothing more is claimed.
    var unwritten: Int { waiting.load(ordering: .relaxed) }

    private func write(_ recorded: RecordedOutcome) async {
        waiting.add(1, ordering: .relaxed)
        defer { waiting.subtract(1, ordering: .relaxed) }
        let span = Tracer.begin("record outcome", .internal, below: Tracer.current)
        defer { span?.end() }
        let moved = await untilDone("recording an outcome", unless: stopping) { [metrics] in
            do {
                return try await self.store.record(recorded)
            } catch {
                metrics.recordFailures.increment()
                throw error
            }
        }
        // When we are stopping, the lease runs out and the attempt is settled as unanswered.
        if moved == false { metrics.overtaken.increment() }
    }

    private func log(_ outcome: SendOutcome, of message: ClaimedMessage) {
        let (tenant, id, attempt) = ("\(message.tenantID)", "\(message.messageID)", "\(message.attempt)")
        switch outcome {
        case .accepted: return
        case .refused(let error):
            Log.info(
                "refused by the provider",
                [
                    "tenant": tenant, "message": id, "attempt": attempt, "code": "\(error.code)",
                    "trace": error.traceID ?? "",
                ])
        case .notSent(let reason):
            Log.warning(
                "not sent", ["tenant": tenant, "message": id, "attempt": attempt, "reason": reason.rawValue])
        case .unanswered(let reason):
            Log.warning(
                "unanswered", ["tenant": tenant, "message": id, "attempt": attempt, "reason": reason.rawValue])
        }
    }
}

extension BreakerState {
    /// Also by the failure that has just been told.
    fileprivate var isStopped: Bool {
        switch self {
        case .open, .probing: true
        case .closed, .failing: false
        }
    }
}
