import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

@Suite struct BroadcastTests {
    private static let message = #"""
        {"type":"template","kind":"reminder","template":{"name":"order_shipped","language":"en",
         "variables":{"first_name":"you"}}}
        """#

    private struct Desk {
        let api: RunningAPI

        func draft(_ message: String = BroadcastTests.message, extra: String = "") async throws -> String {
            let answer = try await api.post("/v1/broadcasts", #"{"name":"Spring","message":\#(message)\#(extra)}"#)
            #expect(answer.status == 201, "\(answer.text)")
            return try #require(answer.json["id"]?.string)
        }

        func upload(
            _ id: String, _ body: String, _ type: String = "application/x-ndjson", as tenant: TestTenant? = nil
        ) async throws -> Answer {
            try await api.send(
                .post, "/v1/broadcasts/\(id)/recipients", body,
                authorization: "Bearer \((tenant ?? api.tenants.first).key.secret.reveal())",
                headers: [("Content-Type", type)])
        }

        /// Numbers that exist, each once.
        func lines(_ count: Int, from first: Int = 0) -> String {
            (first..<first + count).map { number in
                #"{"to":"+39347\#(1_000_000 + number)","variables":{"order":"\#(number)"},"reference":"r\#(number)"}"#
            }.joined(separator: "\n")
        }

        func runToItsEnd(_ runner: BroadcastRunner? = nil) async throws {
            let runner = runner ?? BroadcastRoutes(parts: api.parts).runner
            while try await runner.run() {}
        }

        func act(_ id: String, _ what: String) async throws -> Answer {
            try await api.post("/v1/broadcasts/\(id)/\(what)")
        }

        func sent(_ id: String) async throws -> Int {
            let rows = try await api.tenants.platform.rows(
                """
                SELECT count(*) FROM messages m JOIN broadcast_recipients r ON r.message_id = m.id
                WHERE r.broadcast_id = \(try #require(BroadcastID(id)))
                """)
            return try rows[0].value(0, as: Int.self)
        }
    }

    private func withDesk(_ body: (Desk) async throws -> Void) async throws {
        let api = try await RunningAPI.start()
        try await body(Desk(api: api))
        await api.stop()
    }

    @Test func everyRecipientGetsOneMessageWithVariablesOfItsOwn() async throws {
        try await withDesk { desk in
            let id = try await desk.draft()
            #expect(try await desk.upload(id, desk.lines(1_500)).json["recipients"]?.integer == 1_500)
            let csv = "to;order;reference\r\n+393479999001;77;\"a;b\"\r\n+393471000000;1;again\r\nnobody;2;x\r\n"
            let more = try await desk.upload(id, csv, "text/csv; charset=utf-8")
            #expect(more.json["added"]?.integer == 3 && more.json["unusable"]?.integer == 2, "\(more.text)")

            let forecast = try await desk.act(id, "forecast")
            #expect(forecast.json["would_send"]?.integer == 1_501, "\(forecast.text)")
            let codes = forecast.json["refused"]?.elements?.compactMap { $0["code"]?.string }
            #expect(Set(codes ?? []) == ["to_invalid", "recipient_repeated"])
            // 1,501 at 80 a second.
            #expect(forecast.json["duration"]?["seconds"]?.integer == 18)
            #expect(forecast.json["cost"]?["without_price"]?.integer == 1_501)
            #expect(try await desk.sent(id) == 0)

            #expect(try await desk.act(id, "start").json["status"]?.string == "running")
            #expect(try await desk.act(id, "start").status == 200)
            try await desk.runToItsEnd()
            let done = try await desk.api.get("/v1/broadcasts/\(id)")
            #expect(done.json["status"]?.string == "done")
            #expect(done.json["accepted"]?.integer == 1_501 && done.json["refused"]?.integer == 0)
            #expect(done.json["messages"]?["queued"]?.integer == 1_501)
            #expect(try await desk.sent(id) == 1_501)

            let store = BroadcastStore(desk.api.tenants.database, ids: IDSource())
            let results = try await store.results(
                of: try #require(BroadcastID(id)), desk.api.tenants.first.id, after: 1_500, limit: 10)
            #expect(results.map { $0.messageID != nil } == [true, false, false])
            #expect(results.map(\.reference) == ["a;b", "again", nil])
            let content = try await desk.api.get("/v1/messages?reference=a;b")
            #expect(content.json["data"]?.elements?.count == 1)
        }
    }

    @Test func whoeverDiesInTheMiddleIsFollowedWithoutASecondMessage() async throws {
        try await withDesk { desk in
            let id = try await desk.draft()
            _ = try await desk.upload(id, desk.lines(1_200))
            _ = try await desk.act(id, "start")
            let runner = BroadcastRoutes(parts: desk.api.parts).runner
            #expect(try await runner.run())
            // As if the first portion's end had never been written down.
            _ = try await desk.api.tenants.platform.execute(
                """
                UPDATE broadcasts SET released_upto = 0, accepted = 0, due_at = now();
                """)
            _ = try await desk.api.tenants.platform.execute("UPDATE broadcast_recipients SET message_id = NULL")
            _ = try await desk.api.tenants.platform.execute("DELETE FROM broadcast_batches")
            try await desk.runToItsEnd()
            let messages = try await desk.api.tenants.platform.rows("SELECT count(*) FROM messages")
            #expect(try messages[0].value(0, as: Int.self) == 1_200)
            #expect(try await desk.sent(id) == 1_200)
            #expect(try await desk.api.get("/v1/broadcasts/\(id)").json["accepted"]?.integer == 1_200)
        }
    }

    @Test func aBroadcastIsPausedResumedAndCalledBack() async throws {
        try await withDesk { desk in
            let id = try await desk.draft()
            _ = try await desk.upload(id, desk.lines(1_100))
            _ = try await desk.act(id, "start")
            let runner = BroadcastRoutes(parts: desk.api.parts).runner
            _ = try await runner.run()
            #expect(try await desk.act(id, "pause").json["status"]?.string == "paused")
            #expect(try await desk.api.get("/v1/gates").json["data"]?.elements?.count == 1)
            try await desk.runToItsEnd(runner)
            #expect(try await desk.sent(id) == 1_000)
            #expect(try await desk.act(id, "resume").json["status"]?.string == "running")
            #expect(try await desk.api.get("/v1/gates").json["data"]?.elements?.count == 0)
            try await desk.runToItsEnd(runner)
            #expect(try await desk.sent(id) == 1_100)
            let cancelled = try await desk.act(id, "cancel")
            #expect(cancelled.json["status"]?.string == "cancelled")
            #expect(cancelled.json["messages"]?["cancelled"]?.integer == 1_100)
            #expect(try await desk.act(id, "resume").json["code"]?.string == "broadcast_not_running")
        }
    }

    @Test func aTemplateThatMayNoLongerBeSentStopsTheBroadcastAndRefusesNobody() async throws {
        try await withDesk { desk in
            let id = try await desk.draft()
            _ = try await desk.upload(id, desk.lines(5))
            _ = try await desk.act(id, "start")
            _ = try await desk.api.tenants.platform.execute("UPDATE templates SET status = 'PAUSED'")
            desk.api.catalogs.forget(desk.api.tenants.first.id)
            try await desk.runToItsEnd()
            let stopped = try await desk.api.get("/v1/broadcasts/\(id)")
            #expect(stopped.json["status"]?.string == "paused")
            #expect(stopped.json["problem"]?["code"]?.string == "template_not_approved")
            #expect(stopped.json["refused"]?.integer == 0)
            _ = try await desk.api.tenants.platform.execute("UPDATE templates SET status = 'APPROVED'")
            desk.api.catalogs.forget(desk.api.tenants.first.id)
            _ = try await desk.act(id, "resume")
            try await desk.runToItsEnd()
            #expect(try await desk.sent(id) == 5)
        }
    }

    @Test func itWaitsForItsTime() async throws {
        try await withDesk { desk in
            let later = (SystemClock.now() + .seconds(3_600)).rfc3339
            let id = try await desk.draft(extra: #","scheduled_for":"\#(later)""#)
            _ = try await desk.upload(id, desk.lines(3))
            #expect(try await desk.act(id, "start").json["status"]?.string == "scheduled")
            try await desk.runToItsEnd()
            #expect(try await desk.sent(id) == 0)
            _ = try await desk.api.tenants.platform.execute("UPDATE broadcasts SET due_at = now()")
            try await desk.runToItsEnd()
            #expect(try await desk.sent(id) == 3)
        }
    }

    @Test(arguments: [
        (#"{"to":"+39347"#, "application/x-ndjson", 422, "recipients_malformed"),
        ("{\"to\":\"+393471234567\"}\n[]", "application/x-ndjson", 422, "recipients_malformed"),
        (#"{"to":"+393471234567","name":"x"}"#, "application/jsonl", 422, "recipients_malformed"),
        ("name,phone\na,b\n", "text/csv", 422, "recipients_malformed"),
        ("to,to\na,b\n", "text/csv", 422, "recipients_malformed"),
        ("to,name\n+393471234567\n", "text/csv", 422, "recipients_malformed"),
        ("to\n\"+393471234567\n", "text/csv", 422, "recipients_malformed"), ("", "text/csv", 422, "recipients_malformed"),
        ("\n\n", "application/x-ndjson", 422, "recipients_empty"), ("x", "application/json", 415, "content_type_unsupported"),
    ] as [(String, String, Int, String)])
    func anUploadThatIsNoneIsRefusedWhole(body: String, type: String, status: Int, code: String) async throws {
        try await withDesk { desk in
            let id = try await desk.draft()
            let answer = try await desk.upload(id, body, type)
            #expect(answer.status == status && answer.json["code"]?.string == code, "\(answer.text)")
            #expect(try await desk.api.get("/v1/broadcasts/\(id)").json["recipients"]?.integer == 0)
        }
    }

    @Test func nobodyTouchesWhatIsNotTheirsAndADraftIsAllThatCanBeChanged() async throws {
        try await withDesk { desk in
            let id = try await desk.draft()
            let other = desk.api.tenants.second
            let hidden = try await desk.api.get("/v1/broadcasts/\(id)", as: other)
            #expect(hidden.status == 404 && hidden.json["code"]?.string == "broadcast_not_found", "\(hidden.text)")
            #expect(try await desk.upload(id, desk.lines(1), as: other).status == 404)
            for what in ["start", "pause", "resume", "cancel", "forecast"] {
                #expect(try await desk.api.post("/v1/broadcasts/\(id)/\(what)", as: other).status == 404, "\(what)")
            }
            #expect(try await desk.act(id, "start").json["code"]?.string == "recipients_empty")
            _ = try await desk.upload(id, #"{"to":"+393471234567"}"#)
            // `order` is missing for everybody.
            #expect(try await desk.act(id, "start").json["code"]?.string == "template_variable_missing")
            let bearer = "Bearer \(desk.api.tenants.first.key.secret.reveal())"
            let cleared = try await desk.api.send(
                .delete, "/v1/broadcasts/\(id)/recipients", "", authorization: bearer)
            #expect(cleared.status == 204)
            _ = try await desk.upload(id, desk.lines(1))
            _ = try await desk.act(id, "start")
            #expect(try await desk.upload(id, desk.lines(1, from: 5)).json["code"]?.string == "broadcast_started")
            let changed = try await desk.api.send(
                .patch, "/v1/broadcasts/\(id)", #"{"name":"Autumn"}"#, authorization: bearer)
            #expect(changed.json["code"]?.string == "broadcast_started")
            let wrong = try await desk.api.post(
                "/v1/broadcasts", #"{"name":"","message":{"type":"fax","to":"x"},"when":1}"#)
            let codes = Set(wrong.json["errors"]?.elements?.compactMap { $0["code"]?.string } ?? [])
            #expect(codes == ["name_invalid", "type_unknown", "field_unknown"], "\(wrong.text)")
        }
    }

    @Test func aPlanMayAllowFewerRecipients() async throws {
        try await withDesk { desk in
            _ = try await desk.api.tenants.platform.execute(
                "UPDATE plans SET broadcast_recipients_max = 10 WHERE name = 'unlimited'")
            let id = try await desk.draft()
            _ = try await desk.upload(id, desk.lines(10))
            let one = try await desk.upload(id, desk.lines(1, from: 50))
            #expect(one.json["code"]?.string == "recipients_too_many")
            #expect(one.json["detail"]?.string?.contains("10") == true)
        }
    }
}

extension Answer {
    fileprivate var text: String { String(decoding: response.body, as: UTF8.self) }
}
