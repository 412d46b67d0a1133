import Crypto
import HTTPServer
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import TestSupport
import Testing

@testable import monitor

/// Pages of alerts and rules, and the page behind the link in a message.
@Suite struct AlertPagesTests {
    private static func open(_ site: Site, _ tenantID: TenantID?, _ code: AlertCode = .failureRateHigh) async throws -> AlertID {
        var draft = AlertDraft(
            key: AlertKey(code, tenantID: tenantID), title: "Failures <b>grow</b>", detail: "One\nTwo", occurrences: 1)
        draft.measured = AlertDraft.Measured(.failureRate, value: 0.2, threshold: 0.05)
        return try await AlertStore(site.tenants.platform, ids: IDSource()).open(draft).alertID
    }

    @Test func aBusinessSeesItsAlertAndEndsItByForms() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/dashboard/alerts", cookie).text.contains("No alert is open"))
        let id = try await Self.open(site, site.tenants.first.id)
        let theirs = try await Self.open(site, site.tenants.second.id)
        for hour in 0..<3 {
            _ = try await site.tenants.platform.execute(
                """
                INSERT INTO monitoring_metrics (at, tenant_id, subject, metric, value, sample)
                VALUES (now() - \(hour) * interval '1 hour', \(site.tenants.first.id), '', 'failure_rate', 0.2, 100)
                """)
        }
        let list = try await site.get("/dashboard/alerts", cookie).text
        #expect(list.contains("Failures &lt;b&gt;grow&lt;/b&gt;"))
        #expect(list.contains("\(id)") && !list.contains("\(theirs)"))
        let page = try await site.get("/dashboard/alerts/\(id)", cookie).text
        #expect(page.contains("polyline") && page.contains("threshold, 5 %"))
        #expect(!page.contains("style="))
        #expect(try await site.get("/dashboard/alerts/\(theirs)", cookie).status == 404)
        #expect(try await site.get("/admin/alerts", cookie).status == 404)
        let token = try await site.formToken(cookie)
        func send(_ action: String, _ more: String = "", on alert: AlertID) async throws -> Site.Answer {
            try await site.post("/dashboard/alerts/\(alert)/\(action)", "form_token=\(token)\(more)", cookie: cookie)
        }
        #expect(try await site.post("/dashboard/alerts/\(id)/acknowledge", "", cookie: cookie).status == 403)
        #expect(try await send("acknowledge", on: theirs).status == 404)
        #expect(try await send("acknowledge", on: id).status == 303)
        #expect(try await send("silence", "&hours=8", on: id).status == 303)
        #expect(try await send("silence", "&hours=9999", on: id).status == 422)
        #expect(try await send("note", "&note=", on: id).status == 422)
        #expect(try await send("note", "&note=seen", on: id).status == 303)
        #expect(try await send("resolve", "&note=mended", on: id).status == 303)
        #expect(try await send("resolve", on: id).status == 409)
        let end = try await site.get("/dashboard/alerts/\(id)", cookie).text
        for words in ["Acknowledged", "for 8 h", "seen", "mended", "resolved by"] { #expect(end.contains(words), "\(words)") }
        #expect(try await site.get("/dashboard/alerts?status=resolved", cookie).text.contains("\(id)"))
        await site.stop()
    }

