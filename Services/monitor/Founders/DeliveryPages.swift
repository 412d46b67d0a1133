import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// What founders see of the engine: what holds messages up, and whether all is accounted for.
struct DeliveryPages: Sendable {
    static let path = "/admin/delivery"

    let store: DeliveryPageStore
    let engine: EngineStore
    let causes: RootCauseStore
    let looks: Looks
    let people: People

    init(_ site: SiteParts) {
        store = DeliveryPageStore(site.platformDatabase)
        engine = EngineStore(site.platformDatabase)
        causes = RootCauseStore(site.platformDatabase)
        looks = site.looks
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
        router.on(.get, "/api/admin/delivery", LogJSON.handler(json))
    }

    private func page(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request, looking: "delivery.viewed", looks)
        let picture = try await store.picture()
        let backlog = try await engine.backlog(after: EngineSections.grace)
        let figures = try await engine.latest(EngineSections.metrics)
        let failures = try await causes.failures()
        return Page.response(
            "Delivery",
            visitor: visitor,
            section: .system,
            """
            <div class="head"><h1>Delivery</h1>\
            <span class="live-sign" data-live-sign role="status" hidden></span>\
            <a class="btn btn-sm btn-plain end" href="\(BulkRefreshPages.path)">Ask for statuses…</a>\
            <a class="btn btn-sm btn-plain" href="\(FounderPages.path)">All businesses</a></div>
            <div data-live data-events="\(FounderPages.eventsPath)">
            \(Piece.live("engine", EngineSections.tiles(backlog, figures, SystemClock.now())))
            \(Piece.live("totals", DeliverySections.tiles(picture)))
            \(Piece.live("dead", EngineSections.dead(failures)))
            \(Piece.live("spans", EngineSections.dwell(figures)))
            \(Piece.live("parts", EngineSections.parts(figures)))
            \(Piece.live("gates", DeliverySections.gates(picture.gates)))
            \(Piece.live("limits", DeliverySections.limits(picture.limits)))
            \(Piece.live("unanswered", DeliverySections.unanswered(picture.unanswered)))
            \(Piece.live("duplicates", DeliverySections.duplicates(picture.duplicates)))
            \(Piece.live("ledgers", DeliverySections.ledgers(picture.ledgers)))
            \(Piece.live("ended", DeliverySections.ended(picture.ledgers)))
            </div>
            """
        )
    }

    private func json(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        try await looks.record(caller.source, "delivery.read", for: request)
        return DeliveryJSON.response(try await store.picture())
    }
}
