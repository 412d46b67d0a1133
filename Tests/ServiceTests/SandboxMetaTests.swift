import Crypto
import HTTPClient
import JSON
import TestSupport
import Testing

@testable import sandbox

@Suite struct SandboxMetaTests {
    @Test func aSendIsAnsweredAsMetaAnswers() async throws {
        let sandbox = try await SandboxFixture()
        let answer = try await sandbox.send(to: "+39 340 123-4567")
        #expect(answer.status == 200)
        #expect(answer.json["contacts"]?.elements?.first?["input"]?.string == "+39 340 123-4567")
        #expect(answer.json["contacts"]?.elements?.first?["wa_id"]?.string == "393401234567")
        #expect(answer.json["messages"]?.elements?.first?["message_status"]?.string == "accepted")
        let id = try #require(answer.json["messages"]?.elements?.first?["id"]?.string)
        let inside = try #require(Base64.decode(id.dropFirst("wamid.".count)))
        #expect(String(decoding: inside, as: UTF8.self).contains("393401234567"))
        for name in ["x-business-use-case-usage", "x-app-usage", "facebook-api-version", "x-fb-trace-id"] {
            #expect(answer.response.header(name) != nil, "\(name)")
        }
        await sandbox.stop()
    }

    @Test func aStrangersTokenIsRefused() async throws {
        let sandbox = try await SandboxFixture()
        let answer = try await sandbox.send(to: "+393401234567", token: "someone-else")
        #expect(answer.status == 401)
        #expect(answer.json["error"]?["code"]?.integer == 190)
        #expect(answer.json["error"]?["fbtrace_id"]?.string?.isEmpty == false)
        await sandbox.stop()
    }

