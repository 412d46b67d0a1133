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
    let sessions: SessionStore
    let people: People

    init(_ site: SiteParts) {
        store = DeliveryPageStore(site.platformDatabase)
        sessions = site.people.sessions
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
        router.on(.get, "/api/admin/delivery", LogJSON.handler(json))
    }

    private func page(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request)
        try await sessions.record(
            AuditSource(visitor.who.actor, address: people.address(of: request)), "delivery.viewed")
        let picture = try await store.picture()
        return Page.response(
            "Delivery",
            visitor: visitor,
            """
            <div class="head"><h1>Delivery</h1><a class="btn btn-sm btn-plain end" href="\(FounderPages.path)">\
            Businesses</a><a class="btn btn-sm btn-plain" href="\(Self.path)">Refresh</a></div>
            \(DeliverySections.tiles(picture))
            \(DeliverySections.gates(picture.gates))
            \(DeliverySections.limits(picture.limits))
            \(DeliverySections.unanswered(picture.unanswered))
            \(DeliverySections.duplicates(picture.duplicates))
            \(DeliverySections.ledgers(picture.ledgers))
            \(DeliverySections.ended(picture.ledgers))
            """
        )
    }

    private func json(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        try await sessions.record(caller.source, "delivery.read")
        return DeliveryJSON.response(try await store.picture())
    }
}
