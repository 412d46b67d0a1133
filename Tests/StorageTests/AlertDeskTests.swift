import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// What people do to alerts: acknowledge, silence, resolve, note; whose they are; what is written down.
@Suite struct AlertDeskTests {
    private static let source = AuditSource(.user(email: "ada@example.com"), address: "192.0.2.7")

    private static func draft(_ tenantID: TenantID?, _ cause: String = "1") -> AlertDraft {
        AlertDraft(
            key: AlertKey(.messageCritical, tenantID: tenantID, cause: cause), title: "Title", detail: "Detail",
            occurrences: 1)
    }

    @Test func anAlertIsAcknowledgedOnceAndItsHistoryNamesWho() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.database, ids: IDSource(), reach: .tenant(tenants.first.id))
        let id = try await alerts.open(Self.draft(tenants.first.id)).alertID
        for who in ["ada@example.com", "bob@example.com"] {
            guard case .done(let alert) = try await desk.act(.acknowledge, on: id, who: who, source: Self.source) else {
                Issue.record("not done for \(who)")
                continue
            }
            #expect(alert.acknowledged?.who == "ada@example.com")
        }
        _ = try await desk.act(.silence(.seconds(8 * 3_600)), on: id, note: "deploy", who: "ada@example.com", source: Self.source)
        _ = try await desk.act(.note, on: id, note: "we look", who: "ada@example.com", source: Self.source)
        let history = try await desk.history(of: id)
        #expect(history.map(\.what) == [.raised, .acknowledged, .silenced, .noted])
        #expect(history.map(\.note) == ["Title", nil, "for 8 h: deploy", "we look"])
        let audited = try await tenants.platform.rows(
            "SELECT action FROM audit_log WHERE tenant_id = \(tenants.first.id) AND target = \("alert \(id)") ORDER BY id"
        ).map { try $0.value(0, as: String.self) }
        #expect(audited == ["alert.acknowledged", "alert.silenced", "alert.noted"])
        await tenants.stop()
    }

    @Test func anotherBusinesssAlertIsNoAlert() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.database, ids: IDSource(), reach: .tenant(tenants.first.id))
        let theirs = try await alerts.open(Self.draft(tenants.second.id)).alertID
        let platforms = try await alerts.open(Self.draft(nil)).alertID
        let mine = try await alerts.open(Self.draft(tenants.first.id)).alertID
        for id in [theirs, platforms, AlertID(IDSource().uuid())] {
            for act in [AlertDeskStore.Act.acknowledge, .silence(.seconds(3_600)), .unsilence, .resolve, .note] {
                let outcome = try await desk.act(act, on: id, note: "x", who: "ada@example.com", source: Self.source)
                guard case .unknown = outcome else {
                    Issue.record("\(act) reached \(id)")
                    continue
                }
            }
            #expect(try await desk.alert(id) == nil)
            #expect(try await desk.history(of: id).isEmpty)
        }
        #expect(try await desk.list(AlertFilter(), after: nil, max: 10).map(\.id) == [mine])
        #expect(try await desk.openCount() == 1)
        #expect(try await tenants.platform.rows("SELECT FROM alert_history WHERE what <> 'raised'").isEmpty)
        // Not by SQL of its own either.
        let changed = try await tenants.database.run { connection in
            try connection.pipelineResults([
                .actFor(tenants.first.id), "UPDATE alerts SET note = 'mine' WHERE id = \(theirs)",
            ]).last?.affected
        }
        #expect(changed == 0)
        await #expect(throws: DatabaseError.self) {
            try await tenants.database.pipeline([
                .actFor(tenants.first.id),
                "INSERT INTO alert_history (alert_id, what, who) VALUES (\(theirs), 'noted', 'me')",
            ])
        }
        await tenants.stop()
    }

    @Test func whatIsOverCanOnlyBeNoted() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        let id = try await alerts.open(Self.draft(nil)).alertID
        guard case .done(let alert) = try await desk.act(.resolve, on: id, note: "mended", who: "ada", source: Self.source)
        else { throw DatabaseError.decoding("not resolved") }
        #expect(!alert.isOpen)
        #expect(alert.resolvedBy == "ada")
        #expect(alert.note == "mended")
        for act in [AlertDeskStore.Act.acknowledge, .silence(.seconds(3_600)), .unsilence, .resolve] {
            guard case .over = try await desk.act(act, on: id, who: "bob", source: Self.source) else {
                Issue.record("\(act) changed what is over")
                continue
            }
        }
        guard case .done = try await desk.act(.note, on: id, note: "later", who: "bob", source: Self.source) else {
            Issue.record("not noted")
            return
        }
        await tenants.stop()
    }

    /// What people resolve is resolved: the next occurrence is another alert, with the silence of the one before.
    @Test func whatOccursAnewIsANewAlertThatKeepsTheSilence() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        let first = try await alerts.open(Self.draft(nil)).alertID
        _ = try await desk.act(.silence(.seconds(86_400)), on: first, who: "ada", source: Self.source)
        _ = try await desk.act(.resolve, on: first, who: "ada", source: Self.source)
        let second = try await alerts.open(Self.draft(nil))
        #expect(second.kind == .raised)
        #expect(second.alertID != first)
        let alert = try #require(try await desk.alert(second.alertID))
        #expect(alert.silencedBy == "ada")
        #expect(alert.acknowledged == nil)
        _ = try await desk.act(.unsilence, on: alert.id, who: "ada", source: Self.source)
        #expect(try await desk.alert(alert.id)?.silencedUntil == nil)
        await tenants.stop()
    }

    /// A gate that stays closed after somebody resolved its alert wakes nobody again, until it opened once.
    @Test func whatGoesOnAfterSomebodyResolvedItStaysResolved() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        let key = AlertKey(.accessTokenInvalid, tenantID: tenants.first.id, cause: "\(AlertStore.gateCausePrefix)sender:1")
        let standing: @Sendable ([ShownGate], Timestamp) -> [AlertDraft] = { _, _ in
            [AlertDraft(key: key, title: "Closed", detail: "", occurrences: 1)]
        }
        let over: @Sendable ([ShownGate], Timestamp) -> [AlertDraft] = { _, _ in [] }
        let raised = try #require(try await alerts.alertClosedGates(drafts: standing).first)
        _ = try await desk.act(.resolve, on: raised.alertID, who: "ada", source: Self.source)
        for _ in 0..<3 { #expect(try await alerts.alertClosedGates(drafts: standing).isEmpty) }
        #expect(try await alerts.alertClosedGates(drafts: over).isEmpty)
        let again = try await alerts.alertClosedGates(drafts: standing)
        #expect(again.map(\.kind) == [.raised])
        #expect(again.first?.alertID != raised.alertID)
        await tenants.stop()
    }

    @Test func theListHasOpenOnesFirstThenCriticalOnesAndGoesOnWhereItEnded() async throws {
        let tenants = try await TwoTenants.make()
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        for (number, code) in [AlertCode.sendUnansweredSettled, .failureRateHigh, .messageCritical, .failureRateHigh].enumerated() {
            _ = try await alerts.open(
                AlertDraft(key: AlertKey(code, tenantID: nil, cause: "\(number)"), title: "\(number)", detail: "", occurrences: 1))
        }
        for number in 4..<7 {
            let id = try await alerts.open(
                AlertDraft(
                    key: AlertKey(.messageCritical, tenantID: nil, cause: "\(number)"), title: "\(number)", detail: "", occurrences: 1)
            ).alertID
            _ = try await desk.act(.resolve, on: id, who: "ada", source: Self.source)
        }
        var titles: [String] = []
        var place: AlertPlace?
        for _ in 0..<10 {
            let page = try await desk.list(AlertFilter(), after: place, max: 2)
            titles += page.map(\.title)
            guard let last = page.last, page.count == 2 else { break }
            let next = AlertPlace(after: last)
            #expect(AlertPlace(text: next.text) == next)
            place = next
        }
        #expect(titles == ["2", "1", "3", "0", "6", "5", "4"])
        var filter = AlertFilter()
        filter.state = .open
        filter.severity = .warning
        #expect(try await desk.list(filter, after: nil, max: 10).map(\.title) == ["1", "3"])
        filter.state = .resolved
        filter.severity = nil
        filter.code = .messageCritical
        #expect(try await desk.list(filter, after: nil, max: 10).map(\.title) == ["6", "5", "4"])
        await tenants.stop()
    }
}
