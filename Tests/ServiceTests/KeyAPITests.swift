import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// A tenant's keys and people through the API.
@Suite struct KeyAPITests {
    @Test func aKeyIsShownOnceAndWorksUntilItIsRevoked() async throws {
        let api = try await RunningAPI.start()
        let made = try await api.post("/v1/keys", #"{"name":"Shop","scopes":["messages","settings:read"]}"#)
        #expect(made.status == 201)
        let key = try #require(made.json["key"]?.string)
        let id = try #require(made.json["id"]?.string)
        #expect(made.response.header("cache-control") == "no-store")
        #expect(key.hasPrefix(try #require(made.json["prefix"]?.string)))
        for target in ["/v1/keys", "/v1/keys/\(id)"] {
            let text = String(decoding: try await api.get(target).response.body, as: UTF8.self)
            #expect(text.contains(id) && !text.contains(key))
        }
        func use(_ target: String) async throws -> Int {
            try await api.send(.get, target, "", authorization: "Bearer \(key)").status
        }
        #expect(try await use("/v1/settings") == 200)
        #expect(try await use("/v1/keys") == 403)
        #expect(try await api.patch("/v1/keys/\(id)", #"{"name":"Till"}"#).json["name"]?.string == "Till")
        #expect(try await api.delete("/v1/keys/\(id)").status == 204)
        #expect(try await use("/v1/settings") == 401)
        #expect(try await api.get("/v1/keys/\(id)").json["status"]?.string == "revoked")
        #expect(try await api.delete("/v1/keys/\(id)").status == 204)
        await api.stop()
    }

    @Test func aRotatedKeyWorksBesideTheNewOneForAsLongAsItWasSaid() async throws {
        let api = try await RunningAPI.start()
        let first = try await api.post("/v1/keys", #"{"name":"Shop","scopes":["settings:read"]}"#).json
        let (old, id) = (try #require(first["key"]?.string), try #require(first["id"]?.string))
        let second = try await api.post("/v1/keys/\(id)/rotate", #"{"overlap_seconds":3600}"#)
        #expect(second.status == 201)
        let new = try #require(second.json["key"]?.string)
        #expect(second.json["scopes"]?.elements?.map(\.string) == ["settings:read"])
        for key in [old, new] {
            #expect(try await api.send(.get, "/v1/settings", "", authorization: "Bearer \(key)").status == 200)
        }
        let before = try await api.get("/v1/keys/\(id)").json
        #expect(before["replaced_by"]?.string == second.json["id"]?.string)
        let end = try #require(before["expires_at"]?.string.flatMap { Timestamp(rfc3339: $0) })
        #expect(abs((end - SystemClock.now()).components.seconds - 3_600) < 60)
        #expect(try await api.post("/v1/keys/\(id)/rotate").json["code"]?.string == "key_not_rotatable")
        let newID = try #require(second.json["id"]?.string)
        #expect(try await api.post("/v1/keys/\(newID)/rotate", #"{"overlap_seconds":0}"#).status == 201)
        #expect(try await api.send(.get, "/v1/settings", "", authorization: "Bearer \(new)").status == 401)
        await api.stop()
    }

    @Test func aKeyHandsOnOnlyWhatItMayDoItself() async throws {
        let api = try await RunningAPI.start()
        let strong = try await api.post("/v1/keys", #"{"name":"All","scopes":["messages","keys"]}"#).json
        let id = try #require(strong["id"]?.string)
        let weak = try #require(
            try await api.post("/v1/keys", #"{"name":"Clerk","scopes":["keys"]}"#).json["key"]?.string)
        func ask(_ method: HTTPMethod, _ target: String, _ body: String = "") async throws -> Answer {
            try await api.send(method, target, body, authorization: "Bearer \(weak)")
        }
        let escalation = try await ask(.post, "/v1/keys", #"{"name":"X","scopes":["messages"]}"#)
        #expect(escalation.status == 403)
        #expect(escalation.json["code"]?.string == "scopes_not_held")
        #expect(try await ask(.post, "/v1/keys/\(id)/rotate").status == 403)
        #expect(try await ask(.post, "/v1/users", #"{"email":"a@b.example","role":"owner"}"#).status == 403)
        #expect(try await ask(.post, "/v1/keys", #"{"name":"X","scopes":["keys:read"]}"#).status == 201)
        #expect(try await api.post("/v1/keys/\(try await api.ownKeyID())/rotate", "{}").status == 201)
        await api.stop()
    }

    @Test func aKeyCannotRevokeItselfAndNobodyReachesAnothersKeys() async throws {
        let api = try await RunningAPI.start()
        let own = try await api.ownKeyID()
        let refused = try await api.send(
            .delete, "/v1/keys/\(own)", "", authorization: "Bearer \(api.tenants.first.key.secret.reveal())")
        #expect(refused.json["code"]?.string == "key_revokes_itself")
        for (method, target) in [
            (HTTPMethod.get, "/v1/keys/\(own)"), (.delete, "/v1/keys/\(own)"), (.post, "/v1/keys/\(own)/rotate"),
        ] {
            let other = "Bearer \(api.tenants.second.key.secret.reveal())"
            #expect(try await api.send(method, target, "", authorization: other).json["code"]?.string == "key_not_found")
        }
        #expect(try await api.patch("/v1/keys/\(own)", #"{"name":"Mine"}"#, as: api.tenants.second).status == 404)
        try await api.limit(api.tenants.first, to: ["messages"])
        #expect(try await api.get("/v1/keys").json["code"]?.string == "scope_missing")
        #expect(try await api.get("/v1/users").json["code"]?.string == "scope_missing")
        await api.stop()
    }

    @Test func whatIsWrongWithAKeyIsSaidAtOnce() async throws {
        let api = try await RunningAPI.start()
        for (body, codes) in [
            ("{}", ["field_missing", "field_missing"]),
            (#"{"name":"","scopes":["sudo"],"expires_at":"2020-01-01T00:00:00Z","colour":1}"#,
                ["field_unknown", "name_invalid", "scopes_invalid", "expires_at_too_early"]),
            (#"{"name":"A","scopes":[]}"#, ["scopes_invalid"]),
        ] {
            let answer = try await api.post("/v1/keys", body)
            #expect(answer.status == 422)
            #expect(answer.json["errors"]?.elements?.map { $0["code"]?.string } == codes, "\(body)")
        }
        await api.stop()
    }

    @Test func whenAKeyWasUsedIsWrittenLater() async throws {
        let api = try await RunningAPI.start()
        let id = try await api.ownKeyID()
        #expect(try await api.get("/v1/keys/\(id)").json["last_used_at"]?.isNull == true)
        try await api.callers.uses.write(to: KeyStore(api.tenants.database))
        let used = try await api.get("/v1/keys/\(id)").json["last_used_at"]?.string.flatMap { Timestamp(rfc3339: $0) }
        #expect(abs((try #require(used) - SystemClock.now()).components.seconds) < 60)
        await api.stop()
    }

    @Test func peopleAreAddedChangedAndRemovedButNeverTheLastOwner() async throws {
        let api = try await RunningAPI.start()
        let made = try await api.post("/v1/users", #"{"email":"Ada@Example.com","name":"Ada","role":"owner"}"#)
        #expect(made.status == 201)
        #expect(made.json["email"]?.string == "ada@example.com")
        let ada = try #require(made.json["id"]?.string)
        #expect(made.response.header("location") == "/v1/users/\(ada)")
        #expect(try await api.post("/v1/users", #"{"email":"ada@example.com","role":"viewer"}"#).json["code"]?.string == "user_exists")
        // Another business may have the same person.
        #expect(try await api.post("/v1/users", #"{"email":"ada@example.com","role":"viewer"}"#, as: api.tenants.second).status == 201)
        for change in [#"{"role":"viewer"}"#, #"{"status":"disabled"}"#] {
            #expect(try await api.patch("/v1/users/\(ada)", change).json["code"]?.string == "last_owner")
        }
        #expect(try await api.delete("/v1/users/\(ada)").status == 409)
        let bob = try #require(
            try await api.post("/v1/users", #"{"email":"bob@example.com","role":"operator"}"#).json["id"]?.string)
        #expect(try await api.patch("/v1/users/\(bob)", #"{"role":"owner","name":"Bob"}"#).json["role"]?.string == "owner")
        #expect(try await api.patch("/v1/users/\(ada)", #"{"status":"disabled"}"#).json["status"]?.string == "disabled")
        #expect(try await api.delete("/v1/users/\(ada)").status == 204)
        #expect(try await api.get("/v1/users/\(ada)").json["code"]?.string == "user_not_found")
        #expect(try await api.get("/v1/users/\(bob)", as: api.tenants.second).status == 404)
        #expect(try await api.patch("/v1/users/\(bob)", #"{"name":"X"}"#, as: api.tenants.second).status == 404)
        #expect(try await api.get("/v1/users").json["data"]?.elements?.count == 1)
        for (body, code) in [
            (#"{"email":"nobody","role":"viewer"}"#, "email_invalid"), (#"{"email":"a@b.example","role":"king"}"#, "role_unknown"),
            (#"{"email":"a@b.example"}"#, "field_missing"),
        ] {
            #expect(try await api.post("/v1/users", body).json["code"]?.string == code)
        }
        await api.stop()
    }
}

extension RunningAPI {
    fileprivate func ownKeyID() async throws -> APIKeyID {
        let rows = try await tenants.platform.rows(
            "SELECT id FROM api_keys WHERE hash = \(Bytes(tenants.first.key.hash))")
        return try #require(rows.first).value(0)
    }
}
