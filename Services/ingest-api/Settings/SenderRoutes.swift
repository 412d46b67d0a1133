import APIKit
import EventBus
import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// A tenant's senders. None is taken on that its provider does not vouch for: otherwise somebody could occupy another's
/// number, or use up another's limits, by naming them.
struct SenderRoutes: Sendable {
    static let bodyBytesMax = 32 << 10
    /// When retry-scheduler looks at it next; its own interval goes on from there.
    static let checkEvery = Duration.seconds(3_600)

    private let parts: RouteParts
    private let store: SenderAdminStore
    private let checker: SenderChecker

    init(parts: RouteParts) {
        self.parts = parts
        store = SenderAdminStore(parts.database)
        checker = SenderChecker(client: parts.client, parts.providers)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/senders", list)
        router.on(.post, "/v1/senders", create)
        router.on(.get, "/v1/senders/{id}", detail)
        router.on(.patch, "/v1/senders/{id}", change)
        router.on(.delete, "/v1/senders/{id}", remove)
        router.on(.post, "/v1/senders/{id}/verify", verify)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let (limit, cursor): (Int, SenderID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        let found = try await withStorage { try await store.senders(of: caller.tenantID, before: cursor, max: limit + 1) }
        return page(found, limit: limit)
    }

    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        let wanted = try WantedSender(RequestBody.document(of: request, bytesMax: Self.bodyBytesMax))
        let report = try await vouch(for: wanted.checked, .whole)
        let sealedDataKey = try await dataKey(of: caller)
        let sender = try wanted.sealed(
            as: SenderID(parts.ids.uuid()), tenantID: caller.tenantID, parts.secrets, sealedDataKey)
        let audit = parts.audit(caller, request, "sender.created", target: "sender \(sender.id)")
        let made = try await withStorage {
            try await store.create(
                sender, of: caller.tenantID, report: report, checkEvery: Self.checkEvery, audit: audit)
        }
        guard let made else {
            throw Problem.conflict(
                "number_taken", "This number is a sender already, of yours or of another business.", field: "phone_number_id")
        }
        tell(caller)
        var response = answer(made, status: 201)
        response.setHeader("Location", "/v1/senders/\(made.id)")
        return response
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        return answer(try await sender(of: request, caller))
    }

    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        let wanted = try WantedSenderChange(RequestBody.document(of: request, bytesMax: Self.bodyBytesMax))
        let known = try await sender(of: request, caller)
        try await requireOwnPortfolio(wanted, known, caller)
        var change = wanted.change
        if let token = wanted.accessToken {
            // A token that does not work must not take the place of one that does.
            change.report = try await vouch(
                for: CheckedSender(known, accessToken: token), .regular)
        }
        if wanted.hasSecrets {
            let sealedDataKey = try await dataKey(of: caller)
            try wanted.seal(into: &change, of: known.id, tenantID: caller.tenantID, parts.secrets, sealedDataKey)
        }
        let audit = parts.audit(
            caller, request, "sender.changed", target: "sender \(known.id)", detail: SettingsRoutes.changed(wanted.names))
        let wholeChange = change
        let changed = try await withStorage {
            try await store.change(
                known.id, of: caller.tenantID, wholeChange, checkEvery: Self.checkEvery, audit: audit)
        }
        guard let changed else { throw Problem.notFound("sender") }
        tell(caller)
        // A gate may have opened with it.
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .gate))
        return answer(changed)
    }

    private func remove(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let audit = parts.audit(caller, request, "sender.deleted", target: "sender \(id)")
        switch try await withStorage({ try await store.remove(id, of: caller.tenantID, audit: audit) }) {
        case .removed: break
        case .unknown: throw Problem.notFound("sender")
        case .inUse:
            throw Problem.conflict(
                "sender_in_use",
                "Messages wait for this sender. Set its `status` to disabled, and cancel them or let them end first.")
        }
        tell(caller)
        return .empty(204)
    }

    /// Asks the provider now. That it refuses is an answer, not an error: `verification` says so.
    private func verify(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .settings)
        try request.refuseParameters()
        let known = try await sender(of: request, caller)
        let token = try await withStorage {
            try await parts.secrets.accessToken(of: known.id, tenantID: caller.tenantID, in: parts.database)
        }
        guard let token else { throw Problem.notFound("sender") }
        let outcome: Result<SenderReport, SenderTrouble>
        switch await checker.check(CheckedSender(known, accessToken: token), .whole) {
        case .vouched(let report): outcome = .success(report)
        case .refused(let trouble): outcome = .failure(trouble)
        case .unanswered: throw Problem.providerUnavailable
        }
        let audit = parts.audit(caller, request, "sender.verified", target: "sender \(known.id)")
        try await withStorage {
            try await SenderCheckStore.record(
                outcome, of: known.id, caller.tenantID, nextIn: Self.checkEvery, audit: audit, in: parts.database)
        }
        tell(caller)
        return answer(try await sender(of: request, caller))
    }

    // MARK: Pieces

    private static func id(of request: Request) throws -> SenderID {
        guard let id = request.pathParameter("id").flatMap({ SenderID($0) }) else { throw Problem.notFound("sender") }
        return id
    }

    private func sender(of request: Request, _ caller: Caller) async throws -> SenderRecord {
        let id = try Self.id(of: request)
        guard let found = try await withStorage({ try await store.sender(id, of: caller.tenantID) }) else {
            throw Problem.notFound("sender")
        }
        return found
    }

    private func vouch(
        for sender: CheckedSender, _ depth: SenderChecker.Depth
    ) async throws -> SenderReport {
        switch await checker.check(sender, depth) {
        case .vouched(let report): return report
        case .unanswered: throw Problem.providerUnavailable
        case .refused(let trouble):
            throw Problem.refused(
                "sender_refused", trouble.field, "The provider does not vouch for this sender: \(trouble.words)")
        }
    }

    /// A stated limit counts for everybody in the portfolio.
    private func requireOwnPortfolio(
        _ wanted: WantedSenderChange, _ sender: SenderRecord, _ caller: Caller
    ) async throws {
        guard wanted.change.tier != nil,
            try await withStorage({ try await store.sharesPortfolio(sender, of: caller.tenantID) })
        else { return }
        throw Problem.conflict(
            "portfolio_shared", "Other businesses send in this portfolio too: its limit is taken from WhatsApp alone.",
            field: "rate_limit_tier")
    }

    private func dataKey(of caller: Caller) async throws -> [UInt8] {
        let key = try await withStorage {
            try await parts.secrets.sealedDataKey(of: caller.tenantID, in: parts.database)
        }
        guard let key else { throw Problem.keyInvalid }
        return key
    }

    private func tell(_ caller: Caller) {
        parts.catalogs.forget(caller.tenantID)
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .sender))
    }

    private func answer(_ sender: SenderRecord, status: Int = 200) -> Response {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { sender.writeFields(webhooks: parts.providers.publicWebhookURL, into: &$0) }
        return .json(status, writer.bytes)
    }

    private func page(_ found: [SenderRecord], limit: Int) -> Response {
        var writer = JSONWriter(capacity: 256 + found.count * 1_024)
        let shown = found.prefix(limit)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for sender in shown {
                        list.object { sender.writeFields(webhooks: parts.providers.publicWebhookURL, into: &$0) }
                    }
                })
            writer.field("next_cursor", orNull: found.count > limit ? shown.last.map { Cursor.encode($0.id) } : nil)
        }
        return .json(200, writer.bytes)
    }
}

