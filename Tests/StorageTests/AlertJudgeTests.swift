import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Rules against measurements, in Postgres: raised, followed, over; grouped; rehearsed.
@Suite struct AlertJudgeTests {
    private static let source = AuditSource(.user(email: "ada@example.com"), address: nil)
    private static let now = SystemClock.now()

    private static func draft(_ breach: RuleBreach) -> AlertDraft {
        var draft = AlertDraft(
            key: breach.key, title: "\(breach.business ?? "platform") \(breach.sender ?? "")", detail: "", occurrences: 1)
        draft.severity = breach.rule.severity
        draft.subject = breach.measurement.scope.subject
        draft.measured = AlertDraft.Measured(
            breach.rule.metric, value: breach.measurement.value, threshold: breach.rule.raiseAt)
        return draft
    }

    private static func judge(
        _ store: AlertJudgeStore, _ metric: Metric, _ scope: MetricScope, _ value: Double, minute: Int, sample: Int64 = 1_000
    ) async throws -> [AlertNews.Kind] {
        let at = now + .seconds(60 * minute)
        return try await store.judge(
            [Measurement(metric, scope, at: at, value: value, sample: sample)], now: at, draft: draft
        ).map(\.kind)
    }

    @Test func anAlertFollowsItsFigureAndOneThatWasResolvedIsNotRaisedAgain() async throws {
        let tenants = try await TwoTenants.make()
        let store = AlertJudgeStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        let scope = MetricScope(tenantID: tenants.first.id, subject: "\(tenants.first.senderID)")
        #expect(try await Self.judge(store, .limitUse, scope, 0.95, minute: 0) == [.raised])
        #expect(try await Self.judge(store, .limitUse, scope, 0.97, minute: 1) == [.updated])
        let alert = try #require(try await desk.list(AlertFilter(), after: nil, max: 2).first)
        #expect(alert.title == "first Main")
        #expect(alert.metric == .limitUse)
        #expect(alert.value == 0.97 && alert.threshold == 0.9)
        #expect(alert.occurrences == 2)
        _ = try await desk.act(.resolve, on: alert.id, who: "ada", source: Self.source)
        #expect(try await Self.judge(store, .limitUse, scope, 0.98, minute: 2) == [])
        #expect(try await Self.judge(store, .limitUse, scope, 0.5, minute: 3) == [])
        #expect(try await Self.judge(store, .limitUse, scope, 0.99, minute: 4) == [.raised])
        #expect(try await Self.judge(store, .limitUse, scope, 0.5, minute: 5) == [.resolved])
        #expect(try await tenants.platform.rows("SELECT FROM alert_rule_states").isEmpty)
        await tenants.stop()
    }

    @Test func aRuleOfTheBusinessComesBeforeItsThresholdsAndThosesBeforeThePlatforms() async throws {
        let tenants = try await TwoTenants.make()
        let store = AlertJudgeStore(tenants.platform, ids: IDSource())
        let scope = MetricScope(tenantID: tenants.first.id)
        var rule = AlertRule.standard(.failureRate)
        rule.cycles = 1
        rule.raiseAt = 0.5
        rule.severity = .critical
        let platform = AlertRuleStore(tenants.platform, ids: IDSource(), of: nil)
        #expect(try await platform.put(rule, subject: "", by: Self.source)?.version == 1)
        #expect(try await Self.judge(store, .failureRate, scope, 0.2, minute: 0) == [])
        _ = try await tenants.platform.execute(
            "UPDATE tenants SET thresholds = '{\"failure_rate\": 0.1}' WHERE id = \(tenants.first.id)")
        #expect(try await Self.judge(store, .failureRate, scope, 0.2, minute: 1) == [])
        #expect(try await Self.judge(store, .failureRate, scope, 0.2, minute: 2) == [.raised])
        rule.raiseAt = 0.3
        rule.clearAt = 0.3
        let own = AlertRuleStore(tenants.database, ids: IDSource(), of: tenants.first.id)
        #expect(try await own.put(rule, subject: "", by: Self.source)?.version == 1)
        #expect(try await own.put(rule, subject: "", by: Self.source)?.version == 2)
        #expect(try await Self.judge(store, .failureRate, scope, 0.2, minute: 3) == [.resolved])
        #expect(try await Self.judge(store, .failureRate, scope, 0.31, minute: 4) == [.raised])
        // The other business has neither.
        #expect(try await Self.judge(store, .failureRate, MetricScope(tenantID: tenants.second.id), 0.31, minute: 4) == [])
        #expect(try await AlertRuleStore(tenants.database, ids: IDSource(), of: tenants.second.id).rules().isEmpty)
        #expect(try await own.remove(.failureRate, subject: "", by: Self.source))
        #expect(try await !own.remove(.failureRate, subject: "", by: Self.source))
        let actions = try await tenants.platform.rows("SELECT action FROM audit_log WHERE target = 'alert rule failure_rate' ORDER BY id")
        #expect(try actions.map { try $0.value(0, as: String.self) } == ["alert_rule.set", "alert_rule.set", "alert_rule.set", "alert_rule.removed"])
        await tenants.stop()
    }

