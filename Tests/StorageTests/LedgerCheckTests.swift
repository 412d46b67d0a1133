import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Figures that differ from the rows by one are found, told, and taken back when they agree again.
@Suite struct LedgerCheckTests {
    @Test func anImbalanceOfOneIsAnAlertUntilItIsMended() async throws {
        let tenants = try await TwoTenants.make()
        try await tenants.withAcceptStore { store in
            for (tenant, count) in [(tenants.first, 5), (tenants.second, 3)] {
                _ = try await store.accept(
                    AcceptRequest(tenantID: tenant.id, messages: (0..<count).map { _ in tenant.message() })
                )
            }
        }
        let ledger = LedgerCheckStore(tenants.platform, ids: IDSource())
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        // Folded or not, what was accepted is where it is.
        for isFolded in [false, true] {
            if isFolded { _ = try await CountStore(tenants.platform).fold() }
            let findings = try await Self.checkAll(ledger)
            #expect(findings.map(\.messages).sorted() == [3, 5])
            #expect(findings.map(\.isBalanced) == [true, true])
        }
        _ = try await tenants.platform.execute(
            "UPDATE message_totals SET entered = entered + 1 WHERE tenant_id = \(tenants.first.id) AND state = 1"
        )
        let found = try await Self.checkAll(ledger).first { $0.tenantID == tenants.first.id }
        #expect(
            found?.differences == [LedgerFinding.Difference(figure: "queued", counted: 6, rows: 5)]
        )
        #expect(try await alerts.openAlerts(max: 10).map(\.key) == [Self.key(tenants.first.id).description])
        let kept = try await tenants.platform.rows(
            "SELECT differences #>> '{queued,counted}' FROM ledger_checks WHERE differences <> '{}'"
        )
        #expect(try kept.first?.value(0, as: String.self) == "6")
        _ = try await tenants.platform.execute(
            "UPDATE message_totals SET entered = entered - 1 WHERE tenant_id = \(tenants.first.id) AND state = 1"
        )
        #expect(try await Self.checkAll(ledger).map(\.isBalanced) == [true, true])
        #expect(try await alerts.openAlerts(max: 10).isEmpty)
        await tenants.stop()
    }

    @Test func aMessageWithoutItsCountIsFoundToo() async throws {
        let tenants = try await TwoTenants.make()
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(
                AcceptRequest(tenantID: tenants.first.id, messages: [tenants.first.message()])
            )
        }
        _ = try await tenants.platform.execute("DELETE FROM message_count_changes")
        let finding = try await Self.checkAll(LedgerCheckStore(tenants.platform, ids: IDSource()))
            .first { $0.tenantID == tenants.first.id }
        #expect(
            finding?.differences == [
                LedgerFinding.Difference(figure: "queued", counted: 0, rows: 1),
                LedgerFinding.Difference(figure: "accepted", counted: 0, rows: 1),
            ]
        )
        await tenants.stop()
    }

    @Test func whileMessagesMoveNothingSeemsWrong() async throws {
        let tenants = try await TwoTenants.make()
        let ledger = LedgerCheckStore(tenants.platform, ids: IDSource())
        let counts = CountStore(tenants.platform)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await tenants.withAcceptStore { store in
                    for _ in 0..<30 {
                        _ = try await store.accept(
                            AcceptRequest(
                                tenantID: tenants.first.id,
                                messages: (0..<7).map { _ in tenants.first.message() }
                            )
                        )
                    }
                }
            }
            group.addTask { for _ in 0..<30 { _ = try await counts.fold(max: 11) } }
            group.addTask {
                for _ in 0..<30 {
                    let findings = try await Self.checkAll(ledger)
                    #expect(findings.flatMap(\.differences) == [])
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Self.checkAll(ledger).map(\.messages).max() == 210)
        await tenants.stop()
    }

    @Test func aTenantThatWasJustCheckedIsNotDue() async throws {
        let tenants = try await TwoTenants.make()
        let ledger = LedgerCheckStore(tenants.platform, ids: IDSource())
        for _ in 0..<2 { #expect(try await ledger.checkNext(every: .seconds(60), draft: Self.draft) != nil) }
        #expect(try await ledger.checkNext(every: .seconds(60), draft: Self.draft) == nil)
        await tenants.stop()
    }

    /// Each of the two tenants once.
    private static func checkAll(_ ledger: LedgerCheckStore) async throws -> [LedgerFinding] {
        var findings: [LedgerFinding] = []
        for _ in 0..<2 {
            if let (finding, _) = try await ledger.checkNext(every: .zero, draft: draft) {
                findings.append(finding)
            }
        }
        return findings
    }

    private static func key(_ tenantID: TenantID) -> AlertKey {
        AlertKey(.ledgerImbalance, tenantID: tenantID)
    }

    private static func draft(_ finding: LedgerFinding) -> AlertDraft {
        AlertDraft(key: key(finding.tenantID), title: "t", detail: "d", occurrences: 1)
    }
}
