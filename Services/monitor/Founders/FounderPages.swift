import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// What founders see of all businesses. Every look is written down before it is granted, and numbers are masked.
struct FounderPages: Sendable {
    static let path = "/admin/whatsapp-monitor"
    /// What pages of all businesses listen to.
    static let eventsPath = "/admin/events"
    /// How far back the list looks when nobody says: there is no index by time across tenants.
    static let spanStandard = Duration.seconds(2 * 86_400)
    private static let alertsMax = 50

    let logs: LogPageStore
    let counts: CountStore
    let alerts: AlertStore
    let causes: RootCauseStore
    let gates: GateAdminStore
    let looks: Looks
    let feed: LiveFeed
    let people: People

    init(_ site: SiteParts) {
        logs = LogPageStore(site.platformDatabase)
        counts = CountStore(site.platformDatabase)
        alerts = AlertStore(site.platformDatabase, ids: site.ids)
        causes = RootCauseStore(site.platformDatabase)
        gates = GateAdminStore(site.platformDatabase, ids: site.ids)
        looks = site.looks
        feed = site.feed
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, "/admin", Page.handler { _ in .redirect(to: Self.path) })
        router.on(.get, Self.path, Page.handler(overview))
        router.on(.get, Self.eventsPath, Page.handler(events))
        router.on(.get, "/api/admin/whatsapp-logs", LogJSON.handler(listJSON))
    }

    private func overview(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request)
        let query = try LogQuery(request)
        try await record(people.source(visitor, request), "businesses.viewed", query, request)
        let now = SystemClock.now()
        let dayBefore = Timestamp(microseconds: now.microseconds - 86_400_000_000)
        let alerts = try await alerts.openAlerts(max: Self.alertsMax)
        let flows = try await counts.flowsOfAllTenants(from: dayBefore, to: now)
        let page = try await logs.pageOfAllTenants(Self.filter(query, now), at: query.place, size: query.size)
        let figures = Dictionary(flows.map { ($0.subject, $0) }, uniquingKeysWith: { first, _ in first })
        let roots = RootCauses.all(gates: try await gates.closed(), failures: try await causes.failures())
        let retries = try await causes.retries()
        // Trouble first, then the busiest.
        let businesses = try await logs.businesses().map { ($0, figures[$0.id.value] ?? CountedFlow()) }
            .sorted { ($0.0.critical, $0.1.accepted) > ($1.0.critical, $1.1.accepted) }
        let isNewest = if case .newest = query.place { true } else { false }
        return Page.response(
            "All businesses",
            visitor: visitor,
            section: .system,
            """
            <div class="head"><h1>All businesses</h1>\
            <span class="live-sign" data-live-sign role="status" hidden></span>\
            <a class="btn btn-sm btn-plain end" href="\(BulkRetryPages.path)">Send again…</a>\
            <a class="btn btn-sm btn-plain" href="\(DeliveryPages.path)">Delivery</a></div>
            <div \(isNewest ? "data-live data-events=\"\(Self.eventsPath)\"" : "" as HTML)>
            \(Piece.live("totals", Self.totals(businesses, retries)))
            \(Piece.live("causes", RootCauseSection.list(roots)))
            \(Piece.live("alerts", Self.alertList(alerts)))
            \(Piece.live("businesses", Self.businessTable(businesses)))
            <div class="head mt-4"><h2>\(query.isFiltered ? "Messages" : "Latest critical failures")</h2></div>
            \(Self.filters(query, businesses.map(\.0)))
            \(MessageList.table(page, isAcrossTenants: true))
            \(LogPageLinks.markup(page, query, path: Self.path))
            </div>
            \(ExportPages.offer(.messages, query.filterFields, on: .founders, visitor))
            """
        )
    }

    private func listJSON(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        let query = try LogQuery(request)
        try await record(caller.source, "messages.listed", query, request)
        let page = try await logs.pageOfAllTenants(
            Self.filter(query, SystemClock.now()),
            at: query.place,
            size: query.size
        )
        return LogJSON.page(page, isAcrossTenants: true)
    }

    /// Without a filter: what is critical.
    static func filter(_ query: LogQuery, _ now: Timestamp) -> LogFilter {
        var filter = query.filter
        if !query.isFiltered { filter.isCriticalOnly = true }
        if filter.from == nil {
            filter.from = Timestamp(microseconds: now.microseconds - spanStandard.microseconds)
        }
        return filter
    }

    private func events(_ request: Request) async throws -> Response {
        _ = try await people.founder(of: request)
        return try feed.stream(for: .platform)
    }

    private func record(
        _ source: AuditSource, _ action: String, _ query: LogQuery, _ request: Request
    ) async throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("status", query.status)
            writer.field("business", query.business)
            writer.field("min_retries", query.minRetries)
            writer.field("error_code", query.errorCode)
            // Whose number was looked for is the recipient's business.
            writer.field("by_phone", !query.phone.isEmpty)
        }
        try await looks.record(source, action, detail: JSONText(writer.bytes), for: request)
    }

    // MARK: Pieces

    private static func totals(_ businesses: [(Business, CountedFlow)], _ retries: RootCauseStore.Retries) -> HTML {
        var whole = CountedFlow()
        for (_, flow) in businesses {
            whole.accepted += flow.accepted
            whole.net.merge(flow.net, uniquingKeysWith: +)
        }
        let critical = businesses.reduce(0) { $0 + $1.0.critical }
        let notSent = whole.failed + whole.undelivered + whole.expired
        return """
            <section class="tiles" aria-label="All businesses, the last 24 hours">
            \(Piece.tile("critical", Piece.number(critical), critical > 0 ? "is-bad" : "is-good"))
            \(Piece.tile("total failed", Piece.number(notSent), notSent > 0 ? "is-bad" : ""))
            \(Piece.tile("accepted, last 24 h", Piece.number(whole.accepted)))
            \(Piece.tile("delivered", Piece.number(whole.delivered)))
            \(Piece.tile("delivery rate", Piece.percent(whole.deliveryRate)))
            \(Piece.tile("retry success", Piece.percent(retries.successRate)))
            </section>
            """
    }

    private static func alertList(_ alerts: [StoredAlert]) -> HTML {
        guard !alerts.isEmpty else { return "<p class=\"notice\">No open alerts.</p>" }
        return """
            <section class="panel"><h2>Open alerts</h2>
            \(alerts.map(alertItem))
            </section>
            """
    }

    private static func alertItem(_ alert: StoredAlert) -> HTML {
        """
        <div class="alert-item \(alert.severity == .critical ? "is-critical" : "")">
        <b>\(alert.title)</b>
        <div class="quiet small">\(alert.code) · \(Piece.number(alert.occurrences)) so far · since \
        \(Piece.time(alert.openedAt)) · latest \(Piece.time(alert.updatedAt))</div>
        <details><summary class="small">Details</summary><pre class="small">\(alert.detail)</pre></details>
        </div>
        """
    }

    private static func businessTable(_ businesses: [(Business, CountedFlow)]) -> HTML {
        """
        <section class="panel"><h2>Businesses, last 24 hours</h2>
        <table class="list"><thead><tr><th scope="col">Business</th><th scope="col">Critical</th>\
        <th scope="col">Accepted</th><th scope="col">Delivered</th><th scope="col">Not sent</th>\
        <th scope="col">On the way</th><th scope="col">Delivery rate</th></tr></thead><tbody>
        \(businesses.map { businessRow($0.0, $0.1) })
        </tbody></table></section>
        """
    }

    private static func businessRow(_ business: Business, _ flow: CountedFlow) -> HTML {
        let link = path + QueryText.make([("business", business.id.description)])
        let suspended: HTML? = business.isActive ? nil : " <span class=\"badge-state\">suspended</span>"
        let notSent = flow.failed + flow.undelivered + flow.expired
        let critical: HTML =
            business.critical == 0
            ? "<span class=\"quiet\">0</span>"
            : "<span class=\"badge-state mark-critical\">\(Piece.number(business.critical))</span>"
        return """
            <tr class="\(business.critical > 0 ? "is-critical" : "")">
            <td><a class="row-link" href="\(link)">\(business.name)</a>\(suspended)</td>
            <td class="end" data-label="Critical">\(critical)</td>
            <td class="number" data-label="Accepted">\(Piece.number(flow.accepted))</td>
            <td class="number end" data-label="Delivered">\(Piece.number(flow.delivered))</td>
            <td class="number" data-label="Not sent">\(Piece.number(notSent))</td>
            <td class="number end" data-label="On the way">\(Piece.number(flow.pending))</td>
            <td class="number" data-label="Delivery rate">\(Piece.percent(flow.deliveryRate))</td>
            </tr>
            """
    }

    private static func filters(_ query: LogQuery, _ businesses: [Business]) -> HTML {
        let retries = [("", "Any"), ("1", "1 or more"), ("2", "2 or more"), ("3", "3 or more")]
            .map { Piece.option($0.0, $0.1, chosen: query.minRetries) }
        let clear: HTML? =
            query.isFiltered ? "<a class=\"btn btn-plain\" href=\"\(path)\">Clear</a>" : nil
        let isMoreOpen = ![query.from, query.to, query.errorCode].allSatisfy(\.isEmpty)
        return """
            <form class="panel" method="get" action="\(path)" role="search"><div class="inside filters">
            \(Piece.businessField(businesses, chosen: query.business))
            \(Piece.statusField(query.status))
            <div><label class="form-label" for="minRetries">Retries</label>
            <select class="form-select" id="minRetries" name="minRetries" data-submits>\(retries)</select></div>
            <div class="buttons"><button class="btn btn-main">Filter</button>\(clear)</div>
            <details\(isMoreOpen ? " open" : "" as HTML)><summary>Error code and dates</summary><div class="more">
            \(Piece.textField("error_code", "Error code", query.errorCode, hint: "131026"))
            \(Piece.textField("from", "From day", query.from, type: "date"))
            \(Piece.textField("to", "To day", query.to, type: "date"))
            </div></details>
            </div></form>
            """
    }
}
