import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct SweepOnDemand {
        @Test func failedMessagesAreFoundAndSentAgainByWhoKnowsTheSecret() async throws {
            try await onOwnSystem(environment: ["RETRY_TIME_SCALE": "0.02", "SWEEP_INTERVAL": "1h"]) { system in
                _ = try await system.admin.execute("UPDATE tenants SET auto_retry_enabled = false")
                // Refused for a reason that may pass, and for one that will not.
                let mayHeal = try await system.sendReminder(to: system.recipient(ending: 500))
                let never = try await system.sendReminder(to: system.recipient(ending: 26))
                try await system.waitForStatus("failed", of: mayHeal)
                try await system.waitUntilAll([.failed, .undelivered])

                #expect(try await sweep(system, secret: "another").status == 401)
                #expect(try await sweep(system, secret: nil).status == 401)
                let off = try await sweep(system)
                #expect(off.status == 200, "\(off.text)")
                #expect(off.json?["retried"]?.integer == 0)
                #expect(off.json?["skipped"]?["automatic_retries_off"]?.integer == 1, "\(off.text)")

                _ = try await system.admin.execute("UPDATE tenants SET auto_retry_enabled = true")
                var last = mayHeal
                var made = 0
                while true {
                    let answer = try await sweep(system)
                    if answer.json?["retried"]?.integer == 0 {
                        #expect(answer.json?["skipped"]?["retries_used_up"]?.integer == 1, "\(answer.text)")
                        break
                    }
                    made += 1
                    last = try #require(
                        try await system.admin.rows(
                            "SELECT child_message_id FROM message_retries WHERE parent_message_id = \(last)"
                        ).first?.value(0))
                    try await system.waitForStatus("failed", of: last)
                    #expect(try await !system.sends(of: last).isEmpty)
                }
                // Repetitions count among the tenant's three retries.
                #expect((1...3).contains(made))
                #expect(try await system.sends(of: never).count <= 1)
                try await isSingleFlight(system)
            }
        }

        private func isSingleFlight(_ system: TestSystem) async throws {
            let other = Database(DatabaseSettings(url: system.database.platformURL, poolSize: 1))
            try await other.start()
            _ = try await other.rows("SELECT pg_advisory_lock(hashtext('sweep'))")
            let busy = try await sweep(system)
            #expect(busy.status == 409)
            #expect(busy.json?["code"]?.string == "sweep_running")
            await other.stop()
        }

        private func sweep(
            _ system: TestSystem, secret: String? = TestSystem.cronSecret
        ) async throws -> TestSystem.Answer {
            try await system.request(
                "POST", system.url("retry-scheduler") + "/v1/retries/run",
                headers: secret.map { [("Authorization", "Bearer \($0)")] } ?? [])
        }
    }
}
