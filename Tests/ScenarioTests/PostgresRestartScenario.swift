import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct PostgresRestart {
        @Test func postgresMayBeRestartedWhileMessagesFlow() async throws {
            let cluster = try await PostgresServer.cluster()
            let database = try await PostgresServer.database(inClusterAt: cluster.url)
            try await onOwnSystem(environment: ["HANDOVER_WATCH": "2s"], database: database) { system in
                let ids = try await system.whileMessagesFlow(perSecond: 20) {
                    let first = try await system.sendSurely(to: system.plainRecipient())
                    try await system.waitForStatus("read", of: first)
                    try await PostgresServer.stopCluster(in: cluster.directory)
                    let refused = try await system.post(TestSystem.reminder(to: system.plainRecipient()))
                    #expect(refused.status == 503)
                    #expect(refused.header("Retry-After").flatMap(Int.init) != nil)
                    #expect(refused.json?["code"]?.string == "storage_unavailable")
                    #expect(try await system.get(system.url("ingest-api") + "/readyz").status == 503)
                    try await PostgresServer.startCluster(in: cluster.directory)
                    let second = try await system.sendSurely(to: system.plainRecipient())
                    try await system.waitForStatus("read", of: second)
                }
                try await system.passHandOverWatch()
                try await system.waitUntilAll([.read])
                #expect(try await system.states() == [.read: ids.count + 2])
                #expect(try await system.sentTwice() == 0)
            }
            try await PostgresServer.stopCluster(in: cluster.directory)
        }
    }
}
