import HTTPServer
import JSON
import Models
import Postgres
import Storage
import TestSupport
import Testing

@testable import monitor

/// What people do about a message on its page, through the tenants' API.
@Suite struct MessageActionTests {
    /// Failed as a provider refuses: one attempt that was answered, or one that was not.
    private func failed(_ site: Site, outcome: AttemptEnd.Outcome = .refused) async throws -> MessageID {
        let id = try await site.accept(site.tenants.first.message(reference: "order-1"))
        let tenantID = site.tenants.first.id
        for statement in [
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, error_code, error_details)
            VALUES (\(tenantID), \(id), 1, \(outcome.rawValue), now(), now(), 131000, 'raw words <of> the provider')
            """,
            """
            UPDATE message_states SET state = 2, attempts = 1 WHERE tenant_id = \(tenantID) AND id = \(id)
            """,
            """
            UPDATE message_states SET state = 9, error_code = 131000, is_critical = true
            WHERE tenant_id = \(tenantID) AND id = \(id)
            """,
            "DELETE FROM due_messages WHERE message_id = \(id)",
        ] as [SQL] { _ = try await site.tenants.platform.execute(statement) }
        return id
    }

    private func post(
        _ site: Site, _ id: MessageID, _ action: String, _ cookie: String, _ more: String = ""
    ) async throws -> Site.Answer {
        let token = try await site.formToken(cookie)
        return try await site.post("/dashboard/whatsapp-logs/\(id)/\(action)", "form_token=\(token)\(more)", cookie: cookie)
    }

    @Test func aFailedMessageIsSentAgainFromItsPageAndBothKnowEachOther() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await failed(site)
        let cookie = try await site.signIn(site.tenants.first)
        let page = try await site.get("/dashboard/whatsapp-logs/\(id)", cookie)
        #expect(page.text.contains("What to do"))
        #expect(page.text.contains("raw words &lt;of&gt; the provider"))
        #expect(page.text.contains("action=\"/dashboard/whatsapp-logs/\(id)/retry\""))
        let answer = try await post(site, id, "retry", cookie)
        #expect(answer.status == 303, "\(answer.text)")
        let location = try #require(answer.response.header("Location"))
        #expect(location.hasSuffix("?done=retry"))
        let child = try #require(MessageID(String(location.dropFirst("/dashboard/whatsapp-logs/".count).prefix(36))))
        #expect(child != id)
        let new = try await site.get(location, cookie)
        #expect(new.text.contains("Sent again"))
        #expect(new.text.contains("/dashboard/whatsapp-logs/\(id)\""))
        let old = try await site.get("/dashboard/whatsapp-logs/\(id)", cookie)
        #expect(old.text.contains("/dashboard/whatsapp-logs/\(child)\""))
        #expect(!old.text.contains("/retry\""))
        // Once is enough: who has the page still open is told which one it became.
        let second = try await post(site, id, "retry", cookie)
        #expect(second.status == 409)
        #expect(second.text.contains("sent again once"))
        #expect(second.text.contains("/dashboard/whatsapp-logs/\(child)\""))
        // It was the API that did it, and the record says who asked.
        let audit = try await site.tenants.platform.rows(
            "SELECT count(*)::int FROM message_retries WHERE parent_message_id = \(id)")
        #expect(try audit.first?.value(0, as: Int.self) == 1)
        await site.stop()
    }

    @Test func whatMayHaveArrivedIsSentAgainByASecondButton() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await failed(site, outcome: .unanswered)
        let cookie = try await site.signIn(site.tenants.first)
        let asked = try await post(site, id, "retry", cookie)
        #expect(asked.status == 409)
        #expect(asked.text.contains("Send it again all the same"))
        #expect(asked.text.contains("name=\"force\""))
        #expect(try await post(site, id, "retry", cookie, "&force=yes").status == 303)
        await site.stop()
    }

    @Test func aQueuedMessageIsCancelledAndAnEndedOneIsNot() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await site.accept(site.tenants.first.message())
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).text.contains("\(id)/cancel\""))
        #expect(try await post(site, id, "cancel", cookie).response.header("Location")?.hasSuffix("done=cancel") == true)
        let page = try await site.get("/dashboard/whatsapp-logs/\(id)?done=cancel", cookie)
        #expect(page.text.contains("It will not be sent."))
        #expect(!page.text.contains("/cancel\""))
        let ended = try await failed(site)
        let refused = try await post(site, ended, "cancel", cookie)
        #expect(refused.status == 409)
        #expect(refused.text.contains("nothing left to cancel"))
        // A message that nobody sent has no status to ask for.
        #expect(try await post(site, ended, "refresh", cookie).status == 409)
        await site.stop()
    }

    @Test func nobodyActsOnTheMessagesOfOthersOrFromElsewhere() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await failed(site)
        let other = try await site.signIn(site.tenants.second)
        #expect(try await post(site, id, "retry", other).status == 404)
        let cookie = try await site.signIn(site.tenants.first)
        let forged = try await site.post("/dashboard/whatsapp-logs/\(id)/retry", "form_token=x", cookie: cookie)
        #expect(forged.status == 403)
        #expect(try await site.get("/dashboard/whatsapp-logs/\(id)", cookie).text.contains("/retry\""))
        await site.stop()
    }

    @Test func anOverviewShowsFiguresReasonsAndWhatNeedsSomebody() async throws {
        let site = try await Site.start()
        let tenant = site.tenants.first
        _ = try await site.accept(tenant.message())
        _ = try await site.accept(site.tenants.second.message())
        for statement in [
            """
            INSERT INTO outcome_days VALUES (\(tenant.id), (now() AT TIME ZONE 'UTC')::date, 9, 131026, 41, 0, 0, 0, 0),
                (\(site.tenants.second.id), (now() AT TIME ZONE 'UTC')::date, 9, 131047, 77, 0, 0, 0, 0)
            """,
            """
            INSERT INTO alerts (id, tenant_id, key, code, severity, title, detail, opened_at, updated_at)
            VALUES (gen_random_uuid(), \(tenant.id), 'a', 'A', 'critical', 'mine is <open>', '', now(), now()),
                   (gen_random_uuid(), \(site.tenants.second.id), 'b', 'A', 'critical', 'not mine', '', now(), now())
            """,
            """
            INSERT INTO cost_days VALUES (\(tenant.id), (now() AT TIME ZONE 'UTC')::date, \(tenant.senderID),
                \(tenant.senderID), 'IT', 'utility', 'EUR', 3, 3, 0, 1234567)
            """,
        ] as [SQL] { _ = try await site.tenants.platform.execute(statement) }
        let cookie = try await site.signIn(tenant)
        for span in ["", "?span=today", "?span=90d", "?from=2026-01-01&to=2026-02-01"] {
            #expect(try await site.get("/dashboard\(span)", cookie).status == 200, "\(span)")
        }
        let page = try await site.get("/dashboard?span=today", cookie).text
        #expect(page.contains("<b>1</b><span class=\"quiet small\">accepted</span>"))
        #expect(page.contains("1.23 EUR"))
        #expect(page.contains("mine is &lt;open&gt;"))
        #expect(page.contains("(131026)") && page.contains(">41<"))
        #expect(!page.contains("not mine") && !page.contains("131047"))
        #expect(page.contains("data-chart=\"{&quot;hourly&quot;:false"))
        for wrong in ["span=1y", "from=x", "from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01"] {
            #expect(try await site.get("/dashboard?\(wrong)", cookie).status == 400, "\(wrong)")
        }
        await site.stop()
    }
}
