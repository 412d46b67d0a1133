import JSON
import Models
import Testing

@testable import WhatsApp

/// Twilio's content types, written and read.
@Suite struct TwilioContentTests {
    private func written(_ content: TemplateContent, _ category: TemplateCategory = .utility) throws -> JSONValue {
        let proposal = TemplateProposal(
            name: "order_shipped", language: "en", category: category, provider: .twilio, content: content)
        return try JSONDocument(parsing: TwilioContent.body(of: proposal)).root
    }

    private func types(_ content: TemplateContent, _ category: TemplateCategory = .utility) throws -> [String] {
        try written(content, category)["types"]?.members?.map(\.key) ?? []
    }

    @Test func theTypeIsTheSimplestThatHoldsEverything() throws {
        let body = "Hi {{1}}, hello."
        #expect(try types(TemplateContent(body: body)) == ["twilio/text"])
        #expect(
            try types(TemplateContent(header: .media(.image), body: body, examples: ["header": "https://a.test/a.png"]))
                == ["twilio/media"])
        #expect(try types(TemplateContent(body: body, buttons: [.quickReply(text: "Yes")])) == ["twilio/quick-reply"])
        let url = TemplateButton.url(text: "Open", url: "https://a.test/{{2}}")
        #expect(try types(TemplateContent(body: body, buttons: [url])) == ["twilio/call-to-action"])
        #expect(try types(TemplateContent(body: body, footer: "Bye", buttons: [url])) == ["whatsapp/card"])
        #expect(try types(TemplateContent(body: body, buttons: [.quickReply(text: "Yes"), url])) == ["whatsapp/card"])
        #expect(
            try types(TemplateContent(buttons: [.oneTimeCode(OneTimeCode())]), .authentication)
                == ["whatsapp/authentication"])
    }

    @Test func examplesAreOneListByTheNamesInTheTexts() throws {
        let root = try written(
            TemplateContent(
                header: .text("Order {{1}}"), body: "Hi {{2}}, hello.",
                buttons: [.url(text: "Open", url: "https://a.test/{{3}}")],
                examples: ["header_1": "881", "2": "Ada", "button_0": "x"]))
        #expect(root["variables"]?.members?.map { "\($0.key)=\($0.value.string ?? "")" } == ["1=881", "2=Ada", "3=x"])
        #expect(root["types"]?["whatsapp/card"]?["header_text"]?.string == "Order {{1}}")
    }

    @Test func whatIsListedIsReadBack() throws {
        let listed = try #require(
            TwilioContent.read(
                try JSONDocument(
                    parsing: #"""
                        {"sid":"HX1","friendly_name":"x","language":"en","variables":{"1":"Ada","2":"881"},
                         "types":{"twilio/call-to-action":{"body":"Hi {{1}}, hello.",
                           "actions":[{"type":"URL","title":"Open","url":"https://a.test/{{2}}"}]}},
                         "approval_requests":{"name":"order_shipped","category":"UTILITY","status":"rejected",
                           "rejection_reason":"Too short"}}
                        """#
                ).root))
        #expect(listed.id == "HX1" && listed.name == "order_shipped" && listed.status == "REJECTED")
        #expect(listed.rejectionReason == "Too short")
        let content = TemplateContent(
            body: "Hi {{1}}, hello.", buttons: [.url(text: "Open", url: "https://a.test/{{2}}")],
            examples: ["1": "Ada", "button_0": "881"])
        #expect(listed.content == .read(content))
    }

    @Test func whatWasNeverHandedInIsNoTemplate() throws {
        let root = try JSONDocument(
            parsing: #"{"sid":"HX1","language":"en","types":{},"approval_requests":{"name":"x","status":"unsubmitted"}}"#
        ).root
        #expect(TwilioContent.read(root) == nil)
    }
}

@Suite struct TemplateNoticeTests {
    private func news(_ field: String, _ value: String) throws -> MetaNews? {
        let body = #"{"entry":[{"id":"42","time":1,"changes":[{"field":"\#(field)","value":\#(value)}]}]}"#
        let webhook = MetaWebhook(body: Array(body.utf8), receivedAt: Timestamp(microseconds: 0))
        return try #require(webhook.notices.first.map { MetaNews($0) })
    }

    private static let named = #""message_template_id":5,"message_template_name":"a","message_template_language":"en""#

    @Test func whyATemplateWasRejectedIsKept() throws {
        let value = #"""
            {"event":"REJECTED",\#(Self.named),"reason":"INVALID_FORMAT",
             "rejection_info":{"reason":"No sample","recommendation":"Add one"}}
            """#
        #expect(
            try news("message_template_status_update", value)
                == .template(
                    name: "a", language: "en", status: "REJECTED", effect: .stopped,
                    reason: "INVALID_FORMAT. No sample. Add one"))
    }

    @Test func qualityIsReadUnderEitherField() throws {
        let value = #"{\#(Self.named),"previous_quality_score":"GREEN","new_quality_score":"RED"}"#
        for field in ["message_template_quality_update", "message_template_status_update"] {
            #expect(try news(field, value) == .templateQuality(name: "a", language: "en", "RED"))
        }
    }

    @Test func aCategoryIsAnnouncedAndThenChanged() throws {
        let announced =
            #"{\#(Self.named),"new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":1795190700}"#
        #expect(
            try news("template_category_update", announced)
                == .templateCategory(
                    name: "a", language: "en", now: "UTILITY", next: "MARKETING",
                    at: Timestamp(microseconds: 1_795_190_700_000_000)))
        #expect(
            try news("template_category_update", #"{\#(Self.named),"previous_category":"UTILITY","new_category":"MARKETING"}"#)
                == .templateCategory(name: "a", language: "en", now: "MARKETING", next: nil, at: nil))
        #expect(try news("template_category_update", #"{\#(Self.named),"new_category":"SOMETHING"}"#) == nil)
        #expect(try news("message_template_components_update", "{\(Self.named)}") == .templatesChanged)
    }
}
