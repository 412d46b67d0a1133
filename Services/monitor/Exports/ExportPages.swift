import HTTPServer
import Models
import Runtime
import Spreadsheet
import Storage

/// Lists as files: ordering them, watching them grow, taking them.
struct ExportPages: Sendable {
    private let desk: ExportDesk
    private let people: People

    init(_ site: SiteParts) {
        desk = ExportDesk(site)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, ExportDesk.path, Page.handler(list))
        router.on(.post, ExportDesk.path, Page.handler(order))
        router.on(.get, ExportDesk.path + "/{id}/file", Page.handler(file))
        router.on(.get, ExportDesk.path + "/messages.csv", Page.handler(download))
    }

    private func list(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        let exports = try await desk.exports.exports(of: tenantID)
        return Page.response("Exports", visitor: visitor, section: .messages, Self.content(exports, now: SystemClock.now()))
    }

    private func order(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        let fields = try people.form(request)
        guard let format = fields["format"].flatMap(TableFormat.init(rawValue:)) else {
            throw Problem.badParameter("format", "It is csv or xlsx.")
        }
        let query = try LogQuery { fields[$0] }
        _ = try await desk.order(format, query, of: tenantID, by: source(visitor, request))
        return .redirect(to: ExportDesk.path)
    }

    private func file(_ request: Request) async throws -> Response {
        let (tenantID, _) = try await people.member(of: request)
        return try desk.file(try await desk.found(request, of: tenantID), of: tenantID)
    }

    private func download(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        return try await desk.download(try LogQuery(request), of: tenantID, by: source(visitor, request))
    }

    private func source(_ visitor: Visitor, _ request: Request) -> AuditSource {
        AuditSource(visitor.who.actor, address: people.address(of: request))
    }

    // MARK: Markup

    /// Below a list: the list as a file.
    static func offer(_ query: LogQuery, _ visitor: Visitor) -> HTML {
        let hidden: [HTML] = query.filterFields.map { "<input type=\"hidden\" name=\"\($0.0)\" value=\"\($0.1)\">" }
        return """
            <details class="panel export"><summary>Export this list</summary><div class="inside">
            <p class="quiet small">CSV comes at once, however long the list is. An Excel file is made in the background, up to \
            \(Piece.number(ExportWork.rowsMax)) messages, and kept for a day.</p>
            <div class="actions"><a class="btn btn-plain" href="\(ExportDesk.path)/messages.csv\(query.filterText.isEmpty ? "" : "?")\(query.filterText)" download>\
            Download CSV</a><form method="post" action="\(ExportDesk.path)">\(FormToken.input(visitor))\(hidden)\
            <button class="btn btn-plain" name="format" value="xlsx">Make an Excel file</button>
            <button class="btn btn-plain" name="format" value="csv">Make a CSV file</button></form>\
            <a class="btn btn-plain" href="\(ExportDesk.path)">Files</a></div></div></details>
            """
    }

    private static func content(_ exports: [StoredExport], now: Timestamp) -> HTML {
        let rows: [HTML] = exports.map { row($0, now: now) }
        let list: HTML =
            exports.isEmpty
            ? "<p class=\"empty\">No file was made in the last day. A list of messages can be made one: see “Export this list” there.</p>"
            : """
            <table class="list"><thead><tr><th scope="col">File</th><th scope="col">State</th><th scope="col">Messages</th>\
            <th scope="col">Ordered</th><th scope="col">Kept until</th></tr></thead><tbody>\(rows)</tbody></table>
            """
        let isOpen = exports.contains { $0.state == .waiting || $0.state == .running }
        return """
            <p class="mb-2"><a href="\(TenantPages.path)">← Messages</a></p>
            <div class="head"><h1>Exports</h1><span class="live-sign end" data-live-sign role="status" hidden></span></div>
            <div data-live><div class="panel" data-piece="exports"\(isOpen ? " data-open" : "" as HTML)>\(list)</div></div>
            """
    }

    private static func row(_ export: StoredExport, now: Timestamp) -> HTML {
        let filter = export.filter.isEmpty ? "all messages" : export.filter.replacing("&", with: ", ").replacing("=", with: " ")
        return """
            <tr><td class="break"><b>\(export.format.uppercased())</b> <span class="quiet small">\(filter)</span></td>
            <td class="end">\(state(export))</td>
            <td data-label="Messages" class="whole number">\(Piece.number(export.rows))</td>
            <td data-label="Ordered" class="whole small">\(Piece.time(export.createdAt))<div class="quiet break">\(KeyNames.brief(export.createdBy))</div></td>
            <td data-label="Kept until" class="whole small">\(Piece.time(export.expiresAt))</td></tr>
            """
    }

    private static func state(_ export: StoredExport) -> HTML {
        switch export.state {
        case .waiting: "<span class=\"badge-state\">Waiting</span>"
        case .running:
            """
            <label class="small quiet">Being made <progress max="100" value="\(percent(export))"></progress></label>
            """
        case .ready:
            """
            <a class="btn btn-sm btn-main" href="\(ExportDesk.path)/\(export.id.description)/file" download>Download</a>
            <span class="quiet small">\(size(export.bytes))</span>
            """
        case .failed: "<span class=\"badge-state is-state-red\">Could not be made</span>"
        }
    }

    /// How far the reading has come between the order and the oldest message: nobody counts beforehand.
    static func percent(_ export: StoredExport) -> Int {
        guard let reached = export.reached?.value.instant, let oldest = export.oldest?.value.instant else { return 0 }
        let whole = max(1, export.createdAt.microseconds - oldest.microseconds)
        let done = export.createdAt.microseconds - reached.microseconds
        return Int(min(99, max(0, done * 100 / whole)))
    }

    private static func size(_ bytes: Int64) -> String {
        bytes < 1 << 20 ? "\(max(1, bytes >> 10)) kB" : "\(bytes >> 20) MB"
    }
}
