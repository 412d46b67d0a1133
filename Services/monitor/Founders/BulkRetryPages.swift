import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Sending failed messages of one or many businesses again, for founders: counted first, then done exactly as counted.
struct BulkRetryPages: Sendable {
    static let path = "/admin/retry"
    /// Businesses of one action; those with the most failures.
    static let businessesMax = 25

    private let people: People
    private let api: TenantAPI
    private let logs: LogPageStore
    private let causes: RootCauseStore

    init(_ site: SiteParts) {
        people = site.people
        api = site.api
        logs = LogPageStore(site.platformDatabase)
        causes = RootCauseStore(site.platformDatabase)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(count))
        router.on(.post, Self.path, Page.handler(execute))
    }

    /// What would happen in one business.
    struct Counted: Sendable {
        let business: Business
        let plan: BulkRetry.Plan
    }

    // MARK: Counting

    private func count(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request)
        let wish = try Wish(request)
        let businesses = try await logs.businesses()
        guard wish.isGiven else {
            return page(visitor, BulkRetrySections.form(wish, businesses))
        }
        let chosen = try await chosen(wish, businesses)
        var counted: [Counted] = []
        for business in chosen.prefix(Self.businessesMax) {
            let plan = try await bulk(business.id, visitor, request).plan(wish.filter)
            try await people.record("retry.counted", of: business.id, by: visitor, request) { writer in
                writer.field("error_code", wish.filter.errorCode)
                writer.field("found", plan.found)
                writer.field("would_retry", plan.wouldRepeat)
            }
            counted.append(Counted(business: business, plan: plan))
        }
        return page(
            visitor,
            BulkRetrySections.form(wish, businesses)
                + BulkRetrySections.counted(counted, moreBusinesses: chosen.count - counted.count, visitor))
    }

    /// The named one, or all that had such failures of late.
    private func chosen(_ wish: Wish, _ businesses: [Business]) async throws -> [Business] {
        if let tenantID = wish.tenantID {
            guard let business = businesses.first(where: { $0.id == tenantID }) else { throw Problem.pageNotFound }
            return [business]
        }
        var failed: [TenantID: Int64] = [:]
        for one in try await causes.failures() where wish.filter.errorCode == nil || one.code == wish.filter.errorCode {
            failed[one.tenantID, default: 0] += one.messages
        }
        return businesses.filter { $0.isActive && failed[$0.id] != nil }
            .sorted { (failed[$0.id] ?? 0, $1.name) > (failed[$1.id] ?? 0, $0.name) }
    }

    // MARK: Doing

    private func execute(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        let visitor = try await people.founder(of: request)
        let plans = (fields["plans"] ?? "").split(separator: ",").prefix(Self.businessesMax).compactMap(Planned.init)
        guard !plans.isEmpty else { throw Problem.formBroken }
        let businesses = try await logs.businesses()
        var done: [BulkRetrySections.Done] = []
        for planned in plans {
            let name = businesses.first { $0.id == planned.tenantID }?.name ?? planned.tenantID.description
            do {
                let result = try await bulk(planned.tenantID, visitor, request).execute(plan: planned.planID)
                try await people.record("retry.executed", of: planned.tenantID, by: visitor, request) { writer in
                    writer.field("plan", planned.planID)
                    writer.field("retried", result.repeated)
                }
                done.append(BulkRetrySections.Done(business: name, result: result, problem: nil))
            } catch let problem as Problem {
                // One business's refusal leaves the others theirs.
                done.append(BulkRetrySections.Done(business: name, result: nil, problem: problem.detail))
            }
        }
        return page(visitor, BulkRetrySections.done(done))
    }

    private func bulk(_ tenantID: TenantID, _ visitor: Visitor, _ request: Request) -> BulkRetry {
        let source = people.source(visitor, request)
        return BulkRetry { [api] body in
            try await api.call(.post, BulkRetry.path, body: body, in: tenantID, byFounder: source)
        }
    }

    private func page(_ visitor: Visitor, _ content: HTML) -> Response {
        Page.response(
            "Send again", visitor: visitor, section: .system,
            """
            <div class="head"><h1>Send failed messages again</h1>\
            <a class="btn btn-sm btn-plain end" href="\(FounderPages.path)">All businesses</a></div>
            \(content)
            """)
    }

    /// `<tenant>:<plan>`, as the form carries it from the page that counted.
    private struct Planned {
        let tenantID: TenantID
        let planID: String

        init?(_ text: Substring) {
            let halves = text.split(separator: ":")
            guard halves.count == 2, let tenantID = TenantID(halves[0]), let plan = UUIDValue(halves[1]) else { return nil }
            self.tenantID = tenantID
            planID = plan.description
        }
    }

    /// What somebody wants to be sent again.
    struct Wish {
        var business = ""
        var errorCode = ""
        var from = ""
        var to = ""
        var isPermanentToo = false
        private(set) var tenantID: TenantID?
        private(set) var filter = BulkRetry.Filter()

        init(_ request: Request) throws {
            business = request.query("business") ?? ""
            errorCode = request.query("error_code")?.trimmed ?? ""
            from = request.query("from") ?? ""
            to = request.query("to") ?? ""
            isPermanentToo = request.query("permanent") == "yes"
            filter.sparesPermanent = !isPermanentToo
            tenantID = try request.chosenBusiness()
            if !errorCode.isEmpty {
                guard let code = Int32(errorCode) else {
                    throw Problem.badParameter("error_code", "It is a provider's code, as in 131026.")
                }
                filter.errorCode = Int(code)
            }
            if !from.isEmpty { filter.from = try LogQuery.time(from, "from", endOfDay: false) }
            if !to.isEmpty { filter.to = try LogQuery.time(to, "to", endOfDay: true) }
        }

        var isGiven: Bool { ![business, errorCode, from, to].allSatisfy(\.isEmpty) }
    }
}
