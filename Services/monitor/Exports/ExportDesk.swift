import APIKit
import HTTPServer
import Models
import Postgres
import Runtime
import Spreadsheet
import Storage

/// Ordering files of lists, and handing them out: what the page and the API of exports share.
struct ExportDesk: Sendable {
    static let path = "/dashboard/exports"

    let exports: ExportStore
    let logs: LogPageStore

    init(_ site: SiteParts) {
        exports = ExportStore(site.tenantDatabase, ids: site.ids)
        logs = LogPageStore(site.tenantDatabase)
    }

    func order(_ format: TableFormat, _ query: LogQuery, of tenantID: TenantID, by source: AuditSource) async throws -> ExportID {
        guard let id = try await exports.create(format.rawValue, query.filterText, of: tenantID, by: source) else {
            throw Problem.tooManyExports
        }
        return id
    }

    func found(_ request: Request, of tenantID: TenantID) async throws -> StoredExport {
        guard let id = request.pathParameter("id").flatMap({ ExportID($0) }),
            let export = try await exports.export(id, of: tenantID)
        else { throw Problem.exportNotFound }
        return export
    }

    /// The file of an export that is ready, piece by piece.
    func file(_ export: StoredExport, of tenantID: TenantID) throws -> Response {
        guard export.state == .ready, let format = TableFormat(rawValue: export.format) else { throw Problem.exportNotReady }
        var response = Response.stream(contentType: format.contentType) { writer in
            var number = 0
            do {
                while let part = try await exports.part(number, of: export.id, tenantID) {
                    guard await writer.write(part) else { return }
                    number += 1
                }
            } catch {
                Log.error("a file of an export broke off", ["export": "\(export.id)", "reason": "\(error)"])
            }
        }
        response.setHeader("Content-Disposition", Self.disposition(export.createdAt, format))
        return response
    }

    /// A list as CSV while it is read: as fast as whoever takes it, and never in memory as a whole.
    func download(_ query: LogQuery, of tenantID: TenantID, by source: AuditSource) async throws -> Response {
        try await exports.recordDownload("messages", of: tenantID, by: source)
        let portions = MessagePortions(
            logs: logs, tenantID: tenantID, filter: .success(query.filter), portionRows: ExportWork.portionRows, rowsMax: .max)
        var response = Response.stream(contentType: TableFormat.csv.contentType) { writer in
            var table = CSVTable(MessageTable.columns)
            guard await writer.write(table.take()) else { return }
            do {
                for try await portion in portions {
                    for row in portion.rows { table.append(MessageTable.cells(row)) }
                    guard await writer.write(table.take()) else { return }
                }
            } catch {
                // A file that ends early must not look whole: the last line says so.
                Log.error("a download broke off", ["tenant": "\(tenantID)", "reason": "\(error)"])
                await writer.write("\r\n\"This file is not complete: the database was away. Download it again.\"\r\n")
            }
        }
        response.setHeader("Content-Disposition", Self.disposition(SystemClock.now(), .csv))
        return response
    }

    private static func disposition(_ moment: Timestamp, _ format: TableFormat) -> String {
        let time = moment.rfc3339.prefix(19).replacing(":", with: "-").replacing("T", with: "-")
        return "attachment; filename=\"messages-\(time).\(format.rawValue)\""
    }
}

extension Problem {
    static let exportNotFound = Problem.notFound("export")
    static let exportNotReady = Problem(
        status: 409,
        code: "export_not_ready",
        title: "Not ready",
        detail: "The file is still being made, or could not be made. See the state of the export.",
        retryAfter: .seconds(2)
    )
    static let tooManyExports = Problem(
        status: 429,
        code: "too_many_exports",
        title: "Too many exports",
        detail: "\(ExportStore.openMax) files are being made for your business already. Wait until one is ready.",
        retryAfter: .seconds(10)
    )
}
