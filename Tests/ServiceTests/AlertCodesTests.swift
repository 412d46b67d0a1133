import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Every code is raised by something that really happens, once however often it is found, and is over when it is over.
@Suite struct AlertCodesTests {
    /// What raises a code, and what ends it; nil: an hour of quiet does, or its own test says how.
    struct Case: Sendable, CustomTestStringConvertible {
        let code: AlertCode
        let raise: @Sendable (World) async throws -> Void
        let end: (@Sendable (World) async throws -> Void)?

        init(
            _ code: AlertCode, _ raise: @escaping @Sendable (World) async throws -> Void,
            end: (@Sendable (World) async throws -> Void)? = nil
        ) {
            self.code = code
            self.raise = raise
            self.end = end
        }

        var testDescription: String { code.rawValue }
    }

    /// The watches of monitor on a database of a test's own.
    struct World: Sendable {
        let tenants: TwoTenants
        let alerts: AlertStore
        let judge: AlertJudgeStore
        let ids = IDSource()
        let start = SystemClock.now()

        init() async throws {
            tenants = try await TwoTenants.make()
            alerts = AlertStore(tenants.platform, ids: ids)
            judge = AlertJudgeStore(tenants.platform, ids: ids)
        }

        var mine: TestTenant { tenants.first }

        func execute(_ sql: SQL) async throws { _ = try await tenants.platform.execute(sql) }

        /// One turn of everything that looks for trouble.
        func watch() async throws {
            let url = "http://pages.example"
            _ = try await alerts.alertCriticalFailures { CriticalWatch.draft(for: $0, publicURL: url) }
            _ = try await alerts.alertClosedGates { GateWatch.drafts(for: $0, now: $1, publicURL: url) }
            _ = try await alerts.alertEndingTokens { TokenWatch.draft($0, now: $1, publicURL: url) }
            _ = try await alerts.alertMovedTemplates(draft: TemplateWatch.draft)
            _ = try await alerts.alertUnknownCodes(draft: ProofWatch.draft)
            _ = try await alerts.alertResentUnanswered { ProofWatch.draft($0, publicURL: url) }
            _ = try await alerts.alertDuplicates { ProofWatch.draft($0, publicURL: url) }
            _ = try await alerts.alertRefusedWebhooks(draft: WebhookWatch.draft)
            _ = try await alerts.alertParkedReceipts { WebhookWatch.draft($0, publicURL: url) }
            let ledger = LedgerCheckStore(tenants.platform, ids: ids)
            while try await ledger.checkNext(every: .zero, draft: { LedgerWatch.draft($0, publicURL: url) })?.finding.tenantID
                != tenants.second.id
            {}
            try await alerts.regroup()
        }

        /// The same figure for three cycles.
        func measure(_ metric: Metric, _ value: Double, of scope: MetricScope, from minute: Int) async throws {
            for cycle in 0..<3 {
                let at = start + .seconds(60 * (minute + cycle))
                _ = try await judge.judge(
                    [Measurement(metric, scope, at: at, value: value, sample: 1_000)], now: at
                ) { RuleWatch.draft($0, publicURL: "http://pages.example") }
            }
        }

        func close(_ scope: GateScope, _ subject: String, _ cause: GateCause, minutesAgo: Int = 0) async throws {
            let tenantID: TenantID? = scope == .provider || scope == .portfolio ? nil : mine.id
            try await execute(
                """
                INSERT INTO gates (id, tenant_id, scope, subject, cause, closed_at, closed_by)
                VALUES (\(ids.uuid()), \(tenantID as TenantID?), \(scope.rawValue), \(subject), \(cause.rawValue),
                        now() - \(minutesAgo) * interval '1 minute', 'test')
                """)
        }

        func openCodes() async throws -> [String] { try await alerts.openAlerts(max: 50).map(\.code) }
    }

    private static func gate(
        _ code: AlertCode, _ scope: GateScope, _ cause: GateCause, subject: @escaping @Sendable (World) -> String = { _ in "1" },
        minutesAgo: Int = 0
    ) -> Case {
        Case(code) { world in
            try await world.close(scope, subject(world), cause, minutesAgo: minutesAgo)
        } end: { world in
            try await world.execute("UPDATE gates SET opened_at = now()")
            try await world.execute("UPDATE alerts SET updated_at = now() - interval '2 minutes'")
        }
    }

    private static func rule(_ code: AlertCode, _ metric: Metric, _ bad: Double, _ good: Double, subject: String = "", isPlatform: Bool = false) -> Case {
        let scope: @Sendable (World) -> MetricScope = { world in
            MetricScope(tenantID: isPlatform ? nil : world.mine.id, subject: subject)
        }
        return Case(code) { world in
            try await world.measure(metric, bad, of: scope(world), from: 0)
            try await world.measure(metric, bad, of: scope(world), from: 3)
        } end: { world in
            try await world.measure(metric, good, of: scope(world), from: 10)
        }
    }

