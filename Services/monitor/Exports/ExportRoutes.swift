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
    private static let filters = [
        "status", "kind", "template", "phone", "sender", "from", "to", "minRetries",
    ]

    private let desk: ExportDesk
    private let people: People

    init(_ site: SiteParts) {
        desk = ExportDesk(site)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(list))
        router.on(.post, Self.path, LogJSON.handler(order))
        router.on(.get, Self.path + "/{id}", LogJSON.handler(detail))
        router.on(.get, Self.path + "/{id}/file", LogJSON.handler(file))
    }

    private func list(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        let exports = try await desk.exports.exports(of: tenantID)
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
        let program = try await people.program(of: request, for: Scope(.messages, isReadOnly: true))
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["format", "filter"], problems: &problems)
        let word = reader.requiredText("format", &problems)
        let format = word.flatMap(TableFormat.init(rawValue:))
        if word != nil, format == nil { problems.note("format_unknown", "format", "`format` is csv or xlsx.") }
        var given: [String: String] = [:]
        if let written = reader["filter"] {
            let filter = FieldReader(written, path: "filter.", known: Self.filters, problems: &problems)
            for name in Self.filters where name != "minRetries" { given[name] = filter.text(name, &problems) }
            given["minRetries"] = filter.integer("minRetries", in: 0...100, &problems)?.description
        }
        guard problems.isEmpty, let format else { throw Problem.refused(problems.all) }
        let query = try LogQuery { given[$0] }
        let id = try await desk.order(format, query, of: program.tenantID, by: program.source)
        guard let export = try await desk.exports.export(id, of: program.tenantID) else { throw Problem.exportNotFound }
        var response = Self.response(export, status: 202)
        response.setHeader("Location", "\(Self.path)/\(id)")
        return response
    }

    private func detail(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        return Self.response(try await desk.found(request, of: tenantID), status: 200)
    }

    private func file(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        return try desk.file(try await desk.found(request, of: tenantID), of: tenantID)
    }

    private static func response(_ export: StoredExport, status: Int) -> Response {
        var writer = JSONWriter()
        writer.object { write(export, into: &$0) }
        return LogJSON.noStore(.json(status, writer.bytes))
    }

    private static func write(_ export: StoredExport, into writer: inout JSONWriter) {
        writer.field("id", export.id.description)
        writer.field("format", export.format)
        writer.field("filter", export.filter)
        writer.field("state", export.state.rawValue)
        writer.field("rows", export.rows)
        writer.field("bytes", export.bytes)
        writer.field("percent", export.state == .ready ? 100 : ExportPages.percent(export))
        writer.field("created_at", export.createdAt.rfc3339)
        writer.field("created_by", export.createdBy)
        writer.field("ended_at", export.endedAt?.rfc3339)
        writer.field("expires_at", export.expiresAt.rfc3339)
    }
}
