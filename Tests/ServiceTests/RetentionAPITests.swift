import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

@Suite struct RetentionAPITests {
    @Test func aPersonsErasureIsAskedForOnceAndShownWithoutTheNumber() async throws {
        let api = try await RunningAPI.start()
        let asked = try await api.post("/v1/erasures", #"{"phone":"340 123 4567","keep_opt_out":false}"#)
        #expect(asked.status == 202)
        #expect(asked.json["status"]?.string == "pending")
        #expect(asked.json["keep_opt_out"]?.boolean == false)
        #expect(asked.json["subject_hash"]?.string?.count == 64)
        let id = try #require(asked.json["id"]?.string)
        #expect(asked.response.header("location") == "/v1/erasures/\(id)")
        let shown = try await api.get("/v1/erasures/\(id)")
        #expect(shown.status == 200)
        #expect(!String(decoding: shown.response.body, as: UTF8.self).contains("3401234567"))
        let stored = try await api.tenants.platform.rows("SELECT phone FROM erasures")
        #expect(try stored.map { try $0.value(0, as: String?.self) } == ["+393401234567"])
        _ = try await ErasingStore(api.tenants.platform, ids: IDSource()).eraseNext()
        let done = try await api.get("/v1/erasures/\(id)")
        #expect(done.json["status"]?.string == "done")
        #expect(done.json["done_at"]?.string != nil)
        #expect(try await api.get("/v1/erasures").json["data"]?.elements?.map { $0["id"]?.string } == [id])
        #expect(try await api.get("/v1/erasures/\(id)", as: api.tenants.second).status == 404)
        #expect(try await api.get("/v1/erasures", as: api.tenants.second).json["data"]?.elements?.isEmpty == true)
        await api.stop()
    }

    @Test(arguments: [
        ("{}", "erasure_subject_missing"), (#"{"phone":"x"}"#, "phone_invalid"), (#"{"user_id":"x"}"#, "user_id_invalid"),
        (#"{"contact_id":"x"}"#, "contact_id_invalid"), (#"{"name":"Ada"}"#, "field_unknown"),
        (#"{"phone":"+393401234567","user_id":"IT.44109283746"}"#, "erasure_subject_missing"),
        (#"{"contact_id":"0190a3a4-0000-7000-8000-000000000000"}"#, "contact_not_found"),
    ])
    func anErasureOfNobodyIsRefused(body: String, code: String) async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post("/v1/erasures", body)
        #expect(answer.status == 422)
        #expect(answer.json["code"]?.string == code)
        await api.stop()
    }

    @Test func theRulesOfRetentionAreShownWithWhatWasDone() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute("UPDATE plans SET retention_days_max = 90")
        _ = try await api.tenants.platform.execute(
            "UPDATE tenants SET retention_days = 180, redact_after_days = 30, is_archived = true")
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO retention_days (tenant_id, day, removed_at, messages)
            SELECT \(api.tenants.first.id), d, now(), 12 FROM (VALUES (date '2026-01-01'), (date '2026-01-02')) AS v (d)
            """)
        let shown = try await api.get("/v1/retention?limit=1")
        #expect(shown.status == 200)
        #expect(shown.json["retention_days"]?.integer == 180)
        #expect(shown.json["effective_days"]?.integer == 90)
        #expect(shown.json["redact_after_days"]?.integer == 30)
        #expect(shown.json["data"]?.elements?.map { $0["day"]?.string } == ["2026-01-02"])
        let cursor = try #require(shown.json["next_cursor"]?.string)
        let next = try await api.get("/v1/retention?limit=1&cursor=\(cursor)")
        #expect(next.json["data"]?.elements?.map { $0["day"]?.string } == ["2026-01-01"])
        #expect(next.json["data"]?.elements?.first?["messages"]?.integer == 12)
        #expect(next.json["next_cursor"]?.isNull == true)
        #expect(try await api.get("/v1/retention?cursor=x").json["code"]?.string == "cursor_invalid")
        let others = try await api.get("/v1/retention", as: api.tenants.second)
        #expect(others.json["data"]?.elements?.isEmpty == true)
        _ = try await api.tenants.platform.execute("UPDATE api_keys SET scopes = ARRAY['messages']")
        api.callers.forget(api.tenants.first.id)
        #expect(try await api.get("/v1/retention").json["code"]?.string == "scope_missing")
        #expect(try await api.post("/v1/erasures", "{}").json["code"]?.string == "scope_missing")
        await api.stop()
    }
}
