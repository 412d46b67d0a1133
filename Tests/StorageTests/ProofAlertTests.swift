import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// What must never pass unseen becomes an alert exactly once, however often monitors look.
@Suite struct ProofAlertTests {
    @Test func anUnknownCodeIsToldOnceAndAgainWhenItComesBack() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        try await Self.see(131_999, times: 3, in: tenants)
        let first = try await alerts.alertUnknownCodes(draft: Self.draft)
        #expect(first.map(\.kind) == [.raised])
        #expect(try await alerts.alertUnknownCodes(draft: Self.draft).isEmpty)
        #expect(try await alerts.openAlerts(max: 10).map(\.occurrences) == [3])
        // It keeps coming: the figure follows, not more often than once a minute.
        try await Self.see(131_999, times: 4, in: tenants)
        #expect(try await alerts.alertUnknownCodes(draft: Self.draft).isEmpty)
        _ = try await tenants.platform.execute("UPDATE alerts SET updated_at = now() - interval '2 minutes'")
        #expect(try await alerts.alertUnknownCodes(draft: Self.draft).map(\.kind) == [.updated])
        #expect(try await alerts.openAlerts(max: 10).map(\.occurrences) == [7])
        // Over, and quiet; hours later it is there again.
        _ = try await tenants.platform.execute("UPDATE alerts SET resolved_at = now() - interval '3 hours'")
        _ = try await tenants.platform.execute(
            "UPDATE unknown_codes SET last_seen_at = now() - interval '4 hours'"
        )
        #expect(try await alerts.alertUnknownCodes(draft: Self.draft).isEmpty)
        try await Self.see(131_999, times: 1, in: tenants)
        let again = try await alerts.alertUnknownCodes(draft: Self.draft)
        #expect(again.map(\.kind) == [.raised])
        #expect(again.first?.alertID != first.first?.alertID)
        #expect(try await alerts.openAlerts(max: 10).map(\.occurrences) == [1])
        await tenants.stop()
    }

    @Test func duplicatesAreCountedPerTenantAndNamed() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let ids = IDSource()
        for (tenant, count) in [(tenants.first, 3), (tenants.second, 1)] {
            for _ in 0..<count {
                _ = try await tenants.platform.execute(
                    """
                    INSERT INTO confirmed_duplicates (tenant_id, message_id, sender_id, found_at)
                    VALUES (\(tenant.id), \(ids.uuid()), \(tenant.senderID), now())
                    """
                )
            }
        }
        let (news, hasMore) = try await alerts.alertDuplicates { group in
            AlertDraft(
                key: AlertKey(.duplicateConfirmed, tenantID: group.tenantID),
                title: group.tenantName,
                detail: group.messages.map(\.description).joined(separator: " "),
                occurrences: group.messages.count
            )
        }
        #expect(news.map(\.kind) == [.raised, .raised])
        #expect(!hasMore)
        let open = try await alerts.openAlerts(max: 10).sorted { $0.title < $1.title }
        #expect(open.map(\.title) == ["first", "second"])
        #expect(open.map(\.occurrences) == [3, 1])
        let marked = try await tenants.platform.rows(
            "SELECT count(*) FROM confirmed_duplicates c JOIN alerts a ON a.id = c.alert_id AND a.tenant_id = c.tenant_id"
        )
        #expect(try marked.first?.value(0, as: Int.self) == 4)
        await tenants.stop()
    }

    @Test func sendsRepeatedByPolicyAreCountedWhileCountsAreFoldedAndToldOnce() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let at = Timestamp(microseconds: 1_790_000_000_000_000)
        let changes = [(2, 3, 9), (3, 1, 4), (3, 6, 2), (3, 8, 1), (3, 9, 2), (1, 2, 4), (4, 1, 5)]
        for (from, to, messages) in changes {
            try await CountStoreTests.change(
                tenants.first,
                from: from,
                to: to,
                messages,
                at: at,
                in: tenants.database
            )
        }
        _ = try await CountStore(tenants.platform).fold()
        let days = try await tenants.platform.rows(
            "SELECT day::text, resent, proven, ended FROM unanswered_days"
        )
        #expect(days.count == 1)
        #expect(try days.first?.value("resent", as: Int.self) == 4)
        #expect(try days.first?.value("proven", as: Int.self) == 3)
        #expect(try days.first?.value("ended", as: Int.self) == 2)
        let draft: @Sendable (ResentGroup) -> AlertDraft = { group in
            AlertDraft(
                key: AlertKey(.sendUnansweredSettled, tenantID: group.tenantID),
                title: group.tenantName,
                detail: "d",
                occurrences: group.messages
            )
        }
        #expect(try await alerts.alertResentUnanswered(draft: draft).map(\.kind) == [.raised])
        #expect(try await alerts.alertResentUnanswered(draft: draft).isEmpty)
        #expect(try await alerts.openAlerts(max: 10).map(\.occurrences) == [4])
        await tenants.stop()
    }

    private static func draft(_ code: UnknownCode) -> AlertDraft {
        AlertDraft(
            key: AlertKey(.unknownErrorCode, tenantID: nil, cause: "\(code.provider):\(code.code)"),
            title: "t",
            detail: "d",
            occurrences: code.seen
        )
    }

    private static func see(_ code: Int, times: Int, in tenants: TwoTenants) async throws {
        _ = try await tenants.platform.execute(
            """
            INSERT INTO unknown_codes AS u (provider, code, seen, first_seen_at, last_seen_at)
            VALUES ('meta', \(Int32(code)), \(Int64(times)), now(), now())
            ON CONFLICT (provider, code) DO UPDATE SET seen = u.seen + excluded.seen, last_seen_at = now()
            """
        )
    }
}