extension SenderChecker {
    init(client: HTTPClient, _ providers: ProviderSettings) {
        self.init(
            client: client,
            addresses: Addresses(
                meta: providers.metaURL, metaVersion: providers.metaVersion, twilio: providers.twilioURL,
                twilioMessaging: providers.twilioMessagingURL),
            deadline: providers.deadline)
    }
}

extension CheckedSender {
    init(_ sender: SenderRecord, accessToken: Secret) {
        self.init(
            provider: sender.provider, phoneNumberID: sender.phoneNumberID, accountID: sender.accountID,
            messagingServiceID: sender.messagingServiceID, accessToken: accessToken.reveal())
    }
}

extension SenderTrouble {
    /// Which field of a new sender it is about.
    var field: String {
        switch self {
        case .tokenInvalid, .permissionMissing, .refused: "access_token"
        case .numberUnknown, .numberNotOfAccount: "phone_number_id"
        case .accountUnknown, .accountInactive: "account_id"
        case .serviceUnknown: "messaging_service_id"
        }
    }
}

extension Problem {
    static var providerUnavailable: Problem {
        Problem(
            status: 503, code: "provider_unavailable", title: "Not available at the moment",
            detail: "The provider did not answer, or is too busy. Nothing was changed: try again.",
            retryAfter: .seconds(10))
    }
}
