import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// A tenant's senders through the API; the stand-ins are the providers.
@Suite struct SenderAPITests {
    private struct Place {
        let sandbox: SandboxFixture
        let api: RunningAPI

        init() async throws {
            sandbox = try await SandboxFixture()
            api = try await RunningAPI.start(environment: [
                "META_API_URL": sandbox.url, "TWILIO_API_URL": sandbox.url, "TWILIO_MESSAGING_URL": sandbox.url,
                "PUBLIC_WEBHOOK_URL": "https://hooks.tidings.example/",
            ])
        }

        /// A customer has written to it.
        func openWindow(of sender: String) async throws {
            let id = try #require(SenderID(sender))
            _ = try await api.tenants.platform.execute(
                """
                INSERT INTO service_windows (tenant_id, sender_id, recipient, open_until)
                VALUES (\(api.tenants.first.id), \(id), '+393401234567', now() + interval '1 day')
                """)
        }

        func stop() async {
            await api.stop()
            await sandbox.stop()
        }
    }

    private static func meta(_ number: String, _ more: String = "") -> String {
        #"""
        {"name":"Shop","phone_number_id":"\#(number)","account_id":"9\#(number)","access_token":"sandbox-token-shop"\#(more)}
        """#
    }

    @Test func aSenderIsTakenOnWhenItsProviderVouchesForItAndShowsNoSecret() async throws {
        let place = try await Place()
        let body = Self.meta("555000111", #","app_secret":"app-secret-planted","verify_token":"verify-planted""#)
        let made = try await place.api.post("/v1/senders", body)
        #expect(made.status == 201)
        let id = try #require(made.json["id"]?.string)
        #expect(made.response.header("location") == "/v1/senders/\(id)")
        let read = try await place.api.get("/v1/senders/\(id)")
        for json in [made.json, read.json] {
            #expect(json["is_default"]?.boolean == false)
            #expect(json["verification"]?["problem"]?.isNull == true)
            #expect(json["verification"]?["provider_status"]?.string == "CONNECTED")
            #expect(json["verification"]?["quality_rating"]?.string == "GREEN")
            #expect(json["verification"]?["verified_at"]?.string != nil)
            #expect(json["token"]?["expires_at"]?.isNull == true)
            #expect(json["token"]?["checked_at"]?.string != nil)
            #expect(json["rate_limit_tier"]?.string == "TIER_UNLIMITED")
            #expect(json["has_app_secret"]?.boolean == true)
            #expect(json["webhook_url"]?.string == "https://hooks.tidings.example/webhooks/meta/\(id)")
        }
        for answer in [made, read, try await place.api.get("/v1/senders")] {
            let text = String(decoding: answer.response.body, as: UTF8.self)
            for secret in ["sandbox-token", "app-secret-planted", "verify-planted"] { #expect(!text.contains(secret)) }
        }
        let token = try await TestTenant.secrets().accessToken(
            of: try #require(SenderID(id)), tenantID: place.api.tenants.first.id, in: place.api.tenants.database)
        #expect(token == Secret("sandbox-token-shop"))
        // A message may name it at once.
        try await place.openWindow(of: id)
        let message = #"{"to":"+393401234567","type":"text","text":{"body":"Hi"},"sender_id":"\#(id)"}"#
        #expect(try await place.api.post("/v1/messages", message).status == 202)
        await place.stop()
    }

    @Test func whatTheProviderDoesNotVouchForIsRefusedWithTheFieldThatIsWrong() async throws {
        let place = try await Place()
        let cases: [(body: String, field: String)] = [
            (Self.meta("555000222").replacing("sandbox-token-shop", with: "stolen"), "access_token"),
            (Self.meta("555000222").replacing("9555000222", with: "900800700600500"), "phone_number_id"),
            (
                #"""
                {"name":"T","provider":"twilio","phone_number_id":"+14155559999",
                 "account_id":"AC900800700600501900800700600501aa","access_token":"sandbox-token-t"}
                """#, "phone_number_id"
            ),
        ]
        for (body, field) in cases {
            let refused = try await place.api.post("/v1/senders", body)
            #expect(refused.status == 422)
            #expect(refused.json["code"]?.string == "sender_refused")
            #expect(refused.json["field"]?.string == field)
            #expect(refused.json["detail"]?.string?.contains("stolen") == false)
        }
        let wrong = try await place.api.post(
            "/v1/senders", #"{"name":" ","phone_number_id":"+39 02","account_id":"x","provider":"meta","colour":1}"#)
        #expect(
            wrong.json["errors"]?.elements?.map { $0["code"]?.string } == [
                "field_unknown", "name_invalid", "phone_number_id_invalid", "account_id_invalid", "field_missing",
            ])
        #expect(try await place.api.get("/v1/senders").json["data"]?.elements?.count == 1)
        await place.stop()
    }

    @Test func aProviderThatDoesNotAnswerChangesNothing() async throws {
        let api = try await RunningAPI.start(environment: ["META_API_URL": "http://127.0.0.1:9"])
        let answer = try await api.post("/v1/senders", Self.meta("555000333"))
        #expect(answer.status == 503)
        #expect(answer.json["code"]?.string == "provider_unavailable")
        #expect(answer.response.header("retry-after") != nil)
        await api.stop()
    }

    @Test func aSenderOfTwilioIsVouchedForByItsAccountAndTheListOfItsNumbers() async throws {
        let place = try await Place()
        let made = try await place.api.post(
            "/v1/senders",
            #"""
            {"name":"T","provider":"twilio","phone_number_id":"+14155550123",
             "account_id":"AC900800700600501900800700600501aa","access_token":"sandbox-token-t",
             "messaging_service_id":"MG900800700600501900800700600501aa"}
            """#)
        #expect(made.status == 201)
        #expect(made.json["phone_number_id"]?.string == "whatsapp:+14155550123")
        #expect(made.json["verification"]?["provider_status"]?.string == "ONLINE")
        #expect(made.json["rate_limit_tier"]?.string == "TIER_100K")
        let id = try #require(made.json["id"]?.string)
        #expect(made.json["webhook_url"]?.string == "https://hooks.tidings.example/webhooks/twilio/\(id)")
        await place.stop()
    }

    @Test func aNumberBelongsToOneSenderOnly() async throws {
        let place = try await Place()
        #expect(try await place.api.post("/v1/senders", Self.meta("555000444")).status == 201)
        let again = try await place.api.post("/v1/senders", Self.meta("555000444"), as: place.api.tenants.second)
        #expect(again.status == 409)
        #expect(again.json["code"]?.string == "number_taken")
        await place.stop()
    }

    @Test func aSenderIsChangedFieldByFieldAndABadTokenTakesNobodysPlace() async throws {
        let place = try await Place()
        let api = place.api
        let id = try #require(try await api.post("/v1/senders", Self.meta("555000555")).json["id"]?.string)
        let changed = try await api.patch(
            "/v1/senders/\(id)",
            #"{"name":"New","is_default":true,"status":"paused","messages_per_second":5,"rate_limit_tier":"tier_1000"}"#)
        #expect(changed.status == 200)
        #expect(changed.json["name"]?.string == "New")
        #expect(changed.json["status"]?.string == "paused")
        #expect(changed.json["rate_limit_tier"]?.string == "TIER_1K")
        let defaults = try await api.get("/v1/senders").json["data"]?.elements?.filter { $0["is_default"]?.boolean == true }
        #expect(defaults?.map { $0["id"]?.string } == [id])

        let bad = try await api.patch("/v1/senders/\(id)", #"{"access_token":"wrong","name":"Never"}"#)
        #expect(bad.status == 422)
        #expect(bad.json["code"]?.string == "sender_refused")
        #expect(try await api.get("/v1/senders/\(id)").json["name"]?.string == "New")
        let good = try await api.patch("/v1/senders/\(id)", #"{"access_token":"sandbox-token-expires-10d"}"#)
        #expect(good.status == 200)
        let expiry = try #require(good.json["token"]?["expires_at"]?.string.flatMap { Timestamp(rfc3339: $0) })
        #expect(abs((expiry - SystemClock.now()).components.seconds - 864_000) < 60)

        let first = try await api.patch("/v1/senders/\(id)", #"{"app_secret":"one"}"#).json
        #expect(first["previous_app_secret_until"]?.isNull == true)
        let second = try await api.patch("/v1/senders/\(id)", #"{"app_secret":"two"}"#).json
        #expect(second["previous_app_secret_until"]?.string != nil)
        #expect(try await api.patch("/v1/senders/\(id)", #"{"app_secret":null}"#).json["has_app_secret"]?.boolean == false)
        for (body, code) in [
            ("{}", "nothing_to_change"), (#"{"name":null}"#, "field_missing"), (#"{"status":"gone"}"#, "status_unknown"),
            (#"{"phone_number_id":"1"}"#, "field_unknown"), (#"{"rate_limit_tier":"lots"}"#, "rate_limit_tier_unknown"),
        ] {
            #expect(try await api.patch("/v1/senders/\(id)", body).json["code"]?.string == code, "\(body)")
        }
        await place.stop()
    }

    @Test func verifyingAsksTheProviderNowAndSaysWhatIsWrong() async throws {
        let place = try await Place()
        let api = place.api
        let id = try #require(try await api.post("/v1/senders", Self.meta("555000666")).json["id"]?.string)
        let fine = try await api.post("/v1/senders/\(id)/verify")
        #expect(fine.status == 200)
        #expect(fine.json["verification"]?["problem"]?.isNull == true)
        // The tenant's own demo sender has a token that the stand-in does not know.
        let broken = try await api.post("/v1/senders/\(api.tenants.first.senderID)/verify")
        #expect(broken.status == 200)
        #expect(broken.json["verification"]?["problem"]?.string == "account_unknown")
        #expect(broken.json["verification"]?["explanation"]?.string?.isEmpty == false)
        await place.stop()
    }

    @Test func aSenderIsRemovedOnlyWhenNothingWaitsForIt() async throws {
        let place = try await Place()
        let api = place.api
        let id = try #require(try await api.post("/v1/senders", Self.meta("555000777")).json["id"]?.string)
        try await place.openWindow(of: id)
        let message = #"{"to":"+393401234567","type":"text","text":{"body":"Hi"},"sender_id":"\#(id)"}"#
        let sent = try #require(try await api.post("/v1/messages", message).json["id"]?.string)
        #expect(try await api.delete("/v1/senders/\(id)").status == 409)
        #expect(try await api.post("/v1/messages/\(sent)/cancel").status == 200)
        #expect(try await api.delete("/v1/senders/\(id)").status == 204)
        #expect(try await api.get("/v1/senders/\(id)").status == 404)
        await place.stop()
    }

    @Test func nobodyReachesAnothersSenderOrActsWithoutTheScope() async throws {
        let api = try await RunningAPI.start()
        let theirs = api.tenants.second.senderID
        #expect(try await api.get("/v1/senders/\(theirs)").json["code"]?.string == "sender_not_found")
        #expect(try await api.patch("/v1/senders/\(theirs)", #"{"name":"Mine"}"#).status == 404)
        #expect(try await api.post("/v1/senders/\(theirs)/verify").status == 404)
        #expect(try await api.delete("/v1/senders/\(theirs)").status == 404)
        #expect(try await api.get("/v1/senders/none").status == 404)
        try await api.limit(api.tenants.first, to: ["settings:read"])
        #expect(try await api.get("/v1/senders").status == 200)
        #expect(try await api.post("/v1/senders", "{}").json["code"]?.string == "scope_missing")
        #expect(try await api.post("/v1/senders/\(api.tenants.first.senderID)/verify").status == 403)
        await api.stop()
    }

    @Test func aSharedPortfoliosLimitIsNotATenantsToState() async throws {
        let place = try await Place()
        let api = place.api
        _ = try await api.tenants.platform.execute("UPDATE senders SET waba_id = 'shared'")
        let answer = try await api.patch("/v1/senders/\(api.tenants.first.senderID)", #"{"rate_limit_tier":"TIER_250"}"#)
        #expect(answer.status == 409)
        #expect(answer.json["code"]?.string == "portfolio_shared")
        await place.stop()
    }
}
