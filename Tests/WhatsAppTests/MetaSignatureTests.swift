import Testing
import WhatsApp

@Suite struct MetaSignatureTests {
    /// Made with Python's hmac module; the second body is escaped the way Meta escapes.
    static let vectors: [(secret: String, body: String, signature: String)] = [
        (
            "app-secret", "{\"object\":\"whatsapp_business_account\"}",
            "0bf7374433906636bed1653bc7c64affb42fa5da9a39e251ab95c2e3a9c06923"
        ),
        (
            "app-secret", "{\"text\":\"caff\\u00e8 \\/ \\ud83d\\ude00\"}",
            "c4ce08899c6239b9315ab9884151de2f2ebc7b49c377aa32c42f3edf1ed87462"
        ),
        ("", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test(arguments: vectors.indices) func aSignatureOfMetasIsRecognised(_ index: Int) {
        let (secret, body, signature) = Self.vectors[index]
        #expect(MetaSignature.isValid("sha256=" + signature, body: Array(body.utf8), secrets: [secret]))
        #expect(
            MetaSignature.isValid(
                "sha256=" + signature.uppercased(),
                body: Array(body.utf8),
                secrets: [secret]
            )
        )
        #expect(MetaSignature.sign(body: Array(body.utf8), secret: secret) == "sha256=" + signature)
    }

    @Test func anyOfSeveralSecretsMayHaveSigned() {
        let body = Array("{}".utf8)
        let signature = MetaSignature.sign(body: body, secret: "old")
        #expect(MetaSignature.isValid(signature, body: body, secrets: ["new", "old"]))
        #expect(MetaSignature.isValid(signature, body: body, secrets: ["old", "new"]))
        #expect(!MetaSignature.isValid(signature, body: body, secrets: ["new"]))
        #expect(!MetaSignature.isValid(signature, body: body, secrets: []))
    }

    @Test(arguments: [
        nil, "", "sha256=", "sha256=zz", "sha1=0123", "0123", "sha256=" + String(repeating: "0", count: 64),
        "sha256=" + String(repeating: "0", count: 63), "sha256= " + String(repeating: "0", count: 64),
    ])
    func whatIsNoSignatureIsRefused(_ value: String?) {
        #expect(!MetaSignature.isValid(value, body: Array("{}".utf8), secrets: ["app-secret"]))
    }

    @Test func oneChangedByteIsNoticed() {
        let body = Array("{\"a\":1,\"b\":[2,3]}".utf8)
        let signature = MetaSignature.sign(body: body, secret: "s")
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            #expect(!MetaSignature.isValid(signature, body: changed, secrets: ["s"]))
        }
        #expect(!MetaSignature.isValid(signature, body: body + [10], secrets: ["s"]))
    }
}
