import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct TransientFailure {
        /// The preset `quick`, on a clock ten times as fast as the tenant's.
        private static let waits: [Duration] = [
            .milliseconds(500), .milliseconds(1_000), .milliseconds(1_500),
        ]

        @Test func threeRetriesComeInTimeAndThenPeopleAreAlertedOnce() async throws {
            try await onCalmSystem { system in
                let id = try await system.sendReminder(to: system.recipient(ending: 500))
                try await system.waitForStatus("failed", of: id)

                let sends = try await system.sends(of: id)
                #expect(sends.map(\.attempt) == [1, 2, 3, 4])
                #expect(sends.allSatisfy { !$0.isAccepted && $0.timesSeen == 1 })
                for (wait, pair) in zip(Self.waits, zip(sends, sends.dropFirst())) {
                    let gap = pair.1.at - pair.0.at
                    #expect(gap >= wait && gap <= wait + Scenarios.lateMax, "waited \(gap) instead of \(wait)")
                }
                let message = try await system.message(id)
                #expect(message["is_critical"]?.boolean == true)
                #expect(message["retry_count"]?.integer == 3)
                #expect(message["error"]?["code"]?.integer == 131_000)
                #expect(message.timelineTypes.filter { $0 == "waiting" }.count == 3)

                for channel in ["slack", "mail"] {
                    try await eventually("an alert by \(channel)", every: .milliseconds(50)) {
                        try await !system.inbox(channel, holding: "131000").isEmpty
                    }
                }
                try await eventually("nobody is to be told anything more", every: .milliseconds(50)) {
                    try await system.admin.rows(
                        "SELECT 1 FROM notifications WHERE state IN ('due', 'sending')"
                    ).isEmpty
                }
                for channel in ["slack", "mail"] {
                    #expect(try await system.inbox(channel, holding: "131000").count == 1)
                }
            }
        }
    }
}
