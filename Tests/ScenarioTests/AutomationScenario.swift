import JSON
import Models
import Postgres
import Runtime
import TestSupport
import Testing

extension Scenarios {
    /// A network of members and an organiser of events, by the ready rules; ingest-api dies once in between.
    @Suite struct Automation {
        private static let environment = [
            "AUTOMATION_INTERVAL": "200ms", "AUTOMATION_LEASE": "5s", "HANDOVER_WATCH": "2s",
        ]
        private static let members = [
            ("MemberRegistered", "welcome_new_member", #""member_name":"Grace""#),
            (
                "CommissionReceived", "commission_received",
                #""member_name":"Grace","amount":1250.5,"transaction_type":"commission""#
            ),
            ("WithdrawalRequested", "withdrawal_requested", #""member_name":"Grace","amount":"80""#),
            ("WithdrawalApproved", "withdrawal_approved", #""member_name":"Grace","amount":80"#),
            ("WithdrawalRejected", "withdrawal_rejected", #""member_name":"Grace","amount":80,"reason":"no balance""#),
        ]

        @Test func fiveEventsAndThreeTasksReachEveryRecipientOnceAlthoughIngestDies() async throws {
            try await onOwnSystem(environment: Self.environment) { system in
                let taken = try await system.automation("POST", "/v1/rules/examples")
                #expect(taken["created"]?.integer == 9)
                #expect(taken["data"]?.elements?.allSatisfy { $0["warnings"]?.elements?.isEmpty == true } == true)
                try await shortenTheOrganisersWeek(system, taken)

                // The second commit of a message is its last: the task's end is not written any more.
                await system.killProcess("ingest-api")
                try system.startProcess("ingest-api", environment: ["TIDINGS_FAULT": "ingest-api.after-commit:2"])
                try await system.waitUntilReady(["ingest-api"])
                async let death = dies(system)
                for (type, _, data) in Self.members {
                    let body = #"{"type":"\#(type)","recipient":{"to":"\#(system.plainRecipient())"},"data":{\#(data)}}"#
                    try await system.tell(body)
                }
                // No commission, and nobody to tell.
                try await system.tell(
                    #"{"type":"CommissionReceived","recipient":{"to":"+393470000000"},"data":{"transaction_type":"topup"}}"#)
                try await system.tell(#"{"type":"MemberRegistered","recipient":{"name":"Nobody"}}"#)
                let event = try await publish(on: system)
                #expect(try await death)

                try await system.settleTasks()
                try await planAsAProgram(system, event)
                try await system.settleTasks()
                try await judge(system)
            }
        }

        /// Seven days, a day and the morning of the day, in seconds.
        private func shortenTheOrganisersWeek(_ system: TestSystem, _ taken: JSONValue) async throws {
            let seconds = ["event_update_7_days_before": -9, "event_reminder_1_day_before": -6, "check_in_on_the_day": -3]
            for rule in taken["data"]?.elements ?? [] {
                guard let name = rule["name"]?.string, let before = seconds[name], let id = rule["id"]?.string else {
                    continue
                }
                let changed = try await system.automation(
                    "PATCH", "/v1/rules/\(id)", #"{"timing":{"relative_to":"data.starts_at","seconds":\#(before)}}"#)
                #expect(changed["timing"]?["seconds"]?.integer == Int64(before))
            }
        }

        private func dies(_ system: TestSystem) async throws -> Bool {
            let status = try await system.endOfProcess("ingest-api", within: .seconds(90))
            try system.startProcess("ingest-api")
            try await system.waitUntilReady(["ingest-api"])
            return status == -9
        }

        private func publish(on system: TestSystem) async throws -> JSONValue {
            let startsAt = (SystemClock.now() + .seconds(12)).rfc3339
            let people = [("Ada", "VIP"), ("Alan", "Standard")].map { name, ticket in
                """
                {"to":"\(system.plainRecipient())","name":"\(name)",\
                "data":{"ticket_type":"\(ticket)","qr_code_url":"https://tickets.example/\(name)"}}
                """
            }
            let event = try await system.tell(
                """
                {"type":"EventPublished","subject":"event 5","data":{"event_name":"Swift Day","starts_at":"\(startsAt)"},\
                "recipients":[\(people.joined(separator: ",")),{"name":"Without a phone"}]}
                """)
            #expect(event["planned"]?.integer == 6 && event["skipped"]?.integer == 3)
            return event
        }

        /// What an agent plans by itself: for those of an event that a filter chooses.
        private func planAsAProgram(_ system: TestSystem, _ event: JSONValue) async throws {
            let id = try #require(event["id"]?.string)
            let planned = try await system.automation(
                "POST", "/v1/tasks",
                #"""
                {"origin":"ai","type":"send_update","event_id":"\#(id)","recipient_filter":{"ticket_type":"VIP"},
                 "template":{"name":"event_update","language":"en"},
                 "variables":{"event_name":"data.event_name","update_message":{"text":"the lounge is open."}}}
                """#)
            #expect(planned["planned"]?.integer == 1 && planned["filtered"]?.integer == 2)
        }

        private func judge(_ system: TestSystem) async throws {
            let done = try await system.automation("GET", "/v1/tasks?status=done&limit=200")["data"]?.elements ?? []
            #expect(done.count == 12)
            let ids = done.compactMap { $0["message_id"]?.string.flatMap { MessageID($0) } }
            #expect(Set(ids).count == 12)
            try await system.passHandOverWatch()
            for id in ids { try await system.waitForStatus("read", of: id) }
            let templates = done.compactMap { $0["template"]?["name"]?.string }
            for (_, template, _) in Self.members { #expect(templates.count { $0 == template } == 1, "\(template)") }
            #expect(templates.count { $0 == "event_reminder_24h" } == 2)
            #expect(templates.count { $0 == "check_in_instructions" } == 2)
            #expect(templates.count { $0 == "event_update" } == 3)
            let skipped = try await system.automation("GET", "/v1/tasks?status=skipped")["data"]?.elements ?? []
            #expect(skipped.count == 4)
            #expect(skipped.allSatisfy { $0["reason"]?.string == "recipient_missing" })
            let rows = try await system.admin.rows("SELECT content::text AS content FROM messages")
            #expect(rows.count == 12)
            let texts = try rows.map { try $0.value("content", as: String.self) }.joined(separator: "\n")
            for part in ["1,250.50", "80.00", "no balance", "tickets.example/Ada", "Swift Day", "the lounge is open."] {
                #expect(texts.contains(part), "\(part)")
            }
            #expect(try await system.sentTwice() == 0)
        }
    }
}

private struct Unexpected: Error, CustomStringConvertible {
    let description: String
}

extension TestSystem {
    fileprivate func automation(
        _ method: String, _ path: String, _ body: String = "", key: String? = nil
    ) async throws -> JSONValue {
        var headers = [("Authorization", "Bearer \(apiKey)")]
        if let key { headers.append(("Idempotency-Key", key)) }
        let answer = try await request(method, ingestURL + path, headers: headers, body: Array(body.utf8))
        guard (200..<300).contains(answer.status), let json = answer.json else {
            throw Unexpected(description: "\(method) \(path): HTTP \(answer.status): \(answer.text)")
        }
        return json
    }

    /// Tells of an event until somebody has heard it: with a key, so that it counts once.
    @discardableResult
    fileprivate func tell(_ body: String) async throws -> JSONValue {
        let key = "event \(UUIDValue.version7(at: now, random: (0, UInt64.random(in: 0 ... .max))))"
        var answer: JSONValue?
        try await eventually("the event is recorded", within: .seconds(90), every: .milliseconds(50)) {
            answer = try? await self.automation("POST", "/v1/events", body, key: key)
            return answer != nil
        }
        guard let answer else { throw Unexpected(description: "no answer") }
        return answer
    }

    /// Waits until no task waits any more.
    fileprivate func settleTasks() async throws {
        try await eventually("every task has ended", within: .seconds(120), every: .milliseconds(100)) {
            let rows = try await self.admin.rows("SELECT 1 FROM automation_tasks WHERE due_at IS NOT NULL LIMIT 1")
            return rows.isEmpty
        }
    }
}
