import JSON
import Models
import Postgres
import TestSupport
import Testing

@testable import alerter

/// What happens while nobody says that they look after an alert.
@Suite struct AlerterEscalationTests {
    private static let secondLine = [
        "ALERT_REMIND_AFTER": "1h", "ALERT_ESCALATE_AFTER": "2h", "ALERT_REPEAT_EVERY": "1h", "ALERT_REPEATS_MAX": "50",
        "ESCALATION_EMAIL": "chief@example.test",
    ]

    private func mails(_ alerter: RunningAlerter, to address: String) async throws -> [JSONValue] {
        try await alerter.items().filter { $0["to"]?.elements?.first?.string == address }.reversed()
    }

    private func subjects(_ alerter: RunningAlerter, to address: String) async throws -> [String] {
        try await mails(alerter, to: address).compactMap { $0["subject"]?.string }
    }

    private func told(_ count: Int, of id: AlertID, _ alerter: RunningAlerter) async throws {
        try await eventually("\(count) notifications are told") {
            try await alerter.count("alert_id = '\(id)' AND state = 'sent'") == count
        }
    }

    @Test func anAlertIsRemindedEscalatedAndLeftAloneOnceAcknowledged() async throws {
        let alerter = try await RunningAlerter.start(environment: Self.secondLine)
        let id = try await alerter.raise("Fire")
        try await told(2, of: id, alerter)
        try await alerter.letNextStepCome(id)
        try await told(4, of: id, alerter)
        try await alerter.letNextStepCome(id)
        try await told(7, of: id, alerter)
        let first = try await subjects(alerter, to: "operations@example.test")
        #expect(first == ["[CRITICAL] Fire", "[REMINDER] Fire", "[ESCALATED] Fire"])
        #expect(try await subjects(alerter, to: "chief@example.test") == ["[ESCALATED] Fire"])
        _ = try await alerter.database.execute(
            "UPDATE alerts SET acknowledged_at = now(), acknowledged_by = 'ada' WHERE id = \(id)")
        try await alerter.letNextStepCome(id)
        // Whoever tells of another one has looked at this one too.
        let other = try await alerter.raise("Flood")
        try await told(2, of: other, alerter)
        try await alerter.letNextStepCome(other)
        try await told(4, of: other, alerter)
        #expect(try await alerter.count("alert_id = '\(id)'") == 7)
        let history = try await alerter.database.rows("SELECT what, who FROM alert_history WHERE alert_id = \(id)")
        #expect(try history.map { try $0.value("what", as: String.self) } == ["escalated"])
        // Who was only told of the escalation is told that it is over, like everybody else, and each once.
        try await alerter.resolve(id)
        try await told(10, of: id, alerter)
        #expect(try await subjects(alerter, to: "chief@example.test").last == "[RESOLVED] Fire")
        await alerter.stop()
    }

    @Test func mailsOfOneAlertHangTogether() async throws {
        let alerter = try await RunningAlerter.start(environment: Self.secondLine)
        let id = try await alerter.raise("Fire")
        try await told(2, of: id, alerter)
        try await alerter.letNextStepCome(id)
        try await told(4, of: id, alerter)
        let raw = try await mails(alerter, to: "operations@example.test").compactMap { $0["raw"]?.string }
        #expect(raw.first?.contains("\r\nMessage-ID: <a.\(id)@example.test>") == true)
        #expect(raw.first?.contains("In-Reply-To") == false)
        #expect(raw.dropFirst().first?.contains("\r\nIn-Reply-To: <a.\(id)@example.test>") == true)
        #expect(raw.dropFirst().first?.contains("\r\nReferences: <a.\(id)@example.test>") == true)
        await alerter.stop()
    }

    @Test func whatIsSilencedIsToldWhenTheSilenceIsOver() async throws {
        let alerter = try await RunningAlerter.start(environment: Self.secondLine)
        let id = try await alerter.raise("Fire", isSilenced: true)
        let other = try await alerter.raise("Flood")
        try await told(2, of: other, alerter)
        try await alerter.letNextStepCome(id, other)
        try await told(4, of: other, alerter)
        #expect(try await alerter.count("alert_id = '\(id)'") == 0)
        _ = try await alerter.database.execute("UPDATE alerts SET silenced_until = now() WHERE id = \(id)")
        try await eventually("it is told after all") {
            try await subjects(alerter, to: "operations@example.test").contains("[CRITICAL] Fire")
        }
        try await alerter.letNextStepCome(id)
        try await eventually("and escalated") {
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
