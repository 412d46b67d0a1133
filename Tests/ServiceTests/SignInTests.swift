import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// People of businesses at the door: links, choices, roles, locks and the way out.
@Suite struct SignInTests {
    private static func add(_ email: String, _ role: Role, to tenant: TestTenant, _ site: Site) async throws {
        let ids = IDSource()
        let user = NewTenantUser(email: try #require(EmailAddress(email)), name: "", role: role, ids: ids)
        _ = try await TenantAccessStore(site.tenants.platform, ids: ids).create(
            user, of: tenant.id, invitation: { InvitationMail(subject: $0.name, body: "") },
            by: AuditSource(.system("test"), address: nil))
    }

    @Test func aPersonOfOneBusinessComesInByLinkAndSeesOnlyThat() async throws {
        let site = try await Site.start()
        try await Self.add("ada@x.example", .viewer, to: site.tenants.first, site)
        let mine = try await site.accept(site.tenants.first.message())
        let theirs = try await site.accept(site.tenants.second.message())
        let cookie = try await site.signIn(email: "Ada@X.example")
        #expect(try await site.get("/dashboard/whatsapp-logs/\(mine)", cookie).status == 200)
        #expect(try await site.get("/dashboard/whatsapp-logs/\(theirs)", cookie).status == 404)
        #expect(try await site.get("/admin/whatsapp-monitor", cookie).status == 404)
        #expect(try await site.call(.get, "/v1/admin/tenants", cookie: cookie).status == 401)
        let account = try await site.get("/account", cookie)
        #expect(account.text.contains("a viewer of <b>first</b>"))
        await site.stop()
    }

    @Test func aPersonOfSeveralBusinessesChoosesAndMayGoOnInAnother() async throws {
        let site = try await Site.start()
        for tenant in [site.tenants.first, site.tenants.second] {
            try await Self.add("ada@x.example", .owner, to: tenant, site)
        }
        _ = try await site.post("/sign-in", "email=ada%40x.example")
        let token = try #require(try await site.lastToken())
        for page in [try await site.get("/sign-in/link?token=\(token)", nil), try await site.post("/sign-in/link", "token=\(token)")] {
            // Asking does not use the link up.
            #expect(page.status == 200)
            #expect(page.cookie == nil)
            #expect(page.text.contains(">first</button>") && page.text.contains(">second</button>"))
        }
        // Not into what is somebody else's.
        for choice in ["founder", "\(TenantID(UUIDValue(high: 1, low: 1)))", "x"] {
            #expect(try await site.post("/sign-in/link", "token=\(token)&as=\(choice)").cookie == nil)
        }
        let entered = try await site.post("/sign-in/link", "token=\(token)&as=\(site.tenants.second.id)")
        let cookie = try #require(entered.cookie)
        #expect(try await site.get("/account", cookie).text.contains("an owner of <b>second</b>"))
        #expect(try await site.post("/sign-in/link", "token=\(token)&as=\(site.tenants.first.id)").status == 401)

        let form = "form_token=\(try await site.formToken(cookie))&as=\(site.tenants.first.id)"
        #expect(try await site.post("/sign-in/business", "as=\(site.tenants.first.id)", cookie: cookie).status == 403)
        let gone = try await site.post("/sign-in/business", form, cookie: cookie)
        let other = try #require(gone.cookie)
        #expect(try await site.get("/account", other).text.contains("an owner of <b>first</b>"))
        // The browser goes on under one name.
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303)
        await site.stop()
    }

    @Test func aFounderWhoAlsoWorksInABusinessChoosesToo() async throws {
        let site = try await Site.start()
        try await Self.add(Site.founder, .operator_, to: site.tenants.first, site)
        let asFounder = try await site.signIn(email: Site.founder)
        #expect(try await site.get("/admin/whatsapp-monitor", asFounder).status == 200)
        let asPerson = try await site.signIn(email: Site.founder, as: "\(site.tenants.first.id)")
        #expect(try await site.get("/dashboard/whatsapp-logs", asPerson).status == 200)
        #expect(try await site.get("/admin/whatsapp-monitor", asPerson).status == 404)
        #expect(try await site.call(.get, "/v1/admin/tenants", cookie: asPerson).status == 401)
        await site.stop()
    }

    @Test func aKeyThatMayNotReadMessagesShowsNoMessages() async throws {
        let site = try await Site.start()
        _ = try await site.tenants.platform.execute("UPDATE api_keys SET scopes = '{costs}'")
        let cookie = try await site.signIn(site.tenants.first)
        let page = try await site.get("/dashboard/whatsapp-logs", cookie)
        #expect(page.status == 403)
        #expect(page.text.contains("messages:read"))
        for path in ["/v1/stats", "/api/whatsapp/logs", "/dashboard/events"] {
            let answer = try await site.get(path, cookie)
            #expect(answer.status == 403, "\(path)")
            #expect(try answer.json()["code"]?.string == "scope_missing")
        }
        #expect(try await site.get("/v1/stats", nil, key: site.tenants.first.key).status == 403)
        await site.stop()
    }

