import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Compliance reports: pages for people, JSON and CSV for programs.
struct ReportRoutes: Sendable {
    static let path = "/v1/reports/compliance"
    static let adminPath = "/v1/admin/reports/compliance"

    private let people: People
    private let own: Source
    private let all: Source
    private let businesses: LogPageStore

    /// One role's view of the figures.
    private struct Source: Sendable {
        let facts: ComplianceStore
        let kept: ReportStore

        init(_ database: Database) {
            facts = ComplianceStore(database)
            kept = ReportStore(database)
        }
    }

    init(_ site: SiteParts) {
        people = site.people
        own = Source(site.tenantDatabase)
        all = Source(site.platformDatabase)
        businesses = LogPageStore(site.platformDatabase)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Section.reports.path, Page.handler(page))
        router.on(.get, Section.allReports.path, Page.handler(adminPage))
        router.on(.get, Self.path, LogJSON.handler(report))
        router.on(.get, Self.path + "/months", LogJSON.handler(months))
        router.on(.get, Self.adminPath, LogJSON.handler(adminReport))
        router.on(.get, Self.adminPath + "/months", LogJSON.handler(adminMonths))
    }

    // MARK: Programs

    private func report(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        let query = try ReportQuery(request, isAcrossTenants: false)
        return Self.answer(try await report(of: tenantID, query, from: own), query)
    }

    private func adminReport(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        let query = try ReportQuery(request, isAcrossTenants: true)
        try await record(caller.source, query)
        return Self.answer(try await report(of: query.tenantID, query, from: all), query)
    }

    private func months(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        try request.refuseParameters()
        return Self.list(try await own.kept.months(of: tenantID))
    }

    private func adminMonths(_ request: Request) async throws -> Response {
        _ = try await people.founderCaller(of: request)
        var query = QueryReader(request, known: ["tenant"])
        let tenantID = query.value("tenant", "tenant_invalid", "`tenant` must be the id of a business.") { TenantID($0) }
        try query.requireNoProblems()
        return Self.list(try await all.kept.months(of: tenantID))
    }

    private static func list(_ months: [ReportStore.Stored]) -> Response {
        AdminJSON.answer { writer in
            writer.field("data", array: { list in
                for month in months {
                    list.object { writer in
                        writer.field("month", month.month)
                        writer.field("made_at", month.madeAt.rfc3339)
                        writer.field("is_settled", month.isSettled)
                    }
                }
            })
            writer.field("next_cursor", orNull: nil as String?)
        }
    }

    private static func answer(_ report: ComplianceReport, _ query: ReportQuery) -> Response {
        switch query.format {
        case .json: return AdminJSON.answer { report.write(into: &$0) }
        case .csv:
            var response = Response.bytes(contentType: "text/csv; charset=utf-8", ReportCSV.bytes(of: report))
            let name = "compliance-\(report.period.firstDay)-\(report.period.lastDay).csv"
            response.setHeader("Content-Disposition", "attachment; filename=\"\(name)\"")
            return LogJSON.noStore(response)
        }
    }

    // MARK: People

    private func page(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        let query = try ReportQuery(request, isAcrossTenants: false)
        if query.isEmpty {
            let months = try await own.kept.months(of: tenantID)
            return Page.response(
                "Reports", visitor: visitor, section: .reports,
                ReportPage.list(months, query, path: Section.reports.path, businesses: nil))
        }
        let report = try await report(of: tenantID, query, from: own)
        return Page.response(
            Self.title(report), visitor: visitor, section: .reports,
            ReportPage.content(report, query, path: Section.reports.path, download: Self.path))
    }

    private func adminPage(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request)
        let query = try ReportQuery(request, isAcrossTenants: true)
        try await record(AuditSource(visitor.who.actor, address: people.address(of: request)), query)
        if query.isEmpty {
            let months = try await all.kept.months(of: query.tenantID)
            return Page.response(
                "Reports", visitor: visitor, section: .allReports,
                ReportPage.list(
                    months, query, path: Section.allReports.path, businesses: try await businesses.businesses()))
        }
        let report = try await report(of: query.tenantID, query, from: all)
        return Page.response(
            Self.title(report), visitor: visitor, section: .allReports,
            ReportPage.content(report, query, path: Section.allReports.path, download: Self.adminPath))
    }

    private static func title(_ report: ComplianceReport) -> String {
        "Compliance report \(report.period.firstDay) to \(report.period.lastDay)"
    }

    // MARK: Both

    private func report(
        of tenantID: TenantID?, _ query: ReportQuery, from source: Source
    ) async throws -> ComplianceReport {
        if query.isMonth, let kept = try await source.kept.report(of: tenantID, month: query.period) { return kept }
        var business: String?
        if let tenantID {
            business = try await source.facts.name(of: tenantID)
            if business == nil { throw Problem.notFound("business") }
        }
        return ComplianceReport.make(
            try await source.facts.facts(of: tenantID, query.period), business: business, period: query.period,
            at: SystemClock.now())
    }

    private func record(_ source: AuditSource, _ query: ReportQuery) async throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("tenant", query.tenantID?.description)
            writer.field("from", query.period.firstDay)
            writer.field("to", query.period.lastDay)
        }
        try await people.sessions.record(source, "report.viewed", detail: JSONText(writer.bytes))
    }
}
