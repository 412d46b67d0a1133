import Crypto
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func repeated(_ byte: UInt8, _ count: Int) -> [UInt8] { Array(repeating: byte, count: count) }

@Suite struct PublishedDigests {
    /// FIPS 180-4, NIST's example values.
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func sha256IsNISTs(text: String, digest: String) {
        #expect(SHA256.hex(text) == digest)
        #expect(SHA256.hex(bytes(text)) == digest)
    }

    struct Case: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let sha256: String
        let sha1: String
    }

    /// RFC 4231 and RFC 2202, whose first four cases share key and message.
    @Test(
        arguments: [
            Case(
                key: repeated(0x0B, 20),
                message: bytes("Hi There"),
                sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                sha1: "b617318655057264e28bc0b6fb378c8ef146be00"
            ),
            Case(
                key: bytes("Jefe"),
                message: bytes("what do ya want for nothing?"),
                sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
            Case(
                key: repeated(0xAA, 20),
                message: repeated(0xDD, 50),
                sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
                sha1: "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
            ),
            Case(
                key: Array(1...25),
                message: repeated(0xCD, 50),
                sha256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
                sha1: "4c9007f4026250c6bc8414f9bf50c86c2d7235da"
            ),
        ])
    func hmacIsTheRFCs(one: Case) {
        #expect(Hexadecimal.encode(HMACSHA256.authenticate(key: one.key, message: one.message)) == one.sha256)
        #expect(Hexadecimal.encode(HMACSHA1.authenticate(key: one.key, message: one.message)) == one.sha1)
    }

    @Test func keysLargerThanABlockAreHashedFirst() {
        let message = "Test Using Larger Than Block-Size Key - Hash Key First"
        let sha256 = HMACSHA256.authenticate(key: repeated(0xAA, 131), message: bytes(message))
        #expect(
            Hexadecimal.encode(sha256) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        )
        let long =
            "This is a test using a larger than block-size key and a larger than block-size data. "
            + "The key needs to be hashed before being used by the HMAC algorithm."
        let longer = HMACSHA256.authenticate(key: repeated(0xAA, 131), message: bytes(long))
        #expect(
            Hexadecimal.encode(longer) == "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        )
        let sha1 = HMACSHA1.authenticate(key: repeated(0xAA, 80), message: bytes(message))
        #expect(Hexadecimal.encode(sha1) == "aa4ae5e15272d00e95705637ce8a3b55ed402112")
    }

    @Test func anEmptyKeyAndMessageAreAllowed() {
        #expect(
            Hexadecimal.encode(HMACSHA256.authenticate(key: [], message: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        )
    }

    @Test func metasSignatureIsReproduced() {
        let body = #"{"object":"whatsapp_business_account","entry":[]}"#
        #expect(
            Hexadecimal.encode(
                HMACSHA256.authenticate(key: "meta-app-secret-for-tests", message: bytes(body))
            )
                == "54a69490a54636f68bda6d859aea5211297e3f23d98715aa74993cd0ad02eac4"
        )
    }

    @Test func twiliosSignaturesAreReproduced() {
        let key = "twilio-token-for-tests"
        let form = bytes(
            "https://hooks.example.test/twilio/status?tenant=t1ErrorCodeFromwhatsapp:+14155550100"
                + "MessageSidSM00000000000000000000000000000001MessageStatusdeliveredSmsStatusdelivered"
                + "Towhatsapp:+393401234567"
        )
        #expect(
            Base64.encode(HMACSHA1.authenticate(key: key, message: form)) == "vpUHwU0x5yR0Gqa6KfP7chcJn8g="
        )
        #expect(
            Base64.encode(HMACSHA256.authenticate(key: key, message: form))
                == "3XU38VdmY0X8BtIvMg+lxWwnDDSft/36DLSKHz9XneY="
        )
        let hash = SHA256.hex(#"{"a":1}"#)
        #expect(hash == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")
        let url = bytes("https://hooks.example.test/twilio/json?bodySHA256=\(hash)")
        #expect(
            Base64.encode(HMACSHA1.authenticate(key: key, message: url)) == "Yq4D41VBlJkYETKJyR51KL3V5NI="
        )
    }
}

@Suite struct ComparingAndEncoding {
    @Test func equalityLooksAtEveryByte() {
        let code = randomBytes(32)
        #expect(constantTimeEqual(code, code))
        for position in code.indices {
            var other = code
            other[position] ^= 1
            #expect(!constantTimeEqual(code, other))
        }
        #expect(!constantTimeEqual(code, Array(code.dropLast())))
        #expect(constantTimeEqual([], []))
    }

    @Test func randomBytesDoNotRepeat() {
        #expect(Set((0..<100).map { _ in randomBytes(16) }).count == 100)
        #expect(randomBytes(0).isEmpty)
    }

    /// RFC 4648, section 10.
    @Test(
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
        )
    )
    func base64IsTheRFCs(plain: String, encoded: String) {
        #expect(Base64.encode(bytes(plain)) == encoded)
        #expect(Base64.decode(encoded) == bytes(plain))
        let unpadded = encoded.filter { $0 != "=" }
        #expect(Base64URL.encode(bytes(plain)) == unpadded)
        #expect(Base64URL.decode(unpadded) == bytes(plain))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "Z===", "====", "Zg==Zg==",
    ])
    func base64IsReadInOneFormOnly(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func theTwoAlphabetsDifferInTwoDigits() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.decode("-_8=") == nil)
        #expect(Base64URL.decode("+/8") == nil)
    }

    @Test func everyLengthComesBack() {
        for count in 0..<70 {
            let original = randomBytes(count)
            #expect(Base64.decode(Base64.encode(original)) == original)
            #expect(Base64URL.decode(Base64URL.encode(original)) == original)
            #expect(Hexadecimal.decode(Hexadecimal.encode(original)) == original)
        }
    }

    @Test func hexadecimalIsReadInEitherCase() {
        #expect(Hexadecimal.decode("00fFA9") == [0, 0xFF, 0xA9])
        #expect(Hexadecimal.decode("0") == nil)
        #expect(Hexadecimal.decode("0g") == nil)
        #expect(Hexadecimal.decode("ｆｆ") == nil)
    }
}
