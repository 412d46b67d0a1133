import JSON
import Models
import Postgres
import Runtime
import TestSupport
import Testing

@testable import alerter

/// Channels that fail, hours that are quiet, digests, and the sign of life.
@Suite struct AlerterFallbackTests {
    @Test func whatIsCriticalIsToldTheSecondLineWhenTheOnlyChannelFails() async throws {
        let alerter = try await RunningAlerter.start(environment: [
            "ALERT_EMAIL": "", "ESCALATION_EMAIL": "chief@example.test", "ALERT_FALLBACK_AFTER": "500ms",
        ])
        try await alerter.sandbox.call("POST", "/oracle/slack", #"{"fail":1000,"status":500}"#)
        try await alerter.raise("Fire")
        try await alerter.raise("Smoke", severity: .warning)
        try await eventually("it is told by mail") { try await alerter.count("fallback_of IS NOT NULL AND state = 'sent'") == 1 }
        let mail = try #require(try await alerter.items().first)
        #expect(mail["subject"]?.string == "[CRITICAL] Fire")
        #expect(mail["text"]?.string?.contains("another channel does not deliver") == true)
        // Slack comes back: nothing is lost, and nothing is told by mail again.
        try await alerter.sandbox.call("POST", "/oracle/slack", #"{"fail":0}"#)
        try await eventually("Slack has both") { try await alerter.count("channel = 'slack' AND state = 'sent'") == 2 }
        #expect(try await alerter.items().count == 3)
        await alerter.stop()
    }

    @Test func nothingIsToldTwiceWhereTheOtherChannelHasToldIt() async throws {
        let alerter = try await RunningAlerter.start(environment: ["ALERT_FALLBACK_AFTER": "200ms"])
        try await alerter.sandbox.call("POST", "/oracle/slack", #"{"fail":3,"status":500}"#)
        try await alerter.raise("Fire")
        try await eventually("both are told") { try await alerter.count("state = 'sent'") == 2 }
        #expect(try await alerter.count("fallback_of IS NOT NULL") == 0)
        await alerter.stop()
    }

    @Test func aBusinessIsToldOfItsOwnAndOfNothingElse() async throws {
        let alerter = try await RunningAlerter.start()
        let (mine, other) = (try await alerter.makeTenant("mine"), try await alerter.makeTenant("other"))
        try await alerter.addDestination(of: mine, "ada@example.test")
        try await alerter.addDestination(of: other, "bob@example.test")
        try await alerter.raise(
            "Trouble", detail: "why\nhttps://tidings.example.test/admin/whatsapp-monitor?business=1", tenantID: mine)
        try await alerter.raise("Ledger", tenantID: mine, code: .ledgerImbalance)
        try await alerter.raise("Platform")
        try await eventually("everything is told") { try await alerter.count("state = 'sent'") == 7 }
        let mails = try await alerter.items().filter { $0["to"]?.elements?.first?.string == "ada@example.test" }
        #expect(mails.compactMap { $0["subject"]?.string } == ["[CRITICAL] Trouble"])
        #expect(mails.first?["text"]?.string?.contains("/admin/") == false)
        #expect(mails.first?["text"]?.string?.contains("/dashboard/alerts") == true)
        #expect(try await alerter.count("destination = 'bob@example.test'") == 0)
        await alerter.stop()
    }

    @Test func whatIsNotCriticalWaitsForTheEndOfQuietHoursAndIsToldTogether() async throws {
        let alerter = try await RunningAlerter.start()
        let mine = try await alerter.makeTenant("mine")
        try await alerter.addDestination(of: mine, "ada@example.test", quiet: true)
        for number in 0..<3 { try await alerter.raise("Warning \(number)", severity: .warning, tenantID: mine) }
        try await alerter.raise("Fire", tenantID: mine)
        try await eventually("all else is told") { try await alerter.count("state = 'sent'") == 9 }
        func mails() async throws -> [JSONValue] {
            try await alerter.items().filter { $0["to"]?.elements?.first?.string == "ada@example.test" }
        }
        #expect(try await mails().compactMap { $0["subject"]?.string } == ["[CRITICAL] Fire"])
        #expect(try await alerter.count("is_held AND state = 'due' AND due_at > now() + interval '50 minutes'") == 3)
        // The hours pass.
        _ = try await alerter.database.execute("UPDATE notifications SET due_at = now() WHERE is_held")
        try await eventually("the rest is told") { try await mails().count == 2 }
        #expect(try await mails().first?["subject"]?.string == "3 alerts")
        #expect(try await mails().first?["text"]?.string?.contains("quiet hours") == true)
        await alerter.stop()
    }

    @Test func aDigestIsWrittenOnceADayWhateverCopiesRun() async throws {
        let midnight = ["DIGEST_AT": "00:00", "DIGEST_TIME_ZONE": "UTC"]
        let alerter = try await RunningAlerter.start(environment: midnight)
        let second = try alerter.secondCopy()
        let running = Task { for part in second { try await part.start() } }
        try await running.value
        let loops = second.map { part in Task { _ = try? await part.run() } }
        try await eventually("digests arrive") { try await alerter.count("kind = 'digest' AND state = 'sent'") == 2 }
        try await Task.sleep(for: .seconds(1))
        #expect(try await alerter.count("kind = 'digest'") == 2)
        let mail = try #require(try await alerter.items().first { $0["kind"]?.string == "mail" })
        #expect(mail["subject"]?.string?.hasPrefix("Your day with Tidings, all businesses") == true)
        #expect(mail["text"]?.string?.contains("Accepted: 0") == true)
        for part in second.reversed() { await part.stop(within: .seconds(5)) }
        for loop in loops { loop.cancel() }
        await alerter.stop()
    }

    @Test func theHeartbeatIsThereAsLongAsPeopleCouldBeTold() async throws {
        let alerter = try await RunningAlerter.start { sandbox in
            ["HEARTBEAT_URL": sandbox.url + "/healthz", "HEARTBEAT_INTERVAL": "100ms"]
        }
        func beats() -> Int {
            let lines = MetricsRegistry.shared.render().split(separator: "\n")
            let line = lines.first { $0.hasPrefix("tidings_heartbeats_total{outcome=\"sent\"}") }
            return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        }
        let before = beats()
        try await eventually("it beats") { beats() > before + 2 }
        await alerter.stop()
    }
}
