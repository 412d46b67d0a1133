import JSON
import Models
import Storage
import Testing

/// Components are Meta's form, and nothing is lost on the way.
@Suite struct TemplateContentJSONTests {
    private func read(_ json: String) throws -> TemplateContent {
        TemplateContent(components: try JSONDocument(parsing: json).root)
    }

    @Test func whatMetaListsIsReadWhole() throws {
        let content = try read(
            #"""
            [{"type":"HEADER","format":"TEXT","text":"Order {{order_no}}",
              "example":{"header_text_named_params":[{"param_name":"order_no","example":"881"}]}},
             {"type":"BODY","text":"Hi {{first_name}}, it is on its way.",
              "example":{"body_text_named_params":[{"param_name":"first_name","example":"Ada"}]}},
             {"type":"FOOTER","text":"Reply STOP to opt out"},
             {"type":"BUTTONS","buttons":[
               {"type":"QUICK_REPLY","text":"Track"},
               {"type":"URL","text":"Open","url":"https://shop.example.test/o/{{1}}",
                "example":["https://shop.example.test/o/881"]},
               {"type":"FLOW","text":"Book","flow_id":"1"}]},
             {"type":"LIMITED_TIME_OFFER"}]
            """#)
        #expect(content.header == .text("Order {{order_no}}"))
        #expect(content.footer == "Reply STOP to opt out")
        #expect(
            content.buttons == [
                .quickReply(text: "Track"), .url(text: "Open", url: "https://shop.example.test/o/{{1}}"),
                .other(type: "FLOW", text: "Book"),
            ])
        #expect(content.examples == ["header_order_no": "881", "first_name": "Ada", "button_1": "881"])
        #expect(content.otherComponents == ["LIMITED_TIME_OFFER"])
        #expect(content.parameterFormat == .named)
    }

    @Test func whatIsWrittenIsReadBackTheSame() throws {
        let contents = [
            TemplateContent(
                header: .text("Order {{1}}"), body: "Gate {{2}} is yours, {{1}}, welcome.", footer: "Bye",
                buttons: [
                    .quickReply(text: "Yes"), .url(text: "Open", url: "https://a.test/{{1}}"),
                    .phoneNumber(text: "Call", number: "+393401234567"), .copyCode,
                ],
                examples: ["header_1": "881", "1": "Ada", "2": "7", "button_1": "x", "button_3": "SAVE20"]),
            TemplateContent(
                header: .media(.document), body: "Here it is, {{first_name}}.",
                examples: ["header": "4::abcdef", "first_name": "Ada"]),
            TemplateContent(header: .location, body: "Here we are."),
            TemplateContent(
                buttons: [
                    .oneTimeCode(
                        OneTimeCode(
                            way: .oneTap, text: "Copy", autofillText: "Fill in",
                            apps: [OneTimeCode.App(package: "com.example", signatureHash: "K8a/AINcGX7")]))
                ],
                addsSecurityRecommendation: true, codeExpirationMinutes: 5),
        ]
        for content in contents {
            let back = TemplateContent(components: try JSONDocument(parsing: content.componentsJSON).root)
            #expect(back == content)
        }
    }

    @Test func positionalExamplesAreListsAsMetaWantsThem() throws {
        let content = TemplateContent(body: "Gate {{2}} for {{1}}, welcome.", examples: ["1": "Ada", "2": "7"])
        let body = try JSONDocument(parsing: content.componentsJSON).root.elements?.first
        #expect(body?["example"]?["body_text"]?.elements?.first?.elements?.map(\.string) == ["Ada", "7"])
    }

    @Test func anAuthenticationTemplateWithoutATextHasItsCode() throws {
        let definition = TemplateDefinition(
            name: "login", language: "en", category: "AUTHENTICATION", status: "APPROVED", parameterFormat: "POSITIONAL",
            components: try JSONDocument(
                parsing: #"""
                    [{"type":"BODY","add_security_recommendation":true},
                     {"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"COPY_CODE"}]}]
                    """#
            ).root)
        let parameters = try definition.resolve(.list([.text("123456")])).get()
        #expect(parameters.body.map(\.value) == [.text("123456")])
        #expect(parameters.buttons.map(\.subtype) == [.url])
    }
}
