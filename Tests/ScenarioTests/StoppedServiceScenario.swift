import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct StoppedService {
        /// What `ServiceRunner` gives a whole service, and a little for the process to end.
        private static let drainMax = Duration.seconds(26)

        @Test func everyServiceStopsInOrderWhileMessagesFlow() async throws {
            try await onOwnSystem(environment: ["HANDOVER_WATCH": "2s"]) { system in
                let ids = try await system.whileMessagesFlow(perSecond: 20) {
                    let first = try await system.sendSurely(to: system.plainRecipient())
                    try await system.waitForStatus("read", of: first)
                    for service in TestSystem.services {
                        let asked = ContinuousClock.now
                        #expect(await system.stopProcess(service) == 0, "\(system.logTail(of: service))")
                        #expect(ContinuousClock.now - asked < Self.drainMax, "\(service)")
                        try system.startProcess(service)
                        try await system.waitUntilReady([service])
                    }
                }
                try await system.passHandOverWatch()
                try await system.waitUntilAll([.read])
                #expect(try await system.states() == [.read: ids.count + 1])
                #expect(try await system.oracleSummary()["sends"]?.integer == Int64(ids.count + 1))
            }
        }
    }
}
