import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// A person's pause is a gate with a row in the audit log.
@Suite struct PauseTests {
    @Test func aPauseIsAGateUntilSomebodyResumes() async throws {
        let api = try await RunningAPI.start()
        let sender = api.tenants.first.senderID
        let body = #"{"scope":"sender","id":"\#(sender)","note":"wrong text"}"#
        let paused = try await api.post("/v1/pause", body)
        #expect(paused.status == 201)
        #expect(paused.json["cause"]?.string == "paused")
        #expect(paused.json["held"]?.integer == 0)
        #expect(paused.json["until"]?.isNull == true)
        let again = try await api.post("/v1/pause", #"{"scope":"sender","id":"\#(sender)"}"#)
        #expect(again.status == 200)
        #expect(again.json["gate_id"]?.string == paused.json["gate_id"]?.string)
        #expect(again.json["note"]?.string == "wrong text")

        let gateID = try #require(paused.json["gate_id"]?.string.flatMap { GateID($0) })
        let id = try #require(
            try await api.post("/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"x"}}"#)
                .json["id"]?.string.flatMap { MessageID($0) }
        )
        try await api.force("\(id)", into: [5])
        _ = try await api.tenants.platform.execute(
            "UPDATE due_messages SET gate_id = \(gateID) WHERE message_id = \(id)"
        )
        let gates = try await api.get("/v1/gates")
        #expect(gates.json["data"]?.elements?.map { $0["held"]?.integer } == [1])
        #expect(gates.json["data"]?.elements?.first?["explanation"]?.string?.contains("paused") == true)
        #expect(try await api.get("/v1/gates", as: api.tenants.second).json["data"]?.elements?.isEmpty == true)

        let resumed = try await api.post("/v1/resume", body)
        #expect(resumed.status == 200)
        #expect(resumed.json["was_paused"]?.boolean == true)
        #expect(resumed.json["released"]?.integer == 1)
        #expect(try await api.post("/v1/resume", body).json["was_paused"]?.boolean == false)
        #expect(try await api.get("/v1/gates").json["data"]?.elements?.isEmpty == true)
        let actions = try await api.tenants.platform.rows("SELECT action, actor FROM audit_log ORDER BY at")
        #expect(try actions.map { try $0.value("action", as: String.self) } == ["pause", "pause", "resume"])
        #expect(try actions.allSatisfy { try $0.value("actor", as: String.self).hasPrefix("api key ") })
        await api.stop()
    }

    @Test func eachScopeIsPausedByItsOwnID() async throws {
        let api = try await RunningAPI.start()
        let batch = try await api.post(
            "/v1/messages/batch",
            #"{"messages":[{"to":"+393401234567","type":"text","text":{"body":"x"}}]}"#
        ).json["batch_id"]?.string
        let batchID = try #require(batch)
        let bodies = [
            #"{"scope":"tenant"}"#, #"{"scope":"template","id":"\#(api.tenants.first.templateID)"}"#,
            #"{"scope":"batch","id":"\#(batchID)"}"#,
        ]
        for body in bodies { #expect(try await api.post("/v1/pause", body).status == 201) }
        let gates = try await api.get("/v1/gates")
        #expect(gates.json["data"]?.elements?.map { $0["scope"]?.string } == ["tenant", "template", "batch"])
        #expect(try await api.get("/v1/batches/\(batchID)").json["paused_at"]?.string != nil)
        for body in bodies.dropFirst() {
            let foreign = try await api.post("/v1/pause", body, as: api.tenants.second)
            #expect(foreign.status == 404)
            #expect(try await api.post("/v1/resume", body, as: api.tenants.second).status == 404)
        }
        #expect(try await api.post("/v1/pause", #"{"scope":"tenant"}"#, as: api.tenants.second).status == 201)
        await api.stop()
    }

    @Test(arguments: [
        (#"{}"#, "field_missing"), (#"{"scope":"account","id":"x"}"#, "scope_unknown"),
        (#"{"scope":"sender"}"#, "field_missing"), (#"{"scope":"sender","id":"x"}"#, "id_invalid"),
        (#"{"scope":"tenant","id":"00000000-0000-0000-0000-000000000000"}"#, "id_invalid"),
        (#"{"scope":"tenant","why":"x"}"#, "field_unknown"),
    ])
    func aPauseThatNamesNothingIsRefused(body: String, code: String) async throws {
        let api = try await RunningAPI.start()
        for address in ["/v1/pause", "/v1/resume"] {
            let answer = try await api.post(address, body)
            #expect(answer.status == 422)
            #expect(answer.json["code"]?.string == code)
        }
        await api.stop()
    }

    @Test func gatesOfSharedThingsAreShownToThoseWhoShareThem() async throws {
        let api = try await RunningAPI.start()
        for (number, scope, subject, cause) in [
            (1, "account", "account-first", "token_invalid"), (2, "portfolio", "account-second", "portfolio_limit"),
            (3, "provider", "meta@dispatcher-1", "outage"), (4, "account", "account-nobody", "throttled"),
        ] {
            _ = try await api.tenants.platform.execute(
                """
                INSERT INTO gates (id, scope, subject, cause, error_code, closed_at, closed_by)
                VALUES (\(UUIDValue(high: 7, low: UInt64(number))), \(scope), \(subject), \(cause), 190,
                        now() + \(number) * interval '1 second', 'dispatcher')
                """
            )
        }
        let first = try await api.get("/v1/gates")
        #expect(first.json["data"]?.elements?.map { $0["cause"]?.string } == ["token_invalid", "outage"])
        #expect(first.json["data"]?.elements?.map { $0["id"]?.string } == ["account-first", "meta"])
        #expect(first.json["data"]?.elements?.first?["error"]?["who_acts"]?.string == "tenant")
        let second = try await api.get("/v1/gates", as: api.tenants.second)
        #expect(second.json["data"]?.elements?.map { $0["cause"]?.string } == ["portfolio_limit", "outage"])
        await api.stop()
    }

    @Test func aMessageShowsItsErrorInPlainWordsAndWhoCanAct() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(
            try await api.post("/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"x"}}"#)
                .json["id"]?.string
        )
        try await api.force(id, into: [2, 9])
        let messageID = try #require(MessageID(id))
        _ = try await api.tenants.platform.execute(
            "UPDATE message_states SET error_code = 131026 WHERE id = \(messageID)"
        )
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, error_code,
                                  error_details)
            VALUES (\(api.tenants.first.id), \(messageID), 1, 2, now(), now(), 131026, 'as Meta says it')
            """
        )
        let detail = try await api.get("/v1/messages/\(id)")
        for error in [detail.json["error"], detail.json["attempts"]?.elements?.first?["error"]] {
            #expect(error?["code"]?.integer == 131_026)
            #expect(error?["provider_details"]?.string == "as Meta says it")
            for name in ["title", "explanation", "remedy", "who_acts", "class"] {
                #expect(error?[name]?.string?.isEmpty == false, "\(name)")
            }
        }
        let list = try await api.get("/v1/messages?status=failed")
        #expect(list.json["data"]?.elements?.first?["error"]?["who_acts"]?.string != nil)
        await api.stop()
    }
}
