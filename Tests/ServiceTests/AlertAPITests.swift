import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Alerts and rules for programs: a business's own, and for founders all.
@Suite struct AlertAPITests {
    private static let origin = "http://pages.example"

    private static func open(
        _ site: Site, _ tenantID: TenantID?, _ code: AlertCode = .messageCritical, _ cause: String = "1"
    ) async throws -> AlertID {
        try await AlertStore(site.tenants.platform, ids: IDSource()).open(
            AlertDraft(
                key: AlertKey(code, tenantID: tenantID, cause: cause), title: "Title \(cause)",
                detail: "What to do: this.\nhttp://pages.example/admin/whatsapp-monitor", occurrences: 1)
        ).alertID
    }

    @Test func aKeySeesAndEndsItsOwnAlertsAndNoOthers() async throws {
        let site = try await Site.start()
        let (mine, theirs) = (site.tenants.first, site.tenants.second)
        let key = mine.key.secret.reveal()
        let id = try await Self.open(site, mine.id)
        let other = try await Self.open(site, theirs.id)
        let platforms = try await Self.open(site, nil)
        let rows = try await site.call(.get, "/v1/alerts", key: key).rows()
        #expect(rows.map { $0["id"]?.string } == ["\(id)"])
        // The founders' page is nothing for a business.
        #expect(rows.first?["detail"]?.string == "What to do: this.")
        for foreign in [other, platforms] {
            #expect(try await site.call(.get, "/v1/alerts/\(foreign)", key: key).status == 404)
            for action in AlertAction.allCases {
                let body = action == .silence ? #"{"hours":1}"# : #"{"note":"x"}"#
                let answer = try await site.call(.post, "/v1/alerts/\(foreign)/\(action.rawValue)", body, key: key)
                #expect(answer.status == 404, "\(action): \(answer.text)")
                #expect(try answer.json()["code"]?.string == "alert_not_found")
            }
        }
        #expect(try await site.call(.post, "/v1/alerts/\(id)/acknowledge", key: key).status == 200)
        let silenced = try await site.call(.post, "/v1/alerts/\(id)/silence", #"{"hours":8,"note":"planned"}"#, key: key)
        #expect(try silenced.json()["silenced_until"]?.string != nil, "\(silenced.text)")
        #expect(try await site.call(.post, "/v1/alerts/\(id)/unsilence", key: key).status == 200)
        #expect(try await site.call(.post, "/v1/alerts/\(id)/note", #"{"note":"seen"}"#, key: key).status == 200)
        #expect(try await site.call(.post, "/v1/alerts/\(id)/resolve", #"{"note":"mended"}"#, key: key).status == 200)
        let again = try await site.call(.post, "/v1/alerts/\(id)/resolve", key: key)
        #expect(again.status == 409)
        let detail = try await site.call(.get, "/v1/alerts/\(id)", key: key).json()
        #expect(detail["status"]?.string == "resolved")
        #expect(detail["resolved_by"]?.string?.hasPrefix("api key ") == true)
        #expect(
            detail["history"]?.elements?.compactMap { $0["what"]?.string }
                == ["raised", "acknowledged", "silenced", "unsilenced", "noted", "resolved"])
        await site.stop()
    }

