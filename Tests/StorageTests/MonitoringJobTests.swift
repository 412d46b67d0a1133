import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// One copy of monitor does a turn, whoever dies in it, and all obey who stops them.
@Suite struct MonitoringJobTests {
    private static let ids = IDSource()
    private static let (hour, lease) = (Duration.seconds(3_600), Duration.seconds(300))

    @Test func oneCopyTakesATurnAndTheOtherWaitsForTheNext() async throws {
        try await withStore { store, _ in
            let (one, other) = (Self.ids.uuid(), Self.ids.uuid())
            let turns = try await withThrowingTaskGroup(of: MonitoringTurn?.self) { group in
                for copy in [one, other, one, other] {
                    group.addTask { try await store.begin(.measure, as: copy, every: Self.hour, lease: Self.lease) }
                }
                return try await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
            }
            #expect(turns.count == 1)
            let turn = try #require(turns.first)
            #expect(try await store.end(turn, MonitoringOutcome()))
            // The next one is due in an hour; the other job is not this one.
            #expect(try await store.begin(.measure, as: other, every: Self.hour, lease: Self.lease) == nil)
            #expect(try await store.begin(.uptime, as: other, every: Self.hour, lease: Self.lease) != nil)
            // A shorter interval is obeyed at once.
            let soon = try await store.begin(.measure, as: other, every: .zero, lease: Self.lease)
            #expect(soon?.number == turn.number + 1)
        }
    }

    @Test func aTurnWhoseLeaseIsOverKeepsNothing() async throws {
        try await withStore { store, tenants in
            let late = try #require(
                try await store.begin(.measure, as: Self.ids.uuid(), every: .zero, lease: .zero))
            let next = try #require(
                try await store.begin(.measure, as: Self.ids.uuid(), every: .zero, lease: Self.lease))
            let scope = MetricScope(tenantID: tenants.first.id)
            func measured(_ value: Double, _ turn: MonitoringTurn) -> [Measurement] {
                [Measurement(.deliveryRate, scope, at: turn.startedAt, value: value, sample: 10)]
            }
            #expect(try await !store.end(late, MonitoringOutcome(), keeping: measured(0.1, late)))
            #expect(try await store.end(next, MonitoringOutcome(), keeping: measured(0.9, next)))
            let current = try await MeasurementStore(tenants.database).current(of: tenants.first.id)
            #expect(current.map(\.value) == [0.9])
            #expect(try await MeasurementStore(tenants.database).current(of: tenants.second.id).isEmpty)
        }
    }

    @Test func theFirstTurnOfAnHourIsKeptForLong() async throws {
        try await withStore { store, tenants in
            for _ in 0..<3 {
                let turn = try #require(
                    try await store.begin(.measure, as: Self.ids.uuid(), every: .zero, lease: Self.lease))
                let measured = Measurement(.backlogAge, MetricScope(), at: turn.startedAt, value: 1, sample: 1)
                #expect(try await store.end(turn, MonitoringOutcome(), keeping: [measured]))
            }
            let rows = try await tenants.platform.rows("SELECT is_hourly FROM monitoring_metrics ORDER BY at")
            #expect(try rows.map { try $0.value(0, as: Bool.self) } == [true, false, false])
        }
    }

    @Test func historyIsTheMeanOfEachPartOfTheSpan() async throws {
        try await withStore { store, tenants in
            let turn = try #require(
                try await store.begin(.measure, as: Self.ids.uuid(), every: .zero, lease: Self.lease))
            let from = Timestamp(microseconds: turn.startedAt.microseconds / 3_600_000_000 * 3_600_000_000)
            let scope = MetricScope(tenantID: tenants.first.id)
            let measured = (0..<6).map {
                Measurement(.failureRate, scope, at: from + .seconds($0 * 600), value: Double($0) / 10, sample: Int64($0 * 10))
            }
            _ = try await store.end(turn, MonitoringOutcome(), keeping: measured)
            let points = try await MeasurementStore(tenants.database).history(
                .failureRate, scope, from: from, to: from + Self.hour, points: 3)
            #expect(points.map { ($0.value * 100).rounded() } == [5, 25, 45])
            #expect(points.map(\.sample) == [5, 25, 45])
            let theirs = try await MeasurementStore(tenants.database).history(
                .failureRate, MetricScope(tenantID: tenants.second.id), from: from, to: from + Self.hour, points: 3)
            #expect(theirs.isEmpty)
        }
    }

    private func withStore(_ body: (MonitoringJobStore, TwoTenants) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        do {
            try await body(MonitoringJobStore(tenants.platform), tenants)
            await tenants.stop()
        } catch {
            await tenants.stop()
            throw error
        }
    }
}
