import HTTPServer
import Models
import Runtime
import Spreadsheet
import Storage

/// Lists as files: ordering them, watching them grow, taking them. The same for a business and for founders.
struct ExportPages: Sendable {
    private let side: ExportSide
    private let desk: ExportDesk
    private let people: People
    private let looks: Looks

    init(_ site: SiteParts, _ side: ExportSide) {
        self.side = side
        desk = ExportDesk(site, side)
        people = site.people
        looks = site.looks
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, side.path, Page.handler(list))
        router.on(.post, side.path, Page.handler(order))
        router.on(.get, side.path + "/{id}/file", Page.handler(file))
        for list in side.lists {
            router.on(.get, "\(side.path)/\(list.rawValue).csv", Page.handler { try await download(list, $0) })
        }
    }

    private func caller(of request: Request) async throws -> (ExportCaller, Visitor) {
        switch side {
        case .business:
            let (tenantID, visitor) = try await people.anyMember(of: request)
            let caller = ExportCaller(tenantID: tenantID, source: people.source(visitor, request)) { list in
                guard visitor.who.access.allows(list.scope) else { throw Problem.notAllowed(visitor.who, list.scope) }
            }
            return (caller, visitor)
        case .founders:
            let visitor = try await people.founder(of: request)
            return (ExportCaller(tenantID: nil, source: people.source(visitor, request)) { _ in }, visitor)
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let (caller, visitor) = try await caller(of: request)
        if side == .founders { try await looks.record(caller.source, "exports.viewed", for: request) }
        let exports = try await desk.exports(for: caller)
        return Page.response("Exports", visitor: visitor, section: back.section, content(exports))
    }

    private func order(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        let (caller, _) = try await caller(of: request)
        guard let format = fields["format"].flatMap(TableFormat.init(rawValue:)) else {
            throw Problem.badParameter("format", "It is csv or xlsx.")
        }
        guard let list = fields["list"].flatMap(ExportList.init(rawValue:)), side.lists.contains(list) else {
            throw Problem.badParameter("list", "There is no file of this list.")
        }
        _ = try await desk.order(list, as: format, for: caller) { fields[$0] }
        return .redirect(to: side.path)
    }

    private func file(_ request: Request) async throws -> Response {
        let (caller, _) = try await caller(of: request)
        let id = request.pathParameter("id").flatMap { ExportID($0) }
        return try await desk.file(try await desk.found(id, for: caller), for: caller)
    }

    private func download(_ list: ExportList, _ request: Request) async throws -> Response {
        let (caller, _) = try await caller(of: request)
        return try await desk.download(list, for: caller) { request.query($0) }
    }

    // MARK: Markup

    /// Below a list: the list as a file.
    ///
    /// - Parameter filter: what narrows it, as its address has it.
    static func offer(
        _ list: ExportList, _ filter: [(name: String, value: String)], on side: ExportSide, _ visitor: Visitor
    ) -> HTML {
        let given = filter.filter { !$0.value.isEmpty }
        let hidden: [HTML] = ([("list", list.rawValue)] + given).map {
            "<input type=\"hidden\" name=\"\($0.0)\" value=\"\($0.1)\">"
        }
        let direct = "\(side.path)/\(list.rawValue).csv" + QueryText.make(given.map { ($0.name, $0.value) })
        return """
            <details class="panel export"><summary>Export this list</summary><div class="inside">
            <p class="quiet small">CSV comes at once, however long the list is. An Excel file is made in the background, up to \
            \(Piece.number(ExportWork.rowsMax)) rows, and kept for a day. Who takes it is on record.</p>
            <div class="actions"><a class="btn btn-plain" href="\(direct)" download>\
            Download CSV</a><form method="post" action="\(side.path)">\(FormToken.input(visitor))\(hidden)\
            <button class="btn btn-plain" name="format" value="xlsx">Make an Excel file</button>
            <button class="btn btn-plain" name="format" value="csv">Make a CSV file</button></form>\
            <a class="btn btn-plain" href="\(side.path)">Files</a></div></div></details>
            """
    }

    private var back: (link: Link, section: Section) {
        switch side {
        case .business: (Link("Messages", TenantPages.path), .messages)
        case .founders: (Link("All businesses", FounderPages.path), .system)
        }
    }

    private func content(_ exports: [StoredExport]) -> HTML {
        let list: HTML =
            exports.isEmpty
            ? "<p class=\"empty\">No file was made in the last day. A list can be made one: see “Export this list” below it.</p>"
            : """
            <table class="list"><thead><tr><th scope="col">File</th><th scope="col">State</th><th scope="col">Rows</th>\
            <th scope="col">Ordered</th><th scope="col">Kept until</th></tr></thead><tbody>\(exports.map(row))</tbody></table>
            """
        let isOpen = exports.contains { $0.state == .waiting || $0.state == .running }
        let events: HTML? = side == .founders ? " data-events=\"\(FounderPages.eventsPath)\"" : nil
        return """
            <p class="mb-2"><a href="\(back.link.path)">← \(back.link.title)</a></p>
            <div class="head"><h1>Exports</h1><span class="live-sign end" data-live-sign role="status" hidden></span></div>
            <div data-live\(events)><div class="panel" data-piece="exports"\(isOpen ? " data-open" : "" as HTML)>\(list)</div></div>
            """
    }

    private func row(_ export: StoredExport) -> HTML {
        let filter = export.filter.isEmpty ? "all" : export.filter.replacing("&", with: ", ").replacing("=", with: " ")
        return """
            <tr><td class="break"><b>\(export.list.title), \(export.format.uppercased())</b> <span class="quiet small">\(filter)</span></td>
            <td class="end">\(state(export))</td>
            <td data-label="Rows" class="whole number">\(Piece.number(export.rows))</td>
            <td data-label="Ordered" class="whole small">\(Piece.time(export.createdAt))<div class="quiet break">\(KeyNames.brief(export.createdBy))</div></td>
            <td data-label="Kept until" class="whole small">\(Piece.time(export.expiresAt))</td></tr>
            """
    }

    private func state(_ export: StoredExport) -> HTML {
        switch export.state {
        case .waiting: "<span class=\"badge-state\">Waiting</span>"
        case .running:
            """
            <label class="small quiet">Being made <progress max="100" value="\(export.percent)"></progress></label>
            """
        case .ready:
            """
            <a class="btn btn-sm btn-main" href="\(side.path)/\(export.id.description)/file" download>Download</a>
            <span class="quiet small">\(Self.size(export.bytes))</span>
            """
        case .failed: "<span class=\"badge-state is-state-red\">Could not be made</span>"
        }
    }

    private static func size(_ bytes: Int64) -> String {
        bytes < 1 << 20 ? "\(max(1, bytes >> 10)) kB" : "\(bytes >> 20) MB"
    }
}
