import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// The record of who did what, in all businesses and on the platform itself.
struct RecordPages: Sendable {
    static let path = "/admin/audit"

    private let store: AuditStore
    private let logs: LogPageStore
    private let people: People
    private let looks: Looks

    init(_ site: SiteParts) {
        store = AuditStore(site.platformDatabase)
        logs = LogPageStore(site.platformDatabase)
        people = site.people
        looks = site.looks
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
    }

    private func page(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request, looking: "audit.viewed", looks)
        let wish = try Wish(request)
        let businesses = try await logs.businesses()
        let found = try await store.entries(of: wish.tenantID, everywhere: wish.filter, after: wish.after, max: Wish.size + 1)
        let shown = found.prefix(Wish.size)
        let names = Dictionary(businesses.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let older: HTML? =
            found.count > Wish.size
            ? shown.last.map { "<nav class=\"pages\" aria-label=\"Pages\"><a class=\"btn btn-plain\" href=\"\(wish.link(after: $0.id))\">Older →</a></nav>" }
            : nil
        return Page.response(
            "Audit", visitor: visitor, section: .auditLog,
            """
            <div class="head"><h1>Audit</h1></div>
            \(Self.form(wish, businesses))
            \(Panel.table(
                "Who did what", empty: "Nothing of that is on record.",
                columns: ["When", "Who", "What", "Business", "Details"],
                shown.map { Self.row($0, names) }))
            \(older)
            """)
    }

    private static func form(_ wish: Wish, _ businesses: [Business]) -> HTML {
        """
            <form class="panel" method="get" action="\(path)" role="search"><div class="inside filters">
            \(Piece.businessField(businesses, chosen: wish.business, all: "All, and the platform"))
            \(Piece.textField("actor", "Who", wish.actor, hint: "part of an address"))
            \(Piece.textField("action", "What", wish.action, hint: "gate"))
            <div class="buttons"><button class="btn btn-main">Filter</button>\
            <a class="btn btn-plain" href="\(path)">Clear</a></div>
            <details\(wish.from.isEmpty && wish.to.isEmpty ? "" : " open" as HTML)><summary>Dates</summary><div class="more">
            \(Piece.textField("from", "From day", wish.from, type: "date"))
            \(Piece.textField("to", "To day", wish.to, type: "date"))
            </div></details></div></form>
            """
    }

    private static func row(_ record: AuditRecord, _ names: [TenantID: String]) -> HTML {
        let business = record.tenantID.map { names[$0] ?? $0.description } ?? "the platform"
        let address: HTML? = record.address.map { "<div class=\"quiet small\">from \($0)</div>" }
        let target: HTML? = record.target.map { "<div class=\"small break\">\($0)</div>" }
        let detail = record.detail.map { $0.text } ?? "{}"
        return """
            <tr><td class="small" data-label="When">\(Piece.time(record.at))</td>
            <td class="whole break who-did">\(record.actor)\(address)</td>
            <td class="whole"><b>\(record.action)</b>\(target)</td>
            <td data-label="Business">\(business)</td>
            <td class="whole small break quiet">\(detail == "{}" ? "" : detail)</td></tr>
            """
    }

    /// What the list is narrowed to, and where it begins.
    private struct Wish {
        static let size = 100

        let business: String
        let actor: String
        let action: String
        let from: String
        let to: String
        let tenantID: TenantID?
        let after: UUIDValue?
        private(set) var filter = AuditFilter()

        init(_ request: Request) throws {
            business = request.query("business") ?? ""
            actor = request.query("actor")?.trimmed ?? ""
            action = request.query("action")?.trimmed ?? ""
            from = request.query("from") ?? ""
            to = request.query("to") ?? ""
            tenantID = try request.chosenBusiness()
            after = try request.query("after").map { text in
                guard let id = UUIDValue(text) else { throw Problem.badParameter("after", "It is not an id.") }
                return id
            }
            filter.actor = actor.isEmpty ? nil : actor
            filter.action = action.isEmpty ? nil : action
            if !from.isEmpty { filter.from = try LogQuery.time(from, "from", endOfDay: false) }
            if !to.isEmpty { filter.to = try LogQuery.time(to, "to", endOfDay: true) }
        }

        func link(after id: UUIDValue) -> String {
            RecordPages.path + QueryText.make([
                ("business", business), ("actor", actor), ("action", action), ("from", from), ("to", to),
                ("after", id.description),
            ])
        }
    }
}
