import JSON
import Models
import Runtime
import TestSupport
import Testing

extension Scenarios {
    @Suite struct ExpiredMessage {
        @Test func whatCameTooLateIsNeverSent() async throws {
            try await onCalmSystem { system in
                #expect(await system.stopProcess("dispatcher") == 0)
                let expiry = SystemClock.now() + .seconds(3)
                let late = try await system.sendReminder(
                    to: system.plainRecipient(),
                    extra: #","expires_at":"\#(expiry.rfc3339)""#
                )
                let inTime = try await system.sendReminder(to: system.plainRecipient())
                try await eventually("it has expired") { SystemClock.now() > expiry }
                try system.startProcess("dispatcher")
                try await system.waitForStatus("expired", of: late)
                try await system.waitForStatus("read", of: inTime)
                #expect(try await system.sends(of: late).isEmpty)
                #expect(try await system.message(late)["attempts"]?.elements?.count == 0)
            }
        }
    }
}
