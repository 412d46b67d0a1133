import Crypto
import Testing

@Suite struct StandardWebhookTests {
    private let body = Array(#"{"test": 2432232314}"#.utf8)

    /// The example that standard-webhooks and Svix print.
    @Test func theSpecificationsExampleIsSignedAsItSays() throws {
        let key = try #require(StandardWebhook.key(of: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = StandardWebhook.signature(
            keys: [key], id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: body)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func eitherSecretOfARotationVerifies() throws {
        let keys = try (0..<3).map { _ in try #require(StandardWebhook.key(of: StandardWebhook.makeSecret())) }
        let signature = StandardWebhook.signature(keys: Array(keys.prefix(2)), id: "a", seconds: 1_000, body: body)
        func isValid(_ key: [UInt8], id: String = "a", now: Int64 = 1_100, body: [UInt8]? = nil) -> Bool {
            StandardWebhook.isValid(signature, key: key, id: id, seconds: 1_000, body: body ?? self.body, now: now)
        }
        #expect(isValid(keys[0]))
        #expect(isValid(keys[1]))
        #expect(!isValid(keys[2]))
        #expect(!isValid(keys[0], id: "b"))
        #expect(!isValid(keys[0], now: 1_301))
        #expect(!isValid(keys[0], body: self.body + [32]))
    }

    @Test func aSecretIsShownWithItsPrefixAndReadWithOrWithout() throws {
        let secret = StandardWebhook.makeSecret()
        #expect(secret.hasPrefix("whsec_"))
        #expect(StandardWebhook.key(of: secret)?.count == StandardWebhook.secretBytesCount)
        #expect(StandardWebhook.key(of: String(secret.dropFirst(6))) == StandardWebhook.key(of: secret))
        for wrong in ["", "whsec_", "whsec_!!", "whsec_" + Base64.encode([1, 2, 3])] {
            #expect(StandardWebhook.key(of: wrong) == nil)
        }
    }
}