    @Test func whatIsNotMeasuredAnyMoreIsOver() async throws {
        let tenants = try await TwoTenants.make()
        let store = AlertJudgeStore(tenants.platform, ids: IDSource())
        #expect(try await Self.judge(store, .diskFreeShare, MetricScope(subject: "/data"), 0.05, minute: 0) == [.raised])
        #expect(try await Self.judge(store, .consumerLag, MetricScope(), 1, minute: 119) == [])
        #expect(try await Self.judge(store, .consumerLag, MetricScope(), 1, minute: 121) == [.resolved])
        await tenants.stop()
    }

    /// What is explained is under its cause in the transaction that raises it; what came first, a round later.
    @Test func alertsAreGroupedUnderTheirCause() async throws {
        let tenants = try await TwoTenants.make()
        let store = AlertJudgeStore(tenants.platform, ids: IDSource())
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        let (first, second) = (MetricScope(tenantID: tenants.first.id), MetricScope(tenantID: tenants.second.id))
        #expect(try await Self.judge(store, .receiptsSilence, first, 1_000, minute: 0) == [.raised])
        let gate = AlertKey(.accessTokenInvalid, tenantID: tenants.first.id, cause: "gate:sender:1")
        let parent = try #require(
            try await alerts.alertClosedGates { _, _ in
                [AlertDraft(key: gate, title: "Access refused", detail: "", occurrences: 1)]
            }.first)
        #expect(try await desk.explained(by: parent.alertID).isEmpty)
        try await alerts.regroup()
        #expect(try await desk.explained(by: parent.alertID).map(\.code) == ["RECEIPTS_SILENT"])
        #expect(try await Self.judge(store, .unansweredShare, first, 0.5, minute: 1) == [])
        #expect(try await Self.judge(store, .unansweredShare, first, 0.5, minute: 2) == [.raised])
        #expect(try await Self.judge(store, .receiptsSilence, second, 1_000, minute: 2) == [.raised])
        let children = try await desk.explained(by: parent.alertID)
        #expect(Set(children.map(\.code)) == ["RECEIPTS_SILENT", "UNANSWERED_SHARE_HIGH"])
        #expect(children.allSatisfy { $0.rootCause == "TOKEN/\(tenants.first.id)" })
        #expect(try await desk.alert(parent.alertID)?.rootCause == "TOKEN/\(tenants.first.id)")
        let history = try await desk.history(of: children[0].id)
        #expect(history.map(\.what) == [.raised, .grouped])
        #expect(history.last?.note == "Access refused")
        // The badge counts what is told alone.
        #expect(try await desk.openCount() == 2)
        // Half an hour after its cause it stands alone.
        _ = try await alerts.alertClosedGates { _, _ in [] }
        try await alerts.regroup()
        #expect(try await desk.explained(by: parent.alertID).count == 2)
        _ = try await tenants.platform.execute(
            "UPDATE alerts SET resolved_at = now() - interval '31 minutes' WHERE id = \(parent.alertID)")
        try await alerts.regroup()
        #expect(try await desk.explained(by: parent.alertID).isEmpty)
        await tenants.stop()
    }

    /// A business with one sender has each figure twice.
    @Test func oneWaveOfFailuresIsOneAlertAndTheRestIsBelowIt() async throws {
        let tenants = try await TwoTenants.make()
        let store = AlertJudgeStore(tenants.platform, ids: IDSource())
        let alerts = AlertStore(tenants.platform, ids: IDSource())
        let desk = AlertDeskStore(tenants.platform, ids: IDSource(), reach: .everything)
        let business = MetricScope(tenantID: tenants.first.id)
        let wave: [(Metric, Double)] = [
            (.failureRate, 0.4), (.deliveryRate, 0.6), (.qualityScore, 0.5), (.failureBurnRate, 8),
        ]
        func cycle(_ minute: Int, failureRate: Double = 0.4) async throws -> [AlertNews.Kind] {
            let at = Self.now + .seconds(60 * minute)
            let scopes = [business, MetricScope(tenantID: tenants.first.id, subject: "\(tenants.first.senderID)")]
            let measurements = scopes.flatMap { scope in
                wave.map { metric, value in
                    Measurement(metric, scope, at: at, value: metric == .failureRate ? failureRate : value, sample: 1_000)
                }
            }
            return try await store.judge(measurements, now: at, draft: Self.draft).map(\.kind)
        }
        #expect(try await cycle(0) == [])
        #expect(try await cycle(1) == Array(repeating: .raised, count: 8))
        #expect(try await desk.openCount() == 1)
        let open = try await desk.list(AlertFilter(), after: nil, max: 20)
        let failures = try #require(open.first { $0.parentID == nil })
        #expect(failures.code == "FAILURE_RATE_HIGH" && failures.subject.isEmpty)
        #expect(open.allSatisfy { $0.rootCause == "FAILURE_RATE_HIGH/\(tenants.first.id)" })
        #expect(try await desk.explained(by: failures.id).count == 7)
        try await alerts.regroup()
        #expect(try await desk.explained(by: failures.id).count == 7)
        // It is over, and the rest is not: half an hour later that stands for itself.
        #expect(try await cycle(2, failureRate: 0).count { $0 == .resolved } == 2)
        try await alerts.regroup()
        #expect(try await desk.explained(by: failures.id).count == 7)
        _ = try await tenants.platform.execute(
            "UPDATE alerts SET resolved_at = now() - interval '31 minutes' WHERE id = \(failures.id)")
        try await alerts.regroup()
        #expect(try await desk.explained(by: failures.id).count { $0.isOpen } == 0)
        // The three of the business, each with its sender's below.
        #expect(try await desk.openCount() == 3)
        await tenants.stop()
    }

    /// What a rule would have done is what it does, measurement by measurement.
    @Test func aRehearsalSaysWhatHappensLive() async throws {
        let tenants = try await TwoTenants.make()
        let store = AlertJudgeStore(tenants.platform, ids: IDSource())
        let scope = MetricScope(tenantID: tenants.first.id)
        var random = SeededGenerator(seed: 42)
        let start = Self.now + .seconds(-86_400)
        let series = (0..<120).map { cycle in
            Measurement(
                .failureRate, scope, at: start + .seconds(300 * cycle),
                value: Double.random(in: 0...0.12, using: &random), sample: Int64.random(in: 20...200, using: &random))
        }
        var (fired, over) = (0, 0)
        for measurement in series {
            let news = try await store.judge([measurement], now: measurement.at, draft: Self.draft)
            fired += news.count { $0.kind == .raised }
            over += news.count { $0.kind == .resolved }
        }
        _ = try await tenants.platform.execute(
            """
            INSERT INTO monitoring_metrics (at, tenant_id, subject, metric, value, sample)
            SELECT m.at, \(tenants.first.id), '', 'failure_rate', m.value, m.sample
            FROM unnest(\(series.map(\.at)), \(series.map(\.value)), \(series.map(\.sample))) AS m (at, value, sample)
            """)
        let rehearsals = AlertRehearsalStore(tenants.database)
        let outcome = try await rehearsals.rehearse(.standard(.failureRate), tenantID: tenants.first.id, subject: "")
        #expect(outcome.rehearsal.measurements == 120)
        #expect(outcome.rehearsal.fired == fired)
        #expect(outcome.rehearsal.firings.count { $0.to != nil } == over)
        #expect(fired > 3)
        #expect(!outcome.isCut)
        // Of another business nothing is seen.
        let theirs = try await rehearsals.rehearse(.standard(.failureRate), tenantID: tenants.second.id, subject: "")
        #expect(theirs.rehearsal.measurements == 0)
        // A founder sees who it would have been.
        let all = try await AlertRehearsalStore(tenants.platform).rehearse(.standard(.failureRate), tenantID: nil, subject: "")
        #expect(all.rehearsal.fired == fired)
        #expect(all.businesses[tenants.first.id] == "first")
        await tenants.stop()
    }
}
