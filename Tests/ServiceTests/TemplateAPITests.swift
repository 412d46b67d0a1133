import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Templates by API, over real Postgres.
@Suite struct TemplateAPITests {
    static let creation = #"""
        {"name":"order_left","language":"en-US","category":"UTILITY",
         "header":{"format":"text","text":"Order {{order_number}}"},
         "body":"Hi {{first_name}}, order {{order_number}} has left.","footer":"Reply STOP to opt out",
         "buttons":[{"type":"quick_reply","text":"Thanks"},{"type":"url","text":"Follow","url":"https://shop.example/o/{{1}}"}],
         "examples":{"header_order_number":"881","first_name":"Ada","order_number":"881","button_1":"881"}}
        """#

    private func approve(_ id: String, _ api: RunningAPI) async throws {
        let id = try #require(TemplateID(id))
        _ = try await api.tenants.platform.execute(
            """
            UPDATE templates SET status = 'APPROVED', provider_template_id = '555', submitted_at = now() WHERE id = \(id)
            """)
        _ = try await api.tenants.platform.execute("UPDATE template_tasks SET done_at = now(), result = 'done'")
        api.catalogs.forget(api.tenants.first.id)
    }

    @Test func aTemplateIsWrittenChangedHandedInAndDeleted() async throws {
        let api = try await RunningAPI.start()
        let made = try await api.post("/v1/templates", Self.creation)
        #expect(made.status == 201)
        let id = try #require(made.json["id"]?.string)
        #expect(made.response.header("location") == "/v1/templates/\(id)")
        #expect(made.json["status"]?.string == "draft")
        #expect(made.json["language"]?.string == "en_US" && made.json["account_id"]?.string == "account-first")
        #expect(made.json["parameter_format"]?.string == "named")
        let names = made.json["variables"]?.elements?.map { $0["name"]?.string }
        #expect(names == ["header_order_number", "first_name", "order_number", "button_0", "button_1"])
        #expect(try await api.post("/v1/templates", Self.creation).json["code"]?.string == "template_exists")

        let changed = try await api.call(
            "PATCH", "/v1/templates/\(id)", #"{"body":"Hello {{first_name}}, it has left.","header":null,"footer":null}"#)
        #expect(changed.status == 200, "\(changed.json.text)")
        #expect(changed.json["body"]?.string == "Hello {{first_name}}, it has left.")
        #expect(changed.json["header"] == nil && changed.json["footer"] == nil)
        #expect(changed.json["examples"]?.members?.map(\.key) == ["button_1", "first_name"])

        let submitted = try await api.post("/v1/templates/\(id)/submit")
        #expect(submitted.status == 202)
        #expect(submitted.json["pending_action"]?.string == "submit")
        #expect(try await api.post("/v1/templates/\(id)/submit").json["code"]?.string == "template_busy")
        #expect(try await api.call("DELETE", "/v1/templates/\(id)").json["code"]?.string == "template_busy")

        try await approve(id, api)
        let shown = try await api.get("/v1/templates/\(id)")
        #expect(shown.json["history"]?.elements?.map { $0["to"]?.string } == ["approved"])
        let deleted = try await api.call("DELETE", "/v1/templates/\(id)")
        #expect(deleted.status == 202 && deleted.json["pending_action"]?.string == "delete")
        let actions = try await api.tenants.platform.rows("SELECT action, target FROM audit_log ORDER BY at, id")
        #expect(
            try actions.map { try $0.value(0, as: String.self) }
                == ["template.created", "template.changed", "template.submitted", "template.deleted"])
        #expect(try actions.allSatisfy { try $0.value(1, as: String.self) == "template \(id)" })
        await api.stop()
    }

    @Test func whatIsApprovedIsSentUnchangedUntilItsChangesAreHandedIn() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/templates", Self.creation).json["id"]?.string)
        try await approve(id, api)
        let fixed = try await api.call("PATCH", "/v1/templates/\(id)", #"{"name":"other"}"#)
        #expect(fixed.json["code"]?.string == "template_field_fixed")
        let unchanged = try await api.post("/v1/templates/\(id)/submit")
        #expect(unchanged.status == 409 && unchanged.json["code"]?.string == "template_unchanged")
        let changed = try await api.call(
            "PATCH", "/v1/templates/\(id)", #"{"body":"Dear {{first_name}}, order {{order_number}} has left."}"#)
        #expect(changed.json["body"]?.string == "Hi {{first_name}}, order {{order_number}} has left.")
        #expect(changed.json["changes"]?["body"]?.string == "Dear {{first_name}}, order {{order_number}} has left.")
        let back = try await api.call(
            "PATCH", "/v1/templates/\(id)", #"{"body":"Hi {{first_name}}, order {{order_number}} has left."}"#)
        #expect(back.json["changes"] == nil)
        _ = try await api.call("PATCH", "/v1/templates/\(id)", #"{"footer":"Bye"}"#)
        _ = try await api.tenants.platform.execute(
            "UPDATE templates SET edited_at = ARRAY[now() - interval '1 hour'] WHERE provider_template_id = '555'")
        let limited = try await api.post("/v1/templates/\(id)/submit")
        #expect(limited.status == 409 && limited.json["code"]?.string == "template_edit_limit")
        _ = try await api.tenants.platform.execute("UPDATE templates SET edited_at = '{}'")
        #expect(try await api.post("/v1/templates/\(id)/submit").status == 202)
        await api.stop()
    }

    @Test func aDraftGoesAtOnceAndItsNameIsFreeAgain() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/templates", Self.creation).json["id"]?.string)
        #expect(try await api.call("DELETE", "/v1/templates/\(id)").status == 204)
        #expect(try await api.get("/v1/templates/\(id)").status == 404)
        #expect(try await api.post("/v1/templates", Self.creation).status == 201)
        await api.stop()
    }

    @Test func everythingWrongIsSaidAtOnce() async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post(
            "/v1/templates",
            #"""
            {"name":"Order","language":"en","category":"NEWS","body":"{{1}}","footer":7,"colour":"red",
             "buttons":[{"type":"dance"},{"type":"url","text":"Open","phone_number":"1"}],"variable_defaults":{"x":"y"}}
            """#)
        #expect(answer.status == 422)
        let codes = Set(answer.json["errors"]?.elements?.compactMap { $0["code"]?.string } ?? [])
        #expect(
            codes == [
                "field_unknown", "category_unknown", "field_wrong_type", "button_type_unknown", "content_mismatch",
                "field_missing",
            ])
        let flaws = try await api.post(
            "/v1/templates",
            #"{"name":"Order","language":"english","category":"utility","body":"{{1}}","variable_defaults":{"x":"y"}}"#)
        #expect(
            Set(flaws.json["errors"]?.elements?.compactMap { $0["code"]?.string } ?? []) == [
                "template_name_invalid", "template_language_invalid", "template_placeholder_misplaced",
                "template_example_missing", "variable_default_unknown",
            ])
        await api.stop()
    }

    @Test func anotherTenantsTemplateIsNotFoundAndAReadingKeyChangesNothing() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/templates", Self.creation).json["id"]?.string)
        let other = api.tenants.second
        #expect(try await api.get("/v1/templates/\(id)", as: other).status == 404)
        for path in ["submit", "unpause"] {
            #expect(try await api.post("/v1/templates/\(id)/\(path)", as: other).status == 404)
        }
        #expect(try await api.post("/v1/templates/\(id)/preview", "{}", as: other).status == 404)
        #expect(try await api.get("/v1/templates/\(id)/usage", as: other).status == 404)
        let bearer = "Bearer \(other.key.secret.reveal())"
        #expect(try await api.send(.patch, "/v1/templates/\(id)", #"{"footer":"x"}"#, authorization: bearer).status == 404)
        #expect(try await api.send(.delete, "/v1/templates/\(id)", "", authorization: bearer).status == 404)
        let reader = "Bearer \(try await api.key(scopes: ["templates:read"]))"
        #expect(try await api.send(.get, "/v1/templates/\(id)", "", authorization: reader).status == 200)
        #expect(try await api.send(.post, "/v1/templates/\(id)/preview", "{}", authorization: reader).status == 200)
        for (method, path) in [
            (HTTPMethod.post, "/v1/templates"), (.patch, "/v1/templates/\(id)"), (.delete, "/v1/templates/\(id)"),
            (.post, "/v1/templates/\(id)/submit"), (.post, "/v1/templates/sync"),
            (.post, "/v1/templates/examples/order_shipped"),
        ] {
            let answer = try await api.send(method, path, "{}", authorization: reader)
            #expect(answer.status == 403 && answer.json["code"]?.string == "scope_missing", "\(path)")
        }
        await api.stop()
    }

    @Test func aTemplateBelongsToTheAccountOfItsSender() async throws {
        let api = try await RunningAPI.start()
        var sender = SenderSetup(
            id: SenderID(IDSource().uuid()), name: "Second", displayPhoneNumber: "+39 02 1",
            phoneNumberID: "phone-further", accountID: "account-further", accessToken: Secret("x"))
        sender.isDefault = false
        try await TenantSetupStore(api.tenants.platform, TestTenant.secrets()).apply(sender, of: api.tenants.first.id)
        let accounts = try await api.get("/v1/templates/accounts")
        #expect(accounts.json["data"]?.elements?.map { $0["account_id"]?.string } == ["account-first", "account-further"])
        let standard = try await api.post("/v1/templates", Self.creation)
        #expect(standard.json["account_id"]?.string == "account-first")
        let body = Self.creation.replacing(#"{"name""#, with: #"{"sender_id":"\#(sender.id)","name""#)
        let further = try await api.post("/v1/templates", body)
        #expect(further.status == 201 && further.json["account_id"]?.string == "account-further")
        try await approve(try #require(further.json["id"]?.string), api)

        func send(_ sender: String) async throws -> Answer {
            try await api.post(
                "/v1/messages",
                #"""
                {"to":"+393401234567","type":"template"\#(sender),"template":{"name":"order_left","language":"en_US",
                 "variables":{"header_order_number":"8","first_name":"Ada","order_number":"8","button_1":"8","button_0":"OK"}}}
                """#)
        }
        #expect(try await send(#","sender_id":"\#(sender.id)""#).status == 202)
        #expect(try await send("").json["code"]?.string == "template_not_approved")
        _ = try await api.call("DELETE", "/v1/templates/\(try #require(standard.json["id"]?.string))")
        let elsewhere = try await send("")
        #expect(elsewhere.json["code"]?.string == "template_of_another_account")
        #expect(elsewhere.json["detail"]?.string?.contains("account-further") == true)
        let unknown = Self.creation.replacing(#"{"name""#, with: #"{"account_id":"nobodys","name""#)
        #expect(try await api.post("/v1/templates", unknown).json["code"]?.string == "account_not_found")
        let stored = try await api.tenants.platform.rows("SELECT content::text FROM messages")
        let content = try #require(stored.first).value(0, as: String.self)
        for piece in [#""sub_type": "quick_reply""#, #""payload": "OK""#, #""type": "header""#, #""sub_type": "url""#] {
            #expect(content.contains(piece), "\(content)")
        }
        await api.stop()
    }

    @Test func aPreviewShowsTheTemplateWithItsValues() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/templates", Self.creation).json["id"]?.string)
        let examples = try await api.post("/v1/templates/\(id)/preview", "{}")
        #expect(examples.status == 200)
        #expect(examples.json["body"]?.string == "Hi Ada, order 881 has left.")
        #expect(examples.json["header"]?["text"]?.string == "Order 881")
        #expect(examples.json["buttons"]?.elements?.last?["value"]?.string == "https://shop.example/o/881")
        #expect(examples.json["can_be_sent"]?.boolean == false)
        let given = try await api.post("/v1/templates/\(id)/preview", #"{"variables":{"first_name":"Zoë","nobody":"x"}}"#)
        #expect(given.json["body"]?.string == "Hi Zoë, order {{order_number}} has left.")
        let codes = Set(given.json["problems"]?.elements?.compactMap { $0["code"]?.string } ?? [])
        #expect(codes == ["template_variable_missing", "template_variable_unknown"])
        let body = Self.creation.replacing(#""examples""#, with: #""variables":{"first_name":"Bo"},"examples""#)
        let unwritten = try await api.post("/v1/templates/preview", body)
        #expect(unwritten.json["body"]?.string == "Hi Bo, order {{order_number}} has left.")
        #expect(try await api.get("/v1/templates?name=order_left").json["data"]?.elements?.count == 1)
        await api.stop()
    }

    @Test func theUseOfATemplateIsCounted() async throws {
        let api = try await RunningAPI.start()
        let message = #"""
            {"to":"+393401234567","type":"template",
             "template":{"name":"order_shipped","language":"en","variables":{"first_name":"Ada","order":"7"}}}
            """#
        for _ in 0..<3 { #expect(try await api.post("/v1/messages", message).status == 202) }
        _ = try await api.post("/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"x"}}"#)
        let id = api.tenants.first.templateID
        let one = try await api.get("/v1/templates/\(id)/usage?granularity=hour")
        #expect(one.json["total"]?["accepted"]?.integer == 3)
        #expect(one.json["data"]?.elements?.compactMap { $0["accepted"]?.integer }.reduce(0, +) == 3)
        let all = try await api.get("/v1/templates/usage")
        #expect(all.json["data"]?.elements?.map { $0["name"]?.string } == ["order_shipped"])
        #expect(all.json["data"]?.elements?.first?["accepted"]?.integer == 3)
        let wrong = try await api.get("/v1/templates/usage?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z")
        #expect(wrong.json["code"]?.string == "to_too_early")
        await api.stop()
    }

    @Test func everyExampleCanBecomeATemplateOfOnesOwn() async throws {
        let api = try await RunningAPI.start()
        let examples = try await api.get("/v1/templates/examples").json["data"]?.elements ?? []
        let names = examples.compactMap { $0["name"]?.string }
        for name in [
            "welcome_new_member", "commission_received", "withdrawal_requested", "withdrawal_approved",
            "withdrawal_rejected", "event_reminder_24h", "check_in_instructions", "event_update",
        ] { #expect(names.contains(name)) }
        _ = try await api.tenants.platform.execute("UPDATE templates SET status = 'DELETED'")
        for name in names {
            let made = try await api.post("/v1/templates/examples/\(name)")
            #expect(made.status == 201, "\(name): \(made.json.text)")
            #expect(made.json["status"]?.string == "draft")
        }
        #expect(try await api.post("/v1/templates/examples/\(names[0])").json["code"]?.string == "template_exists")
        let own = try await api.post("/v1/templates/examples/\(names[0])", #"{"name":"mine","language":"it","submit":true}"#)
        #expect(own.json["name"]?.string == "mine" && own.json["pending_action"]?.string == "submit")
        #expect(try await api.post("/v1/templates/examples/nothing").status == 404)
        await api.stop()
    }

    @Test func pagesFollowEachOtherAndFiltersNarrow() async throws {
        let api = try await RunningAPI.start()
        let first = try await api.get("/v1/templates?limit=2")
        let cursor = try #require(first.json["next_cursor"]?.string)
        let second = try await api.get("/v1/templates?limit=2&cursor=\(cursor)")
        let ids = (first.json["data"]?.elements ?? []) + (second.json["data"]?.elements ?? [])
        #expect(Set(ids.compactMap { $0["id"]?.string }).count == 3)
        #expect(second.json["next_cursor"]?.isNull == true)
        for (query, count) in [
            ("status=pending", 1), ("category=authentication", 1), ("name=order_shipped", 1), ("language=it", 0),
            ("account_id=account-second", 0),
        ] {
            #expect(try await api.get("/v1/templates?\(query)").json["data"]?.elements?.count == count, "\(query)")
        }
        #expect(try await api.get("/v1/templates?status=lost").json["code"]?.string == "status_unknown")
        await api.stop()
    }

    @Test func aPlanLimitsHowManyTemplatesThereAre() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute(
            "INSERT INTO plans (name, title, templates_max) VALUES ('small', 'Small', 4)")
        _ = try await api.tenants.platform.execute(
            "UPDATE tenants SET plan = 'small' WHERE id = \(api.tenants.first.id)")
        #expect(try await api.post("/v1/templates/examples/event_update").status == 201)
        let refused = try await api.post("/v1/templates/examples/order_shipped", #"{"name":"another"}"#)
        #expect(refused.json["code"]?.string == "plan_limit_reached", "\(refused.json.text)")
        await api.stop()
    }

    @Test func aComparisonIsOrderedForAllAccountsOrOne() async throws {
        let api = try await RunningAPI.start()
        let all = try await api.post("/v1/templates/sync")
        #expect(all.status == 202)
        #expect(all.json["accounts"]?.elements?.map(\.string) == ["account-first"])
        let foreign = try await api.post("/v1/templates/sync", #"{"account_id":"account-second"}"#)
        #expect(foreign.json["code"]?.string == "account_not_found")
        let rows = try await api.tenants.platform.rows("SELECT account_id FROM template_syncs WHERE due_at <= now()")
        #expect(try rows.map { try $0.value(0, as: String.self) } == ["account-first"])
        await api.stop()
    }
}