    @Test(arguments: [
        (#"not json"#, 400, 100),
        (#"{"to":"+393401234567","type":"text","text":{"body":"x"}}"#, 400, 100),
        (#"{"messaging_product":"whatsapp","type":"text","text":{"body":"x"}}"#, 400, 131_008),
        (#"{"messaging_product":"whatsapp","to":"nobody","type":"text","text":{"body":"x"}}"#, 400, 131_009),
        (#"{"messaging_product":"whatsapp","to":"+393401234567","type":"text"}"#, 400, 131_008),
        (#"{"messaging_product":"whatsapp","to":"+393401234567","type":"text","text":{}}"#, 400, 131_008),
        (#"{"messaging_product":"whatsapp","to":"+393401234567","type":"dance","dance":{}}"#, 400, 131_051),
        (#"{"messaging_product":"whatsapp","to":"+393401234567","type":"image","image":{}}"#, 400, 131_008),
        (
            #"{"messaging_product":"whatsapp","to":"+393401234567","type":"template","template":{"name":"a"}}"#,
            400, 131_008
        ),
        (
            #"{"messaging_product":"whatsapp","to":"+393401234567","type":"template","template":{"name":"a_paused","language":{"code":"en"}}}"#,
            400, 132_015
        ),
        (
            #"{"messaging_product":"whatsapp","to":"+393401234567","type":"template","template":{"name":"a_missing","language":{"code":"en"}}}"#,
            404, 132_001
        ),
    ])
    func aBodyThatMetaRefusesGetsMetasCode(body: String, status: Int, code: Int64) async throws {
        let sandbox = try await SandboxFixture()
        let answer = try await sandbox.send(to: "", body: body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"]?.integer == code)
        #expect(answer.json["error"]?["type"]?.string == "OAuthException")
        await sandbox.stop()
    }

    @Test(
        arguments: [
            ("+393401234500", [131_000, 131_000, 131_000, 131_000]), ("+393401234501", [131_000, nil]),
            ("+393401234502", [131_016, 131_016, nil]), ("+393401234429", [130_429, 130_429, nil]),
            ("+393401234056", [131_056, nil]), ("+393401234190", [190, 190]), ("+393401234100", [100, 100]),
            ("+393401234999", [987_654, 987_654]),
        ] as [(String, [Int64?])]
    )
    func aFaultIsCountedByMessageAndNotByAttempt(recipient: String, codes: [Int64?]) async throws {
        let sandbox = try await SandboxFixture()
        for message in ["0198f2c0-0000-7000-8000-000000000001", "0198f2c0-0000-7000-8000-000000000002"] {
            for (attempt, code) in codes.enumerated() {
                let answer = try await sandbox.send(to: recipient, reference: "v1.\(message).\(attempt + 1)")
                #expect(answer.json["error"]?["code"]?.integer == code)
                #expect((answer.status == 200) == (code == nil))
            }
        }
        await sandbox.stop()
    }

    @Test func aTaughtTemplateIsCheckedAsMetaChecks() async throws {
        let sandbox = try await SandboxFixture()
        let template = #"""
            {"name":"taught","language":"en_US","category":"MARKETING",
             "components":[{"type":"BODY","text":"Hi {{1}}, {{2}} and again {{1}}."}]}
            """#
        try await sandbox.call(
            "POST",
            "/oracle/phones",
            #"{"phone_number_id":"100200300400500","waba_id":"42"}"#
        )
        #expect(try await sandbox.call("POST", "/v25.0/42/message_templates", template).status == 200)
        #expect(try await sandbox.call("POST", "/v25.0/42/message_templates", template).status == 400)
        func code(_ language: String, _ parameters: Int) async throws -> Int64? {
            let list = (0..<parameters).map { #"{"type":"text","text":"\#($0)"}"# }.joined(separator: ",")
            let body = #"""
                {"messaging_product":"whatsapp","to":"+393401234567","type":"template","template":{"name":"taught",
                 "language":{"code":"\#(language)"},"components":[{"type":"body","parameters":[\#(list)]}]}}
                """#
            return try await sandbox.send(to: "", body: body).json["error"]?["code"]?.integer
        }
        #expect(try await code("en_US", 2) == nil)
        #expect(try await code("en-US", 2) == nil)
        #expect(try await code("en_US", 1) == 132_000)
        #expect(try await code("it", 2) == 132_001)
        let listed = try await sandbox.call("GET", "/v25.0/42/message_templates?name=taught").json?["data"]?
            .elements
        #expect(listed?.first?["status"]?.string == "APPROVED")
        try await sandbox.call(
            "POST",
            "/oracle/templates",
            #"{"waba_id":"42","name":"taught","status":"PAUSED"}"#
        )
        #expect(try await code("en_US", 2) == 132_015)
        try await eventually("both template webhooks arrive") {
            sandbox.webhooks.count { $0.text.contains("message_template_status_update") } == 2
        }
        #expect(try await sandbox.call("DELETE", "/v25.0/42/message_templates?name=taught").status == 200)
        await sandbox.stop()
    }

    @Test func aNumberBeyondItsRateIsRefusedAndCounted() async throws {
        let sandbox = try await SandboxFixture(["SANDBOX_MESSAGES_PER_SECOND": "3"])
        var codes: [Int64?] = []
        // So many that no machine is slow enough to keep to the rate.
        for number in 0..<40 {
            codes.append(
                try await sandbox.send(to: "+3934012345\(50 + number)").json["error"]?["code"]?.integer
            )
        }
        #expect(codes.prefix(3).allSatisfy { $0 == nil })
        #expect(codes.contains(130_429))
        let other = try await sandbox.send(to: "+393401234560", phone: "999")
        #expect(other.status == 200)
        #expect(try await sandbox.call("GET", "/oracle/limits").json?["throughput"]?.integer ?? 0 >= 1)
        await sandbox.stop()
    }

    @Test func aPairBeyondItsBurstIsRefusedUnlessLimitsAreOnlyCounted() async throws {
        for (enforced, accepted) in [("true", 45), ("false", 47)] {
            let sandbox = try await SandboxFixture([
                "SANDBOX_ENFORCE_LIMITS": enforced, "SANDBOX_MESSAGES_PER_SECOND": "1000",
            ])
            var taken = 0
            for _ in 0..<47 where try await sandbox.send(to: "+393401234567").status == 200 { taken += 1 }
            #expect(taken == accepted)
            #expect(try await sandbox.call("GET", "/oracle/limits").json?["pair"]?.integer == 2)
            await sandbox.stop()
        }
    }

    @Test func numbersAndTokensCanBeInspected() async throws {
        let sandbox = try await SandboxFixture()
        let phone = try await sandbox.call(
            "GET",
            "/v25.0/\(SandboxFixture.phone)?fields=quality_rating,health_status"
        )
        #expect(phone.json?["quality_rating"]?.string == "GREEN")
        #expect(phone.json?["throughput"]?["level"]?.string == "STANDARD")
        #expect(phone.json?["health_status"]?["can_send_message"]?.string == "AVAILABLE")
        let good = try await sandbox.call("GET", "/v25.0/debug_token?input_token=sandbox-token-7")
        #expect(good.json?["data"]?["is_valid"]?.boolean == true)
        let bad = try await sandbox.call("GET", "/v25.0/debug_token?input_token=x")
        #expect(bad.json?["data"]?["is_valid"]?.boolean == false)
        #expect(try await sandbox.call("POST", "/v25.0/42/subscribed_apps").json?["success"]?.boolean == true)
        #expect(try await sandbox.call("GET", "/nonsense/42").status == 400)
        await sandbox.stop()
    }

    @Test func everyMagicRecipientIsOnThePage() async throws {
        let sandbox = try await SandboxFixture()
        let page = try await sandbox.text("/")
        for row in MagicRecipients.rows {
            #expect(page.contains("…\(row.suffix)<"))
            #expect(
                MagicRecipients.behaviour(of: 393_401_234_000 + (UInt64(row.suffix) ?? 0)) == row.behaviour
            )
        }
        #expect(Set(MagicRecipients.rows.map(\.suffix)).count == MagicRecipients.rows.count)
        await sandbox.stop()
    }
}
