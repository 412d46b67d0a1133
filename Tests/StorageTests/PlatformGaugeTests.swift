import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct PlatformGaugeTests {
    @Test func whatIsOverdueClosedOpenOrUnbalancedIsSeen() async throws {
        let tenants = try await TwoTenants.make()
        let store = PlatformGaugeStore(tenants.platform)
        let before = try await store.gauges()
        #expect(before.overdue == .zero && before.closedGates == 0 && before.unbalancedTenants == 0)
        #expect(before.openAlerts.isEmpty)

        // Due soon, overdue for ten seconds, and overdue for a minute in the other queue.
        for (seconds, waitsForTurn) in [(5, false), (-10, false), (-60, true)] {
            _ = try await tenants.platform.rows(
                """
                INSERT INTO due_messages (tenant_id, message_id, due_at, to_pace)
                VALUES (\(tenants.first.id), \(MessageID(IDSource().uuid())), now() + \(seconds) * interval '1 second',
                        \(waitsForTurn))
                """)
        }
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        _ = try await alerts.open(
            AlertDraft(
                key: AlertKey(.messageCritical, tenantID: tenants.first.id, cause: "1"), title: "t", detail: "d",
                occurrences: 1))
        for cause in ["paused", "token_invalid"] {
            _ = try await tenants.platform.rows(
                """
                INSERT INTO gates (id, tenant_id, scope, subject, cause, closed_at, closed_by)
                VALUES (\(IDSource().uuid()), \(tenants.first.id), 'tenant', \(tenants.first.id.description), \(cause),
                        now(), 'test')
                """)
        }
        for (tenant, differences) in [(tenants.first, "{}"), (tenants.second, #"{"sent": {}}"#)] {
            _ = try await tenants.platform.rows(
                """
                INSERT INTO ledger_checks (tenant_id, checked_at, messages, differences)
                VALUES (\(tenant.id), now(), 1, \(differences)::jsonb)
                """)
        }
        let now = try await store.gauges()
        #expect(now.overdue >= .seconds(60) && now.overdue < .seconds(120))
        #expect(now.closedGates == 1 && now.unbalancedTenants == 1)
        #expect(now.openAlerts == ["critical": 1])
        await tenants.stop()
    }
}
