import Crypto
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// A tenant's endpoints by API, over real Postgres.
@Suite struct CallbackAPITests {
    private static let creation = #"{"url":"https://hooks.example.com/tidings","description":"CRM","events":["message.*"]}"#

    @Test func anEndpointIsMadeShownChangedAndDeleted() async throws {
        let api = try await RunningAPI.start()
        let made = try await api.post("/v1/callbacks", Self.creation)
        #expect(made.status == 201)
        let id = try #require(made.json["id"]?.string)
        #expect(made.response.header("location") == "/v1/callbacks/\(id)")
        #expect(StandardWebhook.key(of: made.json["secret"]?.string ?? "")?.count == 32)
        #expect(made.json["events"]?.elements?.map(\.string) == ["message.*"])
        #expect(made.json["status"]?.string == "active")
        let shown = try await api.get("/v1/callbacks/\(id)")
        #expect(shown.status == 200)
        #expect(shown.json["secret"] == nil)
        #expect(shown.json["description"]?.string == "CRM")

        let paused = try await api.call("PATCH", "/v1/callbacks/\(id)", #"{"status":"paused","events":null,"description":null}"#)
        #expect(paused.status == 200)
        #expect(paused.json["status"]?.string == "paused")
        #expect(paused.json["description"]?.string == "")
        #expect(paused.json["events"]?.elements?.count == CallbackEventType.standard.count)
        #expect(try await api.get("/v1/callbacks").json["data"]?.elements?.count == 1)

        #expect(try await api.call("DELETE", "/v1/callbacks/\(id)").status == 204)
        #expect(try await api.get("/v1/callbacks/\(id)").status == 404)
        let again = try await api.call("DELETE", "/v1/callbacks/\(id)")
        #expect(again.status == 404, "\(again.json.text)")
        #expect(again.json["code"]?.string == "callback_not_found")
        let actions = try await api.tenants.platform.rows("SELECT action, target, detail::text FROM audit_log ORDER BY id")
        #expect(
            try actions.map { try $0.value(0, as: String.self) }
                == ["callback.created", "callback.changed", "callback.deleted"])
        #expect(try actions.allSatisfy { try $0.value(1, as: String.self) == "callback \(id)" })
        #expect(try actions.allSatisfy { try !$0.value(2, as: String.self).contains("hooks.example") })
        await api.stop()
    }

    @Test func pagesOfEndpointsFollowEachOther() async throws {
        let api = try await RunningAPI.start()
        var ids: [String?] = []
        for _ in 0..<3 { ids.insert(try await api.post("/v1/callbacks", Self.creation).json["id"]?.string, at: 0) }
        let first = try await api.get("/v1/callbacks?limit=2")
        let cursor = try #require(first.json["next_cursor"]?.string)
        let second = try await api.get("/v1/callbacks?limit=2&cursor=\(cursor)")
        let seen = [first, second].flatMap { $0.json["data"]?.elements?.map { $0["id"]?.string } ?? [] }
        #expect(seen == ids)
        #expect(second.json["next_cursor"]?.isNull == true)
        await api.stop()
    }

