import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// `/api/whatsapp/…`: short paths for a business's own programs. What they do, the tenants' API does.
struct WhatsAppRoutes: Sendable {
    private static let path = "/api/whatsapp"
    private static let bodyBytesMax = 16 << 10
    private static let providerIDBytesMax = 512
    private static let reading = Scope(.messages, isReadOnly: true)
    private static let acting = Scope(.messages, isReadOnly: false)

    private let people: People
    private let api: TenantAPI
    private let logs: LogPageStore
    private let counts: CountStore
    private let costs: CostStore

    init(_ site: SiteParts) {
        people = site.people
        api = site.api
        logs = LogPageStore(site.tenantDatabase)
        counts = CountStore(site.tenantDatabase)
        costs = CostStore(site.tenantDatabase)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, "/whatsapp_logs", Page.handler { _ in .redirect(to: TenantPages.path) })
        router.on(.get, Self.path + "/stats", LogJSON.handler(stats))
        router.on(.get, Self.path + "/message_details/{sid}", LogJSON.handler(details))
        router.on(.post, Self.path + "/retry", LogJSON.handler(retry))
        router.on(.post, Self.path + "/refresh_status", LogJSON.handler(refreshOne))
        router.on(.post, Self.path + "/refresh_all_statuses", LogJSON.handler(refreshAll))
    }

    // MARK: Looking

    /// Of all there is, or of a span of time.
    private func stats(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request, for: Self.reading)
        let from = try request.query("from").map { try LogQuery.time($0, "from", endOfDay: false) }
        let to = try request.query("to").map { try LogQuery.time($0, "to", endOfDay: true) }
        var flow = CountedFlow()
        if from == nil, to == nil {
            flow.net = try await counts.messagesInStates(of: tenantID)
            flow.accepted = flow.net.values.reduce(0, +)
        } else {
            let (from, to) = (from ?? Timestamp(microseconds: 0), to ?? SystemClock.now())
            guard from < to else { throw Problem.badParameter("from", "It lies after `to`.") }
            flow = try await counts.flows(of: tenantID, from: from, to: to, by: .total).first ?? flow
        }
        return WhatsAppJSON.stats(flow)
    }

    private func details(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request, for: Self.reading)
        let id = try await messageID(request.pathParameter("sid") ?? "", tenantID)
        guard let detail = try await logs.detail(of: id, tenantID: tenantID) else { throw Problem.messageNotFound }
        return WhatsAppJSON.details(detail, try await costs.costs(of: id, tenantID: tenantID))
    }

    /// - Parameter written: our id, or the provider's.
    private func messageID(_ written: String, _ tenantID: TenantID) async throws -> MessageID {
        if let id = MessageID(written) { return id }
        guard (1...Self.providerIDBytesMax).contains(written.utf8.count),
            let id = try await logs.messageID(ofProviderID: written, tenantID: tenantID)
        else { throw Problem.messageNotFound }
        return id
    }

    // MARK: Acting

    /// `{"logId": …}`: that one. `{}`: all that ended without delivery and may be sent again; `"dryRun": true` only counts.
    private func retry(_ request: Request) async throws -> Response {
        let program = try await people.program(of: request, for: Self.acting)
        var problems = FieldProblems()
        let reader = try Self.fields(of: request, ["logId", "dryRun"], &problems)
        let written = reader.text("logId", &problems)
        let isDry = reader.boolean("dryRun", &problems) ?? false
        if written != nil, isDry {
            problems.note("dry_run_of_one", "dryRun", "`dryRun` counts many: leave `logId` out, or `dryRun`.")
        }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        if let written {
            let id = try await messageID(written, program.tenantID)
            let child = try await api.call(.post, "/v1/messages/\(id)/retry", by: program, request)
            return WhatsAppJSON.repeated(id, as: child)
        }
        let bulk = BulkRetry { try await api.call(.post, BulkRetry.path, body: $0, by: program, request) }
        let plan = try await bulk.plan(BulkRetry.Filter())
        return WhatsAppJSON.repeated(plan, try await isDry ? nil : bulk.execute(plan))
    }

    /// `{"message_sid": …}` or `{"logId": …}`.
    private func refreshOne(_ request: Request) async throws -> Response {
        let program = try await people.program(of: request, for: Self.acting)
        var problems = FieldProblems()
        let reader = try Self.fields(of: request, ["message_sid", "logId"], &problems)
        let sid = reader.text("message_sid", &problems)
        let written = sid ?? reader.requiredText("logId", &problems)
        guard problems.isEmpty, let written else { throw Problem.refused(problems.all) }
        let id = try await messageID(written, program.tenantID)
        let answer = try await api.call(.post, "/v1/messages/\(id)/refresh", by: program, request)
        return WhatsAppJSON.refreshed(answer)
    }

    private func refreshAll(_ request: Request) async throws -> Response {
        let program = try await people.program(of: request, for: Self.acting)
        var isDry = false
        if !request.body.isEmpty {
            var problems = FieldProblems()
            isDry = try Self.fields(of: request, ["dryRun"], &problems).boolean("dryRun", &problems) ?? false
            guard problems.isEmpty else { throw Problem.refused(problems.all) }
        }
        let bulk = BulkRefresh { try await api.call(.post, BulkRefresh.path, body: $0, by: program, request) }
        let answer = try await bulk.answer(isDry: isDry)
        return LogJSON.noStore(.json(answer.status, answer.bytes))
    }

    private static func fields(
        of request: Request, _ known: [String], _ problems: inout FieldProblems
    ) throws -> FieldReader {
        try request.refuseParameters()
        return FieldReader(
            try RequestBody.document(of: request, bytesMax: bodyBytesMax), known: known, problems: &problems)
    }
}
