import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// What founders and businesses ask of monitoring, by program and page.
@Suite struct MonitoringAPITests {
    @Test func monitoringIsStoppedAndStartedByFoundersWithARecord() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        try await MonitoringJobStore(site.tenants.platform).show(IDSource().uuid(), isEnabled: true)
        var status = try await site.call(.get, "/v1/admin/monitoring", key: key).json()
        #expect(status["enabled"]?.boolean == true)
        #expect(status["copies"]?.elements?.count == 1)
        status = try await site.call(.post, "/v1/admin/monitoring/stop", key: key).json()
        #expect(status["enabled"]?.boolean == false)
        #expect(status["jobs"]?.elements?.allSatisfy { $0["enabled"]?.boolean == false && $0["next_at"]?.isNull == true } == true)
        status = try await site.call(.post, "/v1/admin/monitoring/restart", key: key).json()
        #expect(status["enabled"]?.boolean == true)
        let rows = try await site.tenants.platform.rows(
            "SELECT action FROM audit_log WHERE action LIKE 'monitoring.%' ORDER BY at, id")
        #expect(
            try rows.map { try $0.value(0, as: String.self) } == ["monitoring.read", "monitoring.stop", "monitoring.restart"])
        #expect(try await site.call(.post, "/v1/admin/monitoring/stop").status == 401)
        await site.stop()
    }

    @Test func nothingIsStartedWhereEverySettingSaysNo() async throws {
        let site = try await Site.start(environment: ["MONITORING_ENABLED": "false"])
        let key = try await site.adminKey()
        let answer = try await site.call(.post, "/v1/admin/monitoring/start", key: key)
        #expect(answer.status == 409)
        #expect(try answer.json()["code"]?.string == "monitoring_disabled")
        await site.stop()
    }

    @Test func aBusinessSeesItsFiguresAgainstItsThresholdsAndNobodyElses() async throws {
        let site = try await Site.start()
        let (first, second) = (site.tenants.first, site.tenants.second)
        try await keep(site, first, [0.97, 0.96, 0.90, 0.91])
        try await keep(site, second, [0.5])
        let key = first.key.secret.reveal()
        let quality = try await site.call(.get, "/v1/quality", key: key).json()
        let figure = try #require(quality["quality"]?.elements?.first { $0["metric"]?.string == "delivery_rate" })
        #expect(figure["value"]?.double == 0.91)
        #expect(figure["threshold"]?.double == 0.95)
        #expect(figure["is_met"]?.boolean == false)
        #expect(figure["sample"]?.integer == 500)
        let rows = try await site.tenants.platform.rows(
            "SELECT at FROM monitoring_metrics WHERE tenant_id = \(first.id) ORDER BY at OFFSET 2 LIMIT 1")
        #expect(figure["since"]?.string == (try #require(rows.first).value(0, as: Timestamp.self)).rfc3339)
        let history = try await site.call(.get, "/v1/quality/history?metric=delivery_rate&points=1000", key: key).json()
        #expect(history["data"]?.elements?.compactMap { $0["value"]?.double } == [0.97, 0.96, 0.90, 0.91])
        let refused = try await site.call(.get, "/v1/quality/history?metric=happiness", key: key)
        #expect(refused.status == 422)
        #expect(try await site.call(.get, "/v1/quality/history", key: key).status == 422)
        // A founder sees any, and that is on record.
        let admin = try await site.adminKey()
        let theirs = try await site.call(.get, "/v1/admin/quality?tenant=\(second.id)", key: admin).json()
        #expect(theirs["quality"]?.elements?.first?["value"]?.double == 0.5)
        #expect(try await site.call(.get, "/v1/admin/quality", key: admin).json()["quality"]?.elements?.isEmpty == true)
        let looks = try await site.tenants.platform.rows("SELECT tenant_id FROM audit_log WHERE action = 'quality.read'")
        #expect(try looks.compactMap { try $0.value(0, as: TenantID?.self) } == [second.id])
        await site.stop()
    }

    @Test func thePagesShowWhatIsDownAndWhatComes() async throws {
        let site = try await Site.start()
        let now = SystemClock.now()
        try await UptimeStore(site.tenants.platform).record([
            UptimeCheck(name: "service:dispatcher", at: now, milliseconds: 12, why: "no answer: connect"),
            UptimeCheck(name: "postgres", at: now, milliseconds: 0.4, why: nil),
        ])
        try await keep(site, site.tenants.first, [0.91], others: [(.tokenDaysLeft, 2)])
        let founder = try await site.signIn(email: Site.founder)
        let health = try await site.get("/admin/health", founder).text
        #expect(health.contains("dispatcher") && health.contains("no answer: connect") && health.contains("1 of 2"))
        #expect(health.contains("The access token ends in about 48 hours") || health.contains("about 2 days"))
        let person = try await site.signIn(site.tenants.first)
        let quality = try await site.get("/dashboard/quality", person).text
        #expect(quality.contains("91 %") && quality.contains("at least 95 %"))
        // Stopping needs the form of a page.
        let token = try await site.formToken(founder)
        #expect(try await site.post("/admin/health/monitoring", "change=stop", cookie: founder).status == 403)
        let done = try await site.post("/admin/health/monitoring", "change=stop&form_token=\(token)", cookie: founder)
        #expect(done.status == 303)
        #expect(try await site.get("/admin/health", founder).text.contains("Start monitoring"))
        #expect(try await site.get("/admin/health", person).status == 404)
        let uptime = try await site.call(.get, "/v1/admin/uptime", cookie: founder).json()
        let down = try #require(uptime["endpoints"]?.elements?.first { $0["name"]?.string == "service:dispatcher" })
        #expect(down["is_up"]?.boolean == false)
        #expect(down["days"]?.elements?.first?["availability"]?.double == 0)
        await site.stop()
    }

    /// Cycles of the last minutes, the newest last.
    private func keep(
        _ site: Site, _ tenant: TestTenant, _ rates: [Double], others: [(Metric, Double)] = []
    ) async throws {
        let jobs = MonitoringJobStore(site.tenants.platform)
        let now = SystemClock.now()
        for (index, rate) in rates.enumerated() {
            let turn = try #require(
                try await jobs.begin(.measure, as: IDSource().uuid(), every: .zero, lease: .seconds(60)))
            let at = now + .seconds(-120 * (rates.count - index))
            let values = [(Metric.deliveryRate, MetricScope(tenantID: tenant.id), rate)]
                + others.map { ($0.0, MetricScope(tenantID: tenant.id, subject: "\(tenant.senderID)"), $0.1) }
            _ = try await jobs.end(
                turn, MonitoringOutcome(),
                keeping: values.map { Measurement($0.0, $0.1, at: at, value: $0.2, sample: 500) })
        }
    }
}
