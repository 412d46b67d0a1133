import HTTPServer
import Models
import Runtime
import Storage

/// What a business sees of itself, as pages and as JSON.
struct TenantPages: Sendable {
    static let path = "/dashboard/whatsapp-logs"

    let logs: LogPageStore
    let counts: CountStore
    let people: People
    let feed: LiveFeed

    init(_ site: SiteParts) {
        logs = LogPageStore(site.tenantDatabase)
        counts = CountStore(site.tenantDatabase)
        people = site.people
        feed = site.feed
    }

    func addRoutes(to router: inout Router) {
        router.on(
            .get,
            "/",
            Page.handler { request in
                guard let visitor = try await people.visitor(of: request) else {
                    return .redirect(to: "/sign-in")
                }
                return .redirect(to: SignInPages.home(of: visitor.who))
            }
        )
        router.on(.get, Self.path, Page.handler(list))
        router.on(.get, "/dashboard/events", LogJSON.handler(events))
        router.on(.get, "/api/whatsapp/logs", LogJSON.handler(listJSON))
        router.on(.get, "/v1/stats", LogJSON.handler(stats))
    }

    // MARK: Pages

    private func list(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        let query = try LogQuery(request)
        let page = try await logs.page(
            of: tenantID, query.filter, at: query.place, order: query.order, size: query.size)
        let now = SystemClock.now()
        let day = try await counts.flows(of: tenantID, from: Self.dayBefore(now), to: now, by: .total).first
        let states = try await counts.messagesInStates(of: tenantID)
        let templates = try await logs.templateNames(of: tenantID)
        let senders = try await logs.senders(of: tenantID)
        let isNewest = if case .newest = query.place { true } else { false }
        return Page.response(
            "Messages",
            visitor: visitor,
            section: .messages,
            """
            <div class="head"><h1>Messages</h1>\
            <span class="live-sign end" data-live-sign role="status" hidden></span></div>
            \(LogFilterForm.markup(query, templates: templates, senders: senders))
            <div \(isNewest ? "data-live" : "" as HTML)>
            \(Self.totals(day ?? CountedFlow(), states))
            \(MessageList.table(page, for: visitor, isAcrossTenants: false))
            \(LogPageLinks.markup(page, query, path: Self.path))
            </div>
            \(ExportPages.offer(.messages, query.filterFields, on: .business, visitor))
            """
        )
    }

    static func totals(_ day: CountedFlow, _ states: [MessageState: Int64]) -> HTML {
        let pending = MessageState.allCases.filter(\.awaitsUs).reduce(0) { $0 + (states[$1] ?? 0) }
        let notSent = day.failed + day.undelivered + day.expired
        let version = [day.accepted, day.sent, day.delivered, day.read, notSent, pending].map(\.description)
        return """
            <section class="tiles" aria-label="The last 24 hours" data-piece="totals" \
            data-version="\(version.joined(separator: "."))">
            \(Piece.tile("accepted, last 24 h", Piece.number(day.accepted)))
            \(Piece.tile("delivered", Piece.number(day.delivered)))
            \(Piece.tile("read", Piece.number(day.read)))
            \(Piece.tile("not sent", Piece.number(notSent), notSent > 0 ? "is-bad" : ""))
            \(Piece.tile("on the way now", Piece.number(pending)))
            \(Piece.tile("delivery rate", Piece.percent(day.deliveryRate)))
            </section>
            """
    }

    /// The stream ends after a while, so that a session that is over does not listen on: browsers come again.
    private func events(_ request: Request) async throws -> Response {
        try feed.stream(for: .tenant(try await people.caller(of: request)))
    }

    // MARK: JSON

    private func listJSON(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        let query = try LogQuery(request)
        let page = try await logs.page(
            of: tenantID, query.filter, at: query.place, order: query.order, skipped: query.skipped, size: query.size)
        return LogJSON.page(page, order: query.order, number: query.pageNumber, isAcrossTenants: false)
    }

    private func stats(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        let now = SystemClock.now()
        let to = try request.query("to").map { try LogQuery.time($0, "to", endOfDay: true) } ?? now
        let from =
            try request.query("from").map { try LogQuery.time($0, "from", endOfDay: false) }
            ?? Self.dayBefore(to)
        let grouping = try request.query("group").map(StatsGrouping.init(word:))
        try grouping?.check(from: from, to: to)
        guard from < to else { throw Problem.badParameter("from", "It lies after `to`.") }
        let total =
            try await counts.flows(of: tenantID, from: from, to: to, by: .total).first ?? CountedFlow()
        let states = try await counts.messagesInStates(of: tenantID)
        var groups: (name: String, flows: [CountedFlow])?
        if let grouping {
            groups = (
                grouping.name, try await counts.flows(of: tenantID, from: from, to: to, by: grouping.grouping)
            )
        }
        return LogJSON.stats(from: from, to: to, total: total, now: states, groups: groups)
    }

    private static func dayBefore(_ moment: Timestamp) -> Timestamp {
        Timestamp(microseconds: moment.microseconds - 86_400_000_000)
    }
}

/// `group=hour`, with a limit on how many groups one answer may have.
struct StatsGrouping {
    static let groupsMax = 2_000

    let name: String
    let grouping: CountGrouping
    private let span: Duration?

    init(word: String) throws {
        name = word
        switch word {
        case "minute": (grouping, span) = (.minute, .seconds(60))
        case "hour": (grouping, span) = (.hour, .seconds(3_600))
        case "day": (grouping, span) = (.day, .seconds(86_400))
        case "template": (grouping, span) = (.template, nil)
        case "sender": (grouping, span) = (.sender, nil)
        default: throw Problem.badParameter("group", "It is one of minute, hour, day, template, sender.")
        }
    }

    func check(from: Timestamp, to: Timestamp) throws {
        guard let span, to - from > span * Self.groupsMax else { return }
        throw Problem.badParameter("group", "The span is too long for groups of this size.")
    }
}

extension Problem {
    static let tooManyPages = Problem(
        status: 503,
        code: "too_many_pages",
        title: "Too many open pages",
        detail: "Too many pages are open at once; this one is not live.",
        retryAfter: .seconds(60)
    )
}
