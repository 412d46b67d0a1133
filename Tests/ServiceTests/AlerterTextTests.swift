import JSON
import Models
import Runtime
import Storage
import TestSupport
import Testing

@testable import alerter

@Suite struct AlerterTextTests {
    @Test func theWaitsBetweenTriesDoubleAndLastForADay() {
        let waits = (1...200).map { NotificationWait.after(attempts: $0, scale: 1) }
        #expect(waits.prefix(4) == [.seconds(5), .seconds(10), .seconds(20), .seconds(40)])
        #expect(waits.max() == .seconds(600))
        #expect(waits.reduce(.zero, +) > .seconds(24 * 3_600))
        #expect(NotificationWait.after(attempts: 1, scale: 0.1) == .milliseconds(500))
    }

    @Test(
        arguments: [
            (200, "ok", nil, DeliveryResult.sent),
            (429, "rate_limited", "30", .later("Slack answered 429 rate_limited", wait: .seconds(30))),
            (429, "", "soon", .later("Slack answered 429 ", wait: .seconds(1))),
            (500, "rollup_error", nil, .later("Slack answered 500 rollup_error", wait: nil)),
            (503, "<html>PROXY</html>", nil, .later("Slack answered 503 ", wait: nil)),
            (400, "invalid_payload", nil, .refused("Slack answered 400 invalid_payload")),
            (403, "action_prohibited", nil, .refused("Slack answered 403 action_prohibited")),
            (404, "no_service", nil, .refused("Slack answered 404 no_service")),
            (410, "channel_is_archived", nil, .refused("Slack answered 410 channel_is_archived")),
        ] as [(Int, String, String?, DeliveryResult)]
    )
    func slacksAnswersAreReadByTheTable(
        status: Int,
        body: String,
        retryAfter: String?,
        result: DeliveryResult
    ) {
        #expect(SlackAnswer.result(status: status, body: Array(body.utf8), retryAfter: retryAfter) == result)
    }

    @Test func noTextIsBeyondSlacksLimits() throws {
        var generator = SeededGenerator(seed: 3)
        let pieces = ["<", ">", "&", "è", "😀", "\n", "plain words ", "*", "`", "\"", "👩‍👩‍👧‍👦"]
        for _ in 0..<100 {
            func text(_ max: Int) -> String {
                let count = Int.random(in: 0...max, using: &generator)
                return (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            }
            let message = AlertText(
                title: text(400),
                facts: (0..<12).map { (name: "fact \($0)", value: text(600)) },
                paragraphs: (0..<6).map { _ in text(5_000) },
                tables: (0..<14).map { number in
                    .init(title: text(200), rows: (0..<number).map { _ in (name: text(60), value: text(60)) })
                },
                links: [.init(label: "Open", url: "https://tidings.example.test/?a=1&b=2", isPrimary: true)]
            )
            let bytes = SlackMessage.body(of: message)
            let root = try JSONDocument(parsing: bytes).root
            let blocks = try #require(root["blocks"]?.elements)
            #expect(blocks.count <= 50)
            #expect(bytes.count < 60_000)
            for block in blocks {
                let shown = block["text"]?["text"]?.string ?? ""
                #expect(shown.utf16.count <= (block["type"]?.string == "header" ? 150 : 3_000))
                let fields = block["fields"]?.elements ?? []
                #expect(fields.count <= 10)
                #expect(fields.allSatisfy { ($0["text"]?.string ?? "").utf16.count <= 2_000 })
            }
        }
    }

    @Test func threeCharactersAreEscapedForSlackAndNoOthers() {
        #expect(
            SlackMessage.escaped(#"<!channel> & "you" *b*"#, max: 100) == #"&lt;!channel&gt; &amp; "you" *b*"#
        )
        #expect(SlackMessage.escaped("aaaa", max: 4) == "aaa…")
    }

    @Test(arguments: [
        ("smtp://127.0.0.1:1025", true), ("smtp://localhost", true), ("smtp://[::1]:25", true),
        ("smtp://127.0.0.1.example.test", false), ("smtp://mail.example.test:587", false),
        ("smtp://localhost.example.test", false),
    ])
    func clearTextStaysOnThisMachine(url: String, isLocal: Bool) {
        #expect(AlerterSettings.isLocal(url) == isLocal)
    }

    @Test func allProblemsOfTheSettingsAreNamedAtOnce() {
        let error = #expect(throws: SettingsError.self) {
            try AlerterSettings(
                SettingsReader(environment: ["SLACK_WEBHOOK_URL": "not a url", "ALERT_EMAIL": "nobody"])
            )
        }
        let text = error.map { "\($0)" } ?? ""
        for name in [
            "PLATFORM_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "SLACK_WEBHOOK_URL", "ALERT_EMAIL",
            "SMTP_URL",
        ] {
            #expect(text.contains(name))
        }
        #expect(!text.contains("not a url"))
    }

    private func due(
        _ destination: String, _ count: Int, alert: Bool = true, isHeld: Bool = false, rootCause: String? = nil
    ) -> [DueNotification] {
        (0..<count).map { _ in
            DueNotification(
                id: NotificationID(IDSource().uuid()), destination: destination, tellsAlert: alert, isHeld: isHeld,
                rootCause: rootCause)
        }
    }

    @Test func aStormBecomesOneBatchAndTheRestIsToldOneByOne() {
        let few = TellingBatch.next(of: due("a", 20))
        #expect(few.map(\.ids.count) == [1])
        #expect(few.first?.hasMore == true)
        let storm = TellingBatch.next(of: due("a", 21) + due("b", 1))
        #expect(storm.map(\.ids.count) == [21, 1])
        #expect(storm.map(\.reason) == [.storm, .single])
        #expect(storm.allSatisfy { !$0.hasMore })
        let linkFirst = TellingBatch.next(of: due("a", 1, alert: false) + due("a", 500))
        #expect(linkFirst.map(\.ids.count) == [1])
        #expect(linkFirst.first?.hasMore == true)
    }

    @Test func whatHasOneCauseIsToldInOneMessageAndWhatWaitedTogetherToo() {
        let cause = TellingBatch.next(of: due("a", 3, rootCause: "x") + due("a", 2, rootCause: "y") + due("a", 1))
        #expect(cause.map(\.ids.count) == [3])
        #expect(cause.first?.reason == .oneCause)
        #expect(cause.first?.hasMore == true)
        let held = TellingBatch.next(of: due("a", 4, isHeld: true, rootCause: "x") + due("a", 2, rootCause: "x"))
        #expect(held.map(\.ids.count) == [4])
        #expect(held.first?.reason == .held)
    }

    @Test(arguments: [
        (Duration.seconds(1), "1 second"), (.seconds(119), "119 seconds"), (.seconds(900), "15 minutes"),
        (.seconds(7_200), "2 hours"), (.seconds(200_000), "2 days"), (.seconds(-5), "0 seconds"),
    ])
    func spansAreInWordsOfOneUnit(span: Duration, words: String) {
        #expect(TellingWords.span(span) == words)
    }
}
