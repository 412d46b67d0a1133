import CSV
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Reports as people and programs ask for them.
@Suite struct ReportPagesTests {
    @Test func aBusinessReadsItsOwnReportAsPageJSONAndCSV() async throws {
        let site = try await Site.start()
        try await Self.count(5, of: site.tenants.first, in: site)
        try await Self.count(7, of: site.tenants.second, in: site)
        let cookie = try await site.signIn(site.tenants.first)
        let list = try await site.get("/dashboard/reports", cookie)
        #expect(list.status == 200 && list.text.contains("None yet"))
        let days = "from=2026-03-10&to=2026-03-11"
        let page = try await site.get("/dashboard/reports?\(days)", cookie)
        #expect(page.status == 200)
        for text in ["2026-03-10 to 2026-03-11", "first", "60 % (3 of 5)", "Delivered or read ÷ sent", "131026"] {
            #expect(page.text.contains(text), "\(text)")
        }
        #expect(!page.text.contains(" style=") && !page.text.contains("onclick"))
        let json = try await site.get("/v1/reports/compliance?\(days)", cookie).json()
        let report = try #require(ComplianceReport(json))
        #expect((report.figure("accepted")?.value, report.figure("delivery_rate")?.value) == (5, 0.6))
        #expect(report.business == "first")
        let csv = try await site.get("/v1/reports/compliance?\(days)&format=csv", cookie)
        #expect(csv.response.header("Content-Type") == "text/csv; charset=utf-8")
        #expect(csv.text.contains(#""delivery","delivery_rate","Delivery rate","0.6","share","60 % (3 of 5)","#))
        let reader = CSVReader()
        let rows = try reader.read(csv.response.body.dropFirst(CSVWriter.byteOrderMark.count)) + reader.finish()
        #expect(rows.count > 20 && Set(rows.map(\.count)).count == 1)
        #expect(try await site.get("/v1/reports/compliance?\(days)", nil, key: site.tenants.first.key).status == 200)
        for wrong in ["from=2026-03-11&to=2026-03-10", "from=2020-01-01&to=2026-01-01", "month=2026-13", "x=1"] {
            #expect(try await site.get("/v1/reports/compliance?\(wrong)", cookie).status == 422, "\(wrong)")
        }
        #expect(try await site.get("/v1/admin/reports/compliance", cookie).status == 401)
        #expect(try await site.get("/admin/reports", cookie).status == 404)
        await site.stop()
    }

    @Test func foundersReadAnyReportAndItIsOnRecord() async throws {
        let site = try await Site.start()
        try await Self.count(5, of: site.tenants.first, in: site)
        try await Self.count(7, of: site.tenants.second, in: site)
        let cookie = try await site.signIn(email: Site.founder)
        let days = "from=2026-03-10&to=2026-03-10"
        #expect(try await site.get("/admin/reports", cookie).text.contains("second"))
        let all = try await site.get("/v1/admin/reports/compliance?\(days)", cookie).json()
        #expect(ComplianceReport(all)?.figure("accepted")?.text == "12")
        let one = try await site.get("/admin/reports?tenant=\(site.tenants.second.id)&\(days)", cookie)
        #expect(one.text.contains("second") && one.text.contains("42 % (3 of 7)"))
        #expect(
            try await site.get("/v1/admin/reports/compliance?tenant=\(TenantID(IDSource().uuid()))", cookie).status == 404)
        let seen = try await site.tenants.platform.rows("SELECT count(*) FROM audit_log WHERE action = 'report.viewed'")
        #expect(try seen.first?.value(0, as: Int64.self) == 4)
        await site.stop()
    }

    @Test func aMonthThatIsKeptIsShownAsItWasMade() async throws {
        let site = try await Site.start()
        try await Self.count(5, of: site.tenants.first, in: site)
        _ = try await site.tenants.platform.execute("UPDATE tenants SET created_at = '2026-03-01T00:00:00Z'")
        let monthly = MonthlyReports(
            facts: ComplianceStore(site.tenants.platform), reports: ReportStore(site.tenants.platform),
            now: Timestamp(rfc3339: "2026-04-02T00:00:00Z"))
        while try await monthly.run() {}
        try await Self.count(9, of: site.tenants.first, in: site)
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/dashboard/reports", cookie).text.contains("month=2026-03"))
        let kept = try await site.get("/v1/reports/compliance?month=2026-03", cookie).json()
        #expect(ComplianceReport(kept)?.figure("accepted")?.text == "5")
        let now = try await site.get("/v1/reports/compliance?from=2026-03-01&to=2026-03-31", cookie).json()
        #expect(ComplianceReport(now)?.figure("accepted")?.text == "9")
        let months = try await site.get("/v1/reports/compliance/months", cookie).rows()
        #expect(months.map { $0["month"]?.string } == ["2026-03"])
        await site.stop()
    }

    /// So many messages on 10 March, three of them delivered, the rest failed after they were sent.
    private static func count(_ messages: Int64, of tenant: TestTenant, in site: Site) async throws {
        _ = try await site.tenants.platform.pipeline([
            "DELETE FROM outcome_days WHERE tenant_id = \(tenant.id)",
            """
            INSERT INTO outcome_days (tenant_id, day, state, error_code, messages, sent, in_time, retried, retries)
            VALUES (\(tenant.id), '2026-03-10', 7, NULL, 3, 3, 0, 0, 0),
                   (\(tenant.id), '2026-03-10', 9, 131026, \(messages - 3), \(messages - 3), 0, 0, 0)
            """,
        ])
    }
}
