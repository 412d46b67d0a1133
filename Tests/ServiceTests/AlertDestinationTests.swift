import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Who is told of alerts: by the API, by the page, and by the link that proves an address.
@Suite struct AlertDestinationTests {
    private static let path = "/v1/alert-destinations"

    private func proofToken(_ site: Site) async throws -> String {
        let rows = try await site.tenants.platform.rows(
            "SELECT body FROM notifications WHERE dedupe_key LIKE 'destination-proof:%' ORDER BY created_at DESC LIMIT 1")
        let body = try rows.first?.value(0, as: String.self) ?? ""
        let halves = body.split(separator: "verify?t=", maxSplits: 1)
        return halves.count == 2 ? String(halves[1].prefix { !$0.isWhitespace }) : ""
    }

    @Test func anAddressIsToldOnceItsLinkWasFollowed() async throws {
        let site = try await Site.start()
        let key = site.tenants.first.key.secret.reveal()
        let body = #"{"channel":"email","address":"Ada@Example.com","severity_min":"critical","quiet_hours":{"from":"22:00","to":"07:00"},"time_zone":"Europe/Rome"}"#
        let made = try await site.call(.post, Self.path, body, key: key)
        #expect(made.status == 201, "\(made.text)")
        let json = try made.json()
        #expect(json["address"]?.string == "ada@example.com")
        #expect(json["is_verified"]?.boolean == false)
        #expect(json["quiet_hours"]?["from"]?.string == "22:00")
        #expect(try await site.call(.post, Self.path, body, key: key).json()["code"]?.string == "alert_destination_known")
        let token = try await proofToken(site)
        #expect(try await site.get("/alerts/verify?t=\(token)", nil).text.contains("ada@example.com"))
        #expect(try await site.post("/alerts/verify", "t=\(token)", origin: "http://elsewhere.example").status == 403)
        #expect(try await site.post("/alerts/verify", "t=\(token)").status == 200)
        #expect(try await site.post("/alerts/verify", "t=\(token)").status == 410)
        #expect(try await site.get("/alerts/verify?t=wrong", nil).status == 410)
        let listed = try await site.call(.get, Self.path, key: key).rows()
        #expect(listed.count == 1)
        #expect(listed.first?["is_verified"]?.boolean == true)
        await site.stop()
    }

    @Test func aSlackAddressIsSealedAndMustBeSlacks() async throws {
        let site = try await Site.start()
        let key = site.tenants.first.key.secret.reveal()
        for url in [
            "http://169.254.169.254/latest", "https://hooks.slack.com.example.net/services/x", "https://hooks.slack.com@10.0.0.1/",
            "http://127.0.0.1:9000/x",
        ] {
            let refused = try await site.call(.post, Self.path, #"{"channel":"slack","url":"\#(url)"}"#, key: key)
            #expect(try refused.json()["code"]?.string == "slack_url_invalid", "\(url)")
        }
        let secret = "https://hooks.slack.com/services/T1/B1/very-secret"
        let made = try await site.call(.post, Self.path, #"{"channel":"slack","url":"\#(secret)"}"#, key: key)
        #expect(made.status == 201)
        #expect(try made.json()["is_verified"]?.boolean == true)
        #expect(!made.text.contains("very-secret"))
        let rows = try await site.tenants.platform.rows("SELECT to_jsonb(d)::text AS line FROM alert_destinations d")
        #expect(try rows.allSatisfy { try !$0.value("line", as: String.self).contains("very-secret") })
        await site.stop()
    }

    @Test func destinationsAreTheirOwners() async throws {
        let site = try await Site.start()
        let (a, b) = (site.tenants.first.key.secret.reveal(), site.tenants.second.key.secret.reveal())
        let made = try await site.call(.post, Self.path, #"{"channel":"email","address":"ada@example.com"}"#, key: a)
        let one = Self.path + "/" + (try made.json()["id"]?.string ?? "")
        for (method, body) in [(.get, ""), (.patch, #"{"is_on":false}"#), (.delete, "")] as [(HTTPMethod, String)] {
            #expect(try await site.call(method, one, body, key: b).status == 404)
        }
        #expect(try await site.call(.get, Self.path, key: b).rows().isEmpty)
        let changed = try await site.call(
            .patch, one, #"{"severity_min":"info","codes":["MESSAGE_CRITICAL"],"wants_digest":true}"#, key: a)
        #expect(try changed.json()["codes"]?.elements?.count == 1)
        #expect(try changed.json()["wants_digest"]?.boolean == true)
        for (body, code) in [
            (#"{"codes":["LEDGER_IMBALANCE"]}"#, "alert_code_unknown"), (#"{"severity_min":"loud"}"#, "severity_min_unknown"),
            (#"{"time_zone":"Mars/Base"}"#, "time_zone_unknown"), (#"{"quiet_hours":{"from":"9","to":"10"}}"#, "quiet_hours_invalid"),
        ] {
            #expect(try await site.call(.patch, one, body, key: a).json()["code"]?.string == code)
        }
        #expect(try await site.call(.post, one + "/test", key: a).status == 202)
        #expect(try await site.call(.delete, one, key: a).status == 204)
        #expect(try await site.call(.get, one, key: a).status == 404)
        await site.stop()
    }

    @Test func foundersAreToldAtTheAddressTheySignedInWithAtOnce() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(email: Site.founder)
        let token = try await site.formToken(cookie)
        let added = try await site.post(
            "/admin/alerts/destinations", "form_token=\(token)&channel=email&address=\(Site.founder)&severity_min=warning&wants_digest=yes",
            cookie: cookie)
        #expect(added.status == 200)
        #expect(added.text.contains("told from now on"))
        #expect(added.text.contains("daily digest"))
        let slack = try await site.call(
            .post, "/v1/admin/alert-destinations", #"{"channel":"slack","url":"https://hooks.slack.com/services/x"}"#,
            key: try await site.adminKey())
        #expect(try slack.json()["code"]?.string == "alert_channel_unknown")
        let rows = try await site.tenants.platform.rows("SELECT id::text AS id FROM alert_destinations WHERE verified_at IS NOT NULL")
        let id = try rows.first?.value("id", as: String.self) ?? ""
        _ = try await site.post("/admin/alerts/destinations/\(id)", "form_token=\(token)&act=test", cookie: cookie)
        let tests = try await site.tenants.platform.rows("SELECT 1 FROM notifications WHERE dedupe_key LIKE 'test:%'")
        #expect(tests.count == 1)
        let gone = try await site.post("/admin/alerts/destinations/\(id)", "form_token=\(token)&act=delete", cookie: cookie)
        #expect(gone.status == 303)
        #expect(try await site.get("/admin/alerts/destinations", cookie).text.contains("Only those of the settings"))
        await site.stop()
    }

    @Test func aBusinesssPageSaysWhatWasWrong() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        let token = try await site.formToken(cookie)
        let answer = try await site.post(
            "/dashboard/alerts/destinations", "form_token=\(token)&channel=email&address=nobody&severity_min=warning", cookie: cookie)
        #expect(answer.status == 422)
        #expect(answer.text.contains("must be an e-mail address"))
        #expect(try await site.get("/dashboard/alerts/destinations", cookie).text.contains("Nobody is told yet"))
        await site.stop()
    }
}
