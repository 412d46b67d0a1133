import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// The pages over real Postgres, as people and programs ask for them.
@Suite struct MonitorPagesTests {
    private static let founder = "founder@example.com"

    @Test func aTenantSeesItsMessagesAndNobodyElses() async throws {
        let site = try await Site.start()
        let theirs = try await site.accept(site.tenants.second.message(reference: "secret-of-second"))
        let mine = try await site.accept(site.tenants.first.message(reference: "mine-1"))
        let cookie = try await site.signIn(site.tenants.first)
        let list = try await site.get("/dashboard/whatsapp-logs", cookie)
        #expect(list.status == 200)
        #expect(list.text.contains("mine-1"))
        #expect(!list.text.contains("secret-of-second"))
        #expect(try await site.get("/dashboard/whatsapp-logs/\(mine)", cookie).status == 200)
        // By id, by filter and by cursor: another's message is not there.
        #expect(try await site.get("/dashboard/whatsapp-logs/\(theirs)", cookie).status == 404)
        for query in [
            "business=\(site.tenants.second.id)", "phone=393401234567&business=\(site.tenants.second.id)",
        ] {
            let json = try await site.get("/api/whatsapp/logs?\(query)", cookie)
            #expect(try json.rows().isEmpty, "\(query)")
        }
        let cursor = try await site.get("/api/whatsapp/logs?after=\(theirs)", cookie)
        #expect(try cursor.rows().map { $0["reference"]?.string } == ["mine-1"])
        await site.stop()
    }

    @Test func withoutASessionNothingIsShown() async throws {
        let site = try await Site.start()
        for path in [
            "/", "/dashboard/whatsapp-logs", "/dashboard/whatsapp-logs/x", "/admin/whatsapp-monitor",
        ] {
            for cookie in [nil, "tidings_session=made-up"] {
                let answer = try await site.get(path, cookie)
                #expect(answer.status == 303, "\(path)")
                #expect(answer.response.header("Location") == "/sign-in", "\(path)")
            }
        }
        for path in ["/v1/stats", "/api/whatsapp/logs", "/api/admin/whatsapp-logs", "/dashboard/events"] {
            #expect(try await site.get(path, nil).status == 401, "\(path)")
        }
        await site.stop()
    }

