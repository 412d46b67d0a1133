import JSON
import Models
import Storage
import Testing

@Suite struct MessageContentJSONTests {
    private static let template = MessageContent.template(
        name: "order_shipped",
        language: "en_US",
        parameters: TemplateParameters(
            header: [TemplateParameter(value: .image(.link("https://cdn.example.test/box.png")))],
            body: [
                TemplateParameter(name: "first_name", value: .text("Ada \"the\" first\n")),
                TemplateParameter(
                    value: .currency(fallback: "€12.50", code: "EUR", amountThousandths: 12_500)
                ),
                TemplateParameter(value: .dateTime(fallback: "20 November 2026")),
                TemplateParameter(value: .document(.id("77"), filename: "invoice.pdf")),
                TemplateParameter(
                    value: .location(latitude: "45.46", longitude: "9.19", name: "Duomo", address: nil)
                ),
                TemplateParameter(value: .video(.id("78"))),
            ],
            buttons: [
                ButtonParameter(index: 0, subtype: .quickReply, value: .payload("TRACK-881")),
                ButtonParameter(index: 1, subtype: .url, value: .text("881?src=wa")),
                ButtonParameter(index: 2, subtype: .copyCode, value: .couponCode("SAVE20")),
            ]
        )
    )

    @Test(arguments: [
        template,
        .template(name: "plain", language: "en", parameters: .none),
        .text(body: "Your table is ready. 🍝", previewURL: true),
        .media(kind: .image, source: .id("1"), caption: "A box", filename: nil),
        .media(kind: .document, source: .link("https://x.test/a.pdf"), caption: nil, filename: "a.pdf"),
        .media(kind: .audio, source: .id("2"), caption: nil, filename: nil),
        .media(kind: .video, source: .link("https://x.test/v.mp4"), caption: "v", filename: nil),
    ])
    func contentReadsBackAsItWasWritten(content: MessageContent) throws {
        let document = try JSONDocument(parsing: content.jsonBytes)
        #expect(MessageContent(json: document.root) == content)
    }

    /// Meta, Cloud API, template messages: `components` with `parameters`, buttons with `sub_type` and a text `index`.
    @Test func aTemplateIsWrittenInTheShapeMetaExpects() throws {
        let root = try JSONDocument(parsing: Self.template.jsonBytes).root
        let components = try #require(root["components"]?.elements)
        #expect(components.map { $0["type"]?.string } == ["header", "body", "button", "button", "button"])
        #expect(components[1]["parameters"]?.elements?.first?["parameter_name"]?.string == "first_name")
        #expect(components[3]["sub_type"]?.string == "url")
        #expect(components[3]["index"]?.string == "1")
        #expect(components[3]["parameters"]?.elements?.first?["text"]?.string == "881?src=wa")
    }

    @Test(arguments: [
        "{}", #"{"type":"letter"}"#, #"{"type":"text"}"#, #"{"type":"image","caption":"x"}"#,
        #"{"type":"template","name":"x","language":"en","components":[{"type":"body","parameters":[{"type":"text"}]}]}"#,
    ])
    func whatIsNoContentOfOursIsNotRead(json: String) throws {
        #expect(MessageContent(json: try JSONDocument(parsing: json).root) == nil)
    }
}
