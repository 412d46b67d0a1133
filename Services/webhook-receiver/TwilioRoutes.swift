import EventBus
import HTTPServer
import Models
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// Twilio's callbacks: proof of origin with the sender's own auth token, then durability, then an empty 200. A body
/// would be sent to the customer as an answer.
struct TwilioRoutes: Sendable {
    private let publicURL: String?
    private let senders: @Sendable (SenderID) async throws -> SenderProfile?
    private let makeDurable: @Sendable (WebhookRecord) async throws -> Void
    private let metrics: IntakeMetrics

    /// - Parameters:
    ///   - publicURL: what Twilio was told to call; its signature covers the address. Nil: Twilio is not set up.
    ///   - makeDurable: returns when the record cannot be lost any more; throws what the provider is to be answered.
    init(
        publicURL: String?, metrics: IntakeMetrics,
        senders: @escaping @Sendable (SenderID) async throws -> SenderProfile?,
        makeDurable: @escaping @Sendable (WebhookRecord) async throws -> Void
    ) {
        self.publicURL = publicURL
        self.metrics = metrics
        self.senders = senders
        self.makeDurable = makeDurable
    }

    func add(to router: inout Router) {
        router.on(.post, "/webhooks/twilio/{sender}") { try await receive($0) }
        router.on(.post, "/webhooks/twilio/{sender}/{reference}") { try await receive($0) }
    }

    private func receive(_ request: Request) async throws -> Response {
        let started = Monotonic.now()
        defer { metrics.answered(after: Monotonic.now() - started) }
        metrics.bytes.increment(by: request.body.count)
        let sender = try await prove(request)
        let reference = request.pathParameter("reference")
        let facts = TwilioFacts(
            owner: SenderOwner(tenantID: sender.tenantID, senderID: sender.senderID),
            reference: reference.flatMap { AttemptReference($0) }, isInbound: reference == nil,
            contentType: request.header("Content-Type"))
        try await makeDurable(
            WebhookRecord(
                provider: Provider.twilio.rawValue, account: sender.accountID, receivedAt: SystemClock.now(),
                headers: facts.headers + WebhookEvidence.facts(request, TwilioSignature.header), body: request.body))
        metrics.received.increment()
        return .empty(200)
    }

    /// The answer does not tell which senders exist.
    private func prove(_ request: Request) async throws -> SenderProfile {
        guard request.body.count <= TwilioWebhook.bodyBytesMax else {
            throw Problem(
                status: 413, code: "too_large", title: "Too large", detail: "No callback of Twilio's is as large.")
        }
        guard let publicURL, let id = request.pathParameter("sender").flatMap({ SenderID($0) }),
            let sender = try await profile(id, request), sender.provider == .twilio,
            TwilioSignature.isValid(
                request.header(TwilioSignature.header), settings: request.header(TwilioSignature.settingsHeader),
                url: Self.address(publicURL, request), body: request.body,
                contentType: request.header("Content-Type"), token: sender.accessToken)
        else {
            metrics.reject("twilio")
            throw Problem(
                status: 401, code: "invalid_signature", title: "Invalid signature",
                detail: "The callback is not signed with the auth token of a sender at this address.")
        }
        return sender
    }

    private func profile(_ id: SenderID, _ request: Request) async throws -> SenderProfile? {
        do {
            return try await senders(id)
        } catch {
            metrics.unavailable.increment()
            Log.warning("a sender could not be read", ["reason": "\(error)", "request_id": request.id])
            throw WebhookRoutes.comeAgain
        }
    }

    private static func address(_ publicURL: String, _ request: Request) -> String {
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return publicURL + request.path + (query.isEmpty ? "" : "?" + query)
    }
}
