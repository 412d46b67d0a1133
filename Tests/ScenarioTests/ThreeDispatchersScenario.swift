import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct ThreeDispatchers {
        private static let environment = [
            "SEND_DEADLINE": "5s", "ATTEMPT_LEASE": "10s", "HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05",
            "SANDBOX_ENFORCE_LIMITS": "true",
        ]
        private static let names = ["dispatcher", "dispatcher-2", "dispatcher-3"]

        /// More than the sender may send, all the time; whoever sends for it dies, another one leaves in order, and
        /// both come back.
        @Test func noLimitIsBrokenWhileDispatchersDieLeaveAndCome() async throws {
            try await onOwnSystem(environment: Self.environment, copies: ["dispatcher": 3]) { system in
                let ids = try await system.whileMessagesFlow(perSecond: 85) {
                    let first = try await owner(in: system)
                    try await sendMore(200, in: system)
                    await system.killProcess(first)
                    let second = try await owner(in: system, besides: [first])
                    try await sendMore(200, in: system)
                    #expect(await system.stopProcess(second) == 0)
                    let third = try await owner(in: system, besides: [first, second])
                    try await sendMore(100, in: system)
                    #expect(!Set([first, second]).contains(third))
                    try system.startProcess(first)
                    try system.startProcess(second)
                    try await system.waitUntilReady([first, second])
                    try await sendMore(200, in: system)
                }
                #expect(Set(ids).count == ids.count)
                try await system.waitUntilAll([.read, .failed], within: .seconds(180))

                let limits = try #require(try await system.get(system.sandboxURL + "/oracle/limits").json)
                #expect(limits["breaches"]?.integer == 0, "\(limits.text)")
                #expect(try await system.states().values.reduce(0, +) == ids.count)
                #expect(try await system.sentTwice() == 0)
                // Only what a killed dispatcher had claimed may have ended without anybody's word for it.
                let failed = try await system.states()[.failed] ?? 0
                #expect(failed <= 80)
                let hits = try await system.admin.rows(
                    "SELECT by_provider FROM limit_hits WHERE limit_name = 'sender_rate'")
                #expect(try hits.contains { try !$0.value("by_provider", as: Bool.self) })
                #expect(try !hits.contains { try $0.value("by_provider", as: Bool.self) })
            }
        }

        /// Who holds the lease of the demo's sender, by its own metrics.
        private func owner(in system: TestSystem, besides: Set<String> = []) async throws -> String {
            var found = ""
            try await eventually("a dispatcher owns the sender", within: .seconds(120), every: .milliseconds(50)) {
                for name in Self.names where !besides.contains(name) {
                    let metrics = try await system.get(system.url(name) + "/metrics").text
                    let held = metrics.split(separator: "\n").first { $0.hasPrefix("tidings_dispatch_leases ") }
                    guard let held, !held.hasSuffix(" 0") else { continue }
                    found = name
                    return true
                }
                return false
            }
            return found
        }

        /// Returns when so many more have reached the stand-in.
        private func sendMore(_ count: Int, in system: TestSystem) async throws {
            let before = try await system.oracleSummary()["accepted"]?.integer ?? 0
            try await eventually("\(count) more are sent", within: .seconds(120), every: .milliseconds(50)) {
                try await system.oracleSummary()["accepted"]?.integer ?? 0 >= before + Int64(count)
            }
        }
    }
}