    @Test func whatAnotherAlertExplainsStandsBelowItAndLeadsToIt() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        let failures = try await Self.open(site, site.tenants.first.id)
        let delivery = try await Self.open(site, site.tenants.first.id, .deliveryRateLow)
        try await AlertStore(site.tenants.platform, ids: IDSource()).regroup()
        let list = try await site.get("/dashboard/alerts", cookie).text
        let under = try #require(list.firstRange(of: "is-under"))
        #expect(list[..<under.lowerBound].contains("\(failures)") && !list[..<under.lowerBound].contains("\(delivery)"))
        let page = try await site.get("/dashboard/alerts/\(delivery)", cookie).text
        #expect(page.contains("<dt>Explained by</dt><dd><a href=\"/dashboard/alerts/\(failures)\">Failures"))
        #expect(try await site.get("/dashboard/alerts/\(failures)", cookie).text.contains("<h2>Explains</h2>"))
        await site.stop()
    }

    @Test func theNavigationCountsWhatIsOpen() async throws {
        let site = try await Site.start()
        _ = try await Self.open(site, site.tenants.first.id)
        _ = try await Self.open(site, site.tenants.second.id)
        let mine = try await site.get("/dashboard/alerts", try await site.signIn(site.tenants.first)).text
        #expect(mine.contains("<span class=\"count\">1<"))
        let all = try await site.get("/admin/alerts", try await site.signIn(email: Site.founder)).text
        #expect(all.contains("<span class=\"count\">2<"))
        await site.stop()
    }

    @Test func aRuleIsTriedSavedAndTakenBackByItsForm() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/dashboard/alert-rules", cookie).text.contains("Delivery rate"))
        let path = "/dashboard/alert-rules/failure_rate"
        #expect(try await site.get(path, cookie).text.contains("value=\"5\""))
        #expect(try await site.get("/dashboard/alert-rules/disk_free_share", cookie).status == 404)
        for minute in 0..<3 {
            _ = try await site.tenants.platform.execute(
                """
                INSERT INTO monitoring_metrics (at, tenant_id, subject, metric, value, sample)
                VALUES (now() - \(minute + 10) * interval '1 minute', \(site.tenants.first.id), '', 'failure_rate', 0.2, 100)
                """)
        }
        let fields =
            "form_token=\(try await site.formToken(cookie))&raise_at=12.5&clear_at=10&cycles=1&lasting_seconds=0&sample_min=10&severity=critical&enabled=yes"
        let tried = try await site.post(path, fields + "&do=try", cookie: cookie)
        #expect(tried.text.contains("Would have fired once in the last 30 days"), "\(tried.text)")
        #expect(try await site.get(path, cookie).text.contains("Standard"))
        #expect(try await site.post(path, fields + "&do=save", cookie: cookie).status == 303)
        let saved = try await site.get(path, cookie).text
        #expect(saved.contains("Version 1") && saved.contains("value=\"12.5\""))
        let wrong = try await site.post(
            path, fields.replacing("clear_at=10", with: "clear_at=20").replacing("cycles=1", with: "cycles=x") + "&do=save",
            cookie: cookie)
        #expect(wrong.status == 422)
        #expect(wrong.text.contains("id=\"clear_at-problem\"") && wrong.text.contains("id=\"cycles-problem\""))
        #expect(try await site.post(path, fields + "&do=reset", cookie: cookie).status == 303)
        #expect(try await site.get(path, cookie).text.contains("Standard"))
        await site.stop()
    }

    // MARK: The link in a message

    private static func links() throws -> AckLinks {
        AckLinks(try MasterKeys(parsing: TestTenant.masterKeysText), publicURL: "http://pages.example")
    }

    private static func acknowledgedBy(_ id: AlertID, _ site: Site) async throws -> String? {
        try await AlertDeskStore(site.tenants.platform, ids: IDSource(), reach: .everything).alert(id)?.acknowledged?.who
    }

    @Test func openingTheLinkAcknowledgesNothingAndItsButtonDoes() async throws {
        let site = try await Site.start()
        let id = try await Self.open(site, site.tenants.first.id)
        let token = try Self.links().token(alertID: id, who: "Slack", now: SystemClock.now())
        for _ in 0..<2 {
            let page = try await site.get("/alerts/ack?t=\(token)", nil)
            #expect(page.status == 200)
            #expect(page.text.contains("Failures &lt;b&gt;grow&lt;/b&gt;") && page.text.contains("Acknowledge</button>"))
            // Only the title: whoever has the link is nobody we know.
            #expect(!page.text.contains("One"))
        }
        #expect(try await Self.acknowledgedBy(id, site) == nil)
        #expect(try await site.post("/alerts/ack", "t=\(token)", origin: "http://elsewhere.example").status == 403)
        #expect(try await Self.acknowledgedBy(id, site) == nil)
        let done = try await site.post("/alerts/ack", "t=\(token)")
        #expect(done.text.contains("Acknowledged by <b>Slack</b>"))
        let other = try Self.links().token(alertID: id, who: "ada@example.com", now: SystemClock.now())
        #expect(try await site.post("/alerts/ack", "t=\(other)&hours=8").text.contains("Acknowledged by <b>Slack</b>"))
        let desk = AlertDeskStore(site.tenants.platform, ids: IDSource(), reach: .everything)
        let alert = try #require(try await desk.alert(id))
        #expect(alert.acknowledged?.who == "Slack" && alert.silencedBy == "ada@example.com")
        #expect(try await desk.history(of: id).map(\.what) == [.raised, .acknowledged, .silenced])
        let audited = try await site.tenants.platform.rows(
            "SELECT actor, actor_kind FROM audit_log WHERE action = 'alert.acknowledged'")
        #expect(try audited.map { try $0.value("actor", as: String.self) } == ["link sent to Slack"])
        await site.stop()
    }

    @Test func aLinkThatIsOverOrForgedShowsNothing() async throws {
        let site = try await Site.start()
        let id = try await Self.open(site, nil)
        let old = try Self.links().token(alertID: id, who: "Slack", now: SystemClock.now() + .seconds(-8 * 86_400))
        let forged = AckLinks(
            try MasterKeys(parsing: "test:" + String(repeating: "B", count: 42) + "A="), publicURL: ""
        ).token(alertID: id, who: "Slack", now: SystemClock.now())
        let gone = try Self.links().token(alertID: AlertID(IDSource().uuid()), who: "Slack", now: SystemClock.now())
        for token in ["", "x", old, forged, gone] {
            #expect(try await site.get("/alerts/ack?t=\(token)", nil).status == 410)
            #expect(try await site.post("/alerts/ack", "t=\(token)").status == 410)
        }
        #expect(try await Self.acknowledgedBy(id, site) == nil)
        await site.stop()
    }
}
