import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Whatever is closed has an open alert, and what has opened has none.
@Suite struct GateAlertTests {
    @Test func aClosedGateHasOneAlertUntilItOpens() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let gate = try await Self.close(
            .sender,
            tenants.first.senderID.description,
            .tokenInvalid,
            in: tenants
        )
        try await Self.close(.batch, IDSource().uuid().description, .paused, in: tenants)
        let raised = try await alerts.alertClosedGates(drafts: Self.drafts)
        #expect(raised.map(\.kind) == [.raised])
        #expect(raised.map(\.tenantID) == [tenants.first.id])
        #expect(try await alerts.alertClosedGates(drafts: Self.drafts).isEmpty)
        // Another kind of trouble is not touched by what gates do.
        _ = try await alerts.open(
            AlertDraft(
                key: AlertKey(.messageCritical, tenantID: nil, cause: "1"),
                title: "t",
                detail: "d",
                occurrences: 1
            )
        )
        _ = try await tenants.platform.execute("UPDATE gates SET opened_at = now() WHERE id = \(gate)")
        let resolved = try await alerts.alertClosedGates(drafts: Self.drafts)
        #expect(resolved.map(\.kind) == [.resolved])
        #expect(resolved.map(\.alertID) == raised.map(\.alertID))
        #expect(try await alerts.openAlerts(max: 10).map(\.code) == ["MESSAGE_CRITICAL"])
        await tenants.stop()
    }

    @Test func theHeldMessagesOfAGateAreCountedAndItsNameIsKnown() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let gate = try await Self.close(
            .template,
            tenants.first.templateID.description,
            .templatePaused,
            in: tenants
        )
        let ids = IDSource()
        for _ in 0..<3 {
            _ = try await tenants.platform.execute(
                """
                INSERT INTO due_messages (tenant_id, message_id, due_at, gate_id)
                VALUES (\(tenants.first.id), \(ids.uuid()), now(), \(gate))
                """
            )
        }
        _ = try await alerts.alertClosedGates(drafts: Self.drafts)
        let open = try await alerts.openAlerts(max: 10)
        #expect(open.map(\.title) == ["first: order_shipped (en): 3"])
        await tenants.stop()
    }

    @Test func anAlertWhoseGateFluttersIsNotResolvedAtOnce() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let gate = try await Self.close(.provider, "meta@1", .outage, in: tenants)
        #expect(try await alerts.alertClosedGates(drafts: Self.drafts).map(\.kind) == [.raised])
        _ = try await tenants.platform.execute("UPDATE gates SET opened_at = now() WHERE id = \(gate)")
        #expect(try await alerts.alertClosedGates(drafts: Self.drafts).isEmpty)
        _ = try await tenants.platform.execute("UPDATE alerts SET updated_at = now() - interval '2 minutes'")
        #expect(try await alerts.alertClosedGates(drafts: Self.drafts).map(\.kind) == [.resolved])
        await tenants.stop()
    }

    private static func drafts(_ gates: [ShownGate], _ now: Timestamp) -> [AlertDraft] {
        gates.compactMap { shown in
            shown.gate.cause.alert.map { code in
                AlertDraft(
                    key: AlertKey(
                        code,
                        tenantID: shown.gate.tenantID,
                        cause: AlertStore.gateCausePrefix + shown.gate.subject
                    ),
                    title:
                        "\(shown.business ?? "several"): \(shown.subjectName ?? shown.gate.subject): \(shown.held)",
                    detail: "d",
                    occurrences: 1
                )
            }
        }
    }

    @discardableResult
    private static func close(
        _ scope: GateScope,
        _ subject: String,
        _ cause: GateCause,
        in tenants: TwoTenants
    )
        async throws -> GateID
    {
        let id = GateID(IDSource().uuid())
        let tenantID = scope == .provider ? nil : tenants.first.id
        _ = try await tenants.platform.execute(
            """
            INSERT INTO gates (id, tenant_id, scope, subject, cause, closed_at, closed_by)
            VALUES (\(id), \(tenantID as TenantID?), \(scope.rawValue), \(subject), \(cause.rawValue), now(), 'test')
            """
        )
        return id
    }
}
