import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct OwnRetryList {
        @Test func aTenantsOwnDelaysAreKept() async throws {
            try await onOwnSystem(environment: ["RETRY_TIME_SCALE": "0.1"]) { system in
                _ = try await system.admin.execute(
                    """
                    UPDATE tenants SET retry_preset = 'own', retry_delays_seconds = '{10, 25}', max_retries = 2
                    """)
                let refused = try await system.sendReminder(to: system.recipient(ending: 500))
                try await system.waitForStatus("failed", of: refused)
                let sends = try await system.sends(of: refused)
                #expect(sends.map(\.attempt) == [1, 2, 3])
                for (wait, pair) in zip([Duration.seconds(1), .milliseconds(2_500)], zip(sends, sends.dropFirst())) {
                    let gap = pair.1.at - pair.0.at
                    #expect(gap >= wait && gap <= wait + Scenarios.lateMax, "waited \(gap) instead of \(wait)")
                }
                #expect(try await system.message(refused)["is_critical"]?.boolean == true)
            }
        }
    }
}
