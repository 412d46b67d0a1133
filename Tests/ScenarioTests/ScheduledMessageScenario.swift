import JSON
import Models
import Runtime
import TestSupport
import Testing

extension Scenarios {
    @Suite struct ScheduledMessage {
        @Test func aScheduledMessageIsSentAtItsTime() async throws {
            try await onCalmSystem { system in
                let time = SystemClock.now() + .seconds(3)
                let id = try await system.sendReminder(
                    to: system.plainRecipient(),
                    extra: #","scheduled_for":"\#(time.rfc3339)""#
                )
                #expect(try await system.status(of: id) == "scheduled")
                try await system.waitForStatus("read", of: id)

                let sends = try await system.sends(of: id)
                #expect(sends.count == 1)
                let late = try #require(sends.first).at - time
                #expect(late >= .zero && late <= Scenarios.lateMax, "\(late) after its time")
            }
        }
    }
}
