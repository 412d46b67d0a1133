import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import TestSupport
import Testing

@testable import ingest_api

/// From an event to its messages.
@Suite struct AutomationEventTests {
    @Test func anEventBecomesTheMessageThatItsRuleSays() async throws {
        let api = try await RunningAPI.start()
        let rule = try await api.makeRule(RunningAPI.shippedRule(#","kind":"shipping","priority":8"#))
        let event = try await api.postEvent(RunningAPI.shipped(extra: #","subject":"order 7""#))
        #expect(event["planned"]?.integer == 1 && event["skipped"]?.integer == 0)
        try await api.runTasks()
        let task = try #require(try await api.tasks().first)
        #expect(task["status"]?.string == "done")
        #expect(task["rule_id"]?.string == rule)
        let messageID = try #require(task["message_id"]?.string)
        let message = try await api.get("/v1/messages/\(messageID)").json
        #expect(message["to"]?.string == "+393401234567")
        #expect(message["kind"]?.string == "shipping" && message["priority"]?.integer == 8)
        #expect(message["reference"]?.string == "order 7")
        #expect(message["metadata"]?["event_type"]?.string == "OrderShipped")
        #expect(message["metadata"]?["task_id"]?.string == task["id"]?.string)
        let content = String(decoding: message.serialized(), as: UTF8.self)
        #expect(content.contains("order_shipped") && content.contains("Ada"))
        let eventID = try #require(event["id"]?.string)
        let detail = try await api.get("/v1/events/\(eventID)").json
        #expect(detail["tasks"]?["done"]?.integer == 1 && detail["tasks"]?["pending"]?.integer == 0)
        #expect(detail["data"]?["order"]?.string == "7")
        await api.stop()
    }

    @Test func whatIsWrongWithARecipientIsRecordedAndNeverTheCallersTrouble() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.makeRule()
        for (body, reason) in [
            (RunningAPI.shipped(to: nil), "recipient_missing"), (RunningAPI.shipped(to: ""), "recipient_missing"),
            (RunningAPI.shipped(to: "12"), "recipient_invalid"),
            (#"{"type":"OrderShipped","data":{"order":"7"}}"#, "recipient_missing"),
            (#"{"type":"OrderShipped","recipient":null}"#, "recipient_missing"),
        ] {
            let event = try await api.postEvent(body)
            #expect(event["planned"]?.integer == 0 && event["skipped"]?.integer == 1)
            #expect(event["tasks"]?.elements?.first?["reason"]?.string == reason, "\(body)")
        }
        try await api.runTasks()
        #expect(try await api.messageCount() == 0)
        #expect(try await api.tasks("?status=skipped").count == 5)
        // Nor is what is missing for the message.
        _ = try await api.postEvent(#"{"type":"OrderShipped","recipient":{"to":"+393401234567","name":"Ada"}}"#)
        try await api.runTasks()
        let failed = try #require(try await api.tasks("?status=failed").first)
        #expect(failed["reason"]?.string == "template_variable_missing")
        #expect(failed["explanation"]?.string?.contains("order") == true)
        let unknown = try await api.postEvent(#"{"type":"NobodyCares","recipient":{"to":"+393401234567"}}"#)
        #expect(unknown["warnings"]?.elements?.first?["code"]?.string == "no_rule")
        await api.stop()
    }

    @Test func anEventThatCannotBeReadIsRefusedWithEveryReason() async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post(
            "/v1/events",
            #"""
            {"type":"a b","occurred_at":"yesterday","subject":"","recipient":{"to":5,"age":3},"data":[],"x":1}
            """#)
        #expect(answer.status == 422)
        let codes = answer.json["errors"]?.elements?.compactMap { $0["code"]?.string } ?? []
        #expect(
            Set(codes) == [
                "event_type_invalid", "occurred_at_invalid", "subject_invalid", "field_wrong_type", "field_unknown",
            ])
        let both = try await api.post("/v1/events", #"{"type":"A","recipient":{},"recipients":[]}"#)
        #expect(both.json["code"]?.string == "recipients_twice")
        let many = Array(repeating: "{}", count: 1_001).joined(separator: ",")
        let tooMany = try await api.post("/v1/events", #"{"type":"A","recipients":[\#(many)]}"#)
        #expect(tooMany.json["code"]?.string == "event_recipients_too_many")
        await api.stop()
    }

    @Test func theSameKeyRecordsAnEventOnceUnderConcurrency() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.makeRule()
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<12 {
                group.addTask { try await api.post("/v1/events", RunningAPI.shipped(), key: "shipment 7") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 202 })
        #expect(Set(answers.compactMap { $0.json["id"]?.string }).count == 1)
        #expect(answers.count { $0.response.header("idempotent-replayed") == "true" } == 11)
        let other = try await api.post("/v1/events", RunningAPI.shipped(to: "+393401234568"), key: "shipment 7")
        #expect(other.json["code"]?.string == "idempotency_key_reused")
        try await api.runTasks()
        #expect(try await api.messageCount() == 1)
        await api.stop()
    }

    @Test func ofManyRecipientsEachHasItsOwnDataAndTheFilterChooses() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.makeRule(RunningAPI.shippedRule(#","recipient_filter":{"ticket_type":"VIP"}"#))
        let people = (0..<150).map { number in
            #"{"to":"+3934012\#(34_000 + number)","name":"P\#(number)","data":{"ticket_type":"\#(number % 3 == 0 ? "VIP" : "Standard")"}}"#
        }
        let event = try await api.postEvent(
            #"{"type":"OrderShipped","data":{"order":"all"},"recipients":[\#(people.joined(separator: ",")),{"data":{"ticket_type":"VIP"}}]}"#)
        #expect(event["planned"]?.integer == 50 && event["skipped"]?.integer == 1 && event["filtered"]?.integer == 100)
        #expect(event["tasks"]?.elements?.count == 51 && event["tasks_left_out"]?.integer == 0)
        try await api.runTasks()
        #expect(try await api.messageCount() == 50)
        let names = try await api.tenants.platform.rows("SELECT content::text FROM messages")
        #expect(try Set(names.map { try $0.value(0, as: String.self) }).count == 50)
        await api.stop()
    }

    @Test func aLaterEventOfTheSubjectReplacesWhatWaitsAndAnotherCallsItOff() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.makeRule(
            RunningAPI.shippedRule(
                #","timing":{"relative_to":"data.at","days":-1},"on_repeat":"replace","cancelled_by":["OrderCancelled"]"#))
        func at(_ days: Int) -> String { (SystemClock.now() + .seconds(days * 86_400)).rfc3339 }
        func body(_ days: Int, to: String = "+393401234567", subject: String = "order 7") -> String {
            #"{"type":"OrderShipped","subject":"\#(subject)","recipient":{"to":"\#(to)","name":"A"},"data":{"order":"7","at":"\#(at(days))"}}"#
        }
        _ = try await api.postEvent(body(5))
        _ = try await api.postEvent(body(5, to: "+393401234568"))
        _ = try await api.postEvent(body(5, subject: "order 8"))
        let moved = try await api.postEvent(body(9))
        #expect(moved["cancelled"]?.integer == 1)
        let replaced = try await api.tasks("?status=cancelled")
        #expect(replaced.map { $0["reason"]?.string } == ["replaced"])
        #expect(try await api.tasks("?status=pending&subject=order%207").count == 2)
        let off = try await api.postEvent(
            #"{"type":"OrderCancelled","subject":"order 7","recipient":{"to":"+393401234568"}}"#)
        #expect(off["cancelled"]?.integer == 1)
        // Without anybody named, for everybody.
        #expect(try await api.postEvent(#"{"type":"OrderCancelled","subject":"order 7"}"#)["cancelled"]?.integer == 1)
        #expect(try await api.tasks("?status=pending").compactMap { $0["subject"]?.string } == ["order 8"])
        try await api.bringTasksForward()
        try await api.runTasks()
        #expect(try await api.messageCount() == 1)
        await api.stop()
    }

    @Test func whereTheFirstEventCountsAFurtherOnePlansNothing() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.makeRule(RunningAPI.shippedRule(#","on_repeat":"ignore""#))
        let body = RunningAPI.shipped(extra: #","subject":"order 7""#)
        _ = try await api.postEvent(body)
        try await api.runTasks()
        let again = try await withThrowingTaskGroup(of: JSONValue.self) { group in
            for _ in 0..<4 { group.addTask { try await api.postEvent(body) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(again.allSatisfy { $0["tasks"]?.elements?.first?["reason"]?.string == "already_planned" })
        // Somebody else is somebody else; and without a subject every event is its own.
        _ = try await api.postEvent(RunningAPI.shipped(to: "+393401234568", extra: #","subject":"order 7""#))
        _ = try await api.postEvent(RunningAPI.shipped())
        try await api.runTasks()
        #expect(try await api.messageCount() == 3)
        await api.stop()
    }

    @Test func aPreviewShowsTimeAndTextAndRecordsNothing() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute("UPDATE tenants SET time_zone = 'Asia/Kolkata'")
        _ = try await api.makeRule(RunningAPI.shippedRule(#","timing":{"relative_to":"data.at","days":-1,"at":"09:00"}"#))
        let answer = try await api.post(
            "/v1/events/preview",
            RunningAPI.shipped().replacing(#""order":"7""#, with: #""order":"7","at":"2027-06-10T20:00""#))
        #expect(answer.status == 200)
        let task = try #require(answer.json["tasks"]?.elements?.first)
        #expect(task["scheduled_for"]?.string == "2027-06-09T03:30:00Z")
        #expect(task["text"]?.string == "Hi Ada, your order 7 has left.")
        #expect(task["problems"]?.elements?.isEmpty == true)
        #expect(try await api.get("/v1/events").json["data"]?.elements?.isEmpty == true)
        let wanting = try await api.post("/v1/events/preview", RunningAPI.shipped())
        #expect(wanting.json["tasks"]?.elements?.first?["reason"]?.string == "time_missing")
        await api.stop()
    }
}
