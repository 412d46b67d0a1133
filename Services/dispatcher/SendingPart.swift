import EventBus
import HTTPClient
import JSON
import Kafka
import Models
import Runtime
import ServiceKit
import Storage
import Synchronization
import WhatsApp

/// Claims what may be sent, sends it, records what came of it: claimed → sent → recorded, each stage taking only
/// what the one before it made.
final class SendingPart: Part {
    let name = "sending"
    let stopMax: Duration
    /// Orders of one claim: one transaction, one round trip.
    static let claimMax = 200

    private let settings: DispatcherSettings
    private let store: DispatchStore
    private let senders: SenderProfiles
    private let providers: ProviderAPIs
    private let decision: OutcomeDecision
    private let news: BusOutlet
    private let finish: @Sendable ([ConsumedRecord]) -> Void
    private let state: Mutex<DispatchState>
    private let changed = StopFlag()
    private let roomMade = StopFlag()
    private let metrics = DispatchMetrics()

    init(
        _ settings: DispatcherSettings,
        store: DispatchStore,
        senders: SenderProfiles,
        providers: ProviderAPIs,
        news: BusOutlet,
        finish: @escaping @Sendable ([ConsumedRecord]) -> Void
    ) {
        self.settings = settings
        self.store = store
        self.senders = senders
        self.providers = providers
        self.news = news
        self.finish = finish
        stopMax = settings.sendDeadline + .seconds(5)
        decision = OutcomeDecision(unansweredPolicy: .standard.scaled(by: settings.timeScale))
        state = Mutex(DispatchState(inFlightMax: settings.inFlightMax, pendingMax: settings.pendingMax))
        MetricsRegistry.shared.reading("tidings_dispatch_pending", help: "Orders read and not claimed yet.") {
            [weak self] in
            Double(self?.state.withLock { $0.pendingCount } ?? 0)
        }
        MetricsRegistry.shared.reading("tidings_dispatch_in_flight", help: "Provider calls under way.") {
            [weak self] in
            Double(self?.state.withLock { $0.inFlightTotal } ?? 0)
        }
    }

