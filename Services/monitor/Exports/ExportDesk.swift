import APIKit
import HTTPServer
import Models
import Postgres
import Runtime
import Spreadsheet
import Storage

/// Whose files: each business has its own, founders have those of all.
enum ExportSide: CaseIterable {
    case business, founders

    var path: String {
        switch self {
        case .business: "/dashboard/exports"
        case .founders: "/admin/exports"
        }
    }

    var lists: [ExportList] {
        switch self {
        case .business: ExportList.allCases
        case .founders: [.messages]
        }
    }
}

/// Who orders and takes files.
struct ExportCaller: Sendable {
    /// Nil: a founder.
    let tenantID: TenantID?
    let source: AuditSource
    /// Throws for a list that they may not see.
    let require: @Sendable (ExportList) throws -> Void

    func may(_ list: ExportList) -> Bool { (try? require(list)) != nil }
}

/// Ordering files of lists, and handing them out: what the pages and the API of exports share.
struct ExportDesk: Sendable {
    private let exports: ExportStore
    private let lists: ExportLists

    init(_ site: SiteParts, _ side: ExportSide) {
        let ofPlatform = ExportStore(site.platformDatabase, ids: site.ids)
        switch side {
        case .business: exports = ExportStore(site.tenantDatabase, ids: site.ids)
        case .founders: exports = ofPlatform
        }
        lists = ExportLists(tenantDatabase: site.tenantDatabase, exports: ofPlatform)
    }

    /// Those that the caller may see, the newest first.
    func exports(for caller: ExportCaller) async throws -> [StoredExport] {
        try await exports.exports(of: caller.tenantID).filter { caller.may($0.list) }
    }

    /// - Parameter given: what narrows the list, under the names that its page has.
    func order(
        _ list: ExportList, as format: TableFormat, for caller: ExportCaller, given: (String) -> String?
    ) async throws -> ExportID {
        try caller.require(list)
        let filter = try ExportLists.filter(list, given: given)
        // What is wrong with it is said now, and not by a file that cannot be made.
        _ = try await lists.source(list, filter, of: caller.tenantID, at: SystemClock.now())
        guard
            let id = try await exports.create(
                list, as: format.rawValue, filter, of: caller.tenantID, by: caller.source)
        else { throw Problem.tooManyExports }
        return id
    }

    func found(_ id: ExportID?, for caller: ExportCaller) async throws -> StoredExport {
        guard let id, let export = try await exports.export(id, of: caller.tenantID) else { throw Problem.exportNotFound }
        try caller.require(export.list)
        return export
    }

    /// The file of an export that is ready, piece by piece.
    func file(_ export: StoredExport, for caller: ExportCaller) async throws -> Response {
        guard export.state == .ready, let format = TableFormat(rawValue: export.format) else { throw Problem.exportNotReady }
        try await exports.recordDownload(export.list, export.id, of: caller.tenantID, by: caller.source)
        var response = Response.stream(contentType: format.contentType) { writer in
            var number = 0
            do {
                while let part = try await exports.part(number, of: export.id, caller.tenantID) {
                    guard await writer.write(part) else { return }
                    number += 1
                }
            } catch {
                Log.error("a file of an export broke off", ["export": "\(export.id)", "reason": "\(error)"])
            }
        }
        response.setHeader("Content-Disposition", Self.disposition(export.list, export.createdAt, format))
        return response
    }

    /// A list as CSV while it is read: as fast as whoever takes it, and never in memory as a whole.
    func download(
        _ list: ExportList, for caller: ExportCaller, given: (String) -> String?
    ) async throws -> Response {
        try caller.require(list)
        let now = SystemClock.now()
        let filter = try ExportLists.filter(list, given: given)
        let source = try await lists.source(list, filter, of: caller.tenantID, at: now)
        try await exports.recordDownload(list, nil, of: caller.tenantID, by: caller.source)
        let portions = TablePortions(source: source, portionRows: ExportWork.portionRows, rowsMax: .max)
        var response = Response.stream(contentType: TableFormat.csv.contentType) { writer in
            var table = CSVTable(source.columns)
            guard await writer.write(table.take()) else { return }
            do {
                for try await portion in portions where !portion.rows.isEmpty {
                    for row in portion.rows { table.append(row) }
                    guard await writer.write(table.take()) else { return }
                }
            } catch {
                // A file that ends early must not look whole: the last line says so.
                Log.error("a download broke off", ["list": list.rawValue, "reason": "\(error)"])
                await writer.write("\r\n\"This file is not complete: the database was away. Download it again.\"\r\n")
            }
        }
        response.setHeader("Content-Disposition", Self.disposition(list, now, .csv))
        return response
    }

    private static func disposition(_ list: ExportList, _ moment: Timestamp, _ format: TableFormat) -> String {
        let time = moment.rfc3339.prefix(19).replacing(":", with: "-").replacing("T", with: "-")
        return "attachment; filename=\"\(list.rawValue)-\(time).\(format.rawValue)\""
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
        detail: "\(ExportStore.openMax) files are being made already. Wait until one is ready.",
        retryAfter: .seconds(10)
    )
}
