import Models
import Testing

@Suite struct TemplateTests {
    private let order = TemplateDefinition(
        name: "order_shipped",
        language: "en_US",
        category: .utility,
        status: .approved,
        parameterFormat: .positional,
        bodyText: "Hi {{1}}, you paid {{2}} on {{3}}.",
        variables: [
            TemplateVariable(.header, kind: .image),
            TemplateVariable(.body, "1"),
            TemplateVariable(.body, "2", kind: .currency),
            TemplateVariable(.body, "3", kind: .dateTime),
            TemplateVariable(.button(index: 0, subtype: .quickReply), kind: .payload),
            TemplateVariable(.button(index: 1, subtype: .url)),
        ]
    )

    private let welcome = TemplateDefinition(
        name: "welcome",
        language: "en",
        category: .marketing,
        status: .approved,
        parameterFormat: .named,
        bodyText: "Hello {{ first_name }}, order {{order_no}}.",
        variables: [
            TemplateVariable(.header, "shop"), TemplateVariable(.body, "first_name"),
            TemplateVariable(.body, "order_no"),
        ]
    )

    private let code = TemplateDefinition(
        name: "login_code",
        language: "en",
        category: .authentication,
        status: .approved,
        parameterFormat: .positional,
        bodyText: "{{1}} is your code.",
        variables: [TemplateVariable(.body, "1"), TemplateVariable(.button(index: 0, subtype: .url))]
    )

    private let picture = TemplateValue.image(.link("https://cdn.example.test/box.png"))
    private let price = TemplateValue.currency(fallback: "€12.50", code: "EUR", amountThousandths: 12_500)

    @Test func aListIsSortedIntoItsComponents() throws {
        let given = TemplateVariables.list([
            picture, .text("Ada"), price, .dateTime(fallback: "20 November 2026"), .payload("TRACK-881"),
            .text("881?src=wa"),
        ])
        let parameters = try order.resolve(given).get()
        #expect(parameters.header == [TemplateParameter(value: picture)])
        #expect(parameters.body.map(\.value.kind) == [.text, .currency, .dateTime])
        #expect(parameters.buttons.map(\.index) == [0, 1])
        #expect(parameters.buttons.map(\.subtype) == [.quickReply, .url])
        #expect(order.renderedBody(given) == "Hi Ada, you paid €12.50 on 20 November 2026.")
    }

    @Test func namesWorkForBothFormats() throws {
        let named = try welcome.resolve(
            .byName(["header_shop": .text("Ann's"), "first_name": .text("Ada"), "order_no": .text("881")])
        ).get()
        #expect(named.body.map(\.name) == ["first_name", "order_no"])
        #expect(named.header.map(\.name) == ["shop"])
        #expect(
            welcome.check(
                variables: .byName(["shop": .text("A"), "first_name": .text("B"), "order_no": .text("C")])
            ).isEmpty
        )
        let positional = try order.resolve(
            .byName([
                "header": picture, "1": .text("Ada"), "2": price, "3": .dateTime(fallback: "today"),
                "button_0": .payload("P"), "button_1": .text("x"),
            ])
        ).get()
        #expect(positional.body.map(\.name) == [nil, nil, nil])
    }

    @Test func theCodeOfALoginTemplateIsGivenOnce() throws {
        for given in [TemplateVariables.list([.text("123456")]), .byName(["1": .text("123456")])] {
            let parameters = try code.resolve(given).get()
            #expect(parameters.body.map(\.value) == [.text("123456")])
            #expect(parameters.buttons.map(\.value) == [.text("123456")])
        }
    }

    @Test func everyProblemIsNamedAtOnce() {
        let problems = order.check(
            variables: .byName([
                "1": .text("a\nb"), "2": .text("12"), "colour": .text("red"), "header": picture,
            ])
        )
        #expect(
            Set(problems) == [
                .forbiddenWhitespace(name: "1"), .wrongKind(name: "2", expected: .currency, found: .text),
                .missing(name: "3"), .missing(name: "button_0"), .missing(name: "button_1"),
                .unexpected(name: "colour"),
            ]
        )
    }

    @Test func aListOfTheWrongLengthIsRefused() {
        #expect(welcome.check(variables: .list([.text("a"), .text("b")])) == [.missing(name: "order_no")])
        let four = Array(repeating: TemplateValue.text("a"), count: 4)
        #expect(welcome.check(variables: .list(four)) == [.tooMany(expected: 3, found: 4)])
        let without = TemplateDefinition(
            name: "plain",
            language: "en",
            category: .utility,
            status: .approved,
            parameterFormat: .positional,
            variables: []
        )
        #expect(without.check(variables: .none).isEmpty)
    }

    @Test(arguments: [
        ("a    b", true), ("a     b", false), ("a\tb", false), ("a\r\nb", false), ("  ", false), ("é", true),
    ])
    func theSpacesOfAValueAreLimited(text: String, isFine: Bool) {
        #expect(code.check(variables: .list([.text(text)])).isEmpty == isFine)
    }

    @Test func theBodyIsMeasuredWithItsValues() {
        let fixed = " is your code.".count
        let longest = TemplateVariables.list([.text(String(repeating: "x", count: 1_024 - fixed))])
        let tooLong = TemplateVariables.list([.text(String(repeating: "x", count: 1_025 - fixed))])
        #expect(code.check(variables: longest).isEmpty)
        #expect(code.check(variables: tooLong) == [.bodyTooLong(count: 1_025, max: 1_024)])
    }

    @Test func placeholdersAreFoundInOrderAndOnce() {
        #expect(TemplateDefinition.placeholders(in: "{{1}} {{ name }} {{1}} {{open") == ["1", "name"])
        #expect(TemplateDefinition.placeholders(in: "no place") == [])
        #expect(TemplateDefinition.placeholders(in: "{{}}{}}") == [""])
    }

    @Test func onlyAnApprovedTemplateMaySend() {
        #expect(TemplateStatus.allCases.filter(\.maySend) == [.approved])
    }
}

