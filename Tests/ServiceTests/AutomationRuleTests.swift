import HTTPServer
import JSON
import Models
import Postgres
import TestSupport
import Testing

@testable import ingest_api

/// Rules over the API: made, read, changed, deleted, and never seen by others.
@Suite struct AutomationRuleAPITests {
    @Test func aRuleIsMadeReadChangedAndDeletedWithAnAuditLineEach() async throws {
        let api = try await RunningAPI.start()
        let made = try await api.post("/v1/rules", RunningAPI.shippedRule(#","timing":{"minutes":5},"priority":7"#))
        #expect(made.status == 201)
        let id = try #require(made.json["id"]?.string)
        #expect(made.response.header("location") == "/v1/rules/\(id)")
        #expect(made.json["enabled"]?.boolean == true)
        #expect(made.json["on_repeat"]?.string == "add")
        #expect(made.json["timing"]?["minutes"]?.integer == 5)
        #expect(made.json["warnings"]?.elements?.isEmpty == true)
        #expect(try await api.get("/v1/rules/\(id)").response.body == made.response.body)
        let changed = try await api.change(
            .patch, "/v1/rules/\(id)", #"{"enabled":false,"timing":null,"variables":{"first_name":"data.a","x":"data.b"}}"#)
        #expect(changed.status == 200)
        #expect(changed.json["enabled"]?.boolean == false)
        #expect(changed.json["priority"]?.integer == 7)
        #expect(changed.json["timing"]?.members?.isEmpty == true)
        #expect(
            changed.json["warnings"]?.elements?.compactMap { $0["code"]?.string }.sorted()
                == ["template_variable_missing", "template_variable_unknown"])
        #expect(try await api.get("/v1/rules").json["data"]?.elements?.count == 1)
        #expect(try await api.get("/v1/rules?event_type=Other").json["data"]?.elements?.isEmpty == true)
        #expect(try await api.change(.delete, "/v1/rules/\(id)").status == 204)
        #expect(try await api.change(.delete, "/v1/rules/\(id)").status == 404)
        let lines = try await api.tenants.platform.rows(
            "SELECT action, target, detail::text FROM audit_log WHERE action LIKE 'rule.%' ORDER BY id")
        #expect(try lines.map { try $0.value(0, as: String.self) } == ["rule.created", "rule.changed", "rule.deleted"])
        #expect(try lines.allSatisfy { try $0.value(1, as: String.self) == "rule \(id)" })
        await api.stop()
    }

    @Test func everythingThatIsWrongWithARuleIsSaidAtOnce() async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post(
            "/v1/rules",
            #"""
            {"name":"","event_type":"9 lives","template":{"name":"Not A Name","language":"english please now"},
             "variables":{"a":{"from":"x","text":"y"}},"recipient_filter":{"x":{"like":"y"}},"timing":{"at":"noon"},
             "on_repeat":"sometimes","cancelled_by":["a b"],"priority":11,"kind":"No","sender_id":"1","colour":"red",
             "expires_after_seconds":0,"enabled":"yes","task_type":"9"}
            """#)
        #expect(answer.status == 422)
        let codes = Set(answer.json["errors"]?.elements?.compactMap { $0["code"]?.string } ?? [])
        #expect(
            codes == [
                "name_invalid", "event_type_invalid", "template_name_invalid", "template_language_invalid",
                "variable_source_invalid", "field_unknown", "time_of_day_invalid", "on_repeat_unknown",
                "cancelled_by_invalid", "priority_out_of_range", "kind_invalid", "id_invalid",
                "expires_after_seconds_out_of_range", "field_wrong_type", "task_type_invalid",
            ])
        let empty = try await api.post("/v1/rules", "{}")
        #expect(empty.json["errors"]?.elements?.compactMap { $0["field"]?.string } == ["name", "event_type", "template"])
        let id = try await api.makeRule()
        let taken = try await api.change(.patch, "/v1/rules/\(id)", #"{"name":null,"template":null}"#)
        #expect(taken.status == 422)
        #expect(taken.json["errors"]?.elements?.count == 2)
        #expect(try await api.post("/v1/rules", RunningAPI.shippedRule()).json["code"]?.string == "rule_name_taken")
        await api.stop()
    }

    @Test func rulesTasksAndEventsOfOthersAreNotThere() async throws {
        let api = try await RunningAPI.start()
        let second = api.tenants.second
        let rule = try await api.makeRule()
        let event = try await api.postEvent(RunningAPI.shipped())
        let eventID = try #require(event["id"]?.string)
        let task = try #require(event["tasks"]?.elements?.first?["id"]?.string)
        for target in ["/v1/rules/\(rule)", "/v1/events/\(eventID)", "/v1/tasks/\(task)", "/v1/rules/x", "/v1/tasks/x"] {
            #expect(try await api.get(target, as: second).status == 404, "\(target)")
        }
        #expect(try await api.change(.patch, "/v1/rules/\(rule)", #"{"enabled":false}"#, as: second).status == 404)
        #expect(try await api.change(.delete, "/v1/rules/\(rule)", as: second).status == 404)
        #expect(try await api.post("/v1/tasks/\(task)/cancel", as: second).status == 404)
        #expect(try await api.post("/v1/tasks/\(task)/run", as: second).status == 404)
        let move = #"{"scheduled_for":"2099-01-01T00:00:00Z"}"#
        #expect(try await api.change(.patch, "/v1/tasks/\(task)", move, as: second).json["code"]?.string != "task_not_found")
        #expect(try await api.post("/v1/events/\(eventID)/cancel", as: second).status == 404)
        let order = #"{"event_id":"\#(eventID)","template":{"name":"order_shipped","language":"en"}}"#
        #expect(try await api.post("/v1/tasks", order, as: second).json["code"]?.string == "event_not_found")
        for list in ["/v1/rules", "/v1/events", "/v1/tasks"] {
            #expect(try await api.get(list, as: second).json["data"]?.elements?.isEmpty == true)
        }
        await api.stop()
    }

    @Test func aKeyDoesOnlyWhatItsScopesSay() async throws {
        let api = try await RunningAPI.start()
        let rule = try await api.makeRule()
        let reading = try await api.key(with: ["automation:read"])
        let other = try await api.key(with: ["messages"])
        for key in [reading, other] {
            for (method, target) in [
                (HTTPMethod.post, "/v1/rules"), (.post, "/v1/rules/examples"), (.patch, "/v1/rules/\(rule)"),
                (.delete, "/v1/rules/\(rule)"), (.post, "/v1/events"), (.post, "/v1/tasks"),
                (.post, "/v1/tasks/\(rule)/run"), (.post, "/v1/tasks/\(rule)/cancel"), (.patch, "/v1/tasks/\(rule)"),
                (.post, "/v1/events/\(rule)/cancel"),
            ] {
                let answer = try await api.send(method, target, "{}", authorization: key)
                #expect(answer.status == 403 && answer.json["code"]?.string == "scope_missing", "\(target)")
            }
        }
        for target in ["/v1/rules", "/v1/rules/examples", "/v1/rules/\(rule)", "/v1/events", "/v1/tasks"] {
            #expect(try await api.send(.get, target, "", authorization: reading).status == 200)
            #expect(try await api.send(.get, target, "", authorization: other).status == 403)
        }
        // A preview changes nothing.
        let preview = try await api.send(.post, "/v1/events/preview", RunningAPI.shipped(), authorization: reading)
        #expect(preview.status == 200)
        await api.stop()
    }

    @Test func readyRulesAreTakenOnceAndAreRulesLikeAnyOther() async throws {
        let api = try await RunningAPI.start()
        let names = try await api.get("/v1/rules/examples").json["data"]?.elements?.compactMap { $0["name"]?.string }
        #expect(names?.count == 9)
        let some = try await api.post("/v1/rules/examples", #"{"names":["member_registered"],"language":"it"}"#)
        #expect(some.status == 201)
        #expect(some.json["data"]?.elements?.first?["template"]?["language"]?.string == "it")
        let all = try await api.post("/v1/rules/examples")
        #expect(all.json["created"]?.integer == 8)
        #expect(all.json["existing"]?.integer == 1)
        #expect(try await api.post("/v1/rules/examples").json["created"]?.integer == 0)
        #expect(try await api.post("/v1/rules/examples", #"{"names":["x"]}"#).json["code"]?.string == "names_unknown")
        // What is written in them passes the checks of what callers write.
        for rule in try await api.get("/v1/rules").json["data"]?.elements ?? [] {
            let id = try #require(rule["id"]?.string)
            let parts = ["variables", "recipient_filter", "timing"].map { name in
                "\"\(name)\":" + String(decoding: rule[name]?.serialized() ?? [], as: UTF8.self)
            }
            let answer = try await api.change(.patch, "/v1/rules/\(id)", "{\(parts.joined(separator: ","))}")
            #expect(answer.status == 200, "\(rule["name"]?.string ?? "")")
        }
        await api.stop()
    }

    @Test func moreRulesOfOneTypeThanAllowedAreRefused() async throws {
        let api = try await RunningAPI.start()
        for number in 0..<20 { _ = try await api.makeRule(RunningAPI.shippedRule(name: "rule \(number)")) }
        let answer = try await api.post("/v1/rules", RunningAPI.shippedRule(name: "one more"))
        #expect(answer.status == 409 && answer.json["code"]?.string == "rules_of_event_too_many")
        await api.stop()
    }
}
