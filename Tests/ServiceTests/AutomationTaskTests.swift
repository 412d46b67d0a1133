import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// What is planned: seen, moved, called off, run; and each message made once whatever happens.
@Suite struct AutomationTaskTests {
    private static let later = #","timing":{"hours":5}"#

    private func planned(_ api: RunningAPI, _ rule: String = later) async throws -> String {
        _ = try await api.makeRule(RunningAPI.shippedRule(rule))
        let event = try await api.postEvent(RunningAPI.shipped(extra: #","subject":"order 7""#))
        return try #require(event["tasks"]?.elements?.first?["id"]?.string)
    }

    @Test func aTaskIsMovedRunAndCancelledOnlyWhileItWaits() async throws {
        let api = try await RunningAPI.start()
        let id = try await planned(api)
        try await api.runTasks()
        #expect(try await api.messageCount() == 0)
        let moved = try await api.change(.patch, "/v1/tasks/\(id)", #"{"scheduled_for":"2027-06-10T08:00:00Z"}"#)
        #expect(moved.status == 200)
        #expect(moved.json["scheduled_for"]?.string == "2027-06-10T08:00:00Z")
        // As long worth sending after its time as before: a day.
        #expect(moved.json["expires_at"]?.string == "2027-06-11T08:00:00Z")
        for (body, code) in [
            (#"{"scheduled_for":"2020-01-01T00:00:00Z"}"#, "scheduled_for_too_early"),
            (#"{"scheduled_for":"2099-01-01T00:00:00Z"}"#, "scheduled_for_too_late"),
            (#"{"scheduled_for":"soon"}"#, "scheduled_for_invalid"), ("{}", "field_missing"),
        ] {
            #expect(try await api.change(.patch, "/v1/tasks/\(id)", body).json["code"]?.string == code)
        }
        #expect(try await api.post("/v1/tasks/\(id)/run").json["status"]?.string == "pending")
        try await api.runTasks()
        #expect(try await api.get("/v1/tasks/\(id)").json["status"]?.string == "done")
        for target in ["/v1/tasks/\(id)/run", "/v1/tasks/\(id)/cancel"] {
            let answer = try await api.post(target)
            #expect(answer.status == 409 && answer.json["code"]?.string == "task_done")
        }
        #expect(try await api.messageCount() == 1)
        await api.stop()
    }

    @Test func aCancelledTaskStaysCancelled() async throws {
        let api = try await RunningAPI.start()
        let id = try await planned(api)
        for _ in 0..<2 {
            let answer = try await api.post("/v1/tasks/\(id)/cancel")
            #expect(answer.status == 200 && answer.json["reason"]?.string == "cancelled_by_request")
        }
        #expect(try await api.post("/v1/tasks/\(id)/run").json["code"]?.string == "task_cancelled")
        let eventID = try #require(try await api.tasks().first?["event_id"]?.string)
        #expect(try await api.post("/v1/events/\(eventID)/cancel").json["cancelled_now"]?.integer == 0)
        let event = try await api.postEvent(RunningAPI.shipped())
        let second = try #require(event["id"]?.string)
        #expect(try await api.post("/v1/events/\(second)/cancel").json["cancelled_now"]?.integer == 1)
        try await api.bringTasksForward()
        try await api.runTasks()
        #expect(try await api.messageCount() == 0)
        await api.stop()
    }

    @Test func whatFailedIsRunAgainAfterItsRuleIsRepaired() async throws {
        let api = try await RunningAPI.start()
        let rule = try await api.makeRule(
            RunningAPI.shippedRule().replacing(#""data.order""#, with: #""data.number""#))
        _ = try await api.postEvent(RunningAPI.shipped())
        try await api.runTasks()
        let failed = try #require(try await api.tasks("?status=failed").first)
        _ = try await api.change(
            .patch, "/v1/rules/\(rule)", #"{"variables":{"first_name":"recipient.name","order":"data.order"}}"#)
        let id = try #require(failed["id"]?.string)
        #expect(try await api.post("/v1/tasks/\(id)/run").status == 200)
        try await api.runTasks()
        #expect(try await api.get("/v1/tasks/\(id)").json["status"]?.string == "done")
        await api.stop()
    }

    @Test func aTaskWaitsForItsTemplateAndForItsTenant() async throws {
        let api = try await RunningAPI.start()
        _ = try await planned(api, "")
        _ = try await api.tenants.platform.execute("UPDATE templates SET status = 'PAUSED'")
        api.catalogs.forget(api.tenants.first.id)
        try await api.runTasks()
        let waiting = try #require(try await api.tasks().first)
        #expect(waiting["status"]?.string == "pending" && waiting["reason"]?.string == "template_not_approved")
        #expect(waiting["next_try_at"]?.isNull == false)
        _ = try await api.tenants.platform.execute("UPDATE templates SET status = 'APPROVED'")
        _ = try await api.tenants.platform.execute("UPDATE tenants SET status = 'suspended'")
        api.catalogs.forget(api.tenants.first.id)
        try await api.bringTasksForward()
        try await api.runTasks()
        #expect(try await api.messageCount() == 0)
        _ = try await api.tenants.platform.execute("UPDATE tenants SET status = 'active'")
        try await api.bringTasksForward()
        try await api.runTasks()
        #expect(try await api.messageCount() == 1)
        await api.stop()
    }

    @Test func whatIsTooLateOrSwitchedOffIsSkippedWithItsReason() async throws {
        let api = try await RunningAPI.start()
        let id = try await planned(api)
        let rule = try #require(try await api.tasks().first?["rule_id"]?.string)
        _ = try await api.change(.patch, "/v1/rules/\(rule)", #"{"enabled":false}"#)
        try await api.bringTasksForward()
        try await api.runTasks()
        #expect(try await api.get("/v1/tasks/\(id)").json["reason"]?.string == "rule_disabled")
        _ = try await api.change(.patch, "/v1/rules/\(rule)", #"{"enabled":true,"expires_after_seconds":60}"#)
        let event = try await api.postEvent(RunningAPI.shipped())
        let second = try #require(event["tasks"]?.elements?.first?["id"]?.string)
        _ = try await api.tenants.platform.execute(
            "UPDATE automation_tasks SET due_at = now(), expires_at = now() WHERE status = 'pending'")
        try await api.runTasks()
        #expect(try await api.get("/v1/tasks/\(second)").json["reason"]?.string == "too_late")
        let third = try await api.postEvent(RunningAPI.shipped())
        _ = try await api.change(.delete, "/v1/rules/\(rule)")
        let thirdID = try #require(third["tasks"]?.elements?.first?["id"]?.string)
        #expect(try await api.get("/v1/tasks/\(thirdID)").json["reason"]?.string == "rule_deleted")
        #expect(try await api.messageCount() == 0)
        await api.stop()
    }

    @Test func whoeverDiesAfterTheMessageWasAcceptedLeavesOneMessage() async throws {
        let api = try await RunningAPI.start()
        let id = try await planned(api, "")
        try await api.runTasks()
        let first = try await api.get("/v1/tasks/\(id)").json["message_id"]?.string
        // As if the process had died before the task's end was written, and its lease had run out.
        _ = try await api.tenants.platform.execute(
            "UPDATE automation_tasks SET status = 'executing', message_id = NULL, due_at = now(), finished_at = NULL")
        let rule = try #require(try await api.tasks().first?["rule_id"]?.string)
        _ = try await api.change(.patch, "/v1/rules/\(rule)", #"{"enabled":false,"variables":{}}"#)
        try await api.runTasks()
        let task = try await api.get("/v1/tasks/\(id)").json
        #expect(task["status"]?.string == "done" && task["message_id"]?.string == first && first != nil)
        #expect(try await api.messageCount() == 1)
        await api.stop()
    }

    @Test func severalRunnersAtOnceMakeEachMessageOnce() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.makeRule()
        let people = (0..<300).map { #"{"to":"+3934012\#(34_000 + $0)","name":"P"}"# }.joined(separator: ",")
        for _ in 0..<2 {
            _ = try await api.postEvent(#"{"type":"OrderShipped","data":{"order":"7"},"recipients":[\#(people)]}"#)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await api.runTasks() } }
            try await group.waitForAll()
        }
        // One may have had the last of them while the others found none.
        try await api.runTasks()
        #expect(try await api.messageCount() == 600)
        #expect(try await api.tasks("?status=done&limit=200").count == 200)
        let left = try await api.tenants.platform.rows("SELECT 1 FROM automation_tasks WHERE status <> 'done'")
        #expect(left.isEmpty)
        await api.stop()
    }

    @Test func tasksArePlannedWithoutARuleForPeopleAndForThoseOfAnEvent() async throws {
        let api = try await RunningAPI.start()
        let template = #""template":{"name":"order_shipped","language":"en"}"#
        let own = try await api.post(
            "/v1/tasks",
            #"""
            {\#(template),"type":"send_update","recipients":[{"to":"+393401234567","name":"Ada"},{"name":"Nobody"},
             {"to":"+393401234568","data":{"order":"9"}}],"data":{"order":"8"},
             "variables":{"first_name":{"from":"recipient.name","default":"friend"},"order":"data.order"},
             "metadata":{"why":"manual"}}
            """#, key: "plan 1")
        #expect(own.status == 201)
        #expect(own.json["planned"]?.integer == 2 && own.json["skipped"]?.integer == 1)
        let event = try await api.postEvent(
            #"""
            {"type":"EventPublished","subject":"event 5","data":{"event_name":"Swift Day"},"recipients":[
             {"to":"+393401234567","name":"Ada","data":{"ticket_type":"VIP"}},
             {"to":"+393401234568","name":"Bob","data":{"ticket_type":"Standard"}}]}
            """#)
        let eventID = try #require(event["id"]?.string)
        let ai = try await api.post(
            "/v1/tasks",
            #"""
            {\#(template),"type":"check_in_prep","origin":"ai","event_id":"\#(eventID)",
             "recipient_filter":{"ticket_type":"VIP"},"scheduled_for":"2027-06-10T08:00:00Z",
             "variables":{"first_name":"recipient.name","order":"data.event_name"}}
            """#)
        #expect(ai.json["planned"]?.integer == 1 && ai.json["filtered"]?.integer == 1)
        try await api.runTasks()
        #expect(try await api.messageCount() == 2)
        let planned = try #require(try await api.tasks("?status=pending").first)
        #expect(planned["origin"]?.string == "ai" && planned["subject"]?.string == "event 5")
        let id = try #require(planned["id"]?.string)
        _ = try await api.post("/v1/tasks/\(id)/run")
        try await api.runTasks()
        let texts = try await api.tenants.platform.rows("SELECT content::text FROM messages ORDER BY id")
        let last = try #require(try texts.last?.value(0, as: String.self))
        #expect(last.contains("Swift Day") && last.contains("Ada"))
        for (body, code) in [
            (#"{\#(template)}"#, "field_missing"), (#"{"recipient":{"to":"+393401234567"}}"#, "field_missing"),
            (#"{\#(template),"recipient":{},"event_id":"\#(eventID)"}"#, "recipients_twice"),
            (#"{\#(template),"event_id":"\#(UUIDValue(high: 1, low: 1))"}"#, "event_not_found"),
            (#"{\#(template),"recipient":{},"origin":"rule"}"#, "origin_unknown"),
            (#"{\#(template),"recipient":{},"variables":{"order":"Doors open at 7"}}"#, "path_invalid"),
        ] {
            #expect(try await api.post("/v1/tasks", body).json["code"]?.string == code, "\(body)")
        }
        await api.stop()
    }

    @Test func theListIsFilteredAndPagedWithoutGaps() async throws {
        let api = try await RunningAPI.start()
        _ = try await planned(api)
        for _ in 0..<4 { _ = try await api.postEvent(RunningAPI.shipped()) }
        var (seen, cursor) = ([String](), "")
        repeat {
            let page = try await api.get("/v1/tasks?limit=2\(cursor)").json
            seen += page["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
            cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(seen.count == 5 && seen == seen.sorted(by: >))
        #expect(try await api.tasks("?subject=order%207").count == 1)
        #expect(try await api.tasks("?to=%2B393401234567&type=send_message").count == 5)
        #expect(try await api.tasks("?scheduled_to=2020-01-01T00:00:00Z").isEmpty)
        for (query, code) in [
            ("status=lost", "status_unknown"), ("rule_id=1", "rule_id_invalid"), ("to=1", "to_invalid"),
            ("colour=red", "parameter_unknown"), ("cursor=x", "cursor_invalid"),
        ] {
            #expect(try await api.get("/v1/tasks?\(query)").json["code"]?.string == code)
        }
        await api.stop()
    }
}