    @Test func aTenantIsNoFounder() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/admin/whatsapp-monitor", cookie).status == 404)
        #expect(try await site.get("/api/admin/whatsapp-logs", cookie).status == 401)
        await site.stop()
    }

    @Test func hostileTextsStayTexts() async throws {
        let site = try await Site.start()
        let hostile = #"<script>alert(1)</script>"onload='x'&"#
        let id = try await site.accept(site.tenants.first.message(kind: #""><b>"#, reference: hostile))
        let cookie = try await site.signIn(site.tenants.first)
        let query = QueryText.make([("kind", #"" autofocus onfocus="alert(1)"#), ("template", "<script>")])
        for path in ["", "/\(id)", query, "?status=" + QueryText.encode(hostile)] as [String] {
            let page = try await site.get("/dashboard/whatsapp-logs" + path, cookie)
            #expect(!page.text.contains("<script>"), "\(path)")
            #expect(!page.text.contains("onfocus=\""), "\(path)")
            #expect(!page.text.contains("<b>\""), "\(path)")
        }
        let page = try await site.get("/dashboard/whatsapp-logs/\(id)", cookie)
        #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;onload=&#39;x&#39;&amp;"))
        await site.stop()
    }

    @Test func everyAnswerTellsBrowsersWhatIsAllowed() async throws {
        let site = try await Site.start()
        for path in ["/sign-in", "/assets/x/tidings.css", "/nowhere", "/v1/stats"] {
            let response = try await site.get(path, nil).response
            let policy = response.header("Content-Security-Policy") ?? ""
            #expect(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "\(path)"
            )
            #expect(!policy.contains("unsafe"))
            #expect(response.header("X-Content-Type-Options") == "nosniff", "\(path)")
            #expect(response.header("Referrer-Policy") == "same-origin", "\(path)")
        }
        let style = try await site.get(Assets.path("tidings.css"), nil).response
        #expect(style.header("Cache-Control")?.contains("immutable") == true)
        #expect(try await site.get("/sign-in", nil).response.header("Cache-Control") == "no-store")
        await site.stop()
    }

    @Test func aFormFromAnotherPageIsRefused() async throws {
        let site = try await Site.start()
        let key = "key=\(site.tenants.first.key.secret.reveal())"
        for origin in [nil, "https://evil.example", "null", "http://localhost:1"] {
            let answer = try await site.post("/sign-in", key, origin: origin)
            #expect(answer.status == 403)
            #expect(answer.response.header("Set-Cookie") == nil)
        }
        #expect(try await site.post("/sign-in", key).status == 303)
        await site.stop()
    }

    @Test func aFounderSignsInByALinkThatWorksOnce() async throws {
        let site = try await Site.start()
        let unknown = try await site.post("/sign-in", "email=somebody@example.com")
        let known = try await site.post("/sign-in", "email=Founder%40example.com")
        #expect(unknown.text == known.text)
        let token = try #require(try await site.lastToken())
        // Whoever only opens the link uses nothing up.
        for _ in 0..<2 {
            let page = try await site.get("/sign-in/link?token=\(token)", nil)
            #expect(page.status == 200)
            #expect(page.response.header("Set-Cookie") == nil)
        }
        let first = try await site.post("/sign-in/link", "token=\(token)")
        #expect(first.status == 303)
        #expect(try await site.post("/sign-in/link", "token=\(token)").status == 401)
        let id = try await site.accept(site.tenants.first.message(reference: "own-reference"))
        _ = try await site.tenants.platform.execute(
            "UPDATE message_states SET state = 9, retries = 3, attempts = 4 WHERE id = \(id)"
        )
        let cookie = try #require(first.cookie)
        // Nothing is critical yet, and nothing else is shown unasked.
        #expect(try await !site.get("/admin/whatsapp-monitor", cookie).text.contains("+39…567"))
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO critical_failures (tenant_id, message_id, sender_id, failed_at)
            VALUES (\(site.tenants.first.id), \(id), \(site.tenants.first.senderID), now())
            """
        )
        _ = try await site.tenants.platform.execute("UPDATE message_states SET is_critical = true")
        let page = try await site.get("/admin/whatsapp-monitor", cookie)
        #expect(page.status == 200)
        #expect(page.text.contains("+39…567"))
        #expect(!page.text.contains("+393401234567"))
        // Nor what was written to whom.
        #expect(!page.text.contains("Hello"))
        #expect(!page.text.contains("own-reference"))
        let list = try await site.get("/api/admin/whatsapp-logs?status=failed&minRetries=3", cookie)
        #expect(try list.rows().map { $0["id"]?.string } == [id.description])
        #expect(try list.rows().first?["to"]?.string == "+39…567")
        #expect(try await site.get("/api/admin/whatsapp-logs?minRetries=4", cookie).rows().isEmpty)
        let audit = try await site.tenants.platform.rows(
            "SELECT action FROM audit_log WHERE actor = \(Self.founder) ORDER BY at"
        )
        #expect(
            try audit.map { try $0.value(0, as: String.self) } == [
                "session.begun", "businesses.viewed", "businesses.viewed", "messages.listed", "messages.listed",
            ]
        )
        // Every address has its few links; the rest say the same and send nothing.
        for _ in 0..<6 {
            #expect(try await site.post("/sign-in", "email=founder%40example.com").text == known.text)
        }
        let mails = try await site.tenants.platform.rows("SELECT count(*) FROM notifications")
        #expect(try mails.first?.value(0, as: Int.self) == 3)
        await site.stop()
    }

    @Test func guessingIsSlowedDown() async throws {
        let site = try await Site.start()
        var last = 0
        for _ in 0..<40 { last = try await site.post("/sign-in", "key=tdg_guess").status }
        #expect(last == 429)
        await site.stop()
    }

    @Test func statsAreWhatHappened() async throws {
        let site = try await Site.start()
        var ids: [MessageID] = []
        for _ in 0..<4 { ids.append(try await site.accept(site.tenants.first.message())) }
        _ = try await site.accept(site.tenants.second.message())
        for isFolded in [false, true] {
            if isFolded { _ = try await CountStore(site.tenants.platform).fold() }
            let answer = try await site.get("/v1/stats?group=hour", nil, key: site.tenants.first.key)
            let json = try answer.json()
            #expect(json["totals"]?["accepted"]?.integer == 4)
            #expect(json["totals"]?["pending"]?.integer == 4)
            #expect(json["by_state_now"]?["queued"]?.integer == 4)
            #expect(json["delivery_rate"] == nil)
            #expect(json["groups"]?.elements?.count == 1)
        }
        for query in [
            "group=week", "from=yesterday", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "group=minute&from=2020-01-01T00:00:00Z",
        ] {
            #expect(
                try await site.get("/v1/stats?\(query)", nil, key: site.tenants.first.key).status == 400,
                "\(query)"
            )
        }
        await site.stop()
    }

    @Test func signingOutEndsTheSession() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 200)
        #expect(try await site.post("/sign-out", "", cookie: cookie, origin: nil).status == 403)
        // Not from another page either that knows our address but not this session.
        for forged in ["", "form_token=", "form_token=" + String(repeating: "a", count: 40)] {
            #expect(try await site.post("/sign-out", forged, cookie: cookie).status == 403)
        }
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 200)
        let token = try await site.formToken(cookie)
        #expect(try await site.post("/sign-out", "form_token=\(token)", cookie: cookie).status == 303)
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303)
        await site.stop()
    }

    @Test func whereThePagesAreReachedByTLSTheCookieTravelsByTLSOnly() async throws {
        let site = try await Site.start(publicURL: "https://tidings.example")
        let key = "key=\(site.tenants.first.key.secret.reveal())"
        let cookie = try #require(try await site.post("/sign-in", key).response.header("Set-Cookie"))
        #expect(cookie.hasPrefix("__Host-tidings_session="))
        for word in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains("; \(word)")) }
        await site.stop()
    }
}
