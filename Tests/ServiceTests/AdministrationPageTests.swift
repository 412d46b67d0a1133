import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Founders' pages of businesses, senders, the engine and the record.
@Suite struct AdministrationPageTests {
    private func post(_ site: Site, _ path: String, _ fields: String, _ cookie: String) async throws -> Site.Answer {
        try await site.post(path, "form_token=\(try await site.formToken(cookie))&\(fields)", cookie: cookie)
    }

    @Test func aBusinessIsTakenOnChangedAndItsKeyIsShownOnce() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let made = try await post(
            site, "/admin/businesses", "name=Caf%C3%A9+Roma&owner=ada%40roma.example&time_zone=Europe%2FRome", cookie)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.text.contains("<code class=\"break\">tdg_"))
        let list = try await site.get("/admin/businesses?q=Roma", cookie)
        #expect(list.text.contains("Café Roma") && !list.text.contains("tdg_"))
        let rows = try await site.tenants.platform.rows("SELECT id FROM tenants WHERE name = 'Café Roma'")
        let path = "/admin/businesses/\(try #require(try rows.first?.value(0, as: TenantID.self)))"
        #expect(try await site.get(path, cookie).text.contains("ada@roma.example"))
        let changed = try await post(site, path + "/change", "name=Roma&daily_quota=500&default_region=", cookie)
        #expect(changed.response.header("Location") == path + "?done=change")
        let page = try await site.get(path, cookie)
        #expect(page.text.contains("<h1>Roma</h1>") && page.text.contains("value=\"500\""))
        let refused = try await post(site, path + "/change", "name=Roma&daily_quota=many", cookie)
        #expect(refused.status == 422)
        #expect(refused.text.contains("Nothing was changed") && refused.text.contains("`daily_quota`"))
        #expect(try await site.audited("tenant.created").count == 1)
        #expect(try await site.audited("tenant.changed").count == 1)
        await site.stop()
    }

    @Test func aBusinessIsSuspendedResumedAndDeletedOnlyByItsName() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let path = "/admin/businesses/\(site.tenants.second.id)"
        #expect(try await post(site, path + "/suspend", "reason=unpaid", cookie).status == 303)
        #expect(try await site.get(path, cookie).text.contains("unpaid"))
        #expect(try await post(site, path + "/resume", "", cookie).status == 303)
        let wrong = try await post(site, path + "/delete", "confirm=first", cookie)
        #expect(wrong.status == 422 && wrong.text.contains("Nothing was changed"))
        let deleted = try await post(site, path + "/delete", "confirm=second", cookie)
        #expect(deleted.response.header("Location") == "/admin/businesses")
        let status = try await site.tenants.platform.rows("SELECT status FROM tenants WHERE id = \(site.tenants.second.id)")
        #expect(try status.first?.value(0, as: String.self) == "deleted")
        for action in ["tenant.suspended", "tenant.resumed", "tenant.deleted"] {
            #expect(try await site.audited(action).count == 1, "\(action)")
        }
        await site.stop()
    }

    @Test func keysAndPeopleOfABusinessAreMadeAndTakenAway() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let path = "/admin/businesses/\(site.tenants.first.id)"
        let key = try await post(site, path + "/keys", "name=shop", cookie)
        #expect(key.status == 201 && key.text.contains("tdg_"))
        let person = try await post(site, path + "/people", "email=eve%40first.example&role=viewer", cookie)
        #expect(person.status == 303, "\(person.text)")
        let again = try await post(site, path + "/people", "email=eve%40first.example&role=viewer", cookie)
        #expect(again.status == 409 && again.text.contains("role=\"alert\""))
        let id = try await site.tenants.platform.rows("SELECT id FROM users WHERE email = 'eve@first.example'")
            .first?.value(0, as: UserID.self)
        #expect(try await post(site, path + "/people/remove", "person=\(try #require(id))", cookie).status == 303)
        let keyID = try await site.tenants.platform.rows("SELECT id FROM api_keys WHERE name = 'shop'")
            .first?.value(0, as: APIKeyID.self)
        #expect(try await post(site, path + "/keys/revoke", "key=\(try #require(keyID))", cookie).status == 303)
        #expect(try await site.get(path, cookie).text.contains("revoked"))
        await site.stop()
    }

    @Test func sendersInTroubleComeFirstWithTheirLimitAndToken() async throws {
        let site = try await Site.start()
        _ = try await site.tenants.platform.execute(
            """
            UPDATE senders SET quality_rating = CASE WHEN tenant_id = \(site.tenants.second.id) THEN 'RED' ELSE 'GREEN' END,
                   token_expires_at = now() + interval '2 days'
            """)
        let cookie = try await site.signInFounder()
        let page = try await site.get("/admin/senders", cookie)
        #expect(page.status == 200)
        let places = ["second · meta", "first · meta"].map { page.text.firstRange(of: $0)?.lowerBound ?? page.text.endIndex }
        #expect(places[0] < places[1])
        #expect(page.text.contains("is-state-red") && page.text.contains("none today"))
        let green = try await site.get("/admin/senders?quality=GREEN", cookie)
        #expect(green.text.contains("first · meta") && !green.text.contains("second · meta"))
        await site.stop()
    }

    @Test func theRecordIsNarrowedByBusinessActorAndAction() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        _ = try await post(site, "/admin/businesses/\(site.tenants.second.id)/suspend", "reason=x", cookie)
        _ = try await site.get("/admin/senders", cookie)
        let one = try await site.get("/admin/audit?action=tenant&business=\(site.tenants.second.id)&actor=founder", cookie)
        #expect(one.text.contains("<b>tenant.suspended</b>") && !one.text.contains("<b>senders.viewed</b>"))
        #expect(try await site.get("/admin/audit?actor=nobody", cookie).text.contains("Nothing of that is on record"))
        #expect(try await site.get("/admin/audit?business=x", cookie).status == 400)
        await site.stop()
    }

    @Test func theDeliveryPageTellsTheBacklogTheSpansAndWhatCouldBeSentAgain() async throws {
        let site = try await Site.start()
        _ = try await site.accept(site.tenants.first.message())
        _ = try await site.tenants.platform.execute("UPDATE due_messages SET due_at = now() - interval '90 seconds'")
        let failed = try await site.failed()
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO critical_failures (tenant_id, message_id, sender_id, error_code, failed_at)
            VALUES (\(site.tenants.first.id), \(failed), \(site.tenants.first.senderID), 131000, now())
            """)
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO monitoring_metrics (at, tenant_id, subject, metric, value, sample)
            VALUES (now(), \(site.tenants.first.id), '', 'queue_time_p99_seconds', 0.25, 9),
                   (now() - interval '5 minutes', NULL, 'dispatcher', 'consumer_lag_records', 99, 1),
                   (now(), NULL, 'dispatcher', 'consumer_lag_records', 41, 1)
            """)
        let page = try await site.get("/admin/delivery", site.signInFounder())
        for words in [
            "<b>1</b><span class=\"quiet small\">due and not taken up", "90 s", "250 ms", ">41<",
            "/admin/retry?business=\(site.tenants.first.id)",
        ] {
            #expect(page.text.contains(words), "\(words)")
        }
        #expect(!page.text.contains(">99<"), "only the newest figure counts")
        await site.stop()
    }

    @Test func aPageThatStaysOpenIsOneLook() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        for isLive in [false, true, true] {
            var headers = [("Host", "pages.example"), ("Cookie", cookie)]
            if isLive { headers.append((Looks.liveHeader, "1")) }
            let request = try #require(Request(.get, "/admin/whatsapp-monitor", headers: headers))
            #expect(await site.router.respond(to: request).status == 200)
        }
        #expect(try await site.audited("businesses.viewed").count == 1)
        _ = try await site.get("/admin/whatsapp-monitor", cookie)
        #expect(try await site.audited("businesses.viewed").count == 2)
        // Whoever only says that the page is open was written down before, or is now.
        let other = try #require(
            Request(
                .get, "/admin/senders", headers: [("Host", "pages.example"), ("Cookie", cookie), (Looks.liveHeader, "1")]))
        _ = await site.router.respond(to: other)
        #expect(try await site.audited("senders.viewed").count == 1)
        await site.stop()
    }

    @Test(arguments: ["/admin/businesses", "/admin/senders", "/admin/audit", "/admin/events", "/admin/delivery"])
    func businessesFindNoneOfThesePages(path: String) async throws {
        let site = try await Site.start()
        #expect(try await site.get(path, site.signIn(site.tenants.first)).status == 404)
        #expect(try await site.get(path, nil).response.header("Location") == "/sign-in")
        await site.stop()
    }

    @Test func noBusinessAdministersAnother() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        for action in AdministrationPages.Action.allCases {
            let answer = try await post(
                site, "/admin/businesses/\(site.tenants.second.id)/\(action.rawValue)", "confirm=second&name=x", cookie)
            #expect(answer.status == 404, "\(action)")
        }
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM tenants WHERE status <> 'active'").isEmpty)
        await site.stop()
    }
}
