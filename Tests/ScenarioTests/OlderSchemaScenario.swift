import Storage
import TestSupport
import Testing

extension Scenarios {
    @Suite struct OlderSchema {
        @Test func everyServiceRefusesASchemaThatIsTooOldAndNamesTheCommand() async throws {
            let older = try await PostgresServer.database(migratedTo: SchemaCheck.version - 1)
            let empty = try await PostgresServer.database(migrated: false)
            for service in TestSystem.services {
                let refusal = try await TestSystem.runToEnd(service, on: older)
                #expect(refusal.status == 1, "\(service): \(refusal.log)")
                #expect(refusal.log.contains("run deploy/migrate"), "\(service): \(refusal.log)")
            }
            let refusal = try await TestSystem.runToEnd("ingest-api", on: empty)
            #expect(refusal.status == 1 && refusal.log.contains("run deploy/migrate"), "\(refusal.log)")
        }
    }
}
