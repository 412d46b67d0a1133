import APIKit
import HTTPClient
import HTTPServer
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// What the routes of a tenant work with.
struct RouteParts: Sendable {
    let callers: Callers
    let catalogs: Catalogs
    let queries: MessageQueryStore
    let database: Database
    let news: HandOver
    let ids: IDSource
    let acceptor: Acceptor
    let secrets: SecretStore
    /// For calls to providers that a caller waits for.
    let client: HTTPClient
    let providers: ProviderSettings
    /// Development: endpoints of tenants on this machine.
    var allowsPrivateCallbacks = false
    /// A task is due at once.
    var wakeAutomation: @Sendable () -> Void = {}

    /// Throws the problem that an unreadable or unknown id is.
    func messageID(of request: Request) throws -> MessageID {
        guard let id = request.pathParameter("id").flatMap({ MessageID($0) }) else {
            throw Problem.messageNotFound
        }
        return id
    }

    func detail(of id: MessageID, _ caller: Caller) async throws -> MessageDetail {
        let detail = try await withStorage { try await queries.detail(of: id, tenantID: caller.tenantID) }
        guard let detail else { throw Problem.messageNotFound }
        return detail
    }
}

/// Everything a tenant may ask for beside sending and reading messages.
struct TenantRoutes: Sendable {
    private let automation: AutomationRoutes
    private let cancelling: CancelRoutes
    private let gates: GateRoutes
    private let explaining: ExplainRoutes
    private let retrying: RetryRoutes
    private let refreshing: RefreshRoutes
    private let ledger: LedgerRoutes
    private let dead: DeadRoutes
    private let limits: LimitsRoutes
    private let costs: CostRoutes
    private let broadcasts: BroadcastRoutes
    private let contacts: ContactRoutes
    private let templates: TemplateRoutes
    private let selfService: SelfServiceRoutes
    private let callbacks: CallbackRoutes
    private let retention: RetentionRoutes
    private let audit: AuditRoutes

    init(_ parts: RouteParts) {
        contacts = ContactRoutes(parts)
        automation = AutomationRoutes(parts: parts)
        cancelling = CancelRoutes(parts: parts)
        gates = GateRoutes(parts: parts)
        explaining = ExplainRoutes(parts: parts)
        retrying = RetryRoutes(parts: parts)
        refreshing = RefreshRoutes(parts: parts)
        ledger = LedgerRoutes(parts: parts)
        dead = DeadRoutes(parts: parts)
        limits = LimitsRoutes(parts: parts)
        costs = CostRoutes(parts: parts)
        broadcasts = BroadcastRoutes(parts: parts)
        templates = TemplateRoutes(parts: parts)
        selfService = SelfServiceRoutes(parts: parts)
        callbacks = CallbackRoutes(parts: parts)
        retention = RetentionRoutes(parts: parts)
        audit = AuditRoutes(parts: parts)
    }

    func register(in router: inout Router) {
        automation.register(in: &router)
        router.on(.post, "/v1/messages/{id}/cancel", cancelling.cancelMessage)
        router.on(.post, "/v1/batches/{id}/cancel", cancelling.cancelBatch)
        router.on(.get, "/v1/batches/{id}", cancelling.batch)
        router.on(.post, "/v1/pause", gates.pause)
        router.on(.post, "/v1/resume", gates.resume)
        router.on(.get, "/v1/gates", gates.list)
        router.on(.get, "/v1/messages/{id}/explain", explaining.explain)
        router.on(.post, "/v1/messages/{id}/retry", retrying.retryOne)
        router.on(.post, "/v1/messages/retry", retrying.retryMany)
        router.on(.post, "/v1/messages/{id}/refresh", refreshing.refreshOne)
        router.on(.post, "/v1/messages/refresh", refreshing.refreshMany)
        router.on(.get, "/v1/messages/dead", dead.list)
        router.on(.get, "/v1/ledger", ledger.ledger)
        router.on(.get, "/v1/limits", limits.limits)
        costs.register(in: &router)
        broadcasts.register(in: &router)
        templates.register(in: &router)
        selfService.register(in: &router)
        callbacks.register(in: &router)
        retention.register(in: &router)
        router.on(.get, "/v1/audit", audit.list)
        contacts.register(in: &router)
    }
}
