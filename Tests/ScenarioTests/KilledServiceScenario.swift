import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct KilledService {
        private static let environment = [
            "SEND_DEADLINE": "5s", "ATTEMPT_LEASE": "10s", "HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05",
        ]

        /// Every service in turn, while a tenant goes on sending.
        @Test func noServiceThatIsKilledLosesAMessageOrSendsItTwice() async throws {
            try await onOwnSystem(environment: Self.environment) { system in
                let ids = try await system.whileMessagesFlow(perSecond: 20) {
                    for service in TestSystem.services {
                        await system.killProcess(service)
                        try system.startProcess(service)
                        try await system.waitUntilReady([service])
                        // The whole way is open again, with the new process on it.
                        let probe = try await system.sendSurely(to: system.plainRecipient())
                        try await system.waitForStatus("read", of: probe)
                    }
                }
                #expect(Set(ids).count == ids.count)
                try await system.passHandOverWatch()
                try await system.waitUntilAll([.read, .failed])

                let states = try await system.states()
                #expect(states.values.reduce(0, +) == ids.count + TestSystem.services.count)
                // Claimed by a dispatcher that was killed before the first byte left: nobody can vouch for such a
                // message, so the policy for reminders gives it up, and says so.
                let givenUp = try await system.admin.rows(
                    """
                    SELECT s.id, coalesce(bool_or(e.detail ->> 'reason' = 'unanswered'), false) AS by_policy
                    FROM message_states s JOIN message_events e ON e.tenant_id = s.tenant_id AND e.message_id = s.id
                    WHERE s.state = \(MessageState.failed.rawValue) GROUP BY s.id
                    """
                )
                for row in givenUp {
                    #expect(try row.value("by_policy", as: Bool.self))
                    let sends = try await system.sends(of: try row.value("id"))
                    #expect(sends.isEmpty || !sends.contains { $0.isAccepted })
                }
                #expect(try await system.sentTwice() <= system.unansweredResends())
                #expect(try await system.sentTwice() == 0)
            }
        }
    }
}
