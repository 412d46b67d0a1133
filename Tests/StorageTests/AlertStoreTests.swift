import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Every critical failure leads to exactly one occurrence of one alert.
@Suite struct AlertStoreTests {
    @Test func failuresOfOneCauseAreOneAlert() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        try await Self.fail(tenants.first, code: 131_026, count: 3, in: tenants)
        try await Self.fail(tenants.first, code: 131_000, count: 1, in: tenants)
        try await Self.fail(tenants.second, code: 131_026, count: 1, in: tenants)
        let first = try await alerts.alertCriticalFailures(draft: Self.draft)
        #expect(first.news.map(\.kind) == [.raised, .raised, .raised])
        #expect(!first.hasMore)
        #expect(try await alerts.alertCriticalFailures(draft: Self.draft).news.isEmpty)
        try await Self.fail(tenants.first, code: 131_026, count: 2, in: tenants)
        let second = try await alerts.alertCriticalFailures(draft: Self.draft)
        #expect(second.news.map(\.kind) == [.updated])
        #expect(first.news.map(\.alertID).contains(second.news.first?.alertID))
        let open = try await alerts.openAlerts(max: 10)
        #expect(open.count == 3)
        #expect(open.map(\.occurrences).sorted() == [1, 1, 5])
        await tenants.stop()
    }

    @Test func twoMonitorsAtOnceCountEachFailureOnce() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<20 { try await Self.fail(tenants.first, code: 131_026, count: 4, in: tenants) }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<30 { _ = try await alerts.alertCriticalFailures(max: 5, draft: Self.draft) }
                }
            }
            try await group.waitForAll()
        }
        while try await alerts.alertCriticalFailures(max: 50, draft: Self.draft).hasMore {}
        let open = try await alerts.openAlerts(max: 10)
        #expect(open.map(\.occurrences) == [80])
        await tenants.stop()
    }

    @Test func aQuietAlertIsResolvedAndTheSameTroubleSoonAfterOpensItAgain() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let draft = AlertDraft(
            key: AlertKey(.messageCritical, tenantID: tenants.first.id, cause: "1"),
            title: "t",
            detail: "d",
            occurrences: 1
        )
        let raised = try await alerts.open(draft)
        #expect(try await alerts.resolveQuiet([.messageCritical], for: .seconds(60)).isEmpty)
        #expect(try await alerts.resolveQuiet([.webhookTimeout], for: .seconds(-1)).isEmpty)
        let resolved = try await alerts.resolveQuiet([.messageCritical], for: .seconds(-1))
        #expect(resolved.map(\.kind) == [.resolved])
        let again = try await alerts.open(draft)
        #expect(again.kind == .raised)
        #expect(again.alertID == raised.alertID)
        #expect(try await alerts.openAlerts(max: 10).map(\.occurrences) == [2])
        // Long after, it is another trouble.
        _ = try await tenants.platform.execute("UPDATE alerts SET resolved_at = now() - interval '2 hours'")
        #expect(try await alerts.open(draft).alertID != raised.alertID)
        await tenants.stop()
    }

    private static func draft(for group: CriticalGroup) -> AlertDraft {
        AlertDraft(
            key: AlertKey(.messageCritical, tenantID: group.tenantID, cause: "\(group.errorCode ?? 0)"),
            title: "t",
            detail: "d",
            occurrences: group.messages
        )
    }

    private static func fail(_ tenant: TestTenant, code: Int, count: Int, in tenants: TwoTenants) async throws
    {
        let ids = IDSource()
        for _ in 0..<count {
            _ = try await tenants.database.pipeline([
                .actFor(tenant.id),
                """
                INSERT INTO critical_failures (tenant_id, message_id, sender_id, error_code, failed_at)
                VALUES (\(tenant.id), \(ids.uuid()), \(tenant.senderID), \(Int32(code)), now())
                """,
            ])
        }
    }
}
