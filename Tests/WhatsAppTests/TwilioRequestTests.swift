import JSON
import Models
import Testing

@testable import WhatsApp

@Suite struct TwilioRequestTests {
    private static let senderText = "0198f2c0-0000-7000-8000-0000000000aa"
    private static let messageText = "0198f2c0-0000-7000-8000-000000000001"

    private func form(
        _ content: String, template: String? = nil, service: String? = nil, validFor: Duration? = nil
    ) throws -> FormFields {
        let messageID = try #require(MessageID(Self.messageText))
        var order = SendOrder(
            reference: AttemptReference(messageID: messageID, attempt: 2), recipient: "+393401234567",
            content: try JSONDocument(parsing: Array(content.utf8)).root, phoneNumberID: "whatsapp:+14155550100",
            accessToken: "secret")
        order.senderID = SenderID(Self.senderText)
        order.accountID = "AC1"
        order.providerTemplateID = template
        order.messagingServiceID = service
        order.validFor = validFor
        return try TwilioRequest.form(of: order, publicWebhookURL: "https://hooks.example.test")
    }

    @Test func aTextIsABody() throws {
        let form = try form(#"{"type":"text","body":"Ciao & benvenuta"}"#)
        #expect(form["To"] == "whatsapp:+393401234567")
        #expect(form["From"] == "whatsapp:+14155550100")
        #expect(form["Body"] == "Ciao & benvenuta")
        #expect(form["ContentSid"] == nil && form["ValidityPeriod"] == nil)
        #expect(FormFields(parsing: form.encoded) == form)
    }

    @Test func theAddressForReceiptsNamesSenderAndAttemptAndAsksForRepeats() throws {
        let form = try form(#"{"type":"text","body":"x"}"#)
        #expect(
            form["StatusCallback"]
                == "https://hooks.example.test/webhooks/twilio/\(Self.senderText)/v1.\(Self.messageText).2#rc=3&rp=5xx,ct,rt")
    }

    @Test func aPoolIsNamedInsteadOfTheNumber() throws {
        let form = try form(#"{"type":"text","body":"x"}"#, service: "MG1")
        #expect(form["MessagingServiceSid"] == "MG1" && form["From"] == nil)
    }

    @Test func namedVariablesKeepTheirNames() throws {
        let form = try form(
            """
            {"type":"template","name":"t","language":"en","components":[
             {"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Ada \\"A\\""},
                                          {"type":"text","parameter_name":"order","text":"881"}]}]}
            """, template: "HX1")
        #expect(form["ContentSid"] == "HX1")
        #expect(form["ContentVariables"] == #"{"first_name":"Ada \"A\"","order":"881"}"#)
    }

    @Test func unnamedVariablesAreCountedOverTheWholeTemplate() throws {
        let form = try form(
            """
            {"type":"template","name":"t","language":"en","components":[
             {"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"881"}]},
             {"type":"body","parameters":[
               {"type":"text","text":"Ada"},
               {"type":"currency","currency":{"fallback_value":"€12.50","code":"EUR","amount_1000":12500}},
               {"type":"date_time","date_time":{"fallback_value":"20 November"}}]},
             {"type":"header","parameters":[{"type":"image","image":{"link":"https://cdn.test/a.png"}}]}]}
            """, template: "HX1")
        #expect(
            form["ContentVariables"]
                == #"{"1":"https://cdn.test/a.png","2":"Ada","3":"€12.50","4":"20 November","5":"881"}"#)
    }

    @Test func aTemplateWithoutVariablesNamesNone() throws {
        let form = try form(#"{"type":"template","name":"t","language":"en","components":[]}"#, template: "HX1")
        #expect(form["ContentVariables"] == nil)
    }

    @Test func aFileGoesByItsLinkWithItsCaption() throws {
        let form = try form(#"{"type":"document","link":"https://files.test/a.pdf","caption":"Invoice"}"#)
        #expect(form["MediaUrl"] == "https://files.test/a.pdf" && form["Body"] == "Invoice")
    }

    @Test(arguments: [
        #"{"type":"template","name":"t","language":"en","components":[]}"#, #"{"type":"image","id":"1"}"#,
        #"{"type":"sticker"}"#, "{}",
    ])
    func whatTwilioCannotTakeIsFoundBeforeAnythingLeaves(_ content: String) {
        #expect(throws: UnsendableContent.self) { try form(content) }
    }

    @Test func theTimeInTwiliosQueueIsWhatIsLeftOfTheExpiry() throws {
        func validity(_ span: Duration) throws -> String? {
            try form(#"{"type":"text","body":"x"}"#, validFor: span)["ValidityPeriod"]
        }
        #expect(try validity(.seconds(600)) == "600")
        #expect(try validity(.milliseconds(300)) == "1")
        #expect(try validity(.seconds(86_400)) == "36000")
    }
}
