import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api
@testable import monitor

/// Plans and what they stop, people and keys of businesses, and the log of who did what.
@Suite struct AdminPlanTests {
    private static let plans = "/v1/admin/plans"

    @Test func aPlanIsMadeChangedGivenAndRemoved() async throws {
        let site = try await Site.start()
        let (key, tenant) = (try await site.adminKey(), site.tenants.first.id)
        let made = try await site.call(
            .post, Self.plans, #"{"name":"small","title":"Small","messages_per_day":100,"keys_max":2}"#, key: key)
        #expect(made.status == 201)
        #expect(made.response.header("Location") == "/v1/admin/plans/small")
        #expect(try made.json()["messages_per_day"]?.integer == 100)
        #expect(try made.json()["senders_max"]?.isNull == true)
        #expect(try await site.call(.post, Self.plans, #"{"name":"small"}"#, key: key).status == 409)
        let list = try await site.call(.get, Self.plans + "?limit=1", key: key).json()
        #expect(list["data"]?.elements?.map { $0["name"]?.string } == ["small"])
        let next = try #require(list["next_cursor"]?.string)
        let rest = try await site.call(.get, Self.plans + "?limit=1&cursor=\(next)", key: key)
        #expect(try rest.rows().map { $0["name"]?.string } == ["unlimited"])
        #expect(try rest.rows().first?["tenants"]?.integer == 2)

        #expect(try await site.call(.patch, "/v1/admin/tenants/\(tenant)", #"{"plan":"small"}"#, key: key).status == 200)
        let changed = try await site.call(
            .patch, Self.plans + "/small", #"{"messages_per_day":50,"keys_max":null,"users_max":1}"#, key: key)
        #expect(try changed.json()["messages_per_day"]?.integer == 50)
        #expect(try changed.json()["keys_max"]?.isNull == true)
        #expect(try changed.json()["title"]?.string == "Small")
        #expect(site.news.all.suffix(1) == [ControlNews(tenantID: tenant, what: .settings)])
        let inUse = try await site.call(.delete, Self.plans + "/small", key: key)
        #expect(inUse.status == 409)
        #expect(try inUse.json()["code"]?.string == "plan_in_use")
        #expect(try await site.call(.delete, Self.plans + "/unlimited", key: key).status == 409)
        _ = try await site.call(.patch, "/v1/admin/tenants/\(tenant)", #"{"plan":"unlimited"}"#, key: key)
        #expect(try await site.call(.delete, Self.plans + "/small", key: key).status == 204)
        #expect(try await site.call(.get, Self.plans + "/small", key: key).status == 404)
        #expect(try await site.call(.delete, Self.plans + "/small", key: key).status == 404)
        for body in [#"{"name":"A"}"#, #"{"name":"a","keys_max":-1}"#, #"{"name":"a","requests_per_second":0}"#, "{}"] {
            #expect(try await site.call(.post, Self.plans, body, key: key).status == 422, "\(body)")
        }
        await site.stop()
    }

    @Test func thePlansDailySendsAndTheTenantsOwnQuotaBothHold() async throws {
        let tenants = try await TwoTenants.make()
        let id = tenants.first.id
        for (quota, plan, effective): (Int?, Int?, Int?) in [
            (nil, nil, nil), (5, nil, 5), (nil, 7, 7), (5, 7, 5), (9, 7, 7), (5, 0, 0),
        ] {
            _ = try await tenants.platform.execute(
                "UPDATE tenants SET daily_quota = \(quota.map { Int32($0) } as Int32?) WHERE id = \(id)")
            _ = try await tenants.platform.execute(
                "UPDATE plans SET messages_per_day = \(plan.map { Int32($0) } as Int32?)")
            let rules = try await TenantRulesStore(tenants.database, isPlatform: false).rules(of: id)
            #expect(rules?.dailyQuota == effective)
            // What the dispatcher is granted is what the rules promise.
            _ = try await tenants.platform.execute("DELETE FROM tenant_days")
            let wishes = (0..<10).map { _ in
                ReservationWish(
                    messageID: MessageID(IDSource().uuid()), tenantID: id, senderID: tenants.first.senderID,
                    recipient: "+393401234567", portfolioID: nil, hasDailyQuota: effective != nil)
            }
            let refused = try await ReservationStore(tenants.platform).reserve(wishes)
            #expect(refused.count == effective.map { max(0, 10 - $0) } ?? 0)
        }
        await tenants.stop()
    }

    @Test func beyondThePlanNothingIsAddedHoweverManyTryAtOnce() async throws {
        let site = try await Site.start()
        let (key, tenant) = (try await site.adminKey(), site.tenants.first.id)
        _ = try await site.tenants.platform.execute("UPDATE plans SET keys_max = 3, users_max = 0")
        let path = "/v1/admin/tenants/\(tenant)/keys"
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<8 {
                group.addTask { try await site.call(.post, path, #"{"name":"\#(number)"}"#, key: key).status }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        // The tenant had one key.
        #expect(statuses.filter { $0 == 201 }.count == 2)
        #expect(statuses.filter { $0 == 403 }.count == 6)
        let refused = try await site.call(.post, path, #"{"name":"more"}"#, key: key)
        #expect(try refused.json()["code"]?.string == "plan_limit_reached")
        #expect(try refused.json()["field"]?.string == "keys_max")
        // A key that works no more makes room.
        let rows = try await site.call(.get, path, key: key).rows()
        let last = try #require(rows.first?["id"]?.string)
        #expect(try await site.call(.delete, path + "/\(last)", key: key).status == 204)
        #expect(try await site.call(.post, path, #"{"name":"more"}"#, key: key).status == 201)
        let users = "/v1/admin/tenants/\(tenant)/users"
        let user = try await site.call(.post, users, #"{"email":"a@b.example","role":"owner"}"#, key: key)
        #expect(try user.json()["field"]?.string == "users_max")
        // Another tenant's plan is another's: here it is the same, and counts its own.
        let other = "/v1/admin/tenants/\(site.tenants.second.id)/keys"
        #expect(try await site.call(.post, other, #"{"name":"x"}"#, key: key).status == 201)
        await site.stop()
    }

    @Test func peopleOfABusinessAreAddedChangedAndRemoved() async throws {
        let site = try await Site.start()
        let (key, tenant) = (try await site.adminKey(), site.tenants.first.id)
        let path = "/v1/admin/tenants/\(tenant)/users"
        let made = try await site.call(.post, path, #"{"email":" Ada@B.example","role":"owner","name":"Ada"}"#, key: key)
        #expect(made.status == 201)
        let id = try #require(try made.json()["id"]?.string)
        #expect(try made.json()["email"]?.string == "ada@b.example")
        let twice = try await site.call(.post, path, #"{"email":"ada@b.example","role":"viewer"}"#, key: key)
        #expect(try twice.json()["code"]?.string == "user_exists")
        let cookie = try await site.signIn(email: "ada@b.example")
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 200)
        let seen = try await site.call(.get, path, key: key).rows()
        #expect(seen.count == 1 && seen.first?["last_sign_in_at"]?.string != nil)

        let disabled = try await site.call(.patch, path + "/\(id)", #"{"role":"viewer","status":"disabled"}"#, key: key)
        #expect(try disabled.json()["status"]?.string == "disabled")
        #expect(try disabled.json()["role"]?.string == "viewer")
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303)
        _ = try await site.call(.patch, path + "/\(id)", #"{"status":"active"}"#, key: key)
        let again = try await site.signIn(email: "ada@b.example")
        // By another business's address the person is not there.
        let wrong = "/v1/admin/tenants/\(site.tenants.second.id)/users/\(id)"
        #expect(try await site.call(.delete, wrong, key: key).status == 404)
        #expect(try await site.call(.delete, path + "/\(id)", key: key).status == 204)
        #expect(try await site.get("/dashboard/whatsapp-logs", again).status == 303)
        #expect(try await site.call(.delete, path + "/\(id)", key: key).status == 404)
        await site.stop()
    }

    @Test func aRevokedKeyOpensNothingNotEvenThePageItIsOpenOn() async throws {
        let site = try await Site.start()
        let (key, tenant) = (try await site.adminKey(), site.tenants.first)
        let path = "/v1/admin/tenants/\(tenant.id)/keys"
        let made = try await site.call(.post, path, #"{"name":"x","scopes":["messages:read"]}"#, key: key)
        #expect(try made.json()["scopes"]?.elements?.map(\.string) == ["messages:read"])
        let secret = try #require(try made.json()["key"]?.string)
        let signedIn = try await site.post("/sign-in", "key=\(secret)")
        let cookie = try #require(signedIn.cookie)
        let other = try await site.signIn(tenant)
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 200)
        let id = try #require(try made.json()["id"]?.string)
        #expect(try await site.call(.delete, path + "/\(id)", key: key).status == 204)
        #expect(try await site.get("/dashboard/whatsapp-logs", cookie).status == 303)
        #expect(try await site.call(.get, "/v1/stats", key: secret).status == 401)
        #expect(try await site.get("/dashboard/whatsapp-logs", other).status == 200)
        await site.stop()
    }

    @Test func whoDidWhatCanBeReadByFoundersAndByTheBusinessItConcerns() async throws {
        let site = try await Site.start()
        let (key, tenant) = (try await site.adminKey(), site.tenants.first)
        let path = "/v1/admin/tenants/\(tenant.id)"
        let start = SystemClock.now()
        _ = try await site.call(.post, path + "/suspend", #"{"reason":"x"}"#, key: key)
        _ = try await site.call(.post, path + "/resume", key: key)
        _ = try await site.call(.patch, "/v1/admin/tenants/\(site.tenants.second.id)", #"{"name":"Two"}"#, key: key)
        func actions(_ query: String) async throws -> [String?] {
            try await site.call(.get, "/v1/admin/audit" + query, key: key).rows().map { $0["action"]?.string }
        }
        #expect(try await actions("?action=tenant.") == ["tenant.changed", "tenant.resumed", "tenant.suspended"])
        #expect(try await actions("?tenant_id=\(tenant.id)&actor_kind=admin_key") == ["tenant.resumed", "tenant.suspended"])
        #expect(try await actions("?target=\(site.tenants.second.id)") == ["tenant.changed"])
        #expect(try await actions("?actor=FOUNDER@&action=admin_key") == ["admin_key.created"])
        #expect(try await actions("?to=\(start.rfc3339)&action=tenant.").isEmpty)
        #expect(try await actions("?actor=nobody").isEmpty)
        let page = try await site.call(.get, "/v1/admin/audit?limit=1&action=tenant.", key: key).json()
        let cursor = try #require(page["next_cursor"]?.string)
        #expect(try await actions("?limit=1&action=tenant.&cursor=\(cursor)") == ["tenant.resumed"])
        for query in ["?actor_kind=god", "?from=now", "?cursor=!", "?tenant_id=1", "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"] {
            #expect(try await site.call(.get, "/v1/admin/audit" + query, key: key).status == 422, "\(query)")
        }
        // The business sees that the platform did it, and not who; nothing of the other.
        let store = AuditStore(site.tenants.database)
        let lines = try await store.entries(of: tenant.id, AuditFilter(), after: nil, max: 50)
        #expect(lines.map(\.action) == ["tenant.resumed", "tenant.suspended"])
        var writer = JSONWriter()
        writer.array { list in for line in lines { list.object { line.writeFields(into: &$0) } } }
        #expect(!writer.text.contains(Site.founder) && writer.text.contains(#""actor":"platform""#))
        var filter = AuditFilter()
        filter.actor = "founder"
        #expect(try await store.entries(of: tenant.id, filter, after: nil, max: 50).isEmpty)
        await site.stop()
    }

    @Test func nobodyChangesOrRemovesALineOfTheLog() async throws {
        let tenants = try await TwoTenants.make()
        for database in [tenants.database, tenants.platform] {
            for statement: SQL in ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"] {
                await #expect(throws: DatabaseError.self) { try await database.execute(statement) }
            }
        }
        await tenants.stop()
    }

    @Test func aKeyReadsItsOwnBusinesssLogWhenItMay() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.post("/v1/pause", #"{"scope":"tenant"}"#)
        _ = try await api.post("/v1/pause", #"{"scope":"tenant"}"#, as: api.tenants.second)
        _ = try await api.tenants.platform.execute("UPDATE api_keys SET scopes = '{messages,audit:read}'")
        let log = try await api.get("/v1/audit?action=pause")
        #expect(log.status == 200)
        #expect(log.json["data"]?.elements?.count == 1)
        #expect(log.json["data"]?.elements?.first?["actor"]?.string?.hasPrefix("api key ") == true)
        #expect(log.json["next_cursor"]?.isNull == true)
        #expect(try await api.get("/v1/audit?from=x").status == 422)
        await api.stop()
        let other = try await RunningAPI.start()
        _ = try await other.tenants.platform.execute("UPDATE api_keys SET scopes = '{messages}'")
        let refused = try await other.get("/v1/audit")
        #expect(refused.status == 403)
        #expect(refused.json["code"]?.string == "scope_missing")
        await other.stop()
    }
}
