import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// What a tenant sets for itself through the API.
@Suite struct SettingsAPITests {
    @Test func aNewTenantSeesTheUsualSettingsAndMayChangeEachOfThem() async throws {
        let api = try await RunningAPI.start()
        let before = try await api.get("/v1/settings").json
        #expect(before["slug"]?.string == "first")
        #expect(before["default_country"]?.string == "IT")
        #expect(before["retry_preset"]?.string == "quick")
        #expect(before["max_retry_attempts"]?.integer == 3)
        #expect(before["retry_delay_minutes"]?.isNull == true)
        #expect(before["message_kinds"]?.isNull == true)
        #expect(before["thresholds"]?["delivery_rate"]?.double == 0.95)
        #expect(before["unanswered_policy"]?["utility"]?["wait_seconds"]?.integer == 300)
        let changed = try await api.patch(
            "/v1/settings",
            #"""
            {"name":"Acme","default_country":"DE","time_zone":"Europe/Berlin","auto_retry_enabled":false,
             "max_retry_attempts":5,"retry_delay_minutes":5,"message_delay_seconds":3,"daily_quota":1000,
             "quiet_hours":{"from":"22:00","to":"07:30"},"retention_days":90,"redact_after_days":30,
             "archive_before_removal":true,"message_kinds":["confirmation","general"],
             "thresholds":{"delivery_rate":0.98},"opt_in_required":["MARKETING"],
             "fallback_template":{"name":"order_shipped","language":"en","variable":"order"},
             "unanswered_policy":{"utility":{"preference":"prefer_delivery"}},"expiry_seconds":{"marketing":3600},
             "allowed_origins":["https://App.example.com","http://localhost:3000"],"currency":"EUR"}
            """#)
        #expect(changed.status == 200)
        for answer in [changed, try await api.get("/v1/settings")] {
            let json = answer.json
            #expect(json["name"]?.string == "Acme")
            #expect(json["default_country"]?.string == "DE")
            #expect(json["time_zone"]?.string == "Europe/Berlin")
            #expect(json["auto_retry_enabled"]?.boolean == false)
            #expect(json["max_retries"]?.integer == 5)
            #expect(json["retry_preset"]?.string == "own")
            #expect(json["retry_delays_seconds"]?.elements?.map(\.integer) == [300])
            #expect(json["retry_delay_minutes"]?.integer == 5)
            #expect(json["message_delay_seconds"]?.integer == 3)
            #expect(json["daily_quota"]?.integer == 1_000)
            #expect(json["quiet_hours"]?["from"]?.string == "22:00")
            #expect(json["quiet_hours"]?["to"]?.string == "07:30")
            #expect(json["retention_days"]?.integer == 90)
            #expect(json["redact_after_days"]?.integer == 30)
            #expect(json["archive_before_removal"]?.boolean == true)
            #expect(json["message_kinds"]?.elements?.map(\.string) == ["confirmation", "general"])
            #expect(json["thresholds"]?["delivery_rate"]?.double == 0.98)
            #expect(json["thresholds"]?["failure_rate"]?.double == 0.05)
            #expect(json["opt_in_required"]?.elements?.map(\.string) == ["MARKETING"])
            #expect(json["fallback_template"]?["variable"]?.string == "order")
            #expect(json["unanswered_policy"]?["utility"]?["preference"]?.string == "prefer_delivery")
            #expect(json["unanswered_policy"]?["utility"]?["wait_seconds"]?.integer == 300)
            #expect(json["expiry_seconds"]?["marketing"]?.integer == 3_600)
            #expect(
                json["allowed_origins"]?.elements?.map(\.string) == ["https://app.example.com", "http://localhost:3000"])
            #expect(json["currency"]?.string == "EUR")
        }
        // Nobody else's, and what the engine goes by.
        #expect(try await api.get("/v1/settings", as: api.tenants.second).json["name"]?.string == "second")
        let rules = try #require(
            try await TenantRulesStore(api.tenants.database, isPlatform: false).rules(of: api.tenants.first.id))
        #expect(rules.quietHours?.to == .seconds(7 * 3_600 + 1_800))
        #expect(rules.messageDelay == .seconds(3))
        await api.stop()
    }

    @Test func nullBringsASettingBackToTheUsualOne() async throws {
        let api = try await RunningAPI.start()
        let set = #"{"retry_delays_seconds":[60,120],"daily_quota":5,"quiet_hours":{"from":"22:00","to":"08:00"},"max_retries":1}"#
        #expect(try await api.patch("/v1/settings", set).status == 200)
        let answer = try await api.patch(
            "/v1/settings", #"{"retry_delays_seconds":null,"daily_quota":null,"quiet_hours":null,"max_retries":null}"#)
        #expect(answer.status == 200)
        #expect(answer.json["retry_preset"]?.string == "quick")
        #expect(answer.json["retry_delays_seconds"]?.isNull == true)
        #expect(answer.json["daily_quota"]?.isNull == true)
        #expect(answer.json["quiet_hours"]?.isNull == true)
        #expect(answer.json["max_retries"]?.integer == 3)
        await api.stop()
    }

    @Test func everythingWrongIsSaidAtOnceAndNothingIsChanged() async throws {
        let api = try await RunningAPI.start()
        let cases: [(body: String, codes: [String])] = [
            (#"{}"#, ["nothing_to_change"]),
            (#"{"colour":"red"}"#, ["field_unknown"]),
            (#"{"name":"","time_zone":"CEST","default_country":"XX"}"#, ["name_invalid", "default_country_unknown", "time_zone_unknown"]),
            (#"{"time_zone":"Europe/Nowhere"}"#, ["time_zone_unknown"]),
            (#"{"max_retries":3,"max_retry_attempts":3}"#, ["fields_contradict"]),
            (#"{"max_retries":21}"#, ["max_retries_out_of_range"]),
            (#"{"retry_preset":"own"}"#, ["retry_delays_missing"]),
            (#"{"retry_delays_seconds":[-1]}"#, ["retry_delays_seconds_invalid"]),
            (#"{"quiet_hours":{"from":"22:00","to":"22:00"}}"#, ["quiet_hours_invalid"]),
            (#"{"quiet_hours":{"from":"9:00","to":"22:00"}}"#, ["quiet_hours_invalid"]),
            (#"{"retention_days":10,"redact_after_days":11}"#, ["redact_after_days_too_late"]),
            (#"{"message_kinds":["general","general"]}"#, ["message_kinds_invalid"]),
            (#"{"message_kinds":[]}"#, ["message_kinds_invalid"]),
            (#"{"thresholds":{"failure_rate":1.5}}"#, ["threshold_out_of_range"]),
            (#"{"opt_in_required":["SALES"]}"#, ["opt_in_required_invalid"]),
            (#"{"fallback_template":{"name":"x"}}"#, ["field_missing"]),
            (#"{"allowed_origins":["*"]}"#, ["allowed_origins_invalid"]),
            (#"{"allowed_origins":["https://a.example/path"]}"#, ["allowed_origins_invalid"]),
            (#"{"allowed_origins":["http://a.example"]}"#, ["allowed_origins_invalid"]),
            (#"{"currency":"euro"}"#, ["currency_invalid"]),
            (#"{"unanswered_policy":{"utility":{"preference":"hope"}}}"#, ["preference_unknown"]),
            (#"{"expiry_seconds":{"marketing":1}}"#, ["expiry_seconds_out_of_range"]),
        ]
        for (body, codes) in cases {
            let answer = try await api.patch("/v1/settings", body)
            #expect(answer.status == 422, "\(body)")
            #expect(answer.json["errors"]?.elements?.map { $0["code"]?.string } == codes, "\(body)")
        }
        #expect(try await api.patch("/v1/settings", "[").status == 400)
        let after = try await api.get("/v1/settings").json
        #expect(after["name"]?.string == "first")
        #expect(after["retry_preset"]?.string == "quick")
        let lines = try await api.tenants.platform.rows("SELECT 1 FROM audit_log WHERE action = 'settings.changed'")
        #expect(lines.isEmpty)
        await api.stop()
    }

    @Test func settingsNeedTheirScopeAndEveryChangeIsAudited() async throws {
        let api = try await RunningAPI.start()
        try await api.limit(api.tenants.first, to: ["messages", "settings:read"])
        #expect(try await api.get("/v1/settings").status == 200)
        let refused = try await api.patch("/v1/settings", #"{"name":"Acme"}"#)
        #expect(refused.status == 403)
        #expect(refused.json["code"]?.string == "scope_missing")
        try await api.limit(api.tenants.first, to: ["settings"])
        #expect(try await api.patch("/v1/settings", #"{"name":"Acme","daily_quota":7}"#).status == 200)
        let row = try #require(
            try await api.tenants.platform.rows(
                "SELECT tenant_id, actor_kind, target, detail::text FROM audit_log WHERE action = 'settings.changed'").first)
        #expect(try row.value(0) == api.tenants.first.id)
        #expect(try row.value(1, as: String.self) == "key")
        #expect(try row.value(3, as: String.self) == #"{"changed": ["name", "daily_quota"]}"#)
        await api.stop()
    }

    @Test func aPlanLimitsHowLongMessagesAreKept() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute(
            "INSERT INTO plans (name, title, retention_days_max) VALUES ('small', 'Small', 30)")
        _ = try await api.tenants.platform.execute("UPDATE tenants SET plan = 'small' WHERE id = \(api.tenants.first.id)")
        #expect(try await api.patch("/v1/settings", #"{"retention_days":30}"#).status == 200)
        let above = try await api.patch("/v1/settings", #"{"retention_days":31}"#)
        #expect(above.status == 422)
        #expect(above.json["code"]?.string == "retention_days_above_plan")
        await api.stop()
    }

    @Test func aTenantWithAListOfKindsTakesNoOthers() async throws {
        let api = try await RunningAPI.start()
        func send(_ kind: String) async throws -> Answer {
            try await api.post("/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"Hi"}\#(kind)}"#)
        }
        #expect(try await send(#","kind":"anything""#).status == 202)
        #expect(try await api.patch("/v1/settings", #"{"message_kinds":["confirmation","reminder"]}"#).status == 200)
        api.catalogs.forget(api.tenants.first.id)
        #expect(try await send(#","kind":"reminder""#).status == 202)
        for kind in [#","kind":"anything""#, ""] {
            let refused = try await send(kind)
            #expect(refused.status == 422)
            #expect(refused.json["code"]?.string == "kind_not_allowed")
        }
        await api.stop()
    }
}

extension RunningAPI {
    func patch(_ target: String, _ body: String, as tenant: TestTenant? = nil) async throws -> Answer {
        let key = (tenant ?? tenants.first).key.secret.reveal()
        return try await send(.patch, target, body, authorization: "Bearer \(key)")
    }

    func delete(_ target: String, as tenant: TestTenant? = nil) async throws -> Response {
        let key = (tenant ?? tenants.first).key.secret.reveal()
        return try await respond(.delete, target, authorization: "Bearer \(key)")
    }

    /// Leaves the tenant's key these scopes.
    func limit(_ tenant: TestTenant, to scopes: [String]) async throws {
        _ = try await tenants.platform.execute(
            "UPDATE api_keys SET scopes = \(scopes) WHERE hash = \(Bytes(tenant.key.hash))")
        callers.forget(tenant.id)
    }
}
