import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    /// From a message that fails for good to people who were told, with two alerters and a clock of seconds.
    @Suite struct AlertTelling {
        private static let environment = [
            "RETRY_TIME_SCALE": "0.01", "ALERT_REMIND_AFTER": "4s", "ALERT_ESCALATE_AFTER": "8s", "ALERT_REPEATS_MAX": "0",
            "ESCALATION_EMAIL": "chief@tidings.example", "DIGEST_AT": "00:00",
        ]

        private func mails(_ system: TestSystem, to address: String, holding text: String) async throws -> [JSONValue] {
            try await system.inbox("mail", holding: text).filter { $0["to"]?.elements?.first?.string == address }
        }

        private func isNothingOwed(_ system: TestSystem) async throws {
            try await eventually("nothing is owed any more") {
                try await system.admin.rows("SELECT 1 FROM notifications WHERE state IN ('due', 'sending')").isEmpty
            }
        }

        @Test func anAlertIsToldRemindedEscalatedAcknowledgedAndResolvedAndNothingIsLost() async throws {
            try await onOwnSystem(environment: Self.environment, copies: ["alerter": 2]) { system in
                // Told once on each channel, however often it happens.
                for _ in 0..<2 {
                    let id = try await system.sendReminder(to: system.recipient(ending: 500))
                    try await system.waitForStatus("failed", of: id)
                }
                try await eventually("it is escalated") {
                    try await self.mails(system, to: "chief@tidings.example", holding: "[ESCALATED]").count == 1
                }
                try await isNothingOwed(system)
                for channel in ["slack", "mail"] {
                    #expect(try await system.inbox(channel, holding: "[CRITICAL]").count == 1)
                    #expect(try await system.inbox(channel, holding: "[REMINDER]").count == 1)
                }

                // Acknowledged from Slack, by somebody without an account.
                let first = try #require(try await system.inbox("slack", holding: "[CRITICAL]").first)
                let link = try #require(TestSystem.acknowledgeLink(first), "no button")
                #expect(link.hasPrefix(system.monitorURL + "/alerts/ack?t="))
                func acknowledged() async throws -> [Row] {
                    try await system.admin.rows("SELECT acknowledged_by FROM alerts WHERE acknowledged_at IS NOT NULL")
                }
                // Slack looks at links by itself, to show a preview.
                #expect(try await system.get(link).status == 200)
                #expect(try await acknowledged().isEmpty)
                #expect(try await system.pressAcknowledge(link).status == 200)
                #expect(try await acknowledged().map { try $0.value("acknowledged_by", as: String.self) } == ["Slack"])

                // Slack is away: mail tells, and Slack gets everything when it is back.
                _ = try await system.request("POST", system.sandboxURL + "/oracle/slack", body: Array(#"{"fail":100000}"#.utf8))
                _ = try await system.admin.execute(
                    """
                    INSERT INTO alerts (id, key, code, severity, title, detail, opened_at, updated_at)
                    SELECT gen_random_uuid(), 'test ' || n, 'SERVICE_DOWN', 'critical', 'Outage ' || n, 'why', now(), now()
                    FROM generate_series(1, 3) n
                    """)
                try await eventually("mail has told it") {
                    try await self.mails(system, to: "operations@tidings.example", holding: "[CRITICAL] Outage").count == 3
                }
                #expect(try await system.inbox("slack", holding: "Outage").isEmpty)
                _ = try await system.admin.execute("UPDATE alerts SET resolved_at = now() WHERE resolved_at IS NULL")
                _ = try await system.request("POST", system.sandboxURL + "/oracle/slack", body: Array(#"{"fail":0}"#.utf8))
                try await eventually("Slack has told the end of everything") {
                    try await system.inbox("slack", holding: "[RESOLVED]").count >= 4
                }
                try await isNothingOwed(system)
                for title in ["[CRITICAL] Outage", "[RESOLVED] Outage"] {
                    #expect(try await system.inbox("slack", holding: title).count == 3)
                }
                let resolved = try await system.inbox("slack", holding: "[RESOLVED]").count
                #expect(resolved == 4)

                // Both copies ran when the day's digest came due.
                let digests = try await system.admin.rows("SELECT state FROM notifications WHERE kind = 'digest'")
                #expect(try digests.map { try $0.value("state", as: String.self) } == ["sent", "sent"])
                #expect(try await system.inbox("mail", holding: "Your day with Tidings").count == 1)
            }
        }
    }
}
