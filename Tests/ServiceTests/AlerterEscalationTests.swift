import JSON
import Models
import Postgres
import TestSupport
import Testing

@testable import alerter

/// What happens while nobody says that they look after an alert.
@Suite struct AlerterEscalationTests {
    private static let quick = [
        "ALERT_REMIND_AFTER": "1s", "ALERT_ESCALATE_AFTER": "2s", "ALERT_REPEAT_EVERY": "1s", "ALERT_REPEATS_MAX": "50",
        "ESCALATION_EMAIL": "chief@example.test",
    ]

    private func mails(_ alerter: RunningAlerter, to address: String) async throws -> [JSONValue] {
        try await alerter.items().filter { $0["to"]?.elements?.first?.string == address }.reversed()
    }

    private func subjects(_ alerter: RunningAlerter, to address: String) async throws -> [String] {
        try await mails(alerter, to: address).compactMap { $0["subject"]?.string }
    }

    @Test func anAlertIsRemindedEscalatedAndLeftAloneOnceAcknowledged() async throws {
        let alerter = try await RunningAlerter.start(environment: Self.quick)
        let id = try await alerter.raise("Fire")
        try await eventually("the second line is told") {
            try await subjects(alerter, to: "chief@example.test").contains("[ESCALATED] Fire")
        }
        // The first line hears of it too, in a mail of its own that may leave a little later.
        try await eventually("the first line is told of the escalation") {
            try await subjects(alerter, to: "operations@example.test").contains("[ESCALATED] Fire")
        }
        let first = try await subjects(alerter, to: "operations@example.test")
        #expect(Array(first.prefix(3)) == ["[CRITICAL] Fire", "[REMINDER] Fire", "[ESCALATED] Fire"])
        _ = try await alerter.database.execute(
            "UPDATE alerts SET acknowledged_at = now(), acknowledged_by = 'ada' WHERE id = \(id)")
        try await eventually("nothing is owed any more") {
            try await alerter.count("state IN ('due', 'sending')") == 0
        }
        let told = try await alerter.count("alert_id IS NOT NULL")
        // The time of two more repeats.
        try await Task.sleep(for: .milliseconds(2_200))
        #expect(try await alerter.count("alert_id IS NOT NULL") == told)
        let history = try await alerter.database.rows("SELECT what, who FROM alert_history WHERE alert_id = \(id)")
        #expect(try history.map { try $0.value("what", as: String.self) } == ["escalated"])
        // Who was only told of the escalation is told that it is over, like everybody else.
        try await alerter.resolve(id)
        try await eventually("the end is told to all") {
            try await subjects(alerter, to: "chief@example.test").last == "[RESOLVED] Fire"
        }
        try await eventually("to each once") { try await alerter.count("kind = 'resolved' AND state = 'sent'") == 3 }
        await alerter.stop()
    }

    @Test func mailsOfOneAlertHangTogether() async throws {
        let alerter = try await RunningAlerter.start(environment: Self.quick)
        let id = try await alerter.raise("Fire")
        try await eventually("a reminder came") {
            try await subjects(alerter, to: "operations@example.test").contains("[REMINDER] Fire")
        }
        let raw = try await mails(alerter, to: "operations@example.test").compactMap { $0["raw"]?.string }
        #expect(raw.first?.contains("\r\nMessage-ID: <a.\(id)@example.test>") == true)
        #expect(raw.first?.contains("In-Reply-To") == false)
        #expect(raw.dropFirst().first?.contains("\r\nIn-Reply-To: <a.\(id)@example.test>") == true)
        #expect(raw.dropFirst().first?.contains("\r\nReferences: <a.\(id)@example.test>") == true)
        await alerter.stop()
    }

    @Test func whatIsSilencedIsToldWhenTheSilenceIsOver() async throws {
        let alerter = try await RunningAlerter.start(environment: Self.quick)
        let id = try await alerter.raise("Fire")
        _ = try await alerter.database.execute(
            "UPDATE alerts SET silenced_until = now() + interval '1 hour' WHERE id = \(id)")
        try await alerter.raise("Flood")
        try await eventually("the other is told") { try await alerter.count("kind = 'escalation' AND state = 'sent'") > 0 }
        #expect(try await alerter.items().allSatisfy { $0["subject"]?.string?.contains("REMINDER] Fire") != true })
        let told = try await alerter.count("alert_id = '\(id)' AND kind <> 'raised'")
        #expect(told == 0)
        _ = try await alerter.database.execute("UPDATE alerts SET silenced_until = now() WHERE id = \(id)")
        _ = try await alerter.database.execute(
            "UPDATE notifications SET due_at = now() WHERE alert_id = \(id) AND state = 'due'")
        try await eventually("it is told after all") {
            try await subjects(alerter, to: "chief@example.test").contains("[ESCALATED] Fire")
        }
        await alerter.stop()
    }

    @Test func alertsWithOneCauseAreOneMessage() async throws {
        let alerter = try await RunningAlerter.start()
        _ = try await alerter.database.transaction { connection in
            for number in 0..<4 {
                try connection.execute(
                    """
                    INSERT INTO alerts (id, key, code, severity, title, detail, root_cause, opened_at, updated_at)
                    VALUES (gen_random_uuid(), \("key \(number)"), 'ACCESS_TOKEN_INVALID',
                            \(number == 2 ? "critical" : "warning"), \("Trouble \(number)"), 'why', 'TOKEN/x', now(), now())
                    """)
            }
        }
        try await eventually("all are told") { try await alerter.count("state = 'sent'") == 8 }
        let mail = try #require(try await mails(alerter, to: "operations@example.test").first)
        #expect(mail["subject"]?.string == "[CRITICAL] Trouble 2")
        #expect(mail["text"]?.string?.contains("With the same cause:") == true)
        #expect(mail["text"]?.string?.contains("[WARNING] Trouble 0") == true)
        #expect(try await alerter.items().count == 2)
        await alerter.stop()
    }
}
