import Crypto
import EventBus
import HTTPServer
import Kafka
import Models
import Runtime
import Storage
import WhatsApp

/// The half that answers the provider: proof of origin, then durability, then 200.
struct WebhookRoutes: Sendable {
    private let appSecrets: [String]
    private let verifyToken: Secret
    private let publicURL: String?
    private let senders: @Sendable (SenderID) async throws -> SenderProfile?
    private let ownApps: @Sendable (SenderID) async throws -> WebhookSecrets?
    private let makeDurable: @Sendable (WebhookRecord) async throws -> Void
    private let metrics: IntakeMetrics

    /// - Parameters:
    ///   - senders: who may sign the callbacks of one sender's addresses.
    ///   - ownApps: what a tenant's own app signs with at the address of one of its senders.
    ///   - metrics: told of every answer.
    ///   - makeDurable: returns when the record cannot be lost any more.
    init(
        _ settings: WebhookReceiverSettings,
        metrics: IntakeMetrics = IntakeMetrics(),
        senders: @escaping @Sendable (SenderID) async throws -> SenderProfile? = { _ in nil },
        ownApps: @escaping @Sendable (SenderID) async throws -> WebhookSecrets? = { _ in nil },
        makeDurable: @escaping @Sendable (WebhookRecord) async throws -> Void
    ) {
        appSecrets = settings.appSecrets
        verifyToken = settings.verifyToken
        publicURL = settings.publicURL
        self.metrics = metrics
        self.senders = senders
        self.ownApps = ownApps
        self.makeDurable = makeDurable
    }

    /// What was refused and is not written down yet.
    var refused: RefusedCounts { metrics.refused }

    func router() -> Router {
        var router = Router()
        router.on(.get, "/webhooks/meta") { try verify($0) }
        router.on(.post, "/webhooks/meta") { try await receive($0) }
        OwnAppRoutes(secrets: ownApps, metrics: metrics, makeDurable: keep).add(to: &router)
        TwilioRoutes(publicURL: publicURL, metrics: metrics, senders: senders, makeDurable: keep).add(to: &router)
        return router
    }

    /// Meta's handshake when the webhook's address is set up: whoever knows the token gets the challenge back.
    private func verify(_ request: Request) throws -> Response {
        let given = request.query("hub.verify_token") ?? ""
        guard request.query("hub.mode") == "subscribe", let challenge = request.query("hub.challenge"),
            constantTimeEqual(Array(given.utf8), Array(verifyToken.reveal().utf8))
        else {
            throw Self.verificationRefused
        }
        return .text(200, challenge)
    }

    private func receive(_ request: Request) async throws -> Response {
        let started = Monotonic.now()
        defer { metrics.answered(after: Monotonic.now() - started) }
        metrics.bytes.increment(by: request.body.count)
        guard
            MetaSignature.isValid(
                request.header(MetaSignature.header),
                body: request.body,
                secrets: appSecrets
            )
        else {
            metrics.reject("meta")
            throw Self.signatureInvalid
        }
        let record = WebhookRecord(
            provider: "meta",
            account: Self.key(of: request.body),
            receivedAt: SystemClock.now(),
            headers: WebhookEvidence.facts(request, MetaSignature.header),
            body: request.body
        )
        try await keep(record)
        metrics.received.increment()
        return .text(200, "ok")
    }

    private func keep(_ record: WebhookRecord) async throws {
        do {
            FaultPoint.reach(.receiverBeforeAppend)
            try await makeDurable(record)
            FaultPoint.reach(.receiverAfterAppend)
        } catch {
            metrics.unavailable.increment()
            Log.warning(
                "a delivery could not be made durable",
                ["reason": "\(error)", "account": record.account]
            )
            throw Self.comeAgain
        }
    }

    static let verificationRefused = Problem(
        status: 403,
        code: "verification_refused",
        title: "Verification refused",
        detail: "The mode, the token or the challenge is not what was agreed."
    )

    static let signatureInvalid = Problem(
        status: 401,
        code: "invalid_signature",
        title: "Invalid signature",
        detail: "The body is not signed with a secret of this app."
    )

    static let comeAgain = Problem(
        status: 503,
        code: "temporarily_unavailable",
        title: "Temporarily unavailable",
        detail: "The delivery could not be stored. Please bring it again.",
        retryAfter: .seconds(5)
    )

    /// What is signed and still no delivery we can read is kept all the same, and recorded by the applying half.
    static func key(of body: [UInt8]) -> String {
        let account = MetaWebhook.account(of: body) ?? ""
        return account.isEmpty || account.utf8.count > 200 ? "unknown" : account
    }
}