    @Test func signingOutEverywhereEndsEverySessionOfThePersonAndNobodyElses() async throws {
        let site = try await Site.start()
        for tenant in [site.tenants.first, site.tenants.second] {
            try await Self.add("ada@x.example", .owner, to: tenant, site)
            try await Self.add("bob@x.example", .owner, to: tenant, site)
        }
        let cookies = [
            try await site.signIn(email: "ada@x.example", as: "\(site.tenants.first.id)"),
            try await site.signIn(email: "ada@x.example", as: "\(site.tenants.second.id)"),
        ]
        let bob = try await site.signIn(email: "bob@x.example", as: "\(site.tenants.first.id)")
        let key = try await site.signIn(site.tenants.first)
        let form = "everywhere=yes&form_token=\(try await site.formToken(cookies[0]))"
        #expect(try await site.post("/sign-out", form, cookie: cookies[0]).status == 303)
        for cookie in cookies { #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303) }
        for cookie in [bob, key] { #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 200) }
        await site.stop()
    }

    @Test func tooManyFailuresLockTheDoorForWhoeverFailedAndWhenTimeIsOverItOpens() async throws {
        let site = try await Site.start()
        let right = "key=\(site.tenants.first.key.secret.reveal())"
        for _ in 1..<SessionStore.failuresMax {
            #expect(try await site.post("/sign-in", "key=tdg_guess", address: "192.0.2.1").status == 401)
        }
        // Somebody who got in after all had only mistyped.
        #expect(try await site.post("/sign-in", right, address: "192.0.2.1").status == 303)
        for number in 1...SessionStore.failuresMax {
            let status = try await site.post("/sign-in/link", "token=guess-\(number)", address: "192.0.2.1").status
            #expect(status == 401)
        }
        let locked = try await site.post("/sign-in", right, address: "192.0.2.1")
        #expect(locked.status == 429)
        #expect(locked.response.header("Retry-After") == "900")
        #expect(try await site.post("/sign-in", right, address: "192.0.2.2").status == 303)
        let logged = try await site.tenants.platform.rows("SELECT target FROM audit_log WHERE action = 'sign_in.locked'")
        #expect(try logged.map { try $0.value(0, as: String.self) } == ["address 192.0.2.1"])
        _ = try await site.tenants.platform.execute(
            "UPDATE sign_in_failures SET locked_until = now(), last_at = now() - interval '15 minutes'")
        // One more is one too many again, and for longer.
        #expect(try await site.post("/sign-in", "key=tdg_guess", address: "192.0.2.1").status == 401)
        let until = try await site.tenants.platform.rows(
            "SELECT locked_until > now() + interval '29 minutes' AS is_long FROM sign_in_failures")
        #expect(try until.first?.value(0, as: Bool.self) == true)
        _ = try await site.tenants.platform.execute(
            "UPDATE sign_in_failures SET locked_until = now() - interval '16 minutes', last_at = now() - interval '46 minutes'")
        #expect(try await site.post("/sign-in", right, address: "192.0.2.1").status == 303)
        await site.stop()
    }

    @Test func behindAProxyThePeopleBehindItAreToldApart() async throws {
        let site = try await Site.start(proxies: 1)
        let right = "key=\(site.tenants.first.key.secret.reveal())"
        for number in 1...SessionStore.failuresMax {
            // What the guesser writes itself stands before what the proxy adds.
            let status = try await site.post(
                "/sign-in", "key=tdg_guess", address: "10.0.0.1", forwardedFor: "203.0.113.\(number), 192.0.2.1"
            ).status
            #expect(status == 401)
        }
        for (forwarded, status) in [("192.0.2.1", 429), ("192.0.2.9, 192.0.2.1", 429), ("192.0.2.2", 303)] {
            #expect(try await site.post("/sign-in", right, address: "10.0.0.1", forwardedFor: forwarded).status == status)
        }
        await site.stop()
    }

    @Test(arguments: [
        ("1.1.1.1", 0, "9.9.9.9"), ("1.1.1.1", 1, "1.1.1.1"), ("1.1.1.1, 2.2.2.2", 1, "2.2.2.2"),
        ("1.1.1.1, 2.2.2.2", 2, "1.1.1.1"), ("1.1.1.1", 2, "9.9.9.9"), ("<script>", 1, "9.9.9.9"), ("2001:db8::1", 1, "2001:db8::1"),
    ])
    func anAddressIsBelievedAsFarAsOurOwnProxiesWroteIt(header: String, proxies: Int, address: String) throws {
        let request = try #require(
            Request(.get, "/", headers: [("X-Forwarded-For", header)], remoteAddress: "9.9.9.9"))
        #expect(ClientAddress.of(request, trustedProxies: proxies) == address)
    }

    @Test func aPersonOfASuspendedBusinessGetsNoLink() async throws {
        let site = try await Site.start()
        try await Self.add("ada@x.example", .owner, to: site.tenants.first, site)
        _ = try await site.tenants.platform.execute("UPDATE tenants SET status = 'suspended'")
        let before = try await site.tenants.platform.rows("SELECT count(*) FROM sign_in_links")
        _ = try await site.post("/sign-in", "email=ada%40x.example")
        let after = try await site.tenants.platform.rows("SELECT count(*) FROM sign_in_links")
        #expect(try before.first?.value(0, as: Int.self) == after.first?.value(0, as: Int.self))
        await site.stop()
    }
}
