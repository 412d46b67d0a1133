import JSON
import Models
import Postgres
import Storage
import TestSupport
import Testing

/// A small world whose figures can be counted by hand.
@Suite struct ComplianceStoreTests {
    private struct Made {
        let report: ComplianceReport
        func text(_ id: String) -> String { report.figure(id)?.text ?? "missing" }
        func rows(_ id: String) -> [[String]] {
            report.sections.lazy.flatMap(\.tables).first { $0.id == id }?.rows ?? []
        }
    }

    @Test func everyFigureIsWhatTheRowsSay() async throws {
        try await ReportWorld.with { world in
            try await Self.fill(world)
            _ = try await OutcomeStoreTests.countAll(
                OutcomeStore(world.tenants.platform), now: try ReportWorld.moment("2026-04-01T00:05:00Z"))
            let period = try #require(ReportPeriod(from: "2026-03-01", to: "2026-03-31"))
            let made = try await Self.make(world.tenants.first, period, in: world)
            #expect(made.text("accepted") == "14")
            #expect(made.text("sent") == "10")
            #expect(made.text("delivered") == "7")
            #expect(made.text("read") == "3")
            #expect((made.text("failed"), made.text("undelivered"), made.text("expired")) == ("2", "1", "1"))
            #expect((made.text("cancelled"), made.text("pending")) == ("1", "0"))
            // 10 sent, of which one may still arrive.
            #expect(made.text("inside_time_to_live") == "1")
            #expect(made.text("delivery_rate") == "77 % (7 of 9)")
            #expect(made.text("read_rate") == "42 % (3 of 7)")
            #expect(made.text("failure_rate") == "30 % (4 of 13)")
            #expect(made.text("retry_success_rate") == "50 % (2 of 4)")
            #expect((made.text("retried"), made.text("retries")) == ("4", "10"))
            #expect(made.rows("failures_by_code").map { [$0[0], $0[2], $0[3]] } == [
                ["131026", "failed", "2"], ["131049", "undelivered", "1"], ["–", "expired", "1"],
            ])
            #expect(made.text("provider_answer_median") == "at most 100 ms")
            #expect(made.text("delivery_time_p95") == "at most 10 s")
            #expect(made.text("duplicates") == "1")
            #expect((made.text("unanswered_resent"), made.text("unanswered_proven")) == ("2", "3"))
            #expect(made.text("ledgers_balanced") == "100 % (1 of 1)")
            #expect(made.text("cost_eur") == "0.46 EUR")
            #expect((made.text("incidents"), made.text("incidents_open")) == ("2", "1"))
            #expect(made.rows("incident_list").map { [$0[0], $0[3], $0[4]] } == [
                ["critical", "not resolved", "nobody"], ["warning", "90 s", "owner@example.com"],
            ])
            #expect(made.text("quality_score") == "90 %")
            #expect(made.rows("templates_by_status") == [["APPROVED", "2", "6"], ["PENDING", "1", "0"]])
            #expect(made.text("without_template") == "57 % (8 of 14)")
            // What is another's, or of another month, is nowhere.
            let other = try await Self.make(world.tenants.second, period, in: world)
            #expect((other.text("accepted"), other.text("delivery_rate")) == ("0", "no messages"))
            let all = try await Self.make(nil, period, in: world)
            #expect(all.text("accepted") == "14")
            let april = try #require(ReportPeriod(from: "2026-04-01", to: "2026-04-30"))
            #expect(try await Self.make(world.tenants.first, april, in: world).text("accepted") == "5")
        }
    }

    @Test func whoeverSaidStopAndGotAMessageIsCounted() async throws {
        try await ReportWorld.with { world in
            let (tenant, platform) = (world.tenants.first, world.tenants.platform)
            try await world.makeDays(from: "2026-03-01", 31)
            let said = try ReportWorld.moment("2026-03-10T12:00:00Z")
            _ = try await platform.pipeline([
                """
                INSERT INTO contacts (tenant_id, id, phone, origin)
                VALUES (\(tenant.id), '0199aaaa-0000-7000-8000-000000000001', '+393401234567', 'api')
                """,
                """
                INSERT INTO consent_ledger (tenant_id, id, contact_id, category, status, source, at, recorded_at, actor_kind,
                                            actor, is_applied)
                SELECT \(tenant.id), id, '0199aaaa-0000-7000-8000-000000000001', category, status, source, at,
                       at + interval '2 seconds', 'system', 'x', true
                FROM (VALUES (uuid_floor(\(said)), 'UTILITY', 'opted_out', 'keyword', \(said)),
                             (uuid_floor(\(said + .seconds(1))), 'MARKETING', 'opted_out', 'keyword', \(said)),
                             (uuid_floor(\(said + .seconds(7_200))), 'UTILITY', 'opted_in', 'web_form',
                              \(said + .seconds(7_200)))) AS v (id, category, status, source, at)
                """,
            ])
            // Before the opt-out, after it, and after the new opt-in; the last is free text, which nobody ended.
            for (offset, type) in [(-60, "template"), (3_600, "template"), (10_000, "template"), (3_700, "text")] {
                var life = ReportWorld.Life(.sent)
                life.type = type
                try await world.add(1, life, of: tenant, at: said + .seconds(offset))
            }
            let period = try #require(ReportPeriod(from: "2026-03-01", to: "2026-03-31"))
            let made = try await Self.make(tenant, period, in: world)
            #expect(made.text("sent_after_opt_out") == "1")
            #expect((made.text("stops"), made.text("opt_ins")) == ("2", "1"))
            #expect(made.text("opt_out_time") == "at most 5 s")
            #expect(made.rows("consent_entries") == [["opt-in", "web_form", "1"], ["opt-out", "keyword", "2"]])
        }
    }

    @Test func aMonthIsKeptOnceAndOnceMoreWhenItIsSettled() async throws {
        try await ReportWorld.with { world in
            let (facts, reports) = (ComplianceStore(world.tenants.platform), ReportStore(world.tenants.platform))
            try await Self.fill(world)
            _ = try await world.tenants.platform.execute("UPDATE tenants SET created_at = '2026-02-11T00:00:00Z'")
            func makeAll(_ now: String) async throws -> [String] {
                var made: [String] = []
                let moment = try ReportWorld.moment(now)
                while let due = try await reports.nextDue(now: moment) {
                    made.append("\(due.period.month ?? "?") \(due.business ?? "all")\(due.isSettled ? " settled" : "")")
                    let report = ComplianceReport.make(
                        try await facts.facts(of: due.tenantID, due.period), business: due.business, period: due.period,
                        at: moment)
                    try await reports.store(report, for: due)
                    #expect(made.count < 20)
                }
                return made.sorted()
            }
            // The last day of March was counted before it was over: not yet.
            #expect(try await makeAll("2026-04-01T00:00:01Z") == ["2026-02 all", "2026-02 first", "2026-02 second"])
            _ = try await OutcomeStoreTests.countAll(
                OutcomeStore(world.tenants.platform), now: try ReportWorld.moment("2026-04-01T00:05:00Z"))
            #expect(try await makeAll("2026-04-01T00:06:00Z") == ["2026-03 all", "2026-03 first", "2026-03 second"])
            #expect(try await makeAll("2026-04-01T00:06:00Z") == [])
            // A month of downtime: what was missed is made up for, and what is settled is made for the last time.
            #expect(
                try await makeAll("2026-05-11T00:00:00Z") == [
                    "2026-02 all settled", "2026-02 first settled", "2026-02 second settled", "2026-03 all settled",
                    "2026-03 first settled", "2026-03 second settled", "2026-04 all", "2026-04 first", "2026-04 second",
                ])
            #expect(try await makeAll("2026-05-11T00:00:00Z") == [])
            let own = ReportStore(world.tenants.database)
            #expect(
                try await own.months(of: world.tenants.first.id).map { "\($0.month) \($0.isSettled)" }
                    == ["2026-04 false", "2026-03 true", "2026-02 true"])
            let march = try #require(ReportPeriod(from: "2026-03-01", to: "2026-03-31"))
            let kept = try #require(try await own.report(of: world.tenants.first.id, month: march))
            #expect(kept.figure("accepted")?.text == "14")
            #expect(
                kept.sections
                    == ComplianceReport.make(
                        try await facts.facts(of: world.tenants.first.id, march), business: "first", period: march,
                        at: kept.madeAt
                    ).sections)
            // Row-level security: nobody reads another's report, nor that of all.
            #expect(try await world.tenants.database.rows("SELECT 1 FROM compliance_reports").isEmpty)
        }
    }

    private static func make(
        _ tenant: TestTenant?, _ period: ReportPeriod, in world: ReportWorld
    ) async throws -> Made {
        let database = tenant == nil ? world.tenants.platform : world.tenants.database
        let facts = try await ComplianceStore(database).facts(of: tenant?.id, period)
        return Made(report: .make(facts, business: "first", period: period, at: period.to))
    }

    /// 14 messages of one business in March, 5 in April, and what goes with them.
    static func fill(_ world: ReportWorld) async throws {
        let (tenant, platform) = (world.tenants.first, world.tenants.platform)
        try await world.makeDays(from: "2026-03-01", 31)
        try await world.makeDays(from: "2026-04-01", 1)
        let first = try ReportWorld.moment("2026-03-01T00:00:00Z")
        let last = try ReportWorld.moment("2026-03-31T23:59:59Z")
        var retried = ReportWorld.Life(.delivered)
        (retried.attempts, retried.retries, retried.deliveredAfter) = (3, 2, .seconds(7))
        var quick = ReportWorld.Life(.delivered)
        quick.deliveredAfter = .seconds(3)
        var read = ReportWorld.Life(.read)
        read.deliveredAfter = .seconds(3)
        var failed = ReportWorld.Life(.failed)
        (failed.attempts, failed.retries, failed.code, failed.sentAfter) = (4, 3, 131_026, nil)
        var undelivered = ReportWorld.Life(.undelivered)
        undelivered.code = 131_049
        var expired = ReportWorld.Life(.expired)
        (expired.attempts, expired.sentAfter) = (0, nil)
        var cancelled = expired
        cancelled.state = .cancelled
        var waits = ReportWorld.Life(.sent)
        waits.lives = .seconds(30 * 86_400)
        for (count, life, at) in [
            (2, retried, first), (2, quick, first), (3, read, last), (2, failed, first), (1, undelivered, last),
            (1, expired, first), (1, cancelled, first), (1, waits, last), (1, ReportWorld.Life(.sent), first),
        ] { try await world.add(count, life, of: tenant, at: at) }
        try await world.add(5, quick, of: tenant, at: last + .seconds(1))
        let middle = try ReportWorld.moment("2026-03-15T00:00:00Z")
        let (id, sender) = (tenant.id, tenant.senderID)
        _ = try await platform.pipeline([
            """
            INSERT INTO message_counts (tenant_id, minute, sender_id, template_id, state, entered, accepted)
            VALUES (\(id), \(first), \(sender), \(tenant.templateID), 1, 6, 6),
                   (\(id), \(last), \(sender), '00000000-0000-0000-0000-000000000000', 1, 8, 8),
                   (\(id), \(last + .seconds(1)), \(sender), \(tenant.templateID), 1, 5, 5)
            """,
            """
            INSERT INTO confirmed_duplicates (tenant_id, message_id, sender_id, found_at)
            VALUES (\(id), gen_random_uuid(), \(sender), \(middle))
            """,
            "INSERT INTO unanswered_days (tenant_id, day, resent, proven) VALUES (\(id), '2026-03-31', 2, 3)",
            """
            INSERT INTO ledger_checks (tenant_id, checked_at, messages, differences) VALUES (\(id), \(last), 14, '{}')
            """,
            """
            INSERT INTO cost_days (tenant_id, day, sender_id, template_id, country, category, currency, messages, billable,
                                   without_price, micros)
            VALUES (\(id), '2026-03-31', \(sender), \(tenant.templateID), 'IT', 'utility', 'EUR', 9, 7, 0, 460000),
                   (\(id), '2026-04-01', \(sender), \(tenant.templateID), 'IT', 'utility', 'EUR', 9, 7, 0, 990000)
            """,
            """
            INSERT INTO alerts (id, tenant_id, key, code, severity, title, detail, opened_at, updated_at, resolved_at,
                                acknowledged_by)
            VALUES (gen_random_uuid(), \(id), 'a', 'X', 'warning', 'Slow', '', \(middle), \(middle),
                    \(middle + .seconds(90)), 'owner@example.com'),
                   (gen_random_uuid(), \(id), 'b', 'X', 'critical', 'Failed', '', \(last), \(last), NULL, NULL),
                   (gen_random_uuid(), \(id), 'c', 'X', 'critical', 'Later', '', \(last + .seconds(1)), \(last), NULL, NULL)
            """,
            """
            INSERT INTO monitoring_metrics (at, tenant_id, metric, value, sample)
            VALUES (\(first), \(id), 'quality_score', 1, 10), (\(last), \(id), 'quality_score', 0.8, 10)
            """,
        ])
        _ = try await OutcomeStoreTests.countAll(OutcomeStore(platform), now: last + .milliseconds(500))
    }
}
