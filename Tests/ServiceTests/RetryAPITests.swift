import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Messages that ended without delivery are sent again once, knowingly.
@Suite struct RetryAPITests {
    private static let hello = #"{"to":"+393401234567","type":"text","text":{"body":"Hello"},"kind":"shout"}"#

    private func failed(_ api: RunningAPI, _ states: [Int16] = [2, 9], attempt outcome: Int = 2) async throws -> String {
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        try await api.force(id, into: states)
        let messageID = try #require(MessageID(id))
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, error_code)
            VALUES (\(api.tenants.first.id), \(messageID), 1, \(Int16(outcome)), now(), now(), 131000)
            """
        )
        _ = try await api.tenants.platform.execute(
            "UPDATE message_states SET error_code = 131000, attempts = 1 WHERE id = \(messageID)"
        )
        return id
    }

    @Test func aFailedMessageIsSentAgainOnceAndNamesTheOneItRepeats() async throws {
        let api = try await RunningAPI.start()
        let id = try await failed(api)
        let again = try await api.post("/v1/messages/\(id)/retry", key: "k1")
        #expect(again.status == 201)
        let child = try #require(again.json["id"]?.string)
        #expect(child != id)
        #expect(again.response.header("location") == "/v1/messages/\(child)")
        #expect(again.json["parent_message_id"]?.string == id)
        #expect(again.json["kind"]?.string == "shout")
        #expect(again.json["status"]?.string == "queued")
        let replayed = try await api.post("/v1/messages/\(id)/retry", key: "k1")
        #expect(replayed.status == 201)
        #expect(replayed.response.body == again.response.body)
        #expect(replayed.response.header("idempotent-replayed") == "true")
        let second = try await api.post("/v1/messages/\(id)/retry")
        #expect(second.status == 409)
        #expect(second.json["code"]?.string == "already_retried")
        #expect(second.json["retried_as"]?.string == child)
        let other = try await api.post("/v1/messages/\(id)/retry", #"{"force":true}"#, key: "k1")
        #expect(other.json["code"]?.string == "idempotency_key_reused")
        #expect(try await api.get("/v1/messages/\(child)").status == 200)
        await api.stop()
    }

    @Test func theSameKeyRepeatsOnceUnderConcurrency() async throws {
        let api = try await RunningAPI.start()
        let id = try await failed(api)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<12 { group.addTask { try await api.post("/v1/messages/\(id)/retry", key: "once") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 201 })
        #expect(Set(answers.compactMap { $0.json["id"]?.string }).count == 1)
        await api.stop()
    }

    @Test func whatMayHaveArrivedIsSentAgainOnlyByForce() async throws {
        let api = try await RunningAPI.start()
        let id = try await failed(api, attempt: 4)
        let refused = try await api.post("/v1/messages/\(id)/retry")
        #expect(refused.status == 409)
        #expect(refused.json["code"]?.string == "may_have_arrived")
        #expect(try await api.post("/v1/messages/\(id)/retry", #"{"force":true}"#).status == 201)
        await api.stop()
    }

    @Test(arguments: [[Int16](), [2], [2, 3], [2, 4], [5], [2, 6], [2, 6, 7], [2, 6, 8], [12]])
    func onlyWhatFailedIsSentAgain(states: [Int16]) async throws {
        let api = try await RunningAPI.start()
        let id = try await failed(api, states)
        let answer = try await api.post("/v1/messages/\(id)/retry", #"{"force":true}"#)
        #expect(answer.status == 409)
        #expect(answer.json["code"]?.string == "not_failed")
        await api.stop()
    }

    @Test func nobodyRepeatsTheMessagesOfOthers() async throws {
        let api = try await RunningAPI.start()
        let id = try await failed(api)
        #expect(try await api.post("/v1/messages/\(id)/retry", as: api.tenants.second).status == 404)
        #expect(try await api.post("/v1/messages/1/retry").status == 404)
        #expect(try await api.post("/v1/messages/\(id)/retry", #"{"hard":1}"#).json["code"]?.string == "field_unknown")
        let plan = try await api.post("/v1/messages/retry", #"{"dry_run":true}"#).json["plan_id"]?.string
        let planID = try #require(plan)
        let foreign = try await api.post("/v1/messages/retry", #"{"plan_id":"\#(planID)"}"#, as: api.tenants.second)
        #expect(foreign.status == 404)
        #expect(foreign.json["code"]?.string == "plan_not_found")
        let nothing = try await api.post("/v1/messages/retry", #"{"dry_run":true}"#, as: api.tenants.second)
        #expect(nothing.json["found"]?.integer == 0)
        await api.stop()
    }

    @Test func aPlanRepeatsExactlyWhatItCountedAndOnlyOnce() async throws {
        let api = try await RunningAPI.start()
        var ids: [String] = []
        for _ in 0..<4 { ids.append(try await failed(api)) }
        _ = try await failed(api, attempt: 4)
        _ = try await failed(api, [2, 3], attempt: 4)
        _ = try await failed(api, [2, 6])
        #expect(try await api.post("/v1/messages/\(ids[0])/retry").status == 201)
        let dry = try await api.post(
            "/v1/messages/retry",
            #"{"filter":{"kind":"shout","error_code":131000},"dry_run":true}"#
        )
        #expect(dry.status == 200)
        #expect(dry.json["found"]?.integer == 6)
        #expect(dry.json["would_repeat"]?.integer == 3)
        #expect(dry.json["would_skip"]?["unanswered"]?.integer == 2)
        #expect(dry.json["would_skip"]?["repeated_before"]?.integer == 1)
        #expect(dry.json["is_capped"]?.boolean == false)
        let plan = try #require(dry.json["plan_id"]?.string)
        // What changes between counting and executing is left alone; what comes later is no part of it.
        #expect(try await api.post("/v1/messages/\(ids[1])/retry").status == 201)
        try await api.force(ids[2], into: [6])
        _ = try await failed(api)
        let done = try await api.post("/v1/messages/retry", #"{"plan_id":"\#(plan)"}"#)
        #expect(done.status == 200)
        #expect(done.json["planned"]?.integer == 3)
        #expect(done.json["repeated"]?.integer == 1)
        #expect(done.json["skipped"]?["repeated_before"]?.integer == 1)
        #expect(done.json["skipped"]?["delivered"]?.integer == 1)
        let again = try await api.post("/v1/messages/retry", #"{"plan_id":"\#(plan)"}"#)
        #expect(again.json["repeated"]?.integer == 1)
        #expect(again.response.body.count == done.response.body.count)
        let made = try await api.tenants.platform.rows("SELECT 1 FROM message_retries WHERE origin = 'plan'")
        #expect(made.count == 1)
        await api.stop()
    }

    @Test func twoExecutionsAtOnceAreOne() async throws {
        let api = try await RunningAPI.start()
        for _ in 0..<5 { _ = try await failed(api) }
        let dry = try await api.post("/v1/messages/retry", #"{"dry_run":true}"#)
        let plan = try #require(dry.json["plan_id"]?.string)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<4 {
                group.addTask { try await api.post("/v1/messages/retry", #"{"plan_id":"\#(plan)"}"#) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.json["repeated"]?.integer == 5 })
        #expect(try await api.tenants.platform.rows("SELECT 1 FROM message_retries").count == 5)
        await api.stop()
    }

    @Test func aPlanThatIsTooOldIsNotExecuted() async throws {
        let api = try await RunningAPI.start()
        let dry = try await api.post("/v1/messages/retry", #"{"dry_run":true}"#)
        let plan = try #require(dry.json["plan_id"]?.string)
        _ = try await api.tenants.platform.execute("UPDATE retry_plans SET expires_at = now()")
        let answer = try await api.post("/v1/messages/retry", #"{"plan_id":"\#(plan)"}"#)
        #expect(answer.status == 409)
        #expect(answer.json["code"]?.string == "plan_expired")
        await api.stop()
    }

    @Test(arguments: [
        (#"{}"#, "dry_run_missing"), (#"{"filter":{"kind":"x"}}"#, "dry_run_missing"),
        (#"{"filter":{"states":"failed"},"dry_run":true}"#, "field_unknown"),
        (#"{"filter":{"status":"sent"},"dry_run":true}"#, "status_not_repeatable"),
        (#"{"filter":{"status":["failed","lost"]},"dry_run":true}"#, "status_unknown"),
        (#"{"filter":{"template":"nobody"},"dry_run":true}"#, "template_not_found"),
        (#"{"filter":{"error_code":"x"},"dry_run":true}"#, "error_code_invalid"),
        (#"{"filter":{"created_from":1},"dry_run":true}"#, "created_from_invalid"),
        (#"{"filter":[],"dry_run":true}"#, "field_wrong_type"),
        (#"{"plan_id":"x"}"#, "plan_not_found"), (#"{"plan_id":"x","filter":{}}"#, "field_unknown"),
    ])
    func aPlanThatCannotBeReadIsRefused(body: String, code: String) async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post("/v1/messages/retry", body)
        #expect(answer.json["code"]?.string == code)
        await api.stop()
    }

    @Test func deadMessagesComeByReasonCriticalFirstWithAWayToReplayThem() async throws {
        let api = try await RunningAPI.start()
        var ids: [String] = []
        for number in 0..<6 {
            let id = try await failed(api, number == 5 ? [11] : [2, 9])
            ids.append(id)
            if number < 2 {
                _ = try await api.tenants.platform.execute(
                    "UPDATE message_states SET is_critical = true WHERE id = \(try #require(MessageID(id)))"
                )
            }
        }
        _ = try await failed(api, [2, 6])
        #expect(try await api.post("/v1/messages/\(ids[3])/retry").status == 201)
        var seen: [String] = []
        var target: String? = "/v1/messages/dead?limit=2"
        var pages = 0
        while let address = target {
            let page = try await api.get(address)
            #expect(page.status == 200)
            if pages == 0 {
                let groups = page.json["groups"]?.elements ?? []
                #expect(groups.map { $0["status"]?.string } == ["failed", "expired"])
                #expect(groups.first?["messages"]?.integer == 5)
                #expect(groups.first?["critical"]?.integer == 2)
                #expect(groups.first?["error"]?["code"]?.integer == 131_000)
                #expect(groups.first?["replay"]?["body"]?["filter"]?["status"]?.string == "failed")
            }
            for item in page.json["data"]?.elements ?? [] {
                let id = try #require(item["id"]?.string)
                seen.append(id)
                let wasRepeated = item["replay"]?["retried_as"]?.string != nil
                #expect(wasRepeated == (id == ids[3]))
            }
            target = page.json["next_cursor"]?.string.map { "/v1/messages/dead?limit=2&cursor=\($0)" }
            pages += 1
            #expect(pages < 10)
        }
        #expect(seen == [ids[1], ids[0], ids[5], ids[4], ids[3], ids[2]])
        let foreign = try await api.get("/v1/messages/dead", as: api.tenants.second)
        #expect(foreign.json["data"]?.elements?.isEmpty == true)
        #expect(try await api.get("/v1/messages/dead?status=sent").json["code"]?.string == "status_not_dead")
        #expect(try await api.get("/v1/messages/dead?cursor=x").json["code"]?.string == "cursor_invalid")
        let filtered = try await api.get("/v1/messages/dead?status=expired")
        #expect(filtered.json["data"]?.elements?.count == 1)
        await api.stop()
    }
}
