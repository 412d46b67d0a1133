import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// A provider is asked where it can be asked, and callers are told where not.
@Suite struct RefreshTests {
    private static let hello = #"{"to":"+393401234567","type":"text","text":{"body":"Hello"}}"#

    private func sent(_ api: RunningAPI, with providerID: String? = "SM1", states: [Int16] = [2, 6]) async throws -> String {
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        try await api.force(id, into: states)
        let messageID = try #require(MessageID(id))
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, provider_message_id)
            VALUES (\(api.tenants.first.id), \(messageID), 1, 1, now(), now(), \(providerID as String?))
            """
        )
        return id
    }

    private func useTwilio(_ api: RunningAPI) async throws {
        _ = try await api.tenants.platform.execute("UPDATE senders SET provider = 'twilio'")
    }

    @Test func metaCannotBeAskedAndTheAnswerSaysSo() async throws {
        let api = try await RunningAPI.start()
        let id = try await sent(api)
        let answer = try await api.post("/v1/messages/\(id)/refresh")
        #expect(answer.status == 409)
        #expect(answer.json["code"]?.string == "status_refresh_not_offered")
        let many = try await api.post("/v1/messages/refresh")
        #expect(many.status == 200)
        #expect(many.json["requested"]?.integer == 0)
        #expect(many.json["not_offered"]?.integer == 1)
        #expect(many.json["detail"]?.string?.contains("Cloud API") == true)
        #expect(try await api.tenants.platform.rows("SELECT 1 FROM status_checks").isEmpty)
        await api.stop()
    }

    @Test func theCallerWaitsForTheProvidersAnswer() async throws {
        let api = try await RunningAPI.start()
        try await useTwilio(api)
        let id = try await sent(api)
        let platform = api.tenants.platform
        async let answer = api.post("/v1/messages/\(id)/refresh")
        try await eventually("the wish is written down") {
            try await !platform.rows("SELECT 1 FROM status_checks WHERE done_at IS NULL").isEmpty
        }
        _ = try await platform.execute("UPDATE message_states SET state = 7, last_status_check = now()")
        _ = try await platform.execute("UPDATE status_checks SET done_at = now(), result = 'delivered'")
        let told = try await answer
        #expect(told.status == 200)
        #expect(told.json["status"]?.string == "delivered")
        #expect(told.json["last_status_check"]?.string != nil)
        #expect(told.json["status_check"]?["result"]?.string == "delivered")
        // Asked a moment ago: the same answer at once.
        #expect(try await api.post("/v1/messages/\(id)/refresh").status == 200)
        _ = try await platform.execute("UPDATE status_checks SET done_at = now() - interval '1 minute'")
        let late = try await api.post("/v1/messages/\(id)/refresh")
        #expect(late.status == 202)
        #expect(late.json["status_check"]?["done"]?.boolean == false)
        await api.stop()
    }

    @Test func manyAreAskedForByAFilter() async throws {
        let api = try await RunningAPI.start()
        try await useTwilio(api)
        for _ in 0..<3 { _ = try await sent(api) }
        _ = try await sent(api, with: nil, states: [2, 3])
        _ = try await sent(api, states: [2, 6, 7])
        let many = try await api.post("/v1/messages/refresh", #"{"filter":{"to":"+393401234567"}}"#)
        #expect(many.status == 202)
        #expect(many.json["requested"]?.integer == 3)
        #expect(many.json["not_sent"]?.integer == 1)
        #expect(many.json["is_capped"]?.boolean == false)
        #expect(try await api.tenants.platform.rows("SELECT 1 FROM status_checks").count == 3)
        let refused = try await api.post("/v1/messages/refresh", #"{"filter":{"status":"failed"}}"#)
        #expect(refused.json["code"]?.string == "status_not_refreshable")
        let foreign = try await api.post("/v1/messages/refresh", as: api.tenants.second)
        #expect(foreign.json["requested"]?.integer == 0)
        await api.stop()
    }

    @Test func whatWasNotSentOrIsNotOursIsNotAskedFor() async throws {
        let api = try await RunningAPI.start()
        try await useTwilio(api)
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        #expect(try await api.post("/v1/messages/\(id)/refresh").json["code"]?.string == "not_sent_yet")
        #expect(try await api.post("/v1/messages/\(id)/refresh", as: api.tenants.second).status == 404)
        #expect(try await api.post("/v1/messages/1/refresh").status == 404)
        await api.stop()
    }
}
