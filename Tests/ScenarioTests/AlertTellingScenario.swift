import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    /// From a message that fails for good to people who were told, with two alerters and a clock of seconds.
    @Suite struct AlertTelling {
        private static let environment = [
            "RETRY_TIME_SCALE": "0.01", "ALERT_REMIND_AFTER": "2s", "ALERT_ESCALATE_AFTER": "4s", "ALERT_REPEATS_MAX": "0",
            "ESCALATION_EMAIL": "chief@tidings.example", "DIGEST_AT": "00:00",
        ]

        private func mails(_ system: TestSystem, to address: String, holding text: String) async throws -> [JSONValue] {
            try await system.inbox("mail", holding: text).filter { $0["to"]?.elements?.first?.string == address }
        }

        /// Of a message in Slack: where its button leads.
        private func acknowledging(_ message: JSONValue) throws -> String {
            let raw = try JSONDocument(parsing: Array((message["raw"]?.string ?? "").utf8)).root
            let buttons = (raw["blocks"]?.elements ?? []).flatMap { $0["elements"]?.elements ?? [] }
            return try #require(
                buttons.first { $0["text"]?["text"]?.string == "Acknowledge" }?["url"]?.string, "no button")
        }

        @Test func anAlertIsToldRemindedEscalatedAcknowledgedAndResolvedAndNothingIsLost() async throws {
            try await onOwnSystem(environment: Self.environment, copies: ["alerter": 2]) { system in
                // Told once on each channel, however often it happens.
                for _ in 0..<2 {
                    let id = try await system.sendReminder(to: system.recipient(ending: 500))
                    try await system.waitForStatus("failed", of: id)
                }
                try await eventually("it is escalated", within: .seconds(20)) {
                    try await self.mails(system, to: "chief@tidings.example", holding: "[ESCALATED]").count == 1
                }
                for channel in ["slack", "mail"] {
                    #expect(try await system.inbox(channel, holding: "[CRITICAL]").count == 1)
                    #expect(try await system.inbox(channel, holding: "[REMINDER]").count == 1)
                }

                // Acknowledged from Slack, by somebody without an account.
                let first = try #require(try await system.inbox("slack", holding: "[CRITICAL]").first)
                let link = try acknowledging(first)
                #expect(link.hasPrefix(system.monitorURL + "/alerts/ack?t="))
                _ = try await system.admin.execute(
                    "UPDATE alerts SET acknowledged_at = now(), acknowledged_by = 'Slack' WHERE resolved_at IS NULL")
                let acknowledged = try await system.admin.rows("SELECT 1 FROM alerts WHERE acknowledged_at IS NOT NULL")
                #expect(acknowledged.count == 1)

                // Slack is away: mail tells, and Slack gets everything when it is back.
                _ = try await system.request("POST", system.sandboxURL + "/oracle/slack", body: Array(#"{"fail":100000}"#.utf8))
                _ = try await system.admin.execute(
                    """
                    INSERT INTO alerts (id, key, code, severity, title, detail, opened_at, updated_at)
                    SELECT gen_random_uuid(), 'test ' || n, 'SERVICE_DOWN', 'critical', 'Outage ' || n, 'why', now(), now()
                    FROM generate_series(1, 3) n
                    """)
                try await eventually("mail has told it", within: .seconds(20)) {
                    try await self.mails(system, to: "operations@tidings.example", holding: "[CRITICAL] Outage").count == 3
                }
                #expect(try await system.inbox("slack", holding: "Outage").isEmpty)
                _ = try await system.admin.execute("UPDATE alerts SET resolved_at = now() WHERE resolved_at IS NULL")
                _ = try await system.request("POST", system.sandboxURL + "/oracle/slack", body: Array(#"{"fail":0}"#.utf8))
                try await eventually("nothing is owed any more", within: .seconds(30)) {
                    try await system.admin.rows("SELECT 1 FROM notifications WHERE state IN ('due', 'sending')").isEmpty
                }
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
