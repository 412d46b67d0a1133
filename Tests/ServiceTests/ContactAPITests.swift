import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Contacts, their consents and the suppression list, as a tenant's programs use them.
@Suite struct ContactAPITests {
    private static let ada = #"""
        {"phone":"340 123 4599","name":"Ada","tags":["vip"],"attributes":{"city":"Rome"},
         "consents":[{"category":"marketing","status":"opted_in","source":"web_form","evidence":"/signup v3"}]}
        """#

    @Test func aContactIsCreatedReadChangedAndDeleted() async throws {
        try await RunningAPI.with { api in
            let made = try await api.post("/v1/contacts", Self.ada)
            #expect(made.status == 201)
            let id = try #require(made.json["id"]?.string)
            #expect(made.response.header("location") == "/v1/contacts/\(id)")
            #expect(made.json["phone"]?.string == "+393401234599")
            #expect(made.json["consents"]?.elements?.first?["status"]?.string == "opted_in")
            let again = try await api.post("/v1/contacts", Self.ada)
            #expect(again.status == 409 && again.code == "contact_exists")
            #expect(again.json["detail"]?.string?.contains(id) == true)
            let changed = try await api.call(
                .patch, "/v1/contacts/\(id)",
                #"{"name":"Ada L.","external_id":"c-1","attributes":{"city":null,"shoe":41},"language":"pt-BR"}"#)
            #expect(changed.status == 200)
            #expect(changed.json["attributes"]?.members?.map(\.key) == ["shoe"])
            #expect(changed.json["language"]?.string == "pt_BR")
            #expect(changed.json["tags"]?.elements?.first?.string == "vip")
            for query in ["phone=%2B393401234599", "external_id=c-1", "tag=vip", "q=ada", "consent=marketing:opted_in"] {
                let list = try await api.get("/v1/contacts?\(query)")
                #expect(list.json["data"]?.elements?.compactMap { $0["id"]?.string } == [id], "\(query)")
            }
            #expect(try await api.get("/v1/contacts?consent=marketing:opted_out").json["data"]?.elements?.isEmpty == true)
            #expect(try await api.call(.delete, "/v1/contacts/\(id)").status == 204)
            #expect(try await api.get("/v1/contacts/\(id)").code == "contact_not_found")
            let audited = try await api.tenants.platform.rows(
                "SELECT action FROM audit_log WHERE tenant_id = \(api.tenants.first.id) ORDER BY id")
            #expect(
                try audited.map { try $0.value(0, as: String.self) } == [
                    "contact.created", "contact.changed", "contact.deleted",
                ])
        }
    }

    @Test func whatIsWrongIsNamedAllAtOnce() async throws {
        try await RunningAPI.with { api in
            let answer = try await api.post(
                "/v1/contacts",
                #"""
                {"phone":"12","user_id":"x","external_id":"","language":"english","tags":[1],"attributes":[],"age":3,
                 "consents":[{"category":"news","status":"yes","at":"2999-01-01T00:00:00Z","source":"keyword"}]}
                """#)
            #expect(answer.status == 422)
            let codes = Set(answer.json["errors"]?.elements?.compactMap { $0["code"]?.string } ?? [])
            #expect(
                codes == [
                    "phone_invalid", "user_id_invalid", "external_id_invalid", "language_invalid", "tags_invalid",
                    "field_wrong_type", "field_unknown", "category_unknown", "status_unknown", "at_in_future",
                    "source_invalid",
                ])
            let nobody = try await api.post("/v1/contacts", #"{"name":"Nobody"}"#)
            #expect(nobody.code == "contact_unnamed")
            let made = try await api.post("/v1/contacts", #"{"external_id":"x"}"#)
            let id = try #require(made.json["id"]?.string)
            let nameless = try await api.call(.patch, "/v1/contacts/\(id)", #"{"external_id":null}"#)
            #expect(nameless.status == 422 && nameless.code == "contact_unnamed")
        }
    }

    @Test func nobodySeesOrTouchesAnotherTenantsPeople() async throws {
        try await RunningAPI.with { api in
            let id = try #require(try await api.post("/v1/contacts", Self.ada).json["id"]?.string)
            let entry = try await api.post("/v1/suppressions", #"{"recipient":"+393401234599"}"#)
            let entryID = try #require(entry.json["id"]?.string)
            let second = api.tenants.second
            let consent = #"{"category":"marketing","status":"opted_out"}"#
            for (method, target, body) in [
                (HTTPMethod.get, "/v1/contacts/\(id)", ""), (.patch, "/v1/contacts/\(id)", "{}"),
                (.delete, "/v1/contacts/\(id)", ""), (.get, "/v1/contacts/\(id)/consents", ""),
                (.post, "/v1/contacts/\(id)/consents", consent), (.get, "/v1/suppressions/\(entryID)", ""),
                (.delete, "/v1/suppressions/\(entryID)", ""),
            ] {
                let answer = try await api.call(method, target, body, as: second)
                #expect(answer.status == 404, "\(method) \(target): \(answer.status)")
            }
            for target in ["/v1/contacts", "/v1/suppressions", "/v1/conversations", "/v1/inbound-messages"] {
                #expect(try await api.get(target, as: second).json["data"]?.elements?.isEmpty == true, "\(target)")
            }
            let looking = try await api.key(scopes: ["contacts:read"])
            let refused = try await api.send(.post, "/v1/contacts", Self.ada, authorization: "Bearer \(looking)")
            #expect(refused.status == 403 && refused.code == "scope_missing")
            let seen = try await api.send(.get, "/v1/contacts/\(id)", "", authorization: "Bearer \(looking)")
            #expect(seen.status == 200)
        }
    }

    @Test func theLedgerKeepsWhatWasEverSaid() async throws {
        try await RunningAPI.with { api in
            let id = try #require(try await api.post("/v1/contacts", Self.ada).json["id"]?.string)
            let out = try await api.post(
                "/v1/contacts/\(id)/consents",
                #"{"category":"all","status":"opted_out","source":"phone_call","evidence":"ticket 12"}"#)
            #expect(out.status == 201)
            #expect(out.json["consents"]?.elements?.count { $0["status"]?.string == "opted_out" } == 3)
            #expect(out.json["suppressions"]?.elements?.count == 3)
            let ledger = try await api.get("/v1/contacts/\(id)/consents?limit=3")
            #expect(ledger.json["data"]?.elements?.compactMap { $0["evidence"]?.string } == ["ticket 12", "ticket 12", "ticket 12"])
            let cursor = try #require(ledger.json["next_cursor"]?.string)
            let rest = try await api.get("/v1/contacts/\(id)/consents?limit=3&cursor=\(cursor)")
            #expect(rest.json["data"]?.elements?.map { $0["status"]?.string } == ["opted_in"])
            #expect(rest.json["next_cursor"]?.isNull == true)
        }
    }

    @Test func manyComeInAsJSONLinesOrCSV() async throws {
        try await RunningAPI.with { api in
            let lines = """
                {"phone":"+393401234601","name":"One"}
                {"phone":"nonsense"}