    @Test(arguments: [
        (#"{}"#, "field_missing", "url"), (#"{"url":7}"#, "field_wrong_type", "url"),
        (#"{"url":"ftp://example.com/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"http://example.com/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://127.0.0.1/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://[::1]/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://[::ffff:10.0.0.1]/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://169.254.169.254/latest"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://localhost/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://db.internal/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://2130706433/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://a:b@example.com/x"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://example.com/x#y"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://exa mple.com/"}"#, "callback_url_invalid", "url"),
        (#"{"url":"https://example.com/","events":[]}"#, "field_wrong_type", "events"),
        (#"{"url":"https://example.com/","events":["message.sent","message.lost"]}"#, "event_unknown", "events[1]"),
        (#"{"url":"https://example.com/","events":["callback.test"]}"#, "event_unknown", "events[0]"),
        (#"{"url":"https://example.com/","secret":"x"}"#, "field_unknown", "secret"),
        (#"{"url":"https://example.com/","status":"paused"}"#, "field_unknown", "status"),
    ])
    func anEndpointThatCannotBeIsRefused(body: String, code: String, field: String) async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post("/v1/callbacks", body)
        #expect(answer.status == 422)
        #expect(answer.json["code"]?.string == code)
        #expect(answer.json["field"]?.string == field)
        await api.stop()
    }

    @Test func nothingOfAnotherTenantIsFoundAndNothingWithoutTheScopeIsDone() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/callbacks", Self.creation).json["id"]?.string)
        let delivery = "0190a3a4-0000-7000-8000-000000000000"
        let requests: [(String, String, String)] = [
            ("GET", "/v1/callbacks/\(id)", ""), ("PATCH", "/v1/callbacks/\(id)", #"{"status":"paused"}"#),
            ("DELETE", "/v1/callbacks/\(id)", ""), ("POST", "/v1/callbacks/\(id)/rotate-secret", ""),
            ("POST", "/v1/callbacks/\(id)/test", ""), ("POST", "/v1/callbacks/\(id)/skip", ""),
            ("POST", "/v1/callbacks/\(id)/replay", #"{"from":"2027-01-01T00:00:00Z","to":"2027-01-02T00:00:00Z"}"#),
            ("GET", "/v1/callbacks/\(id)/deliveries", ""), ("GET", "/v1/callbacks/\(id)/deliveries/\(delivery)", ""),
            ("POST", "/v1/callbacks/\(id)/deliveries/\(delivery)/replay", ""),
        ]
        for (method, path, body) in requests {
            #expect(try await api.call(method, path, body, as: api.tenants.second).status == 404, "\(method) \(path)")
        }
        #expect(try await api.get("/v1/callbacks", as: api.tenants.second).json["data"]?.elements?.isEmpty == true)
        _ = try await api.tenants.platform.execute(
            "UPDATE api_keys SET scopes = ARRAY['callbacks:read'] WHERE tenant_id = \(api.tenants.first.id)")
        api.callers.forget(api.tenants.first.id)
        for (method, path, body) in requests {
            let answer = try await api.call(method, path, body)
            if method == "GET" {
                #expect(answer.status != 403, "\(path)")
            } else {
                #expect(answer.json["code"]?.string == "scope_missing", "\(method) \(path)")
            }
        }
        await api.stop()
    }

    @Test func aPlanBoundsHowManyEndpointsThereAre() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute("UPDATE plans SET callbacks_max = 1")
        #expect(try await api.post("/v1/callbacks", Self.creation).status == 201)
        let second = try await api.post("/v1/callbacks", Self.creation)
        #expect(second.status == 403)
        #expect(second.json["code"]?.string == "plan_limit_reached")
        _ = try await api.tenants.platform.execute("UPDATE plans SET callbacks_max = NULL")
        for _ in 1..<CallbackStore.callbacksMax { _ = try await api.post("/v1/callbacks", Self.creation) }
        let beyond = try await api.post("/v1/callbacks", Self.creation)
        #expect(beyond.status == 409)
        #expect(beyond.json["code"]?.string == "callbacks_limit_reached")
        await api.stop()
    }

    @Test func aSecretIsStoredSealedAndTheOneBeforeSignsForAWhile() async throws {
        let api = try await RunningAPI.start()
        let made = try await api.post("/v1/callbacks", Self.creation)
        let id = try #require(made.json["id"]?.string.flatMap { CallbackID($0) })
        let first = try #require(made.json["secret"]?.string)
        let rotated = try await api.post("/v1/callbacks/\(id)/rotate-secret", #"{"overlap_hours":2}"#)
        #expect(rotated.status == 200)
        let second = try #require(rotated.json["secret"]?.string)
        #expect(second != first)
        #expect(rotated.json["previous_secret_until"]?.string != nil)
        let row = try #require(
            try await api.tenants.platform.rows(
                """
                SELECT c.secret_sealed, c.previous_secret_sealed, t.data_key_sealed, c.previous_secret_until - now() > '1 hour'
                FROM callbacks c JOIN tenants t ON t.id = c.tenant_id
                """
            ).first)
        let store = try TestTenant.secrets()
        for (column, secret) in [(0, second), (1, first)] {
            let opened = try store.open(
                try row.value(column, as: Bytes.self).bytes, for: .callbackSecret(id), tenantID: api.tenants.first.id,
                sealedDataKey: try row.value(2, as: Bytes.self).bytes)
            #expect(opened.reveal() == secret)
        }
        #expect(try row.value(3, as: Bool.self))
        let at = try await api.post("/v1/callbacks/\(id)/rotate-secret", #"{"overlap_hours":0}"#)
        #expect(at.json["previous_secret_until"]?.isNull == true)
        let wrong = try await api.post("/v1/callbacks/\(id)/rotate-secret", #"{"overlap_hours":200}"#)
        #expect(wrong.json["code"]?.string == "overlap_hours_out_of_range")
        await api.stop()
    }

    @Test func theKindsOfEventsAreListed() async throws {
        let api = try await RunningAPI.start()
        let types = try await api.get("/v1/callbacks/event-types").json["data"]?.elements ?? []
        #expect(types.compactMap { $0["type"]?.string } == CallbackEventType.allCases.map(\.rawValue))
        #expect(types.allSatisfy { $0["description"]?.string?.isEmpty == false })
        await api.stop()
    }

    // MARK: What is queued

    @Test func whatHappensIsQueuedForThoseWhoChoseIt() async throws {
        let api = try await RunningAPI.start()
        let all = try await api.callback(events: ["*"])
        let ends = try await api.callback(events: ["message.delivered", "message.failed"])
        _ = try await api.callback(events: ["*"], as: api.tenants.second)
        let sent = try await api.post("/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"x"}}"#)
        #expect(sent.status == 202)
        _ = try await api.tenants.platform.execute(
            "UPDATE templates SET status = 'PAUSED' WHERE tenant_id = \(api.tenants.first.id) AND name = 'order_shipped'")
        #expect(try await api.queued(all) == ["message.accepted", "template.status_changed"])
        #expect(try await api.queued(ends) == [])
        let others = try await api.tenants.platform.rows(
            "SELECT 1 FROM callback_queue WHERE tenant_id = \(api.tenants.second.id)")
        #expect(others.isEmpty)
        let shown = try await api.get("/v1/callbacks/\(all)")
        #expect(shown.json["waiting"]?.integer == 2)
        await api.stop()
    }

    @Test func whatWaitsCanBeGivenUpAndBroughtBack() async throws {
        let api = try await RunningAPI.start()
        let id = try await api.callback(events: ["message.accepted"])
        for _ in 0..<3 {
            _ = try await api.post("/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"x"}}"#)
        }
        let pending = try await api.get("/v1/callbacks/\(id)/deliveries?status=pending")
        #expect(pending.json["data"]?.elements?.count == 3)
        let skipped = try await api.post("/v1/callbacks/\(id)/skip")
        #expect(skipped.status == 202)
        #expect(skipped.json["skipped"]?.integer == 3)
        let failed = try await api.get("/v1/callbacks/\(id)/deliveries?status=failed&limit=2")
        #expect(failed.json["data"]?.elements?.count == 2)
        let problem = failed.json["data"]?.elements?.first?["attempts"]?.elements?.first?["problem"]?.string
        #expect(problem == "skipped on request")
        let cursor = try #require(failed.json["next_cursor"]?.string)
        let rest = try await api.get("/v1/callbacks/\(id)/deliveries?status=failed&limit=2&cursor=\(cursor)")
        #expect(rest.json["data"]?.elements?.count == 1)

        let one = try #require(failed.json["data"]?.elements?.first?["id"]?.string)
        let again = try await api.post("/v1/callbacks/\(id)/deliveries/\(one)/replay")
        #expect(again.status == 202)
        #expect(again.json["status"]?.string == "pending")
        let twice = try await api.post("/v1/callbacks/\(id)/deliveries/\(one)/replay")
        #expect(twice.json["code"]?.string == "delivery_pending")
        let all = try await api.post("/v1/callbacks/\(id)/replay", #"{"from":"2020-01-01T00:00:00Z"}"#)
        #expect(all.status == 202)
        #expect(all.json["replayed"]?.integer == 2)
        #expect(all.json["is_capped"]?.boolean == false)
        #expect(try await api.queued(id).count == 3)
        for (body, code) in [
            ("{}", "field_missing"), (#"{"from":"x"}"#, "from_invalid"),
            (#"{"from":"2027-01-02T00:00:00Z","to":"2027-01-01T00:00:00Z"}"#, "to_too_early"),
            (#"{"from":"2020-01-02T00:00:00Z","status":"lost"}"#, "status_unknown"),
            (#"{"from":"2020-01-02T00:00:00Z","type":"lost"}"#, "event_unknown"),
        ] {
            #expect(try await api.post("/v1/callbacks/\(id)/replay", body).json["code"]?.string == code)
        }
        for query in ["status=lost", "type=lost", "message_id=1", "limit=0", "cursor=x"] {
            #expect(try await api.get("/v1/callbacks/\(id)/deliveries?\(query)").status == 422, "\(query)")
        }
        await api.stop()
    }
}

extension RunningAPI {
    /// Any method; an answer without a body is an empty object.
    func call(
        _ method: String, _ target: String, _ body: String = "", as tenant: TestTenant? = nil
    ) async throws -> Answer {
        let key = (tenant ?? tenants.first).key.secret.reveal()
        let method = try #require(HTTPMethod(rawValue: method))
        return try await send(method, target, body, authorization: "Bearer \(key)")
    }

    /// - Returns: the id of a new endpoint.
    func callback(events: [String], url: String = "https://hooks.example.com/x", as tenant: TestTenant? = nil) async throws
        -> CallbackID
    {
        let list = events.map { "\"\($0)\"" }.joined(separator: ",")
        let made = try await post("/v1/callbacks", #"{"url":"\#(url)","events":[\#(list)]}"#, as: tenant)
        return try #require(made.json["id"]?.string.flatMap { CallbackID($0) })
    }

    func queued(_ id: CallbackID) async throws -> [String] {
        try await tenants.platform.rows("SELECT type FROM callback_queue WHERE callback_id = \(id) ORDER BY sequence")
            .map { try $0.value(0) }
    }
}
