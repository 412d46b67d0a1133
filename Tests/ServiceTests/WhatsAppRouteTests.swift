import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// `/api/whatsapp/…`, with the tenants' API beside monitor as in real life.
@Suite struct WhatsAppRouteTests {
    private func key(_ tenant: TestTenant) -> String { tenant.key.secret.reveal() }

    @Test func oneMessageIsSentAgainByOurIdOrTheProviders() async throws {
        let site = try await Site.start(isWithAPI: true)
        let (first, second) = (try await site.failed(), try await site.failed(sid: "wamid.HBg+/ME="))
        for (written, id) in [(first.description, first), ("wamid.HBg+/ME=", second)] {
            let answer = try await site.call(
                .post, "/api/whatsapp/retry", #"{"logId":"\#(written)"}"#, key: key(site.tenants.first))
            #expect(answer.status == 201, "\(answer.text)")
            #expect(try answer.json()["parent_message_id"]?.string == id.description)
            #expect(try answer.json()["retried"]?.integer == 1)
            #expect(try answer.json()["message_id"]?.string.flatMap { MessageID($0) } != nil)
        }
        let again = try await site.call(
            .post, "/api/whatsapp/retry", #"{"logId":"\#(first)"}"#, key: key(site.tenants.first))
        #expect(again.status == 409)
        #expect(try again.json()["code"]?.string == "already_retried")
        #expect(try again.json()["retried_as"]?.string != nil)
        await site.stop()
    }

    @Test func allThatMayBeSentAgainIsCountedAndThenSentAsCounted() async throws {
        let site = try await Site.start(isWithAPI: true)
        for _ in 0..<3 { _ = try await site.failed() }
        _ = try await site.failed(state: .undelivered)
        // A number without WhatsApp stays one; what may have arrived is nobody's to send twice; the rest is not ours.
        _ = try await site.failed(code: 131_026)
        _ = try await site.failed(outcome: 4)
        _ = try await site.failed(of: site.tenants.second)
        func send(_ body: String) async throws -> JSONValue {
            let answer = try await site.call(.post, "/api/whatsapp/retry", body, key: key(site.tenants.first))
            #expect(answer.status == 200, "\(answer.text)")
            return try answer.json()
        }
        let dry = try await send(#"{"dryRun":true}"#)
        #expect(dry["dry_run"]?.boolean == true)
        #expect(dry["found"]?.integer == 6)
        #expect(dry["would_retry"]?.integer == 4)
        #expect(dry["skipped"]?["permanent"]?.integer == 1)
        #expect(dry["skipped"]?["unanswered"]?.integer == 1)
        let repeats: SQL = "SELECT count(*) FROM message_retries"
        #expect(try await site.tenants.platform.rows(repeats).first?.value(0, as: Int.self) == 0)
        let done = try await send("{}")
        #expect(done["retried"]?.integer == dry["would_retry"]?.integer)
        #expect(try await site.tenants.platform.rows(repeats).first?.value(0, as: Int.self) == 4)
        let later = try await send("{}")
        #expect(later["retried"]?.integer == 0)
        #expect(later["skipped"]?["repeated_before"]?.integer == 4)
        await site.stop()
    }

    @Test func aRequestThatCannotBeUnderstoodDoesNothing() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await site.failed()
        for (body, status, code) in [
            ("", 400, "json_malformed"), (#"{"logid":"x"}"#, 422, "field_unknown"),
            (#"{"logId":"\#(id)","dryRun":true}"#, 422, "dry_run_of_one"),
            (#"{"logId":"SM0123"}"#, 404, "message_not_found"),
        ] {
            let answer = try await site.call(.post, "/api/whatsapp/retry", body, key: key(site.tenants.first))
            #expect(answer.status == status, "\(body)")
            #expect(try answer.json()["code"]?.string == code, "\(body)")
        }
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM message_retries").isEmpty)
        await site.stop()
    }

    @Test func nobodyReachesTheMessagesOfOthers() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await site.failed(sid: "SM77")
        let other = key(site.tenants.second)
        for body in [#"{"logId":"\#(id)"}"#, #"{"logId":"SM77"}"#] {
            #expect(try await site.call(.post, "/api/whatsapp/retry", body, key: other).status == 404)
            #expect(try await site.call(.post, "/api/whatsapp/refresh_status", body, key: other).status == 404)
        }
        for target in ["SM77", id.description] {
            #expect(try await site.call(.get, "/api/whatsapp/message_details/\(target)", key: other).status == 404)
        }
        #expect(try await site.call(.get, "/api/whatsapp/stats", key: other).json()["total"]?.integer == 0)
        await site.stop()
    }

    @Test func aSessionActsOnlyFromOurOwnPagesAndWithItsRole() async throws {
        let site = try await Site.start(isWithAPI: true)
        _ = try await site.failed()
        let cookie = try await site.signIn(site.tenants.first)
        let foreign = try await site.call(
            .post, "/api/whatsapp/retry", "{}", cookie: cookie, origin: "https://elsewhere.example")
        #expect(foreign.status == 403)
        #expect(try foreign.json()["code"]?.string == "foreign_origin")
        let own = try await site.call(
            .post, "/api/whatsapp/retry", "{}", cookie: cookie, origin: "http://pages.example")
        #expect(try own.json()["retried"]?.integer == 1, "\(own.text)")
        _ = try await site.tenants.platform.execute("UPDATE api_keys SET scopes = '{messages:read}'")
        let reader = try await site.call(
            .post, "/api/whatsapp/retry", "{}", cookie: cookie, origin: "http://pages.example")
        #expect(reader.status == 403)
        #expect(try await site.get("/api/whatsapp/stats", cookie).status == 200)
        #expect(try await site.call(.post, "/api/whatsapp/retry", "{}", key: key(site.tenants.first)).status == 403)
        await site.stop()
    }

    @Test func aMessageIsToldWithItsPriceItsPartsAndItsErrors() async throws {
        let site = try await Site.start()
        let id = try await site.failed(code: 131_026, sid: "SM42")
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO message_costs (tenant_id, message_id, attempt, category, pricing_type, is_billable, micros, currency,
                                       source, segments, country, at, sender_id, template_id)
            SELECT \(site.tenants.first.id), \(id), 1, 'utility', 'regular', true, 4200, 'USD', 'provider', 2, 'IT',
                   now(), \(site.tenants.first.senderID), '00000000-0000-0000-0000-000000000000'
            """)
        for target in ["SM42", id.description] {
            let answer = try await site.call(
                .get, "/api/whatsapp/message_details/\(target)", key: key(site.tenants.first))
            let json = try answer.json()
            #expect(json["message_sid"]?.string == "SM42")
            #expect(json["status"]?.string == "failed")
            #expect(json["customer_status"]?.string == "not_sent")
            #expect(json["error_code"]?.integer == 131_026)
            #expect(json["error_message"]?.string == "Their words")
            #expect(json["price"]?.string == "0.0042")
            #expect(json["price_unit"]?.string == "USD")
            #expect(json["num_segments"]?.integer == 2)
            #expect(json["attempts"]?.elements?.first?["outcome"]?.string == "refused")
            #expect(json["timeline"]?.elements?.first?["type"]?.string == "accepted")
        }
        await site.stop()
    }

    @Test func countsAreOfAllMessagesOrOfASpan() async throws {
        let site = try await Site.start()
        _ = try await site.accept(site.tenants.first.message())
        let whole = try await site.call(.get, "/api/whatsapp/stats", key: key(site.tenants.first)).json()
        #expect(whole["total"]?.integer == 1)
        #expect(whole["pending"]?.integer == 1)
        #expect(whole["success_rate"] == nil)
        let past = try await site.call(.get, "/api/whatsapp/stats?to=2026-01-01", key: key(site.tenants.first)).json()
        #expect(past["total"]?.integer == 0)
        let backwards = try await site.call(
            .get, "/api/whatsapp/stats?from=2026-02-01&to=2026-01-01", key: key(site.tenants.first))
        #expect(backwards.status == 400)
        await site.stop()
    }

    @Test func theProviderIsAskedForOneAndForAll() async throws {
        let site = try await Site.start(isWithAPI: true)
        let id = try await site.accept(site.tenants.first.message())
        // Meta cannot be asked, and says so; that the question came through is what counts here.
        let one = try await site.call(
            .post, "/api/whatsapp/refresh_status", #"{"logId":"\#(id)"}"#, key: key(site.tenants.first))
        #expect(try one.json()["code"]?.string == "status_refresh_not_offered")
        try await site.move(id, .sending, .sent)
        let all = try await site.call(.post, "/api/whatsapp/refresh_all_statuses", key: key(site.tenants.first))
        #expect(all.status == 200)
        #expect(try all.json()["not_offered"]?.integer == 1)
        await site.stop()
    }

    @Test func theOldAddressOfTheLogLeadsToTheNew() async throws {
        let site = try await Site.start()
        let answer = try await site.get("/whatsapp_logs", nil)
        #expect(answer.status == 303)
        #expect(answer.response.header("Location") == "/dashboard/whatsapp-logs")
        await site.stop()
    }
}
