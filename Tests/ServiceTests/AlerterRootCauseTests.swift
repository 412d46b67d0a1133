import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import alerter

/// What another alert explains is told with that one, and by itself when the other is over.
@Suite struct AlerterRootCauseTests {
    private let ada = "ada@example.test"
    private let bob = "bob@example.test"

    /// One cycle of monitor's: each figure of a business that has one sender.
    private func cycle(
        _ alerter: RunningAlerter, _ tenantID: TenantID, minute: Int, failureRate: Double = 0.4
    ) async throws {
        let at = SystemClock.now() + .seconds(60 * minute)
        let figures: [(Metric, Double)] = [
            (.failureRate, failureRate), (.deliveryRate, 0.6), (.qualityScore, 0.5), (.failureBurnRate, 8),
        ]
        let measurements = ["", "sender"].flatMap { subject in
            figures.map { metric, value in
                Measurement(metric, MetricScope(tenantID: tenantID, subject: subject), at: at, value: value, sample: 1_000)
            }
        }
        _ = try await AlertJudgeStore(alerter.database, ids: IDSource()).judge(measurements, now: at) { breach in
            let subject = breach.measurement.scope.subject
            var draft = AlertDraft(
                key: breach.key, title: breach.key.code.rawValue + (subject.isEmpty ? "" : " of \(subject)"), detail: "why",
                occurrences: 1)
            draft.subject = subject
            return draft
        }
    }

    private func mails(_ alerter: RunningAlerter, to address: String) async throws -> [JSONValue] {
        try await alerter.items().filter { $0["to"]?.elements?.first?.string == address }.reversed()
    }

    private func subjects(_ alerter: RunningAlerter, to address: String) async throws -> [String] {
        try await mails(alerter, to: address).compactMap { $0["subject"]?.string }
    }

    @Test func oneWaveOfFailuresIsOneMailAndWhatOutlastsItIsToldAfterAll() async throws {
        let alerter = try await RunningAlerter.start()
        let mine = try await alerter.makeTenant("mine")
        for address in [ada, bob] { try await alerter.addDestination(of: mine, address) }
        _ = try await alerter.database.execute(
            "UPDATE alert_destinations SET codes = '{DELIVERY_RATE_LOW,MESSAGE_CRITICAL}' WHERE address = \(bob)")
        for minute in 0..<2 { try await cycle(alerter, mine, minute: minute) }
        for address in [ada, bob] {
            try await eventually("the wave is told") { try await !mails(alerter, to: address).isEmpty }
        }
        // Notifications leave in the order in which they were owed: when this has come, so has everything before it.
        try await alerter.raise("Fire", tenantID: mine)
        for address in [ada, bob] {
            try await eventually("what came last is told") {
                try await subjects(alerter, to: address).contains("[CRITICAL] Fire")
            }
        }
        #expect(try await subjects(alerter, to: ada) == ["[WARNING] FAILURE_RATE_HIGH", "[CRITICAL] Fire"])
        let text = try #require(try await mails(alerter, to: ada).first?["text"]?.string)
        let told = Set(text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("• ") }.map { String($0.dropFirst(2)) })
        let others = ["DELIVERY_RATE_LOW", "FAILURE_TREND", "QUALITY_SCORE_LOW"]
        #expect(told == Set(others + (others + ["FAILURE_RATE_HIGH"]).map { $0 + " of sender" }))
        // Who did not ask for the one that explains is told of what it asked for.
        let bobs = try await mails(alerter, to: bob)
        #expect(bobs.count == 2)
        // They are one message, whichever of the two it begins with.
        let first = try #require(bobs.first)
        let all = (first["subject"]?.string ?? "") + "\n" + (first["text"]?.string ?? "")
        #expect(all.contains("DELIVERY_RATE_LOW of sender"))

        try await cycle(alerter, mine, minute: 2, failureRate: 0)
        let alerts = AlertStore(alerter.database, ids: IDSource())
        try await alerts.regroup()
        try await eventually("the end is told") {
            try await subjects(alerter, to: ada).contains { $0.hasPrefix("[RESOLVED] FAILURE_RATE_HIGH") }
        }
        #expect(try await subjects(alerter, to: ada).count == 3)
        _ = try await alerter.database.execute(
            "UPDATE alerts SET resolved_at = now() - interval '31 minutes' WHERE code = 'FAILURE_RATE_HIGH'")
        try await alerts.regroup()
        try await eventually("what is not over is told") { try await subjects(alerter, to: ada).count == 6 }
        #expect(try await subjects(alerter, to: ada).suffix(3).sorted() == others.map { "[WARNING] \($0)" })
        #expect(try await mails(alerter, to: bob).count == 2)
        await alerter.stop()
    }
}