                not json
                {"phone":"+393401234601","external_id":"o-1"}
                """
            let first = try await api.call(.post, "/v1/contacts/import", lines, type: "application/x-ndjson")
            #expect(first.status == 200)
            #expect(first.json["created"]?.integer == 1 && first.json["updated"]?.integer == 1)
            #expect(first.json["refused"]?.integer == 2)
            #expect(first.json["problems"]?.elements?.compactMap { $0["row"]?.integer } == [2, 3])
            let csv = """
                phone,name,tags,attributes.city,marketing,consent_source
                +393401234601,"Ada, of Rome",vip;new,Rome,opted_in,shop_counter
                +393401234602,Grace,,,,
                """
            let second = try await api.call(.post, "/v1/contacts/import", csv, type: "text/csv; charset=utf-8")
            #expect(second.json["created"]?.integer == 1 && second.json["updated"]?.integer == 1)
            let one = try await api.get("/v1/contacts?external_id=o-1").json["data"]?.elements?.first
            #expect(one?["name"]?.string == "Ada, of Rome")
            #expect(one?["tags"]?.elements?.compactMap(\.string) == ["new", "vip"])
            #expect(one?["consents"]?.elements?.first?["source"]?.string == "shop_counter")
            let unknown = try await api.call(.post, "/v1/contacts/import", "phone,shoe\n+39,4", type: "text/csv")
            #expect(unknown.code == "column_unknown")
            let malformed = try await api.call(.post, "/v1/contacts/import", "phone\n\"+39", type: "text/csv")
            #expect(malformed.code == "csv_malformed")
            #expect(try await api.post("/v1/contacts/import", #"{"contacts":[]}"#).code == "import_empty")
        }
    }

    @Test func theSuppressionListTakesOneOrMany() async throws {
        try await RunningAPI.with { api in
            let one = try await api.post("/v1/suppressions", #"{"recipient":"+393401234599","reason":"complaint","note":"x"}"#)
            #expect(one.status == 201 && one.json["category"]?.string == "all")
            let many = try await api.post(
                "/v1/suppressions",
                #"{"entries":[{"recipient":"+393401234598","category":"marketing"},{"recipient":"IT.77","until":"2999-01-01T00:00:00Z"}]}"#)
            #expect(many.status == 201 && many.json["data"]?.elements?.count == 2)
            let again = try await api.post("/v1/suppressions", #"{"recipient":"+393401234599","reason":"complaint"}"#)
            #expect(again.json["id"]?.string == one.json["id"]?.string && again.json["note"]?.string == "x")
            let list = try await api.get("/v1/suppressions?reason=manual&limit=1")
            #expect(list.json["data"]?.elements?.count == 1 && list.json["next_cursor"]?.string != nil)
            let wrong = try await api.post(
                "/v1/suppressions", #"{"recipient":"1","reason":"opted_out","category":"news","until":"2001-01-01T00:00:00Z"}"#)
            #expect(wrong.code == "recipient_invalid")
            let id = try #require(one.json["id"]?.string)
            #expect(try await api.call(.delete, "/v1/suppressions/\(id)").status == 204)
            #expect(try await api.get("/v1/suppressions/\(id)").code == "suppression_not_found")
        }
    }

    @Test func aTenantsOwnWordsAreKeptAndGivenUpAgain() async throws {
        try await RunningAPI.with { api in
            let usual = try await api.get("/v1/consent-settings")
            #expect(usual.json["stop_words"]?.elements?.contains { $0.string == "stop" } == true)
            #expect(usual.json["stop_categories"]?.elements?.compactMap(\.string) == ["marketing", "utility"])
            let own = try await api.call(
                .patch, "/v1/consent-settings", #"{"stop_words":["basta"],"stop_categories":["marketing"]}"#)
            #expect(own.json["stop_words"]?.elements?.compactMap(\.string) == ["basta"])
            let back = try await api.call(.patch, "/v1/consent-settings", #"{"stop_words":null,"stop_categories":null}"#)
            #expect(back.json.text == usual.json.text)
            let wrong = try await api.call(.patch, "/v1/consent-settings", #"{"stop_words":"x","stop_categories":[]}"#)
            #expect(wrong.status == 422)
        }
    }
}

extension RunningAPI {
    static func with(_ body: (RunningAPI) async throws -> Void) async throws {
        let api = try await start()
        do {
            try await body(api)
        } catch {
            await api.stop()
            throw error
        }
        await api.stop()
    }

    func call(
        _ method: HTTPMethod, _ target: String, _ body: String = "", as tenant: TestTenant? = nil, type: String? = nil
    ) async throws -> Answer {
        var headers = [("Authorization", "Bearer \((tenant ?? tenants.first).key.secret.reveal())")]
        if let type { headers.append(("Content-Type", type)) }
        let request = try #require(Request(method, target, headers: headers, body: Array(body.utf8)))
        let response = await router.respond(to: request)
        let json = response.body.isEmpty ? Array("{}".utf8) : response.body
        return Answer(response: response, json: try JSONDocument(parsing: json).root)
    }
}
