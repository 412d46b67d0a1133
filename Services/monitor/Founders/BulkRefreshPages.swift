import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Asking providers what became of messages of one or many businesses, for founders: counted first, then asked for, and
/// what came of it as the answers come.
struct BulkRefreshPages: Sendable {
    static let path = "/admin/refresh"
    /// Businesses of one action; those that were asked for longest ago.
    static let businessesMax = 25

    private let people: People
    private let api: TenantAPI
    private let logs: LogPageStore
    private let store: StatusRequestStore
    private let looks: Looks

    init(_ site: SiteParts) {
        people = site.people
        api = site.api
        logs = LogPageStore(site.platformDatabase)
        store = StatusRequestStore(site.platformDatabase)
        looks = site.looks
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(count))
        router.on(.post, Self.path, Page.handler(execute))
    }

    /// What would be asked for in one business, or was.
    struct Counted: Sendable {
        let business: Business
        /// Nil: it was refused.
        let wishes: BulkRefresh.Wishes?
        var problem: String?
    }

    // MARK: Counting

    private func count(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request, looking: "refresh.viewed", looks)
        let wish = try Wish(request)
        let businesses = try await logs.businesses()
        guard wish.isGiven else {
            let content: HTML = """
                \(BulkRefreshSections.form(wish, businesses))
                <div data-live data-events="\(FounderPages.eventsPath)">
                \(Piece.live("outcomes", BulkRefreshSections.outcomes(try await store.outcomes())))
                </div>
                """
            return page(visitor, content)
        }
        // What is accepted from now on was not counted, and is not asked for.
        var filter = wish.filter
        let now = SystemClock.now()
        filter.to = min(filter.to ?? now, now)
        let chosen = try await chosen(wish, businesses)
        var counted: [Counted] = []
        for business in chosen.prefix(Self.businessesMax) {
            let wishes = try await bulk(business.id, visitor, request).wishes(filter, isDry: true)
            try await people.record("refresh.counted", of: business.id, by: visitor, request) { writer in
                writer.field("would_request", wishes.requested)
                writer.field("not_offered", wishes.notOffered)
            }
            counted.append(Counted(business: business, wishes: wishes))
        }
        return page(
            visitor,
            BulkRefreshSections.form(wish, businesses)
                + BulkRefreshSections.counted(counted, filter, moreBusinesses: chosen.count - counted.count, visitor))
    }

    /// The named one, or all with a provider that can be asked.
    private func chosen(_ wish: Wish, _ businesses: [Business]) async throws -> [Business] {
        if let tenantID = wish.tenantID {
            guard let business = businesses.first(where: { $0.id == tenantID }) else { throw Problem.pageNotFound }
            return [business]
        }
        return try await store.businesses().compactMap { id in businesses.first { $0.id == id } }
    }

    // MARK: Doing

    private func execute(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        let visitor = try await people.founder(of: request)
        let wanted = (fields["businesses"] ?? "").split(separator: ",").prefix(Self.businessesMax).compactMap { TenantID($0) }
        guard !wanted.isEmpty, let to = fields["to"].flatMap({ Timestamp(rfc3339: $0) }) else { throw Problem.formBroken }
        let filter = BulkRefresh.Filter(from: fields["from"].flatMap { Timestamp(rfc3339: $0) }, to: to)
        let businesses = try await logs.businesses()
        var done: [Counted] = []
        for business in wanted.compactMap({ id in businesses.first { $0.id == id } }) {
            do {
                let wishes = try await bulk(business.id, visitor, request).wishes(filter, isDry: false)
                try await people.record("refresh.requested", of: business.id, by: visitor, request) { writer in
                    writer.field("requested", wishes.requested)
                }
                done.append(Counted(business: business, wishes: wishes))
            } catch let problem as Problem {
                // One business's refusal leaves the others theirs.
                done.append(Counted(business: business, wishes: nil, problem: problem.detail))
            }
        }
        return page(visitor, BulkRefreshSections.done(done))
    }

    private func bulk(_ tenantID: TenantID, _ visitor: Visitor, _ request: Request) -> BulkRefresh {
        let source = people.source(visitor, request)
        return BulkRefresh { [api] body in
            try await api.call(.post, BulkRefresh.path, body: body, in: tenantID, byFounder: source)
        }
    }

    private func page(_ visitor: Visitor, _ content: HTML) -> Response {
        Page.response(
            "Ask for statuses", visitor: visitor, section: .system,
            """
            <div class="head"><h1>Ask for statuses</h1>\
            <span class="live-sign" data-live-sign role="status" hidden></span>\
            <a class="btn btn-sm btn-plain end" href="\(DeliveryPages.path)">Delivery</a></div>
            \(content)
            """)
    }

    /// What somebody wants to be asked for.
    struct Wish {
        let business: String
        let from: String
        let to: String
        /// Somebody pressed the button, or followed a link that names a business; all of them is a wish too.
        let isGiven: Bool
        let tenantID: TenantID?
        private(set) var filter = BulkRefresh.Filter()

        init(_ request: Request) throws {
            isGiven = request.query("business") != nil
            business = request.query("business") ?? ""
            from = request.query("from") ?? ""
            to = request.query("to") ?? ""
            tenantID = try request.chosenBusiness()
            if !from.isEmpty { filter.from = try LogQuery.time(from, "from", endOfDay: false) }
            if !to.isEmpty { filter.to = try LogQuery.time(to, "to", endOfDay: true) }
        }
    }
}
