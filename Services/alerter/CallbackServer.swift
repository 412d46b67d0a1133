import Crypto
import HTTPClient
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Delivers to one endpoint, round by round: what is due is read, sent, and what came of it is recorded before the next.
struct CallbackServer: Sendable {
    /// A turn ends after this long, so that endpoints that wait for a place get one.
    static let turnMax = Duration.seconds(5)
    static let windowFirst = 4
    static let windowMax = 32
    private static let answerBytesMax = 64 << 10
    static let userAgent = "Tidings-Callbacks/1"

    let store: CallbackDeliveryStore
    let secrets: SecretStore
    let client: HTTPClient
    let policy: CallbackPolicy
    let timeout: Duration
    /// Development: endpoints on this machine.
    let allowsPrivate: Bool
    /// Tells of an endpoint that was switched off.
    let onDisable: @Sendable (LeasedCallback, CallbackDisableReason) async throws -> Void
    private let metrics = CallbackMetrics()

    init(
        store: CallbackDeliveryStore, secrets: SecretStore, client: HTTPClient, policy: CallbackPolicy,
        timeout: Duration, allowsPrivate: Bool,
        onDisable: @escaping @Sendable (LeasedCallback, CallbackDisableReason) async throws -> Void
    ) {
        self.store = store
        self.secrets = secrets
        self.client = client
        self.policy = policy
        self.timeout = timeout
        self.allowsPrivate = allowsPrivate
        self.onDisable = onDisable
    }

    /// - Parameter share: deliveries that this endpoint may have in flight beside the others.
    /// - Returns: whether there is more to do for it.
    func serve(
        _ endpoint: LeasedCallback, share: @Sendable () -> Int, isStopping: @Sendable () -> Bool
    ) async -> Bool {
        do {
            let hasMore = try await rounds(of: endpoint, share: share, isStopping: isStopping)
            try await store.giveBack(endpoint)
            return hasMore
        } catch {
            // The lease ends by itself.
            Log.warning(
                "deliveries to an endpoint were interrupted",
                ["callback": "\(endpoint.callbackID)", "reason": "\(error)"])
            return false
        }
    }

    private func rounds(
        of endpoint: LeasedCallback, share: @Sendable () -> Int, isStopping: @Sendable () -> Bool
    ) async throws -> Bool {
        let end = Monotonic.now() + Self.turnMax
        var window = Self.windowFirst
        while !isStopping(), Monotonic.now() < end {
            guard let work = try await store.take(of: endpoint, max: min(window, share())) else { return false }
            if work.events.isEmpty {
                try await store.putBehind(endpoint)
                return false
            }
            let isDown = work.target.health.isDown
            // An endpoint that is down gets one try, and rests again.
            let events = isDown ? Array(work.events.prefix(1)) : work.events
            guard let health = try await round(events, of: endpoint, work.target) else { return false }
            switch health.verdict {
            case .works: window = min(window * 2, Self.windowMax)
            case .recovered: window = Self.windowFirst
            case .fails: window = 1
            case .disable(let reason):
                try await onDisable(endpoint, reason)
                return false
            }
            if health.rest != nil { return false }
        }
        return !isStopping()
    }

