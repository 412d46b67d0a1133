import Crypto
import EventBus
import HTTPServer
import Models
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// The address of a sender whose tenant has a Meta app of its own: proven with that app's secret, and believed only
/// about what is that tenant's. Whoever holds such a secret is a customer, not Meta.
struct OwnAppRoutes: Sendable {
    let secrets: @Sendable (SenderID) async throws -> WebhookSecrets?
    let metrics: IntakeMetrics
    /// Returns when the record cannot be lost any more; throws what the provider is to be answered.
    let makeDurable: @Sendable (WebhookRecord) async throws -> Void

    func add(to router: inout Router) {
        router.on(.get, "/webhooks/meta/{sender}") { try await verify($0) }
        router.on(.post, "/webhooks/meta/{sender}") { try await receive($0) }
    }

    private func verify(_ request: Request) async throws -> Response {
        let given = request.query("hub.verify_token") ?? ""
        guard request.query("hub.mode") == "subscribe", let challenge = request.query("hub.challenge"),
            let token = try await known(request)?.verifyToken,
            constantTimeEqual(Array(given.utf8), Array(token.reveal().utf8))
        else { throw WebhookRoutes.verificationRefused }
        return .text(200, challenge)
    }

    private func receive(_ request: Request) async throws -> Response {
        let started = Monotonic.now()
        defer { metrics.answered(after: Monotonic.now() - started) }
        metrics.bytes.increment(by: request.body.count)
        // An unknown sender and a wrong signature look the same from outside.
        guard let known = try await known(request), !known.appSecrets.isEmpty,
            MetaSignature.isValid(
                request.header(MetaSignature.header), body: request.body,
                secrets: known.appSecrets.map { $0.reveal() })
        else {
            metrics.reject("meta")
            throw WebhookRoutes.signatureInvalid
        }
        try await makeDurable(
            WebhookRecord(
                provider: "meta", account: WebhookRoutes.key(of: request.body), receivedAt: SystemClock.now(),
                headers: Confinement(tenantID: known.tenantID, accounts: known.ownAccounts).facts
                    + WebhookEvidence.facts(request, MetaSignature.header),
                body: request.body))
        metrics.received.increment()
        return .text(200, "ok")
    }

    private func known(_ request: Request) async throws -> WebhookSecrets? {
        guard let id = request.pathParameter("sender").flatMap({ SenderID($0) }) else { return nil }
        do {
            return try await secrets(id)
        } catch {
            Log.warning("the secrets of a sender's address could not be read", ["sender_id": "\(id)", "reason": "\(error)"])
            throw WebhookRoutes.comeAgain
        }
    }
}

/// What a delivery may be about: one tenant's numbers, and its own accounts.
struct Confinement: Sendable, Equatable {
    let tenantID: TenantID
    let accounts: Set<String>

    init(tenantID: TenantID, accounts: [String]) {
        self.tenantID = tenantID
        self.accounts = Set(accounts)
    }

    /// Nil for what Meta's app of the platform brought.
    init?(_ record: WebhookRecord) {
        guard let tenant = record.header("tenant").flatMap({ TenantID($0) }) else { return nil }
        tenantID = tenant
        accounts = Set((record.header("accounts") ?? "").split(separator: ",").map(String.init))
    }

    /// As many accounts as a header holds; more than that many are nobody's.
    var facts: [WebhookRecord.Header] {
        var list = ""
        for account in accounts.sorted() where list.utf8.count + account.utf8.count < WebhookRecord.headerBytesMax {
            list += (list.isEmpty ? "" : ",") + account
        }
        return [WebhookRecord.Header("tenant", "\(tenantID)"), WebhookRecord.Header("accounts", list)]
    }
}

/// Secrets at senders' own addresses, as they were a few seconds ago.
struct OwnAppSecrets: Sendable {
    private let cache: RefreshingCache<SenderID, WebhookSecrets?>

    init(_ store: WebhookSecretStore) {
        cache = RefreshingCache(freshFor: .seconds(10), usableFor: .seconds(300), entriesMax: 10_000) { id in
            try await store.secrets(of: id)
        }
    }

    func value(of id: SenderID) async throws -> WebhookSecrets? { try await cache.value(for: id) }

    func forget(_ tenantID: TenantID) {
        cache.forget { _, known in known?.tenantID == tenantID || known == nil }
    }
}
