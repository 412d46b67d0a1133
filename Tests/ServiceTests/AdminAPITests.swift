import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// The founders' API over real Postgres, as a founder's program uses it.
@Suite struct AdminAPITests {
    private static let tenants = "/v1/admin/tenants"

    @Test func aFoundersProgramTakesABusinessOnWithItsFirstKeyAndOwner() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        #expect(key.hasPrefix("tda_"))
        let made = try await site.call(
            .post, Self.tenants,
            #"{"name":"Café Roma & Sons","default_region":"IT","time_zone":"Europe/Rome","owner":{"email":"Ada@Roma.example"}}"#,
            key: key)
        #expect(made.status == 201)
        let tenant = try made.json()
        let id = try #require(tenant["id"]?.string.flatMap { TenantID($0) })
        #expect(made.response.header("Location") == "/v1/admin/tenants/\(id)")
        #expect(tenant["slug"]?.string == "caf-roma-sons")
        #expect(tenant["status"]?.string == "active")
        #expect(tenant["plan"]?.string == "unlimited")
        #expect(tenant["owner"]?["email"]?.string == "ada@roma.example")
        #expect(tenant["owner"]?["role"]?.string == "owner")
        // The key opens the new business, and may do everything in it.
        let secret = try #require(tenant["api_key"]?["key"]?.string.flatMap { APIKey($0) })
        let caller = try #require(try await CatalogStore(site.tenants.database).caller(withKeyHash: secret.hash))
        #expect(caller.tenantID == id)
        #expect(caller.access == .everything)
        // It is shown once.
        let keys = try await site.call(.get, "\(Self.tenants)/\(id)/keys", key: key)
        #expect(try keys.rows().map { $0["name"]?.string } == ["first"])
        #expect(!keys.text.contains(secret.secret.reveal()))
        // The owner is told, and gets in.
        let mails = try await site.tenants.platform.rows(
            "SELECT body FROM notifications WHERE destination = 'ada@roma.example'")
        #expect(try mails.first?.value(0, as: String.self).contains("http://pages.example/sign-in") == true)
        let cookie = try await site.signIn(email: "ada@roma.example")
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 200)
        let detail = try await site.call(.get, "\(Self.tenants)/\(id)", key: key).json()
        #expect(detail["usage"]?["users"]?.integer == 1)
        #expect(detail["usage"]?["keys"]?.integer == 1)
        #expect(detail["usage"]?["senders"]?.integer == 0)
        // Its secrets can be sealed: it has a data key of its own.
        let sealed = try await site.tenants.platform.rows("SELECT data_key_sealed FROM tenants WHERE id = \(id)")
        #expect(try sealed.first?.value(0, as: Bytes?.self) != nil)
        await site.stop()
    }

    @Test func anAdminKeyIsMadeByAFounderInPersonAndNobodyElse() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(email: Site.founder)
        let body = #"{"name":"ci"}"#
        // A session that another page makes use of is none.
        for origin in [nil, "https://evil.example", "null"] {
            #expect(
                try await site.call(.post, "/v1/admin/keys", body, cookie: cookie, origin: origin).status == 403)
        }
        let key = try await site.adminKey()
        let byKey = try await site.call(.post, "/v1/admin/keys", body, key: key)
        #expect(byKey.status == 403)
        #expect(try byKey.json()["code"]?.string == "founder_session_needed")
        let tenantKey = site.tenants.first.key.secret.reveal()
        let tenantCookie = try await site.signIn(site.tenants.first)
        for path in [Self.tenants, "/v1/admin/plans", "/v1/admin/keys", "/v1/admin/audit", "/api/admin/whatsapp-logs"] {
            #expect(try await site.call(.get, path, key: key).status == 200, "\(path)")
            #expect(try await site.call(.get, path).status == 401, "\(path)")
            #expect(try await site.call(.get, path, key: tenantKey).status == 401, "\(path)")
            #expect(try await site.call(.get, path, key: APIKey.make(.admin).secret.reveal()).status == 401, "\(path)")
            #expect(try await site.call(.get, path, cookie: tenantCookie).status == 401, "\(path)")
        }
        let listed = try await site.call(.get, "/v1/admin/keys", key: key)
        #expect(try listed.rows().first?["email"]?.string == Site.founder)
        #expect(!listed.text.contains(key))
        await site.stop()
    }

    @Test func aFounderMakesAndRevokesAKeyOnThePage() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(email: Site.founder)
        let token = try await site.formToken(cookie)
        #expect(try await site.post("/admin/keys", "name=x", cookie: cookie).status == 403)
        let made = try await site.post("/admin/keys", "form_token=\(token)&name=Back+office+%3Cb%3E", cookie: cookie)
        #expect(made.status == 200)
        let halves = made.text.split(separator: "<code class=\"break\">", maxSplits: 1)
        let key = String(try #require(halves.last).prefix { $0 != "<" })
        #expect(try await site.call(.get, Self.tenants, key: key).status == 200)
        let list = try await site.get("/admin/keys", cookie)
        #expect(list.text.contains("Back office &lt;b&gt;") && !list.text.contains(key))
        let id = try #require(try await site.call(.get, "/v1/admin/keys", key: key).rows().first?["id"]?.string)
        #expect(try await site.post("/admin/keys/revoke", "form_token=\(token)&id=\(id)", cookie: cookie).status == 303)
        #expect(try await site.call(.get, Self.tenants, key: key).status == 401)
        #expect(try await site.get("/admin/keys", try await site.signIn(site.tenants.first)).status == 404)
        await site.stop()
    }

    @Test func anAdminKeyEndsWhenItIsRevokedOrOverOrItsFounderLeft() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey("first")
        let other = try await site.adminKey("second")
        let rows = try await site.call(.get, "/v1/admin/keys", key: key).rows()
        let id = try #require(rows.first { $0["name"]?.string == "second" }?["id"]?.string)
        for _ in 0..<2 { #expect(try await site.call(.delete, "/v1/admin/keys/\(id)", key: key).status == 204) }
        #expect(try await site.call(.get, Self.tenants, key: other).status == 401)
        #expect(try await site.call(.delete, "/v1/admin/keys/\(TenantID(UUIDValue(high: 1, low: 1)))", key: key).status == 404)
        let platform = site.tenants.platform
        for (change, back): (SQL, SQL) in [
            ("UPDATE admin_keys SET expires_at = now()", "UPDATE admin_keys SET expires_at = NULL"),
            ("UPDATE admin_keys SET email = 'left@example.com'", "UPDATE admin_keys SET email = 'founder@example.com'"),
        ] {
            _ = try await platform.execute(change)
            #expect(try await site.call(.get, Self.tenants, key: key).status == 401)
            _ = try await platform.execute(back)
            #expect(try await site.call(.get, Self.tenants, key: key).status == 200)
        }
        await site.stop()
    }

    @Test func aSuspendedBusinessIsClosedAndOpensAgainAtOnce() async throws {
        let site = try await Site.start()
        let (key, tenant) = (try await site.adminKey(), site.tenants.first)
        let cookie = try await site.signIn(tenant)
        let path = "\(Self.tenants)/\(tenant.id)"
        let gates = GateStore(site.tenants.platform)
        for _ in 0..<2 {
            let suspended = try await site.call(.post, path + "/suspend", #"{"reason":"not paid"}"#, key: key)
            #expect(suspended.status == 200)
            #expect(try suspended.json()["status"]?.string == "suspended")
            #expect(try suspended.json()["status_reason"]?.string == "not paid")
        }
        let closed = try await gates.closedGates()
        #expect(closed.map(\.subject) == ["\(tenant.id)"])
        #expect(closed.first?.scope == .tenant)
        #expect(closed.first?.cause == .accountRestricted)
        #expect(site.news.all.contains(ControlNews(tenantID: tenant.id, what: .gate)))
        #expect(site.news.all.contains(ControlNews(tenantID: tenant.id, what: .key)))
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303)
        #expect(try await site.get("/v1/stats", nil, key: tenant.key).status == 401)
        let caller = try await CatalogStore(site.tenants.database).caller(withKeyHash: tenant.key.hash)
        #expect(caller?.isSuspended == true)
        #expect(try await site.get("/v1/stats", nil, key: site.tenants.second.key).status == 200)

        let resumed = try await site.call(.post, path + "/resume", key: key)
        #expect(try resumed.json()["status"]?.string == "active")
        #expect(try resumed.json()["status_reason"]?.isNull == true)
        #expect(try await gates.closedGates().isEmpty)
        #expect(try await site.get("/v1/stats", nil, key: tenant.key).status == 200)
        // Signing in again is needed: the sessions of before are gone.
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303)
        await site.stop()
    }

    @Test func aDeletedBusinessLeavesNoSecretNoKeyNoPersonAndSendsNothing() async throws {
        let site = try await Site.start()
        let (key, tenant, platform) = (try await site.adminKey(), site.tenants.first, site.tenants.platform)
        let path = "\(Self.tenants)/\(tenant.id)"
        _ = try await site.call(.post, path + "/users", #"{"email":"ada@x.example","role":"viewer"}"#, key: key)
        let (waiting, theirs) = (
            try await site.accept(tenant.message()), try await site.accept(site.tenants.second.message())
        )
        _ = try await platform.execute(
            """
            INSERT INTO broadcasts (tenant_id, id, name, status, message, due_at, created_by, created_at, updated_at)
            SELECT id, id, 'x', 'running', '{}', now(), 'test', now(), now() FROM tenants
            """)
        for query in ["", "?confirm=second"] {
            let refused = try await site.call(.delete, path + query, key: key)
            #expect(refused.status == 422)
            #expect(try refused.json()["code"]?.string == "confirmation_wrong")
        }
        let deleted = try await site.call(.delete, path + "?confirm=first&reason=left", key: key)
        #expect(deleted.status == 202)
        #expect(try deleted.json()["status"]?.string == "deleted")
        let rows = try await platform.rows(
            """
            SELECT t.data_key_sealed IS NULL AS no_key, octet_length(s.access_token_sealed) AS token, s.status,
                   (SELECT count(*) FROM users WHERE tenant_id = t.id) AS users,
                   (SELECT count(*) FROM api_keys WHERE tenant_id = t.id AND revoked_at IS NULL) AS keys
            FROM tenants t JOIN senders s ON s.tenant_id = t.id WHERE t.id = \(tenant.id)
            """)
        let row = try #require(rows.first)
        #expect(try row.value("no_key", as: Bool.self))
        #expect(try row.value("token", as: Int32.self) == 0)
        #expect(try row.value("status", as: String.self) == "disabled")
        #expect(try row.value("users", as: Int.self) == 0)
        #expect(try row.value("keys", as: Int.self) == 0)
        #expect(try await site.get("/v1/stats", nil, key: tenant.key).status == 401)
        let running = try await platform.rows("SELECT tenant_id FROM broadcasts WHERE status = 'running'")
        #expect(try running.map { try $0.value(0, as: TenantID.self) } == [site.tenants.second.id])

        let cancelled = try await CancelStore(platform).cancelOfDeletedTenants()
        #expect(cancelled.map(\.messageID) == [waiting])
        #expect(try await CancelStore(platform).cancelOfDeletedTenants().isEmpty)
        let states = try await platform.rows("SELECT state FROM message_states WHERE id = \(theirs)")
        #expect(try states.first?.value(0, as: Int16.self) == MessageState.queued.rawValue)
        // There is nothing to be done with it any more, and it is not in the list; its slug and number are free.
        for call in [(HTTPMethod.patch, path, #"{"name":"x"}"#), (.post, path + "/resume", ""), (.post, path + "/suspend", "")] {
            #expect(try await site.call(call.0, call.1, call.2, key: key).json()["code"]?.string == "tenant_deleted")
        }
        #expect(try await site.call(.post, path + "/keys", #"{"name":"x"}"#, key: key).status == 404)
        #expect(try await site.call(.get, Self.tenants, key: key).rows().map { $0["slug"]?.string } == ["second"])
        #expect(try await site.call(.get, Self.tenants + "?status=deleted", key: key).rows().count == 1)
        #expect(try await site.call(.post, Self.tenants, #"{"name":"First","slug":"first"}"#, key: key).status == 201)
        await site.stop()
    }

    @Test func businessesAreListedInPagesAndFound() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        for number in 1...5 {
            _ = try await site.call(.post, Self.tenants, #"{"name":"Shop \#(number)"}"#, key: key)
        }
        var (names, cursor): ([String], String) = ([], "")
        repeat {
            let page = try await site.call(.get, Self.tenants + "?limit=2" + cursor, key: key).json()
            names += page["data"]?.elements?.compactMap { $0["name"]?.string } ?? []
            cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(names == ["Shop 5", "Shop 4", "Shop 3", "Shop 2", "Shop 1", "second", "first"])
        let found = try await site.call(.get, Self.tenants + "?q=SHOP%203&status=active&plan=unlimited", key: key)
        #expect(try found.rows().map { $0["slug"]?.string } == ["shop-3"])
        #expect(try await site.call(.get, Self.tenants + "?q=%25", key: key).rows().isEmpty)
        await site.stop()
    }

    @Test func whatABusinessIsCanBeChanged() async throws {
        let site = try await Site.start()
        let (key, path) = (try await site.adminKey(), "\(Self.tenants)/\(site.tenants.first.id)")
        let changed = try await site.call(
            .patch, path, #"{"name":"Firm","default_region":null,"time_zone":"Asia/Tokyo","daily_quota":9}"#, key: key)
        #expect(changed.status == 200)
        let tenant = try changed.json()
        #expect(tenant["name"]?.string == "Firm")
        #expect(tenant["slug"]?.string == "first")
        #expect(tenant["default_region"]?.isNull == true)
        #expect(tenant["time_zone"]?.string == "Asia/Tokyo")
        #expect(tenant["daily_quota"]?.integer == 9)
        #expect(site.news.all == [ControlNews(tenantID: site.tenants.first.id, what: .settings)])
        #expect(try await site.call(.patch, path, #"{"daily_quota":null}"#, key: key).json()["daily_quota"]?.isNull == true)
        #expect(try await site.call(.patch, path, #"{"slug":"second"}"#, key: key).status == 409)
        await site.stop()
    }

    @Test(arguments: [
        ("POST", "", "", "json_malformed"), ("POST", "", "[]", "field_wrong_type"), ("POST", "", "{}", "field_missing"),
        ("POST", "", #"{"name":" "}"#, "name_invalid"), ("POST", "", #"{"name":"x","slug":"-x"}"#, "slug_invalid"),
        ("POST", "", #"{"name":"x","slug":"A b"}"#, "slug_invalid"), ("POST", "", #"{"name":"日本"}"#, "slug_invalid"),
        ("POST", "", #"{"name":"x","slug":"first"}"#, "slug_taken"), ("POST", "", #"{"name":"x","plan":"none"}"#, "plan_unknown"),
        ("POST", "", #"{"name":"x","time_zone":"Mars/Base"}"#, "time_zone_unknown"),
        ("POST", "", #"{"name":"x","time_zone":"X+999999999"}"#, "time_zone_unknown"),
        ("POST", "", #"{"name":"x","currency":"euro"}"#, "currency_invalid"),
        ("POST", "", #"{"name":"x","default_region":"Italy"}"#, "default_region_invalid"),
        ("POST", "", #"{"name":"x","owner":{"email":"nobody"}}"#, "email_invalid"),
        ("POST", "", #"{"name":"x","owner":{}}"#, "field_missing"),
        ("POST", "", #"{"name":"x","key":{"scopes":["fly"]}}"#, "scope_unknown"),
        ("POST", "", #"{"name":"x","key":{"scopes":[]}}"#, "field_wrong_type"),
        ("POST", "", #"{"name":"x","key":{"expires_at":"2001-01-01T00:00:00Z"}}"#, "expires_at_invalid"),
        ("POST", "", #"{"name":"x","why":1}"#, "field_unknown"), ("PATCH", "/ID", #"{"name":null}"#, "field_missing"),
        ("PATCH", "/ID", #"{"daily_quota":-1}"#, "daily_quota_out_of_range"),
        ("GET", "?status=open", "", "status_unknown"), ("GET", "?cursor=x", "", "cursor_invalid"),
        ("GET", "?limit=0", "", "limit_out_of_range"), ("GET", "?who=x", "", "parameter_unknown"),
        ("GET", "/x", "", "tenant_not_found"), ("GET", "/OTHER", "", "tenant_not_found"),
        ("POST", "/OTHER/suspend", "", "tenant_not_found"), ("DELETE", "/OTHER?confirm=x", "", "tenant_not_found"),
        ("POST", "/ID/suspend", #"{"reason":3}"#, "field_wrong_type"), ("GET", "/OTHER/keys", "", "tenant_not_found"),
        ("POST", "/ID/keys", "{}", "field_missing"), ("DELETE", "/ID/keys/OTHER", "", "key_not_found"),
        ("POST", "/ID/users", #"{"email":"a@b.example"}"#, "field_missing"),
        ("POST", "/ID/users", #"{"email":"a@b.example","role":"boss"}"#, "role_unknown"),
        ("PATCH", "/ID/users/OTHER", #"{"role":"owner"}"#, "user_not_found"),
        ("DELETE", "/ID/users/x", "", "user_not_found"),
    ])
    func whatCannotBeIsRefusedByName(method: String, path: String, body: String, code: String) async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        let path = path.replacing("ID", with: "\(site.tenants.first.id)")
            .replacing("OTHER", with: "\(UUIDValue(high: 0x0190_0000_0000_7000, low: 1))")
        let answer = try await site.call(try #require(HTTPMethod(rawValue: method)), Self.tenants + path, body, key: key)
        #expect(try answer.json()["code"]?.string == code, "\(answer.text)")
        #expect((400..<500).contains(answer.status))
        #expect(answer.response.header("Content-Type") == "application/problem+json")
        await site.stop()
    }
}