@Suite struct MessageContentTests {
    @Test func textHasALimit() {
        #expect(
            MessageContent.text(body: String(repeating: "a", count: 4_096), previewURL: false).check().isEmpty
        )
        #expect(
            MessageContent.text(body: String(repeating: "a", count: 4_097), previewURL: false).check()
                == [.bodyTooLong(count: 4_097, max: 4_096)]
        )
        #expect(MessageContent.text(body: " \n", previewURL: true).check() == [.bodyEmpty])
    }

    @Test func captionsAndFilenamesBelongToSomeMediaOnly() {
        func check(_ kind: MediaKind, caption: String? = nil, filename: String? = nil) -> [ContentProblem] {
            MessageContent.media(kind: kind, source: .id("1"), caption: caption, filename: filename).check()
        }
        #expect(check(.image, caption: String(repeating: "a", count: 1_024)).isEmpty)
        #expect(
            check(.video, caption: String(repeating: "a", count: 1_025)) == [
                .captionTooLong(count: 1_025, max: 1_024)
            ]
        )
        #expect(check(.audio, caption: "a") == [.captionNotAllowed(.audio)])
        #expect(check(.document, caption: "a", filename: "a.pdf").isEmpty)
        #expect(check(.image, filename: "a.pdf") == [.filenameNotAllowed(.image)])
    }

    @Test(arguments: [
        "ftp://a.test/x", "https://a.test/a b", "https://a.test/\u{0}", "javascript:alert(1)", "",
    ])
    func aLinkThatIsNoWebAddressIsRefused(link: String) {
        #expect(MediaSource.link(link).check() == [.linkInvalid])
    }

    @Test func templateNamesAndLanguagesAreMetas() {
        func check(_ name: String, _ language: String) -> [ContentProblem] {
            MessageContent.template(name: name, language: language, parameters: .none).check()
        }
        #expect(check("order_shipped_2", "en_US").isEmpty && check("a", "fil").isEmpty)
        #expect(check("Order", "en") == [.templateNameInvalid])
        #expect(check("", "english") == [.templateNameInvalid, .languageInvalid])
        #expect(check("a", "en-US") == [.languageInvalid])
    }

    @Test func everyKindOfContentHasItsType() {
        #expect(MessageContent.text(body: "a", previewURL: false).type == .text)
        #expect(MediaKind.allCases.map(\.type) == [.image, .document, .audio, .video])
        #expect(TemplateCategory.allCases.map(\.lane).sorted() == [.authentication, .utility, .marketing])
    }
}

@Suite struct MaskedPhoneTests {
    @Test(arguments: [
        ("+393401234567", "+39…567"), ("+1 (650) 253-0000", "+16…000"), ("whatsapp:+393401234567", "+39…567"),
        ("12345", "…"), ("", "…"), ("+4930123", "…"),
    ])
    func aPhoneNumberIsNeverShownInFull(number: String, masked: String) {
        #expect(maskedPhone(number) == masked)
    }
}

@Suite struct AlertTests {
    @Test func theSameTroubleHasTheSameKey() {
        let tenant = TenantID(UUIDValue(high: 1, low: 2))
        let one = AlertKey(.unknownErrorCode, tenantID: tenant, cause: "131999")
        #expect(one.description == "UNKNOWN_ERROR_CODE/00000000-0000-0001-0000-000000000002/131999")
        #expect(one == AlertKey(.unknownErrorCode, tenantID: tenant, cause: "131999"))
        #expect(one.description != AlertKey(.unknownErrorCode, tenantID: nil, cause: "131999").description)
        #expect(AlertKey(.apiEndpointDown, tenantID: nil).description == "API_ENDPOINT_DOWN/platform/")
    }

    @Test func theNamesPeopleKnowAreKept() {
        for name in [
            "MESSAGE_CRITICAL", "UNKNOWN_ERROR_CODE", "SEND_UNANSWERED_SETTLED", "RECEIPTS_PARKED",
            "WEBHOOK_REJECTED", "DUPLICATE_CONFIRMED", "LEDGER_IMBALANCE", "DELIVERY_RATE_LOW",
            "FAILURE_RATE_HIGH", "QUALITY_SCORE_LOW", "WEBHOOK_TIMEOUT", "API_ENDPOINT_DOWN",
        ] {
            #expect(AlertCode(rawValue: name) != nil, "\(name)")
        }
        #expect(AlertSeverity.allCases.sorted() == [.info, .warning, .critical])
    }
}
