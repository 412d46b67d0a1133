import HTTPServer
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// What founders see of root causes, gates and bulk actions, and what they do about them.
@Suite struct FounderPageTests {
    /// A gate closed by hand, with messages held behind it.
    private func close(
        _ site: Site, _ cause: GateCause, _ scope: GateScope = .sender, of tenant: TestTenant? = nil, held: Int = 1
    ) async throws -> GateID {
        let tenant = tenant ?? site.tenants.first
        let gate = GateID(IDSource().uuid())
        let subject =
            switch scope {
            case .tenant: tenant.id.description
            case .template: tenant.templateID.description
            case .provider: "meta"
            case .sender, .batch, .account, .portfolio: tenant.senderID.description
            }
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO gates (id, tenant_id, scope, subject, cause, closed_at, closed_by, probe_at)
            VALUES (\(gate), \((scope == .provider ? nil : tenant.id) as TenantID?), \(scope.rawValue), \(subject),
                    \(cause.rawValue), now(), 'test', now() + interval '1 hour')
            """)
        for _ in 0..<held {
            let id = try await site.accept(tenant.message())
            try await site.move(id, .held)
            _ = try await site.tenants.platform.execute(
                "UPDATE due_messages SET gate_id = \(gate) WHERE message_id = \(id)")
        }
        return gate
    }

    private func count(_ site: Site, _ condition: SQL) async throws -> Int {
        try await site.tenants.platform.rows("SELECT count(*) FROM gates WHERE \(condition)")
            .first?.value(0, as: Int.self) ?? -1
    }

    @Test func theOverviewSaysWhyWhereHowManyAndWhoActs() async throws {
        let site = try await Site.start()
        let gate = try await close(site, .tokenInvalid, held: 3)
        for tenant in [site.tenants.first, site.tenants.second] { _ = try await site.failed(of: tenant, code: 131_049) }
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO outcome_days (tenant_id, day, state, error_code, messages, sent, in_time, retried, retries)
            SELECT t.id, (now() AT TIME ZONE 'UTC')::date, s.state, s.code, s.messages, 0, 0, s.retried, 0
            FROM (VALUES (\(site.tenants.first.id)), (\(site.tenants.second.id))) AS t (id)
            CROSS JOIN (VALUES (9::smallint, 131049, 105, 30), (7::smallint, NULL, 90, 10)) AS s (state, code, messages, retried)
            """)
        let page = try await site.get("/admin/whatsapp-monitor", site.signInFounder())
        #expect(page.status == 200)
        for words in [
            "<b>Access refused</b> at first: 3 messages held", "Store a token that is valid", "/admin/gates/\(gate)",
            "at 2 businesses: 210 failed", "/admin/retry?error_code=131049", "error_code=131049&amp;business=",
        ] {
            #expect(page.text.contains(words), "\(words)")
        }
        // Of 80 that were retried, 20 went out.
        #expect(page.text.contains("<b>25 %</b><span class=\"quiet small\">retry success</span>"))
        let places = ["Access refused", "210 failed"].map { page.text.firstRange(of: $0)?.lowerBound ?? page.text.endIndex }
        #expect(places[0] < places[1], "what somebody must mend comes first")
        await site.stop()
    }

    @Test func aGateIsProbedOnceAndTheRecordSaysWho() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let gate = try await close(site, .tokenInvalid)
        #expect(try await site.get("/admin/gates", cookie).text.contains("/admin/gates/\(gate)"))
        #expect(try await site.get("/admin/gates/\(gate)", cookie).text.contains("Probe now"))
        let token = try await site.formToken(cookie)
        let asked = try await site.post("/admin/gates/\(gate)/probe", "form_token=\(token)", cookie: cookie)
        #expect(asked.response.header("Location") == "/admin/gates?done=asked")
        #expect(try await count(site, "id = \(gate) AND probe_at <= now() AND opened_at IS NULL") == 1)
        _ = try await site.tenants.platform.execute("UPDATE gates SET probe_message_id = id")
        let again = try await site.post("/admin/gates/\(gate)/probe", "form_token=\(token)", cookie: cookie)
        #expect(again.response.header("Location") == "/admin/gates?done=trying")
        #expect(try await site.audited("gate.probed").count == 1)
        #expect(try await site.audited("gates.viewed").count == 2)
        await site.stop()
    }

    @Test func aGateIsReopenedWithANoteAndAProvidersToo() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let token = try await site.formToken(cookie)
        for gate in [try await close(site, .tokenInvalid), try await close(site, .outage, .provider)] {
            let body = "form_token=\(token)&note=mended"
            let opened = try await site.post("/admin/gates/\(gate)/open", body, cookie: cookie)
            #expect(opened.response.header("Location") == "/admin/gates?done=opened")
            #expect(try await count(site, "id = \(gate) AND opened_at IS NOT NULL AND opened_by = 'operator'") == 1)
            #expect(try await site.post("/admin/gates/\(gate)/open", body, cookie: cookie).status == 404)
        }
        let record = try await site.audited("gate.opened")
        #expect(record.count == 2)
        #expect(record.allSatisfy { $0.contains("mended") })
        await site.stop()
    }

    @Test func aPauseOfABusinessIsResumedThroughItsApi() async throws {
        let site = try await Site.start(isWithAPI: true)
        let cookie = try await site.signInFounder()
        let gate = try await close(site, .paused, .tenant)
        let page = try await site.get("/admin/gates/\(gate)", cookie)
        #expect(page.text.contains("Yes, resume") && !page.text.contains("Probe now"))
        let answer = try await site.post(
            "/admin/gates/\(gate)/open", "form_token=\(try await site.formToken(cookie))", cookie: cookie)
        #expect(answer.status == 303, "\(answer.text)")
        #expect(try await count(site, "id = \(gate) AND opened_at IS NOT NULL") == 1)
        #expect(try await site.audited("resume").count == 1)
        await site.stop()
    }

    @Test func theGatesOfACauseAreShownBeforeTheyAreOpenedAndOnlyThose() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        _ = try await close(site, .tokenInvalid, held: 2)
        _ = try await close(site, .tokenInvalid, of: site.tenants.second)
        let other = try await close(site, .templatePaused, .template)
        let page = try await site.get("/admin/gates/reopen?cause=token_invalid", cookie)
        #expect(page.text.contains("Reopen 2 gates") && page.text.contains("3 messages would go out"))
        let listed = try #require(page.text.split(separator: "name=\"gates\" value=\"").last).prefix { $0 != "\"" }
        // What closes after the look is not opened unseen.
        let later = try await close(site, .tokenInvalid, .template)
        let done = try await site.post(
            "/admin/gates/reopen", "form_token=\(try await site.formToken(cookie))&gates=\(listed)", cookie: cookie)
        #expect(done.response.header("Location") == "/admin/gates?done=opened&count=2")
        #expect(try await count(site, "opened_at IS NULL AND id IN (\(other), \(later))") == 2)
        #expect(try await site.audited("gate.opened").count == 2)
        await site.stop()
    }

    @Test func manyAreSentAgainAsTheyWereCounted() async throws {
        let site = try await Site.start(isWithAPI: true)
        let cookie = try await site.signInFounder()
        for tenant in [site.tenants.first, site.tenants.first, site.tenants.second] {
            let id = try await site.failed(of: tenant)
            _ = try await site.tenants.platform.execute(
                """
                INSERT INTO critical_failures (tenant_id, message_id, sender_id, error_code, failed_at)
                VALUES (\(tenant.id), \(id), \(tenant.senderID), 131000, now())
                """)
        }
        _ = try await site.failed(code: 131_026)
        let page = try await site.get("/admin/retry?error_code=131000", cookie)
        #expect(page.text.contains("3 would be sent again"), "\(page.text)")
        #expect(page.text.contains("Yes, send 3 messages again"))
        let repeats: SQL = "SELECT count(*) FROM message_retries"
        #expect(try await site.tenants.platform.rows(repeats).first?.value(0, as: Int.self) == 0)
        let plans = try #require(page.text.split(separator: "name=\"plans\" value=\"").last).prefix { $0 != "\"" }
        _ = try await site.failed()
        let token = try await site.formToken(cookie)
        let body = "form_token=\(token)&plans=\(QueryText.encode(String(plans)))"
        let done = try await site.post("/admin/retry", body, cookie: cookie)
        #expect(done.text.contains("3 messages are on the way again"), "\(done.text)")
        #expect(try await site.tenants.platform.rows(repeats).first?.value(0, as: Int.self) == 3)
        // Sent twice by a double click: the first result stands.
        _ = try await site.post("/admin/retry", body, cookie: cookie)
        #expect(try await site.tenants.platform.rows(repeats).first?.value(0, as: Int.self) == 3)
        #expect(try await site.audited("retry.counted").count == 2)
        #expect(try await site.audited("retry.executed").count == 4)
        await site.stop()
    }

    @Test(arguments: [
        "/admin/gates", "/admin/gates/reopen?cause=outage", "/admin/gates/0199aaaa-0000-7000-8000-000000000001", "/admin/retry",
        "/admin/refresh",
    ])
    func aBusinessDoesNotEvenLearnThatThereIsSuchAPage(path: String) async throws {
        let site = try await Site.start()
        #expect(try await site.get(path, site.signIn(site.tenants.first)).status == 404)
        #expect(try await site.get(path, nil).response.header("Location") == "/sign-in")
        await site.stop()
    }

    @Test func noFormOfAnotherSiteOrOfABusinessMovesAGate() async throws {
        let site = try await Site.start()
        let gate = try await close(site, .tokenInvalid)
        let (founder, tenant) = (try await site.signInFounder(), try await site.signIn(site.tenants.first))
        for action in ["probe", "open"] {
            let path = "/admin/gates/\(gate)/\(action)"
            #expect(try await site.post(path, "", cookie: founder).status == 403)
            let token = try await site.formToken(founder)
            let foreign = try await site.post(
                path, "form_token=\(token)", cookie: founder, origin: "https://elsewhere.example")
            #expect(foreign.status == 403)
            let own = try await site.formToken(tenant)
            #expect(try await site.post(path, "form_token=\(own)", cookie: tenant).status == 404)
        }
        #expect(try await count(site, "opened_at IS NULL AND probe_at > now()") == 1)
        await site.stop()
    }
}