    @Test func whatIsNotAsItMustBeIsRefusedByField() async throws {
        let site = try await Site.start()
        let key = site.tenants.first.key.secret.reveal()
        let id = try await Self.open(site, site.tenants.first.id)
        let cases: [(String, String, String)] = [
            ("silence", "{}", "field_missing"), ("silence", #"{"hours":0}"#, "hours_out_of_range"),
            ("silence", #"{"hours":169}"#, "hours_out_of_range"), ("note", "{}", "field_missing"),
            ("note", #"{"note":"  "}"#, "note_invalid"), ("acknowledge", #"{"who":"me"}"#, "field_unknown"),
            ("resolve", #"{"note":"\#(String(repeating: "x", count: 1_001))"}"#, "note_invalid"),
        ]
        for (action, body, code) in cases {
            let answer = try await site.call(.post, "/v1/alerts/\(id)/\(action)", body, key: key)
            #expect(answer.status == 422)
            #expect(try answer.json()["code"]?.string == code, "\(action) \(body)")
        }
        for query in ["status=gone", "severity=high", "code=X", "tenant_id=1", "cursor=x", "limit=0"] {
            #expect(try await site.call(.get, "/v1/alerts?\(query)", key: key).status == 422, "\(query)")
        }
        await site.stop()
    }

    @Test func whoMayOnlyLookOnlyLooks() async throws {
        let site = try await Site.start()
        let id = try await Self.open(site, site.tenants.first.id)
        let viewer = try await Self.signIn(site, .viewer, "eve@example.com")
        #expect(try await site.call(.get, "/v1/alerts/\(id)", cookie: viewer).status == 200)
        let refused = try await site.call(.post, "/v1/alerts/\(id)/acknowledge", cookie: viewer, origin: Self.origin)
        #expect(refused.status == 403)
        let operator_ = try await Self.signIn(site, .operator_, "opal@example.com")
        // A form of another page.
        #expect(try await site.call(.post, "/v1/alerts/\(id)/acknowledge", cookie: operator_).status == 403)
        let done = try await site.call(.post, "/v1/alerts/\(id)/acknowledge", cookie: operator_, origin: Self.origin)
        #expect(try done.json()["acknowledged_by"]?.string == "opal@example.com")
        // Rules are settings: an owner's.
        let rule = "/v1/alert-rules/failure_rate"
        #expect(try await site.call(.get, rule, cookie: operator_).status == 200)
        #expect(try await site.call(.put, rule, #"{"raise_at":0.2}"#, cookie: operator_, origin: Self.origin).status == 403)
        let owner = try await Self.signIn(site, .owner, "olga@example.com")
        #expect(try await site.call(.put, rule, #"{"raise_at":0.2}"#, cookie: owner, origin: Self.origin).status == 200)
        await site.stop()
    }

    static func signIn(_ site: Site, _ role: Role, _ email: String) async throws -> String {
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO users (tenant_id, id, email, name, role)
            VALUES (\(site.tenants.first.id), \(IDSource().uuid()), \(email), '', \(role.rawValue))
            """)
        return try await site.signIn(email: email)
    }

    @Test func aFounderSeesAllAndTheLookIsWrittenDown() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        let first = try await Self.open(site, site.tenants.first.id, .failureRateHigh)
        let second = try await Self.open(site, site.tenants.second.id)
        let third = try await Self.open(site, nil, .diskNearlyFull)
        let all = try await site.call(.get, "/v1/admin/alerts", key: key).rows().compactMap { $0["id"]?.string }
        #expect(all == ["\(second)", "\(third)", "\(first)"])
        let ofOne = try await site.call(.get, "/v1/admin/alerts?tenant_id=\(site.tenants.first.id)", key: key).rows()
        #expect(ofOne.compactMap { $0["business"]?.string } == ["first"])
        #expect(try await site.call(.post, "/v1/admin/alerts/\(third)/acknowledge", key: key).status == 200)
        let page = try await site.call(.get, "/v1/admin/alerts?limit=2", key: key).json()
        let cursor = try #require(page["next_cursor"]?.string)
        let rest = try await site.call(.get, "/v1/admin/alerts?limit=2&cursor=\(cursor)", key: key).rows()
        #expect(rest.compactMap { $0["id"]?.string } == ["\(first)"])
        let looks = try await site.tenants.platform.rows("SELECT FROM audit_log WHERE action = 'alerts.viewed'")
        #expect(looks.count == 4)
        // A business's key is no admin key.
        #expect(try await site.call(.get, "/v1/admin/alerts", key: site.tenants.first.key.secret.reveal()).status == 401)
        await site.stop()
    }

    @Test func rulesAreWrittenTriedAndTakenBack() async throws {
        let site = try await Site.start()
        let mine = site.tenants.first
        let key = mine.key.secret.reveal()
        let listed = try await site.call(.get, "/v1/alert-rules", key: key).rows()
        #expect(listed.count == Metric.allCases.count(where: \.isOfBusinesses))
        #expect(listed.allSatisfy { $0["source"]?.string == "standard" })
        #expect(try await site.call(.get, "/v1/alert-rules/disk_free_share", key: key).status == 404)
        let start = SystemClock.now() + .seconds(-3_600)
        for (minute, value) in [0.2, 0.2, 0.01, 0.2, 0.01].enumerated() {
            _ = try await site.tenants.platform.execute(
                """
                INSERT INTO monitoring_metrics (at, tenant_id, subject, metric, value, sample)
                VALUES (\(start + .seconds(600 * minute)), \(mine.id), '', 'failure_rate', \(value), 100)
                """)
        }
        let body = #"{"raise_at":0.1,"clear_at":0.05,"cycles":1,"severity":"critical"}"#
        let tried = try await site.call(.post, "/v1/alert-rules/failure_rate/dry-run", body, key: key).json()
        #expect(tried["fired"]?.integer == 2)
        #expect(tried["longest_seconds"]?.integer == 1_200)
        #expect(tried["firings"]?.elements?.first?["worst"]?.double == 0.2)
        let theirs = try await site.call(
            .post, "/v1/alert-rules/failure_rate/dry-run", body, key: site.tenants.second.key.secret.reveal()
        ).json()
        #expect(theirs["measurements"]?.integer == 0)
        // Trying changed nothing.
        #expect(try await site.call(.get, "/v1/alert-rules/failure_rate", key: key).json()["source"]?.string == "standard")
        let put = try await site.call(.put, "/v1/alert-rules/failure_rate", body, key: key).json()
        #expect(put["source"]?.string == "own" && put["version"]?.integer == 1)
        let bad = try await site.call(.put, "/v1/alert-rules/failure_rate", #"{"clear_at":0.2}"#, key: key)
        #expect(try bad.json()["code"]?.string == "clear_at_invalid")
        let sender = "?subject=\(mine.senderID)"
        #expect(try await site.call(.put, "/v1/alert-rules/limit_use_share\(sender)", #"{"raise_at":0.95}"#, key: key).status == 200)
        #expect(try await site.call(.get, "/v1/alert-rules", key: key).rows().count == listed.count + 1)
        #expect(try await site.call(.delete, "/v1/alert-rules/failure_rate", key: key).status == 204)
        #expect(try await site.call(.delete, "/v1/alert-rules/failure_rate", key: key).status == 404)
        // The platform's hold where a business has none.
        let admin = try await site.adminKey()
        let platform = try await site.call(.put, "/v1/admin/alert-rules/failure_rate", #"{"raise_at":0.3}"#, key: admin)
        #expect(platform.status == 200, "\(platform.text)")
        let now = try await site.call(.get, "/v1/alert-rules/failure_rate", key: key).json()
        #expect(now["source"]?.string == "platform" && now["raise_at"]?.double == 0.3)
        await site.stop()
    }
}