    /// Takes orders from Kafka; returns when there is room for them. Full means: stop reading.
    func take(_ records: [ConsumedRecord]) async {
        let decoded = DispatchOrder.decode(records)
        if !decoded.unread.isEmpty {
            // Whatever such a record meant, its message is found again through its due time.
            Log.warning(
                "records of the dispatch topic could not be read",
                ["records": "\(decoded.unread.count)"]
            )
            finish(decoded.unread.map(\.from))
        }
        for read in decoded.read {
            let pending = PendingOrder(order: read.value, record: read.from)
            while !state.withLock({ $0.append(pending) }) {
                if changed.isSet { return }
                await roomMade.wait(atMost: .milliseconds(200))
            }
        }
        changed.wake()
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            while !changed.isSet {
                let orders = state.withLock { $0.take(max: Self.claimMax) }
                if orders.isEmpty {
                    await changed.wait(atMost: .seconds(1))
                    continue
                }
                roomMade.wake()
                await claimAndSend(orders, in: &group)
            }
        }
    }

    /// No new claims; calls under way finish and are recorded.
    func stop(within limit: Duration) async {
        changed.set()
        roomMade.set()
    }

    private func claimAndSend(_ orders: [PendingOrder], in group: inout DiscardingTaskGroup) async {
        guard let claim = await claim(orders) else {
            // Told to stop while the database was away: the records stay unfinished and come again.
            release(orders.map(\.order.senderID))
            return
        }
        var waiting: [MessageID: PendingOrder] = [:]
        // The same message told twice in one batch: the first of them is finished with the rest below. An order that
        // nobody finished would hold back its partition's offset, and all behind it would come again and again.
        var rest: [PendingOrder] = []
        for order in orders {
            if let earlier = waiting.updateValue(order, forKey: order.order.messageID) { rest.append(earlier) }
        }
        for message in claim.claimed {
            guard let order = waiting.removeValue(forKey: message.messageID) else { continue }
            group.addTask { await self.send(message, order.record) }
        }
        metrics.claimed.increment(by: claim.claimed.count)
        metrics.expired.increment(by: claim.expired.count)
        publishExpired(claim.expired)
        // Not ours to send: sent already, told twice, held or ended since.
        rest += waiting.values
        release(rest.map(\.order.senderID))
        finish(rest.map(\.record))
    }

    /// Until the database answers: what cannot be written down is not sent.
    private func claim(_ orders: [PendingOrder]) async -> Claim? {
        let started = Monotonic.now()
        var wait = Duration.milliseconds(50)
        while !changed.isSet {
            do {
                FaultPoint.reach(.dispatcherBeforeClaim)
                let prepared = try await store.prepare(
                    orders.map { ToldMessage(tenantID: $0.order.tenantID, messageID: $0.order.messageID) })
                let claim = try await store.claim(prepared.map { ClaimOrder($0) }, lease: settings.lease)
                FaultPoint.reach(.dispatcherAfterClaim)
                metrics.claimSeconds.observe(Monotonic.now() - started)
                return claim
            } catch {
                Log.warning(
                    "a claim failed and is tried again",
                    ["reason": "\(error)", "orders": "\(orders.count)"]
                )
                await roomMade.wait(atMost: wait)
                wait = min(wait * 2, .seconds(5))
            }
        }
        return nil
    }

    private func send(_ message: ClaimedMessage, _ record: ConsumedRecord) async {
        let (outcome, httpStatus, policy, provider) = await call(message)
        let recorded = decision.record(
            outcome,
            httpStatus: httpStatus,
            of: message,
            policy: policy,
            provider: provider,
            now: SystemClock.now()
        )
        FaultPoint.reach(.dispatcherBeforeOutcome)
        await write(recorded)
        FaultPoint.reach(.dispatcherAfterOutcome)
        state.withLock { $0.finish(message.senderID) }
        changed.wake()
        finish([record])
        news.tell([recorded.event(of: message)])
    }

    private func call(_ message: ClaimedMessage) async -> (SendOutcome, Int?, RetryPolicy, Provider) {
        let sender: SendingSender?
        do {
            sender = try await senders.value(of: message.senderID, tenantID: message.tenantID)
        } catch {
            Log.error(
                "a sender could not be read",
                ["tenant": "\(message.tenantID)", "message": "\(message.messageID)", "reason": "\(error)"]
            )
            return (.notSent(.notConnected), nil, .quick, .meta)
        }
        let policy = sender?.tenant.retryPolicy ?? .steady
        guard let profile = sender?.profile, sender?.isActive == true else {
            // Not the message's fault: it waits until the sender can send again.
            return (.notSent(.stopped), nil, policy, .meta)
        }
        state.withLock { $0.setInFlightMax(profile.inFlightMax, of: message.senderID) }
        guard let content = (try? JSONDocument(parsing: message.content))?.root else {
            return (
                .refused(ProviderError(code: ProviderError.unsendableCode, details: "Tidings could not read the message.")), nil,
                policy, profile.provider
            )
        }
        let started = Monotonic.now()
        let answer = await FaultPoint.reach(.dispatcherDuringCall) {
            await providers.send(message, content, through: profile, now: SystemClock.now())
        }
        metrics.observe(answer.outcome, took: Monotonic.now() - started)
        log(answer.outcome, of: message)
        return (answer.outcome, answer.httpStatus, policy, profile.provider)
    }

    /// Until it is written. While this waits, its place in flight is taken, so claiming stops by itself.
    private func write(_ recorded: RecordedOutcome) async {
        var wait = Duration.milliseconds(50)
        while true {
            do {
                let moved = try await store.record(recorded)
                if !moved { metrics.overtaken.increment() }
                return
            } catch {
                metrics.recordFailures.increment()
                Log.error(
                    "an outcome could not be recorded yet",
                    ["message": "\(recorded.move.messageID)", "reason": "\(error)"]
                )
                // When we are stopping, the lease runs out and the attempt is settled as unanswered.
                if changed.isSet { return }
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, .seconds(5))
            }
        }
    }

    private func release(_ senders: [SenderID]) {
        state.withLock { state in
            for sender in senders { state.finish(sender) }
        }
        changed.wake()
    }

    private func publishExpired(_ expired: [PreparedMessage]) {
        let events = expired.map {
            LifecycleEvent(
                messageID: $0.messageID,
                tenantID: $0.tenantID,
                senderID: $0.senderID,
                state: .expired,
                at: SystemClock.now(),
                attempt: 0
            )
        }
        news.tell(events)
    }

    private func log(_ outcome: SendOutcome, of message: ClaimedMessage) {
        let ids = (
            tenant: "\(message.tenantID)", message: "\(message.messageID)", attempt: "\(message.attempt)"
        )
        switch outcome {
        case .accepted:
            Log.debug(
                "accepted by the provider",
                ["tenant": ids.tenant, "message": ids.message, "attempt": ids.attempt]
            )
        case .refused(let error):
            Log.info(
                "refused by the provider",
                [
                    "tenant": ids.tenant, "message": ids.message, "attempt": ids.attempt,
                    "code": "\(error.code)",
                    "trace": error.traceID ?? "",
                ]
            )
        case .notSent(let reason):
            Log.warning(
                "not sent",
                [
                    "tenant": ids.tenant, "message": ids.message, "attempt": ids.attempt,
                    "reason": reason.rawValue,
                ]
            )
        case .unanswered(let reason):
            Log.warning(
                "unanswered",
                [
                    "tenant": ids.tenant, "message": ids.message, "attempt": ids.attempt,
                    "reason": reason.rawValue,
                ]
            )
        }
    }
}

extension RecordedOutcome {
    fileprivate func event(of message: ClaimedMessage) -> LifecycleEvent {
        LifecycleEvent(
            messageID: message.messageID,
            tenantID: message.tenantID,
            senderID: message.senderID,
            state: move.to,
            at: SystemClock.now(),
            attempt: message.attempt,
            errorCode: move.errorCode,
            isCritical: move.isCritical
        )
    }
}
