import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@testable import monitor

/// A whole cycle: what happened becomes figures, kept and handed on, by one of several copies.
@Suite struct MonitoringCycleTests {
    @Test func aCycleMeasuresEverybodyAndHandsItOnAfterItIsKept() async throws {
        let tenants = try await TwoTenants.make()
        let (first, second) = (tenants.first, tenants.second)
        try await count(tenants, first, [(-1, 1, 100), (1, 2, 100), (2, 6, 90), (6, 7, 88), (2, 9, 12)])
        try await count(tenants, second, [(-1, 1, 10), (1, 2, 10), (2, 6, 10), (6, 7, 10)])
        try await tenants.platform.execute(
            "UPDATE senders SET quality_rating = 'YELLOW', token_expires_at = now() + interval '36 hours', checks_failed = 3 WHERE id = \(first.senderID)")
        let told = Mutex<[[Measurement]]>([])
        let cycle = cycle(tenants) { measurements in told.withLock { $0.append(measurements) } }
        _ = try await cycle.run()
        let measured = try #require(told.withLock { $0 }.first)
        func value(_ metric: Metric, _ scope: MetricScope) -> Double? {
            measured.first { $0.metric == metric && $0.scope == scope }?.value
        }
        let own = MetricScope(tenantID: first.id)
        let sender = MetricScope(tenantID: first.id, subject: "\(first.senderID)")
        #expect(value(.failureRate, own) == 0.12)
        #expect(value(.failureRate, sender) == 0.12)
        #expect(value(.failureRate, MetricScope(tenantID: second.id)) == 0)
        #expect(value(.failureRate, MetricScope()) == 12.0 / 110)
        #expect(abs((value(.failureBurnRate, own) ?? 0) - 2.4) < 1e-9)
        // 1 − 12 % with a weight of 0.20 and a yellow number with 0.15: nothing else is known.
        #expect(abs((value(.qualityScore, own) ?? 0) - (0.20 * 0.88 + 0.15 * 0.5) / 0.35) < 1e-9)
        #expect(value(.senderChecksFailed, sender) == 3)
        #expect(abs((value(.tokenDaysLeft, sender) ?? 0) - 1.5) < 0.01)
        #expect(value(.backlogAge, MetricScope()) == 0)
        // Kept before it was handed on, and each business sees its own.
        let kept = try await MeasurementStore(tenants.database).current(of: first.id)
        #expect(kept.first { $0.metric == .failureRate && $0.scope == own }?.sample == 100)
        #expect(kept.allSatisfy { $0.scope.tenantID == first.id })
        #expect(kept.count == measured.count { $0.scope.tenantID == first.id })
        await tenants.stop()
    }

    @Test func ofTwoMonitorsOneMeasures() async throws {
        let tenants = try await TwoTenants.make()
        let told = Mutex(0)
        let cycles = (0..<2).map { _ in cycle(tenants, every: .seconds(600)) { _ in told.withLock { $0 += 1 } } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { for cycle in cycles { group.addTask { _ = try await cycle.run() } } }
            try await group.waitForAll()
        }
        #expect(told.withLock { $0 } == 1)
        await tenants.stop()
    }

    @Test func whatOneThingCannotTellKeepsTheOthersFromNothing() async throws {
        let tenants = try await TwoTenants.make()
        struct Away: Error {}
        let told = Mutex(0)
        let broken = Measuring.Extra(name: "consumer lag") { _ in throw Away() }
        let cycle = cycle(tenants, extras: [broken]) { measurements in told.withLock { $0 = measurements.count } }
        _ = try await cycle.run()
        #expect(told.withLock { $0 } > 0)
        let job = try #require(try await MonitoringJobStore(tenants.platform).status().jobs.first { $0.job == .measure })
        #expect(job.error?.hasPrefix("consumer lag") == true)
        #expect(job.failedInARow == 1)
        #expect(job.tenants == 2)
        await tenants.stop()
    }

    @Test func whoeverIsStoppedMeasuresNothingUntilStarted() async throws {
        let tenants = try await TwoTenants.make()
        let jobs = MonitoringJobStore(tenants.platform)
        let told = Mutex(0)
        let cycle = cycle(tenants) { _ in told.withLock { $0 += 1 } }
        let source = AuditSource(.founder(email: Site.founder), address: nil)
        try await jobs.apply(.stop, by: source, auditID: IDSource().uuid())
        _ = try await cycle.run()
        #expect(told.withLock { $0 } == 0)
        try await jobs.apply(.start, by: source, auditID: IDSource().uuid())
        _ = try await cycle.run()
        #expect(told.withLock { $0 } == 1)
        await tenants.stop()
    }

    private func cycle(
        _ tenants: TwoTenants, every interval: Duration = .zero, extras: [Measuring.Extra] = [],
        onMeasured: @escaping @Sendable ([Measurement]) async throws -> Void
    ) -> MonitoringCycle {
        MonitoringCycle(
            jobs: MonitoringJobStore(tenants.platform), copy: IDSource().uuid(), interval: interval,
            measuring: Measuring(
                tenants.platform, window: .seconds(48 * 3_600), failureWindow: .seconds(3_600), extras: extras),
            onMeasured: onMeasured)
    }

    private func count(_ tenants: TwoTenants, _ tenant: TestTenant, _ moves: [(Int, Int, Int)]) async throws {
        for (from, to, messages) in moves {
            try await tenants.platform.execute(
                """
                INSERT INTO message_count_changes (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
                VALUES (\(tenant.id), now(), \(tenant.senderID), \(UUIDValue(high: 0, low: 0)), \(Int16(from)),
                        \(Int16(to)), \(Int32(messages)))
                """)
        }
        let counts = CountStore(tenants.platform)
        while try await counts.fold() > 0 {}
    }
}
