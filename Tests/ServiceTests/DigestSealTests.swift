import Crypto
import JSON
import Models
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Storage
@testable import alerter

/// Who keeps the mails of every day keeps what the log can be held against.
@Suite struct DigestSealTests {
    /// Three seals a business: the newest before the digest is due, one before that, and one that is too late for it.
    private static func seal(_ tenantID: TenantID, leaves: Int, _ alerter: RunningAlerter) async throws -> ProofSeal {
        var named: ProofSeal?
        for (number, age) in [(Int64(11), Int64(26)), (12, 25), (13, 0)] {
            let seal = ProofSeal(
                tenantID: "\(tenantID)", number: number, from: "2026-11-21T07:56:00.000000Z", to: "2026-11-21T07:58:00.000000Z",
                leaves: leaves, root: SHA256.hex("root \(number) of \(tenantID)"), previous: ProofSeal.nothingBefore,
                keyID: "k1")
            if number == 12 { named = seal }
            _ = try await alerter.database.execute(
                """
                INSERT INTO proof_seals (tenant_id, number, from_at, to_at, text, signature, salt, leaves)
                VALUES (\(tenantID), \(number), now() - \(age) * interval '1 hour', now() - \(age) * interval '1 hour',
                        \(seal.text), '', '', '')
                """)
        }
        return try #require(named)
    }

    @Test func theDigestNamesTheNewestSealOfEachBusinessWhoseLogIsSealed() async throws {
        let alerter = try await RunningAlerter.start()
        let (mine, other) = (try await alerter.makeTenant("mine"), try await alerter.makeTenant("other"))
        _ = try await alerter.makeTenant("unsealed")
        try await alerter.addDestination(of: mine, "ada@example.test")
        _ = try await alerter.database.execute(
            "UPDATE alert_destinations SET wants_digest = true, verified_at = now() - interval '2 days'")
        let seals = [
            try await Self.seal(mine, leaves: 1_200, alerter), try await Self.seal(other, leaves: 1, alerter),
        ]
        let settings = try #require(DigestSettings(SettingsReader(environment: ["DIGEST_AT": "00:00"])))
        let turn = DigestTurn(
            settings: settings, routes: DigestRouteStore(alerter.database), figures: DigestStore(alerter.database),
            destinations: [NotificationDestination(.email, "operations@example.test")])
        #expect(try await turn.run() >= 2)
        func digest(to address: String) async throws -> String? {
            try await alerter.items().first {
                $0["to"]?.elements?.first?.string == address && $0["subject"]?.string?.hasPrefix("Your day") == true
            }?["text"]?.string
        }
        for address in ["ada@example.test", "operations@example.test"] {
            try await eventually("the digest arrives") { try await digest(to: address) != nil }
        }
        let own = try #require(try await digest(to: "ada@example.test"))
        let all = try #require(try await digest(to: "operations@example.test"))
        #expect(own.contains("mine, seal 12, until 2026-11-21T07:58:00.000000Z: 1,200 messages"))
        #expect(own.contains(seals[0].root) && own.contains(SHA256.hex(seals[0].text)))
        #expect(!own.contains(seals[1].root) && own.contains("Keep this message"))
        #expect(all.contains("other, seal 12") && all.contains("1 message,") && !all.contains("unsealed"))
        for seal in seals { #expect(all.contains(seal.root) && all.contains(SHA256.hex(seal.text))) }
        #expect(!all.contains("seal 11") && !all.contains("seal 13"))
        await alerter.stop()
    }

    @Test func aDigestWithManySealsLosesNoneOfThemInSlack() throws {
        let seals = (0..<48).map { number in
            let seal = ProofSeal(
                tenantID: "t", number: 1_000_000, from: "", to: "2026-11-21T07:58:00.000000Z", leaves: 50_000,
                root: SHA256.hex("\(number)"), previous: "", keyID: "k1")
            return DigestNews.NewestSeal(
                business: String(repeating: "&", count: 200), seal: seal, hash: SHA256.hex(seal.text))
        }
        let day = DigestStore.Day(
            from: Timestamp(microseconds: 0), to: Timestamp(microseconds: 0), flow: CountedFlow(sumOf: []),
            criticalFailures: 0, alertsOpened: 0, alertsStillOpen: 0, reasons: [])
        let content = DigestWords.day(day, DigestNews(alerts: [], tokens: [], codes: [], seals: seals))
        let text = AlertText(title: "Your day", facts: [], paragraphs: content.paragraphs, tables: content.tables)
        let shown = String(decoding: SlackMessage.body(of: text), as: UTF8.self)
        for one in seals { #expect(shown.contains(one.seal.root) && shown.contains(one.hash)) }
    }
}
