import JSON
import Models
import Runtime
import Storage
import TestSupport
import Testing

@testable import alerter

/// With a bot, an alert and all that follows hang together in Slack.
@Suite struct AlerterSlackBotTests {
    private func start() async throws -> RunningAlerter {
        try await RunningAlerter.start { sandbox in
            [
                "SLACK_BOT_TOKEN": "xoxb-test", "SLACK_CHANNEL": "C0ALERTS", "SLACK_API_URL": sandbox.url + "/slack-api",
                "ALERT_EMAIL": "", "ALERT_REMIND_AFTER": "1h", "ALERT_ESCALATE_AFTER": "2h", "ALERT_REPEATS_MAX": "0",
            ]
        }
    }

    /// Oldest first.
    private func messages(_ alerter: RunningAlerter) async throws -> [JSONValue] {
        try await alerter.items().filter { $0["kind"]?.string == "slack" }.reversed()
    }

    @Test func whatFollowsAnAlertStandsUnderItAndItShowsWhenItIsOver() async throws {
        let alerter = try await start()
        let id = try await alerter.raise("Fire")
        try await eventually("it is told") { try await alerter.count("state = 'sent'") == 1 }
        for told in 2...3 {
            try await alerter.letNextStepCome(id)
            try await eventually("the next step is told") { try await alerter.count("state = 'sent'") == told }
        }
        try await alerter.resolve(id)
        try await eventually("the end is told") { try await messages(alerter).count == 4 }
        let told = try await messages(alerter)
        let first = try #require(told.first)
        #expect(first["thread_ts"]?.string == nil)
        #expect(told.dropFirst().allSatisfy { $0["thread_ts"]?.string == first["ts"]?.string && $0["thread_ts"] != nil })
        try await eventually("the first message shows it") {
            try await messages(alerter).first?["subject"]?.string?.contains("[RESOLVED] Fire") == true
        }
        #expect(try await messages(alerter).first?["edited"]?.boolean == true)
        #expect(told[2]["raw"]?.string?.contains(#""reply_broadcast":true"#) == true)
        await alerter.stop()
    }

    @Test func aThreadThatIsGoneIsFollowedInTheChannel() async throws {
        let alerter = try await start()
        let id = try await alerter.raise("Fire")
        try await eventually("it is told") { try await alerter.count("state = 'sent'") == 1 }
        try await alerter.sandbox.call("POST", "/oracle/slack", #"{"fail":1,"error":"thread_not_found"}"#)
        try await alerter.letNextStepCome(id)
        try await eventually("the reminder is told") { try await alerter.count("kind = 'reminder' AND state = 'sent'") == 1 }
        #expect(try await messages(alerter).filter { $0["thread_ts"]?.string == nil }.count == 2)
        await alerter.stop()
    }

    @Test(arguments: [
        (#"{"ok":true,"channel":"C1","ts":"1.2"}"#, 200, nil, DeliveryResult.sent),
        (#"{"ok":false,"error":"ratelimited"}"#, 200, "30", .later("Slack answered ratelimited", wait: .seconds(30))),
        (#"{"ok":false,"error":"ratelimited"}"#, 429, "7", .later("Slack answered 429 ", wait: .seconds(7))),
        (#"{"ok":false,"error":"internal_error"}"#, 200, nil, .later("Slack answered internal_error", wait: nil)),
        (#"{"ok":false,"error":"not_in_channel"}"#, 200, nil, .refused("Slack answered not_in_channel")),
        (#"{"ok":false,"error":"channel_not_found"}"#, 200, nil, .refused("Slack answered channel_not_found")),
        (#"{"ok":false,"error":"invalid_auth"}"#, 200, nil, .refused("Slack answered invalid_auth")),
        (#"{"ok":false,"error":"token_revoked"}"#, 200, nil, .refused("Slack answered token_revoked")),
        ("<html>a proxy</html>", 200, nil, .later("Slack answered 502 ", wait: nil)),
        ("", 503, nil, .later("Slack answered 503 ", wait: nil)),
    ] as [(String, Int, String?, DeliveryResult)])
    func theAPIsAnswersAreReadByTheirWords(body: String, status: Int, retryAfter: String?, result: DeliveryResult) {
        let answer = SlackAPIAnswer(status: status, body: Array(body.utf8), retryAfter: retryAfter)
        #expect(answer.result == result)
        #expect((answer.message != nil) == (result == .sent))
    }

    @Test func aBotWithoutItsChannelIsAProblemOfTheSettings() {
        let error = #expect(throws: SettingsError.self) {
            try AlerterSettings(SettingsReader(environment: ["SLACK_BOT_TOKEN": "xoxb-test"]))
        }
        #expect(error.map { "\($0)" }?.contains("SLACK_CHANNEL") == true)
    }
}
