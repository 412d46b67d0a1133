import APIKit
import HTTPServer
import JSON
import Models
import Spreadsheet
import Storage

/// Lists as files, for programs.
struct ExportRoutes: Sendable {
    private static let bodyBytesMax = 4 << 10
    private static let path = "/v1/exports"
    private let desk: ExportDesk
    private let people: People

    init(_ site: SiteParts) {
        desk = ExportDesk(site, .business)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(list))
        router.on(.post, Self.path, LogJSON.handler(order))
        router.on(.get, Self.path + "/{id}", LogJSON.handler(detail))
        router.on(.get, Self.path + "/{id}/file", LogJSON.handler(file))
    }

    private func caller(of request: Request) async throws -> ExportCaller {
        let program = try await people.anyProgram(of: request)
        return ExportCaller(tenantID: program.tenantID, source: program.source) { try program.require($0.scope) }
    }

    private func list(_ request: Request) async throws -> Response {
        let exports = try await desk.exports(for: try await caller(of: request))
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("data", array: { list in for export in exports { list.object { Self.write(export, into: &$0) } } })
            writer.key("next_cursor")
            writer.null()
        }
        return LogJSON.noStore(.json(200, writer.bytes))
    }

    /// 202: the file is made in the background.
    private func order(_ request: Request) async throws -> Response {
        let caller = try await caller(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["list", "format", "filter"], problems: &problems)
        let word = reader.requiredText("format", &problems)
        let format = word.flatMap(TableFormat.init(rawValue:))
        if word != nil, format == nil { problems.note("format_unknown", "format", "`format` is csv or xlsx.") }
        let listWord = reader.text("list", &problems) ?? ExportList.messages.rawValue
        let list = ExportList(rawValue: listWord)
        if list == nil { problems.note("list_unknown", "list", "`list` is messages, contacts or suppressions.") }
        var given: [String: String] = [:]
        if let written = reader["filter"], let list {
            let names = Self.filters(of: list)
            let filter = FieldReader(written, path: "filter.", known: names, problems: &problems)
            for name in names where name != Self.number { given[name] = filter.text(name, &problems) }
            if names.contains(Self.number) {
                given[Self.number] = filter.integer(Self.number, in: 0...100, &problems)?.description
            }
        }
        guard problems.isEmpty, let format, let list else { throw Problem.refused(problems.all) }
        let id = try await desk.order(list, as: format, for: caller) { given[$0] }
        var response = Self.response(try await desk.found(id, for: caller), status: 202)
        response.setHeader("Location", "\(Self.path)/\(id)")
        return response
    }

    private static let number = "minRetries"

    private static func filters(of list: ExportList) -> [String] {
        switch list {
        case .messages: ["status", "kind", "template", "phone", "sender", "from", "to", number]
        case .contacts: ContactQuery.parameters
        case .suppressions: SuppressionQuery.parameters
        }
    }

    private func detail(_ request: Request) async throws -> Response {
        Self.response(try await found(request, for: try await caller(of: request)), status: 200)
    }

    private func file(_ request: Request) async throws -> Response {
        let caller = try await caller(of: request)
        return try await desk.file(try await found(request, for: caller), for: caller)
    }

    private func found(_ request: Request, for caller: ExportCaller) async throws -> StoredExport {
        try await desk.found(request.pathParameter("id").flatMap { ExportID($0) }, for: caller)
    }

    private static func response(_ export: StoredExport, status: Int) -> Response {
        var writer = JSONWriter()
        writer.object { write(export, into: &$0) }
        return LogJSON.noStore(.json(status, writer.bytes))
    }

    private static func write(_ export: StoredExport, into writer: inout JSONWriter) {
        writer.field("id", export.id.description)
        writer.field("list", export.list.rawValue)
        writer.field("format", export.format)
        writer.field("filter", export.filter)
        writer.field("state", export.state.rawValue)
        writer.field("rows", export.rows)
        writer.field("bytes", export.bytes)
        writer.field("percent", export.state == .ready ? 100 : export.percent)
        writer.field("created_at", export.createdAt.rfc3339)
        writer.field("created_by", export.createdBy)
        writer.field("ended_at", export.endedAt?.rfc3339)
        writer.field("expires_at", export.expiresAt.rfc3339)
    }
}
