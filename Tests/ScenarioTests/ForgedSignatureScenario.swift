import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct ForgedSignature {
        @Test func whatMetaDidNotSignChangesNothing() async throws {
            try await onCalmSystem { system in
                let recipient = system.recipient(ending: 996)
                let id = try await system.sendReminder(to: recipient)
                try await system.waitForStatus("sent", of: id)

                func body(_ word: String) -> String {
                    let status = TestSystem.status(
                        word,
                        providerMessageID: "wamid.forged",
                        recipient: recipient,
                        message: id,
                        at: Timestamp(microseconds: 1_790_000_000_000_000)
                    )
                    return TestSystem.webhookBody([(.first, [status])])
                }
                let forged = Array(body("read").utf8)
                #expect(try await system.postWebhook(body("read"), secret: "a guess").status == 401)
                for headers in [
                    [], [("X-Hub-Signature-256", "")], [("X-Hub-Signature-256", "sha256=")],
                    [("X-Hub-Signature-256", "sha256=" + String(repeating: "0", count: 64))],
                ] {
                    #expect(
                        try await system.request("POST", system.webhookURL, headers: headers, body: forged)
                            .status == 401
                    )
                }
                // One after them, of the same account and so behind them in order: when it is applied, they were not.
                #expect(try await system.postWebhook(body("delivered")).status == 200)
                try await system.waitForStatus("delivered", of: id)
                #expect(try await !system.message(id).timelineTypes.contains("read"))
            }
        }

        @Test func theHandshakeWantsTheAgreedToken() async throws {
            try await onCalmSystem { system in
                func answer(_ token: String) async throws -> TestSystem.Answer {
                    try await system.get(
                        system.webhookURL + "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
                            + token
                    )
                }
                let agreed = try await answer(TestSystem.verifyToken)
                #expect(agreed.status == 200 && agreed.text == "1158201444")
                #expect(try await answer("a-guess").status == 403)
            }
        }
    }
}
