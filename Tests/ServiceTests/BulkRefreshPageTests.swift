import HTTPServer
import Models
import Postgres
import Storage
import TestSupport
import Testing

@testable import monitor

/// Founders ask providers what became of many messages.
@Suite struct BulkRefreshPageTests {
    /// The first business has messages at Twilio; the second's are at Meta, which cannot be asked.
    private func startWithSent() async throws -> Site {
        let site = try await Site.start(isWithAPI: true)
        _ = try await site.tenants.platform.execute(
            "UPDATE senders SET provider = 'twilio' WHERE tenant_id = \(site.tenants.first.id)")
        for (tenant, sid) in [(site.tenants.first, "SM1"), (site.tenants.first, "SM2"), (site.tenants.second, "wamid.3")] {
            _ = try await sent(site, tenant, sid)
        }
        return site
    }

    private func sent(_ site: Site, _ tenant: TestTenant, _ sid: String) async throws -> MessageID {
        let id = try await site.accept(tenant.message())
        try await site.move(id, .sending, .sent)
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, provider_message_id)
            VALUES (\(tenant.id), \(id), 1, 1, now(), now(), \(sid))
            """)
        return id
    }

    private func wishes(_ site: Site) async throws -> Int {
        try await site.tenants.platform.rows("SELECT 1 FROM status_checks").count
    }

    /// The hidden fields of the page that counted.
    private func confirmation(_ page: Site.Answer, _ site: Site, _ cookie: String) async throws -> String {
        var fields = ["form_token=\(try await site.formToken(cookie))"]
        for name in ["businesses", "to"] {
            let value = try #require(page.text.split(separator: "name=\"\(name)\" value=\"").last).prefix { $0 != "\"" }
            fields.append("\(name)=\(QueryText.encode(String(value)))")
        }
        return fields.joined(separator: "&")
    }

    @Test func manyAreAskedForAsTheyWereCounted() async throws {
        let site = try await startWithSent()
        let cookie = try await site.signInFounder()
        let page = try await site.get("/admin/refresh?business=", cookie)
        #expect(page.text.contains("2 would be asked for"), "\(page.text)")
        #expect(page.text.contains("<b>first</b>") && !page.text.contains("<b>second</b>"))
        #expect(try await wishes(site) == 0, "counting asks for nothing")
        // What comes after the count was not counted.
        _ = try await sent(site, site.tenants.first, "SM9")
        let done = try await site.post("/admin/refresh", confirmation(page, site, cookie), cookie: cookie)
        #expect(done.text.contains("2 messages are asked for"), "\(done.text)")
        #expect(try await wishes(site) == 2)
        #expect(try await site.audited("refresh.counted") == [#"{"not_offered": 0, "would_request": 2}"#])
        #expect(try await site.audited("refresh.requested") == [#"{"requested": 2}"#])
        await site.stop()
    }

    @Test func whatTheProviderSaidIsToldWhenItHasSaidIt() async throws {
        let site = try await startWithSent()
        let cookie = try await site.signInFounder()
        let page = try await site.get("/admin/refresh?business=\(site.tenants.first.id)", cookie)
        _ = try await site.post("/admin/refresh", confirmation(page, site, cookie), cookie: cookie)
        let waiting = try await site.get("/admin/refresh", cookie)
        #expect(waiting.text.contains("data-label=\"Not answered yet\">2<"), "\(waiting.text)")
        _ = try await site.tenants.platform.execute(
            """
            UPDATE status_checks SET done_at = now(), result = w.result
            FROM (SELECT message_id, CASE row_number() OVER () WHEN 1 THEN 'delivered' ELSE 'not_found' END AS result
                  FROM status_checks) AS w
            WHERE w.message_id = status_checks.message_id
            """)
        let answered = try await site.get("/admin/refresh", cookie)
        #expect(answered.text.contains("data-label=\"Not answered yet\">0<"))
        #expect(answered.text.contains("1: delivered") && answered.text.contains("1: not known to the provider"))
        await site.stop()
    }

    @Test func aProviderThatCannotBeAskedIsNamedAndNothingIsOffered() async throws {
        let site = try await startWithSent()
        let cookie = try await site.signInFounder()
        let page = try await site.get("/admin/refresh?business=\(site.tenants.second.id)", cookie)
        #expect(page.text.contains("There is nothing to ask for"))
        #expect(page.text.contains("1: their provider cannot be asked"), "\(page.text)")
        #expect(!page.text.contains("Yes, ask"))
        await site.stop()
    }

    @Test func noBusinessAndNoOtherSiteAsksInAFoundersName() async throws {
        let site = try await startWithSent()
        let (founder, tenant) = (try await site.signInFounder(), try await site.signIn(site.tenants.first))
        let page = try await site.get("/admin/refresh?business=", founder)
        let body = try await confirmation(page, site, founder)
        #expect(try await site.post("/admin/refresh", body, cookie: founder, origin: "https://elsewhere.example").status == 403)
        #expect(try await site.post("/admin/refresh", body, cookie: tenant).status == 403)
        let own = try await confirmation(page, site, tenant)
        #expect(try await site.post("/admin/refresh", own, cookie: tenant).status == 404)
        #expect(try await wishes(site) == 0)
        await site.stop()
    }
}
