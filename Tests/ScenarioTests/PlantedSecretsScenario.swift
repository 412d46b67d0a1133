import Crypto
import Foundation
import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct PlantedSecrets {
        private static let token = "sandbox-token-PLANTEDACCESS-expires-2d"
        private static let wrongToken = "PLANTEDWRONGTOKEN"
        private static let appSecret = "PLANTEDAPPSECRET"
        private static let verifyToken = "PLANTEDVERIFYTOKEN"
        private static let text = "PLANTED text of a customer"

        /// Secrets and numbers go through as many features as there are; then everything is searched that anybody reads.
        @Test func nothingSecretLeavesTheRowItIsIn() async throws {
            try await onOwnSystem(environment: ["RETRY_TIME_SCALE": "0.05", "SENDER_CHECK_INTERVAL": "1s"]) { system in
                let heard = Heard()
                let sender = try await arrangeSender(system, heard)
                let shownOnce = try await arrangeAccess(system, heard)
                let numbers = try await write(through: sender, system, heard)
                try await speakAsTheTenantsApp(sender, system)
                try await eventually("people are told that the token ends", within: .seconds(90)) {
                    try await system.get(system.sandboxURL + "/inbox.json").text.contains("ends within 3 days")
                }
                for path in [
                    "settings", "senders", "senders/\(sender)", "keys", "users", "messages", "gates", "limits",
                    "ledger", "templates", "callbacks", "contacts", "messages/dead",
                ] {
                    let answer = try await system.ask("GET", "/v1/\(path)")
                    #expect(answer.status == 200, "\(path): \(answer.text)")
                    heard.add(answer)
                }
                let secrets =
                    [
                        Self.token, "PLANTEDACCESS", Self.wrongToken, Self.appSecret, Self.verifyToken, system.apiKey,
                        TestSystem.masterKey, TestSystem.appSecret, TestSystem.verifyToken, TestSystem.cronSecret,
                        "slack-secret-of-the-scenario",
                    ] + shownOnce
                let digits = numbers.map { String($0.dropFirst()) }
                #expect(heard.findings(secrets) == [])
                #expect(try system.logsHolding(secrets + digits + [Self.text]) == [])
                let written = try await system.everythingWritten(withNumbers: true)
                #expect(written.allSatisfy { !$0.place.hasPrefix("metrics") || !$0.text.isEmpty })
                // The topic of deliveries is read, and did hold something.
                #expect(!TestSystem.findings([digits[0]], in: written).isEmpty)
                #expect(TestSystem.findings(secrets, in: written) == [])
                let withoutDeliveries = written.filter { $0.place != "topic webhooks" }
                #expect(TestSystem.findings(digits + [Self.text], in: withoutDeliveries) == [])
            }
        }

        /// - Returns: its id.
        private func arrangeSender(_ system: TestSystem, _ heard: Heard) async throws -> String {
            func body(_ token: String) -> String {
                #"""
                {"name":"Planted","phone_number_id":"700800900","account_id":"9700800900","access_token":"\#(token)",
                 "app_secret":"\#(Self.appSecret)","verify_token":"\#(Self.verifyToken)"}
                """#
            }
            let refused = try await system.ask("POST", "/v1/senders", body(Self.wrongToken))
            #expect(refused.status == 422)
            let made = try await system.ask("POST", "/v1/senders", body(Self.token))
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json?["id"]?.string)
            let notTaken = try await system.ask("PATCH", "/v1/senders/\(id)", #"{"access_token":"\#(Self.wrongToken)"}"#)
            #expect(notTaken.status == 422)
            let verified = try await system.ask("POST", "/v1/senders/\(id)/verify")
            #expect(verified.json?["verification"]?["problem"]?.isNull == true)
            for answer in [refused, made, notTaken, verified] { heard.add(answer) }
            return id
        }

        /// - Returns: what was shown once and must not be seen again.
        private func arrangeAccess(_ system: TestSystem, _ heard: Heard) async throws -> [String] {
            let key = try await system.ask("POST", "/v1/keys", #"{"name":"Till","scopes":["messages"]}"#)
            let id = try #require(key.json?["id"]?.string)
            let rotated = try await system.ask("POST", "/v1/keys/\(id)/rotate")
            let keys = try [key, rotated].map { try #require($0.json?["key"]?.string) }
            let used = try await system.ask("GET", "/v1/messages", key: keys[1])
            let forged = try await system.ask("GET", "/v1/messages", key: String(keys[0].dropLast()) + "x")
            #expect(used.status == 200 && forged.status == 401)
            let person = try await system.ask("POST", "/v1/users", #"{"email":"ada@shop.example","role":"owner"}"#)
            let settings = try await system.ask("PATCH", "/v1/settings", #"{"name":"Planted","daily_quota":1000}"#)
            #expect(person.status == 201 && settings.status == 200)
            let callback = try await system.ask(
                "POST", "/v1/callbacks",
                #"{"url":"\#(system.sandboxURL)/callbacks/planted","events":["message.*"],"description":"P"}"#)
            let secret = try #require(callback.json?["secret"]?.string)
            for answer in [used, forged, person, settings] { heard.add(answer) }
            return keys + [secret, String(secret.dropFirst(6))]
        }

        /// Messages that go well, that fail, that are refused; and a customer who answers.
        ///
        /// - Returns: the numbers.
        private func write(through sender: String, _ system: TestSystem, _ heard: Heard) async throws -> [String] {
            let numbers = [system.plainRecipient(), system.recipient(ending: 26), system.recipient(ending: 500)]
            // Whoever wrote may be answered freely.
            for number in numbers {
                let inbound = try await system.request(
                    "POST", system.sandboxURL + "/oracle/inbound",
                    body: Array(#"{"to":"700800900","from":"\#(number)","text":"\#(Self.text)"}"#.utf8))
                #expect(inbound.status < 300, "\(inbound.text)")
            }
            try await eventually("the customers' messages are known") {
                try await system.admin.rows("SELECT FROM service_windows").count == numbers.count
            }
            var ids: [MessageID] = []
            for number in numbers {
                ids.append(
                    try await system.send(
                        #"{"to":"\#(number)","type":"text","text":{"body":"\#(Self.text)"},"sender_id":"\#(sender)"}"#))
            }
            try await system.waitForStatus("read", of: ids[0])
            try await system.waitForStatus("undelivered", of: ids[1])
            try await system.waitForStatus("failed", of: ids[2])
            let wrong = try await system.ask("POST", "/v1/messages", #"{"to":"\#(Self.appSecret)","type":"text"}"#)
            #expect(wrong.status == 422)
            heard.add(wrong)
            return numbers
        }

        /// At the sender's own address only what the tenant's own secret signs is taken, and only about the tenant.
        private func speakAsTheTenantsApp(_ sender: String, _ system: TestSystem) async throws {
            let address = system.webhookURL + "/" + sender
            func challenge(_ token: String) async throws -> Int {
                try await system.get("\(address)?hub.mode=subscribe&hub.verify_token=\(token)&hub.challenge=42").status
            }
            #expect(try await challenge(Self.verifyToken) == 200)
            #expect(try await challenge(TestSystem.verifyToken) == 403)
            let body = Array(#"{"object":"whatsapp_business_account","entry":[{"id":"9700800900","changes":[]}]}"#.utf8)
            func deliver(_ secret: String) async throws -> Int {
                let code = Hexadecimal.encode(HMACSHA256.authenticate(key: secret, message: body))
                return try await system.request(
                    "POST", address, headers: [("X-Hub-Signature-256", "sha256=" + code)], body: body
                ).status
            }
            #expect(try await deliver(Self.appSecret) == 200)
            #expect(try await deliver(TestSystem.appSecret) == 401)
        }
    }
}

/// Everything that callers were answered.
private final class Heard {
    private var texts: [Data] = []

    func add(_ answer: TestSystem.Answer) {
        texts.append(Data(answer.body))
        texts.append(Data(answer.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n").utf8))
    }

    func findings(_ secrets: [String]) -> [String] {
        TestSystem.findings(secrets, in: texts.map { (place: "an answer", text: $0) })
    }
}

extension TestSystem {
    fileprivate func ask(_ method: String, _ path: String, _ body: String = "", key: String? = nil) async throws -> Answer {
        try await request(
            method, ingestURL + path,
            headers: [("Authorization", "Bearer \(key ?? apiKey)"), ("Content-Type", "application/json")],
            body: Array(body.utf8))
    }
}
