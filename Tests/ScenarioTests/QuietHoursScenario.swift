import Models
import Postgres
import Runtime
import TestSupport
import Testing

extension Scenarios {
    @Suite struct QuietHoursScenario {
        @Test func whatIsDueInQuietHoursGoesOutWhenTheyEndAndLoginCodesAtOnce() async throws {
            try await onOwnSystem { system in
                // The tenant's clock is five and a half hours ahead.
                let rows = try await system.admin.rows(
                    """
                    UPDATE tenants SET time_zone = 'Asia/Kolkata',
                        quiet_from = date_trunc('second', now() AT TIME ZONE 'Asia/Kolkata' - interval '1 hour')::time,
                        quiet_to = date_trunc('second', now() AT TIME ZONE 'Asia/Kolkata' + interval '15 seconds')::time
                    RETURNING date_trunc('second', now()) + interval '15 seconds' AS ends_at
                    """)
                let end: Timestamp = try #require(try rows.first?.value("ends_at"))
                let due = SystemClock.now() + .seconds(2)
                let extra = #","scheduled_for":"\#(due.rfc3339)""#
                let reminder = try await system.sendReminder(to: system.plainRecipient(), extra: extra)
                let code = try await system.send(TestSystem.loginCode(to: system.plainRecipient(), extra: extra))
                try await system.waitForStatus("read", of: code)
                #expect(try await system.status(of: reminder) == "scheduled")
                try await system.waitForStatus("read", of: reminder)

                let codeSent = try #require(try await system.sends(of: code).first).at
                #expect(codeSent >= due && codeSent < end, "the login code went at \(codeSent)")
                let sent = try #require(try await system.sends(of: reminder).first).at
                #expect(sent >= end && sent <= end + Scenarios.lateMax, "\(sent - end) after the end")
            }
        }
    }
}