    static let cases: [Case] = [
        Case(.messageCritical) { world in
            try await world.execute(
                """
                INSERT INTO critical_failures (tenant_id, message_id, sender_id, error_code, failed_at)
                VALUES (\(world.mine.id), \(world.ids.uuid()), \(world.mine.senderID), 131026, now())
                """)
        },
        Case(.unknownErrorCode) { world in
            try await world.execute(
                """
                INSERT INTO unknown_codes (provider, code, seen, first_seen_at, last_seen_at)
                VALUES ('meta', 987654, 2, now(), now())
                """)
        },
        Case(.sendUnansweredSettled) { world in
            try await world.execute(
                """
                INSERT INTO unanswered_days (tenant_id, day, resent) VALUES (\(world.mine.id), current_date, 3)
                """)
        },
        Case(.receiptsParked) { world in
            for _ in 0..<50 {
                try await world.execute(
                    """
                    INSERT INTO parked_receipts (id, tenant_id, provider, provider_message_id, receipt, reason, parked_at, try_at)
                    VALUES (\(world.ids.uuid()), \(world.mine.id), 'meta', 'wamid', '{}', 'unknown', now() - interval '10 minutes',
                            now())
                    """)
            }
        } end: { try await $0.execute("DELETE FROM parked_receipts") },
        Case(.webhookRejected) { world in
            let refusals = WebhookRefusalStore(world.tenants.database)
            try await refusals.add(["meta": 12])
            try await refusals.add(["meta": 8, "twilio": 3])
        } end: { try await $0.execute("UPDATE webhook_refusals SET minute = minute - interval '11 minutes'") },
        Case(.duplicateConfirmed) { world in
            try await world.execute(
                """
                INSERT INTO confirmed_duplicates (tenant_id, message_id, sender_id, found_at)
                VALUES (\(world.mine.id), \(world.ids.uuid()), \(world.mine.senderID), now())
                """)
        },
        Case(.ledgerImbalance) { world in
            try await world.execute(
                """
                INSERT INTO message_count_changes (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
                VALUES (\(world.mine.id), now(), \(world.mine.senderID), \(world.mine.senderID), -1, 1, 5)
                """)
        } end: { try await $0.execute("DELETE FROM message_count_changes") },
        rule(.deliveryRateLow, .deliveryRate, 0.5, 1),
        rule(.failureRateHigh, .failureRate, 0.5, 0),
        rule(.qualityScoreLow, .qualityScore, 0.5, 1),
        rule(.webhookTimeout, .webhookMax, 21, 0.1, isPlatform: true),
        gate(.apiEndpointDown, .provider, .outage, subject: { _ in "meta@1" }, minutesAgo: 1),
        rule(.apiEndpointDown, .failedChecks, 3, 0, subject: "provider:meta", isPlatform: true),
        gate(.accessTokenInvalid, .sender, .tokenInvalid, subject: { "\($0.mine.senderID)" }),
        Case(.tokenExpiring) { world in
            try await world.execute(
                "UPDATE senders SET token_expires_at = now() + interval '2 days' WHERE tenant_id = \(world.mine.id)")
        } end: { try await $0.execute("UPDATE senders SET token_expires_at = now() + interval '60 days'") },
        gate(.platformCredentialsInvalid, .provider, .platform, subject: { _ in "meta" }),
        gate(.accountRestricted, .account, .accountRestricted, subject: { _ in "account-first" }),
        gate(.senderBlocked, .sender, .senderUnusable, subject: { "\($0.mine.senderID)" }),
        gate(.templateStopped, .template, .templatePaused, subject: { "\($0.mine.templateID)" }),
        Case(.templateCategoryChanged) { world in
            try await world.execute("UPDATE templates SET category_news_at = now() WHERE id = \(world.mine.templateID)")
        },
        rule(.serviceDown, .failedChecks, 3, 0, subject: "dispatcher", isPlatform: true),
        rule(.backlogGrowing, .backlogAge, 500, 1, isPlatform: true),
        Case(.callbackDisabled) { _ in },
        rule(.receiptsSilent, .receiptsSilence, 2_000, 10),
        rule(.consumerLagHigh, .consumerLag, 100_000, 0, isPlatform: true),
        rule(.diskNearlyFull, .diskFreeShare, 0.02, 0.5, subject: "/data", isPlatform: true),
        rule(.limitNearlyUsed, .limitUse, 0.95, 0.1, subject: "number"),
        rule(.retriesFailing, .retrySuccessRate, 0.1, 0.9),
        rule(.failureTrend, .failureBurnRate, 20, 0),
        rule(.unansweredShareHigh, .unansweredShare, 0.5, 0),
        rule(.senderCheckFailing, .senderChecksFailed, 5, 0, subject: "number"),
    ]

    /// `CallbackDeliveryTests` has the one that alerter raises.
    @Test func everyCodeIsAmongTheCases() {
        #expect(Set(Self.cases.map(\.code)) == Set(AlertCode.allCases))
    }

    @Test(arguments: cases.filter { $0.code != .callbackDisabled })
    func itIsRaisedOnceAndIsOverWhenItIsOver(_ one: Case) async throws {
        let world = try await World()
        try await world.watch()
        #expect(try await world.openCodes() == [])
        try await one.raise(world)
        for _ in 0..<2 { try await world.watch() }
        #expect(try await world.openCodes() == [one.code.rawValue])
        let open = try #require(try await world.alerts.openAlerts(max: 1).first)
        #expect(open.severity == one.code.severity || open.metric != nil)
        #expect(!open.title.isEmpty && open.detail.contains("Who acts"))
        if let end = one.end {
            try await end(world)
            try await world.watch()
        } else {
            _ = try await world.alerts.resolveQuiet(CriticalWatch.quietCodes, for: .seconds(-1))
        }
        #expect(try await world.openCodes() == [])
        let history = try await AlertDeskStore(world.tenants.platform, ids: world.ids, reach: .everything).history(of: open.id)
        #expect(history.map(\.what) == [.raised, .resolved])
        await world.tenants.stop()
    }
}