    /// - Returns: how the endpoint does now; nil when it is not ours any more.
    private func round(
        _ events: [CallbackEvent], of endpoint: LeasedCallback, _ target: CallbackTarget
    ) async throws -> CallbackHealth? {
        let keys = try keys(of: target, endpoint)
        let tries = await withTaskGroup(of: CallbackTry.self) { group in
            for event in events { group.addTask { await attempt(event, target.url, keys) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        FaultPoint.reach(.alerterAfterSend)
        var counted = CallbackRound()
        var problem: String?
        for one in tries {
            metrics.count(one)
            if one.isTest { continue }
            counted.add(one.answer)
            problem = one.answer.problem ?? problem
        }
        let health = policy.health(after: counted, before: target.health, now: SystemClock.now())
        let isOurs = try await store.record(
            tries.map(outcome), of: endpoint, health: counted.tries > 0 ? health : nil, problem: problem)
        return isOurs ? health : nil
    }

    private func outcome(of one: CallbackTry) -> CallbackOutcome {
        let decision = policy.decide(
            after: one.answer, tries: one.event.tries + 1, isTest: one.isTest,
            spread: Double(one.event.id.low & 0xFFFF) / 65_536)
        return CallbackOutcome(id: one.event.id, decision: decision, entry: one.entry)
    }

    private func keys(of target: CallbackTarget, _ endpoint: LeasedCallback) throws -> [[UInt8]] {
        try ([target.sealedSecret] + (target.sealedPreviousSecret.map { [$0] } ?? [])).compactMap { sealed in
            let secret = try secrets.open(
                sealed, for: .callbackSecret(endpoint.callbackID), tenantID: endpoint.tenantID,
                sealedDataKey: target.sealedDataKey)
            return StandardWebhook.key(of: secret.reveal())
        }
    }

    /// What a message's endpoint does about it belongs to the message's trace, here and there.
    private static func trace(of event: CallbackEvent) -> TraceContext? {
        guard case .message = event.subject else { return nil }
        return Tracer.root(of: MessageID(event.objectID))
    }

    private func attempt(_ event: CallbackEvent, _ url: String, _ keys: [[UInt8]]) async -> CallbackTry {
        let body = CallbackBody.json(of: event)
        let begun = SystemClock.now()
        let seconds = begun.microseconds / 1_000_000
        let id = event.id.description
        var request = ClientRequest(
            method: "POST",
            url: url,
            headers: [
                ("Content-Type", "application/json"),
                ("User-Agent", Self.userAgent),
                ("webhook-id", id),
                ("webhook-timestamp", "\(seconds)"),
                ("webhook-signature", StandardWebhook.signature(keys: keys, id: id, seconds: seconds, body: body)),
            ],
            body: body,
            timeout: timeout,
            responseBytesMax: Self.answerBytesMax,
            reach: allowsPrivate ? .anywhere : .publicOnly
        )
        FaultPoint.reach(.alerterBeforeSend)
        let span = Tracer.begin("POST callback", .client, below: Self.trace(of: event))
        if let span { request.headers.append((TraceContext.parentHeader, span.context.parent)) }
        do {
            let response = try await client.send(request)
            span?.end([
                ("http.request.method", .text("POST")), ("http.response.status_code", .integer(response.status)),
                ("tidings.event.id", .text(id)), ("tidings.event.type", .text(event.type)),
            ])
            let wait = response.header("Retry-After").flatMap { Int($0) }.map { Duration.seconds(max(0, $0)) }
            return CallbackTry(
                event: event, answer: .status(response.status, retryAfter: wait), at: begun,
                took: response.duration, excerpt: CallbackTry.excerpt(of: response))
        } catch {
            span?.end([("tidings.event.id", .text(id))], failure: CallbackTry.words(for: error.kind))
            return CallbackTry(
                event: event, answer: .unreachable(CallbackTry.words(for: error.kind)), at: begun,
                took: SystemClock.now() - begun, excerpt: nil)
        }
    }
}

/// One try, with what the log keeps of it.
struct CallbackTry: Sendable {
    static let excerptCharactersMax = 200

    let event: CallbackEvent
    let answer: CallbackAnswer
    let at: Timestamp
    let took: Duration
    /// How the answer to a failed try begins.
    let excerpt: String?

    var isTest: Bool { event.type == CallbackEventType.callbackTest.rawValue }

    /// `{"at":…,"status":500,"milliseconds":12,"problem":…,"answer":…}`
    var entry: JSONText {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            writer.field("at", at.rfc3339)
            if case .status(let code, _) = answer { writer.field("status", code) }
            writer.field("milliseconds", took.microseconds / 1_000)
            writer.field("problem", answer.problem)
            writer.field("answer", excerpt)
        }
        return JSONText(writer.bytes)
    }

    static func words(for kind: ClientFailure.Kind) -> String {
        switch kind {
        case .resolve: "the host's name was not found"
        case .connect: "no connection could be made"
        case .tls: "the TLS handshake failed, or the certificate is not valid"
        case .timeout: "no answer came in time"
        case .connectionLost: "the connection was cut before the answer"
        case .bodyTooLarge: "the answer is too large"
        case .protocol: "the answer is not HTTP, or the address cannot be used"
        case .forbiddenAddress: "the host's address is not a public one"
        case .stopped, .cancelled, .overloaded: "it was interrupted by us"
        }
    }

    /// The beginning of what the endpoint said, for whoever looks for its mistake. Long numbers may be somebody's.
    static func excerpt(of response: ClientResponse) -> String? {
        guard !(200...299).contains(response.status), !response.body.isEmpty else { return nil }
        let text = String(decoding: response.body.prefix(excerptCharactersMax * 4), as: UTF8.self)
        var shown = ""
        var digits = 0
        for character in text.prefix(excerptCharactersMax) {
            let isControl = character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            digits = character.isNumber ? digits + 1 : 0
            shown.append(isControl ? " " : digits > 4 ? "•" : character)
        }
        return shown
    }
}

struct CallbackMetrics: Sendable {
    private let delivered = counter("delivered")
    private let failed = counter("failed")
    private let unreachable = counter("unreachable")

    private static func counter(_ outcome: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_callback_tries_total", help: "Tries to deliver to tenants' endpoints, by how they went.",
            labels: [("outcome", outcome)])
    }

    func count(_ one: CallbackTry) {
        switch one.answer {
        case .unreachable: unreachable.increment()
        case .status: one.answer.isSuccess ? delivered.increment() : failed.increment()
        }
    }
}
