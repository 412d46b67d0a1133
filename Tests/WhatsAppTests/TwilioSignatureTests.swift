import Crypto
import Testing
import WhatsApp

/// Vectors made with Twilio's own Python library.
@Suite struct TwilioSignatureTests {
    private static let token = "twilio-token-for-tests"
    private static let url = "https://hooks.example.test/twilio/status?tenant=t1"
    private static let form = """
        MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered&To=whatsapp%3A%2B393401234567\
        &From=whatsapp%3A%2B14155550100&ErrorCode=&SmsStatus=delivered
        """
    private static let sha1 = "vpUHwU0x5yR0Gqa6KfP7chcJn8g="
    private static let sha256 = "3XU38VdmY0X8BtIvMg+lxWwnDDSft/36DLSKHz9XneY="
    private static let sharedKey = "key=SK1,algorithm=HMAC_SHA256"

    private func isValid(
        _ signature: String?, settings: String? = nil, url: String = url, form: String = form, token: String = token
    ) -> Bool {
        TwilioSignature.isValid(
            signature, settings: settings, url: url, body: Array(form.utf8),
            contentType: "application/x-www-form-urlencoded; charset=UTF-8", token: token)
    }

    @Test func aSignatureOfTwiliosIsRecognised() {
        #expect(isValid(Self.sha1))
        #expect(isValid(Self.sha256, settings: Self.sharedKey))
    }

    @Test func anAlgorithmIsNotMistakenForTheOther() {
        #expect(!isValid(Self.sha256))
        #expect(!isValid(Self.sha1, settings: Self.sharedKey))
        #expect(!isValid(Self.sha1, settings: "key=SK1,algorithm=NONE"))
        #expect(!isValid(Self.sha1, settings: "key=SK1"))
    }

    @Test func theDefaultPortMayBeNamedOrNot() {
        let named = "https://hooks.example.test:443/twilio/status?tenant=t1"
        #expect(isValid(Self.sha1, url: named))
        let fields = FormFields(parsing: Array(Self.form.utf8))
        let signedWithPort = TwilioSignature.sign(url: named, form: fields, token: Self.token)
        #expect(signedWithPort != Self.sha1)
        #expect(isValid(signedWithPort))
        #expect(!isValid(Self.sha1, url: "http://hooks.example.test/twilio/status?tenant=t1"))
    }

    @Test func anotherPortIsPartOfTheAddress() {
        let url = "http://127.0.0.1:8082/webhooks/twilio/a"
        let signature = TwilioSignature.sign(
            url: url, form: FormFields(parsing: Array(Self.form.utf8)), token: Self.token)
        #expect(isValid(signature, url: url))
        #expect(!isValid(signature, url: "http://127.0.0.1:8083/webhooks/twilio/a"))
    }

    @Test func aFragmentIsNotSigned() {
        #expect(isValid(Self.sha1, url: Self.url + "#rc=3&rp=5xx,ct,rt"))
    }

    @Test func theSignatureCoversEveryFieldInItsDecodedForm() {
        #expect(!isValid(Self.sha1, form: Self.form + "&New=1"))
        #expect(!isValid(Self.sha1, form: Self.form.replacing("delivered", with: "read")))
        #expect(!isValid(Self.sha1, token: "another"))
        #expect(!isValid(Self.sha1, token: ""))
        // The order of the fields says nothing, nor does how they are escaped.
        let reversed = Self.form.split(separator: "&").reversed().joined(separator: "&")
        #expect(isValid(Self.sha1, form: reversed.replacing("whatsapp%3A", with: "whatsapp:")))
    }

    @Test(arguments: [nil, "", "vpUHwU0x5yR0Gqa6KfP7chcJn8g", "!", "vpUHwU0x5yR0Gqa6KfP7chcJn8h="])
    func whatIsNoSignatureIsRefused(_ value: String?) {
        #expect(!isValid(value))
    }

    @Test func ofARepeatedFieldEachValueCountsOnce() {
        let url = "https://h.test/"
        let signature = TwilioSignature.sign(
            url: url, form: FormFields(parsing: Array("a=2&a=1&a=2".utf8)), token: "t")
        #expect(isValid(signature, url: url, form: "a=1&a=2", token: "t"))
    }

    @Test func aJSONBodyIsBoundByItsHashInTheAddress() {
        let body = Array(#"{"a":1}"#.utf8)
        let hash = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
        let url = "https://hooks.example.test/twilio/json?bodySHA256=\(hash)"
        func isValid(_ url: String, _ body: [UInt8]) -> Bool {
            TwilioSignature.isValid(
                "Yq4D41VBlJkYETKJyR51KL3V5NI=", settings: nil, url: url, body: body,
                contentType: "application/json", token: Self.token)
        }
        #expect(isValid(url, body))
        #expect(!isValid(url, Array(#"{"a":2}"#.utf8)))
        #expect(!isValid("https://hooks.example.test/twilio/json", body))
        #expect(!isValid(url.replacing("015a", with: "025a"), body))
    }
}
