import APIKit
import JSON
import Models
import Postgres
import Runtime
import Storage
import Testing

@testable import ingest_api

/// What is refused before anything is written, and where the caller is told to look.
@Suite struct IngestChecksTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let disabledSender = "00000000-0000-7000-8000-0000000000dd"

    private static func catalog(hasDefault: Bool = true) -> TenantCatalog {
        func template(_ name: String, _ category: TemplateCategory, _ status: TemplateStatus, _ body: String)
            -> CatalogTemplate
        {
            CatalogTemplate(
                id: TemplateID(IDSource().uuid()),
                accountID: "account",
                definition: TemplateDefinition(
                    name: name,
                    language: "en",
                    category: category,
                    status: status,
                    parameterFormat: .named,
                    bodyText: body,
                    variables: TemplateDefinition.placeholders(in: body).map { TemplateVariable(.body, $0) }
                )
            )
        }
        func sender(_ id: String?, _ status: String, isDefault: Bool) -> CatalogSender {
            CatalogSender(
                id: id.flatMap { SenderID($0) } ?? SenderID(IDSource().uuid()),
                name: status,
                status: status,
                isDefault: isDefault,
                displayPhoneNumber: "+39 02 0",
                accountID: "account"
            )
        }
        return TenantCatalog(
            tenantID: TenantID(IDSource().uuid()),
            defaultRegion: "IT",
            senders: [
                sender(nil, "active", isDefault: hasDefault),
                sender(disabledSender, "disabled", isDefault: false),
            ],
            templates: [
                template("shipped", .utility, .approved, "Hi {{first_name}}, order {{order}} has left."),
                template("offer", .marketing, .approved, "Spring is here."),
                template("soon", .utility, .pending, "Soon."),
            ]
        )
    }

    private static func read(
        _ json: String,
        hasDefault: Bool = true
    ) throws -> (reading: MessageReader.Reading?, problems: [FieldProblem]) {
        var problems = FieldProblems()
        let reader = MessageReader(catalog: catalog(hasDefault: hasDefault), now: now)
        let reading = reader.message(
            from: try JSONDocument(parsing: json).root,
            id: MessageID(IDSource().uuid()),
            problems: &problems
        )
        return (reading, problems.all)
    }

    private static func message(_ fields: String, to: String = "+393401234567") -> String {
        #"{"to":"\#(to)","type":"text","text":{"body":"Hi"},\#(fields)}"#
    }

    private static func template(_ inside: String) -> String {
        #"{"to":"+393401234567","type":"template","template":{\#(inside)}}"#
    }

    @Test(
        arguments: [
            (message(#""knd":"x""#), "field_unknown", "knd"),
            (message(#""kind":"Order""#), "kind_invalid", "kind"),
            (message(#""kind":7"#), "field_wrong_type", "kind"),
            (message(#""priority":0"#), "priority_out_of_range", "priority"),
            (message(#""priority":11"#), "priority_out_of_range", "priority"),
            (message(#""priority":5.5"#), "field_wrong_type", "priority"),
            (message(#""priority":"5""#), "field_wrong_type", "priority"),
            (message(#""reference":"""#), "reference_invalid", "reference"),
            (
                message(#""reference":"\#(String(repeating: "é", count: 256))""#), "reference_invalid",
                "reference"
            ),
            (message(#""metadata":[1]"#), "field_wrong_type", "metadata"),
            (
                message(#""metadata":{"a":"\#(String(repeating: "x", count: 4_090))"}"#),
                "metadata_too_large", "metadata"
            ),
            (message(#""scheduled_for":"tomorrow""#), "scheduled_for_invalid", "scheduled_for"),
            (message(#""scheduled_for":"2027-04-16T08:00:00Z""#), "scheduled_for_too_late", "scheduled_for"),
            (message(#""expires_at":"2027-01-15T07:59:59Z""#), "expires_at_too_early", "expires_at"),
            (
                message(#""scheduled_for":"2027-01-16T00:00:00Z","expires_at":"2027-01-15T23:00:00Z""#),
                "expires_at_too_early", "expires_at"
            ),
            (message(#""expires_at":"2027-02-15T08:00:00Z""#), "expires_at_too_late", "expires_at"),
            (message(#""sender_id":"nobody""#), "sender_not_found", "sender_id"),
            (message(#""sender_id":"\#(disabledSender)""#), "sender_disabled", "sender_id"),
            (message(#""kind":"ok""#, to: "12"), "to_invalid", "to"),
            (message(#""kind":"ok""#, to: ""), "to_invalid", "to"),
            (message(#""kind":"ok""#, to: "+393401234567, +393401234568"), "to_invalid", "to"),
            (#"{"type":"text","text":{"body":"Hi"}}"#, "field_missing", "to"),
            (#"{"to":"+393401234567","text":{"body":"Hi"}}"#, "field_missing", "type"),
            (#"{"to":"+393401234567","type":"letter"}"#, "type_unknown", "type"),
            (#"{"to":"+393401234567","type":"text"}"#, "field_missing", "text"),
            (#"{"to":"+393401234567","type":"text","text":"Hi"}"#, "field_wrong_type", "text"),
            (#"{"to":"+393401234567","type":"text","text":{"body":" "}}"#, "text_empty", "text.body"),
            (
                #"{"to":"+393401234567","type":"text","text":{"body":"\#(String(repeating: "x", count: 4_097))"}}"#,
                "text_too_long", "text.body"
            ),
            (
                #"{"to":"+393401234567","type":"text","text":{"body":"Hi"},"image":{"id":"1"}}"#,
                "content_mismatch",
                "image"
            ),
            (
                #"{"to":"+393401234567","type":"image","image":{"caption":"x"}}"#, "media_source_invalid",
                "image"
            ),
            (
                #"{"to":"+393401234567","type":"image","image":{"link":"ftp://x"}}"#, "link_invalid",
                "image.link"
            ),
            (
                #"{"to":"+393401234567","type":"audio","audio":{"id":"1","caption":"x"}}"#,
                "caption_not_allowed",
                "audio.caption"
            ),
            (template(#""name":"absent","language":"en""#), "template_not_found", "template.name"),
            (
                template(#""name":"shipped","language":"de""#), "template_language_not_found",
                "template.language"
            ),
            (template(#""name":"soon","language":"en""#), "template_not_approved", "template.name"),
            (
                template(#""name":"shipped","language":"en","variables":{"first_name":"Ada"}"#),
                "template_variable_missing", "template.variables.order"
            ),
            (
                template(
                    #""name":"shipped","language":"en","variables":{"first_name":"Ada","order":"1","x":"y"}"#
                ),
                "template_variable_unknown", "template.variables.x"
            ),
            (
                template(#""name":"shipped","language":"en","variables":{"first_name":"Ada","order":1}"#),
                "template_variable_wrong_type", "template.variables.order"
            ),
            (
                template(#""name":"shipped","language":"en","variables":{"first_name":"A\nda","order":"1"}"#),
                "template_variable_invalid", "template.variables.first_name"
            ),
            (
                template(#""name":"shipped","language":"en","variables":["Ada","1","2"]"#),
                "template_variable_unknown",
                "template.variables"
            ),
            ("[]", "field_wrong_type", nil),
        ] as [(String, String, String?)]
    )
    func aWrongRequestIsRefusedWithItsCodeAndItsPlace(json: String, code: String, field: String?) throws {
        let (reading, problems) = try Self.read(json)
        #expect(reading == nil)
        #expect(problems.first?.code == code)
        #expect(problems.first?.field == field)
        #expect(problems.allSatisfy { !$0.detail.isEmpty })
    }

    @Test func everyProblemOfARequestIsNamedAtOnce() throws {
        let (_, problems) = try Self.read(
            #"{"to":"1","type":"template","template":{"name":"shipped","language":"en"},"priority":99,"kind":"!"}"#
        )
        #expect(
            Set(problems.map(\.code)) == [
                "to_invalid", "template_variable_missing", "priority_out_of_range", "kind_invalid",
            ]
        )
        #expect(problems.count == 5)
    }

    @Test func withoutADefaultSenderOneMustBeNamed() throws {
        let (_, problems) = try Self.read(Self.message(#""kind":"ok""#), hasDefault: false)
        #expect(problems.map(\.code) == ["sender_missing"])
    }

    @Test func aNumberAsDialledAtHomeBecomesInternational() throws {
        let (reading, _) = try Self.read(Self.message(#""kind":"ok""#, to: "340 123 4567"))
        #expect(reading?.message.recipient == "+393401234567")
    }

    @Test func whatIsScheduledForThePastGoesOutNow() throws {
        let (reading, _) = try Self.read(Self.message(#""scheduled_for":"2020-01-01T00:00:00Z""#))
        let message = try #require(reading?.message)
        #expect(message.state == .queued)
        #expect(message.scheduledFor == nil)
        #expect(message.expiresAt == Self.now + .seconds(86_400))
    }

    @Test func theExpiryCountsFromTheScheduledTimeAndTheCategory() throws {
        let json = #"""
            {"to":"+393401234567","type":"template","template":{"name":"offer","language":"en"},
             "scheduled_for":"2027-01-20T10:00:00+01:00"}
            """#
        let message = try #require(try Self.read(json).reading?.message)
        let scheduled = try #require(Timestamp(rfc3339: "2027-01-20T09:00:00Z"))
        #expect(message.state == .scheduled)
        #expect(message.scheduledFor == scheduled)
        #expect(message.expiresAt == scheduled + TemplateCategory.marketing.expiryDefault)
        #expect(message.lane == .marketing)
    }

    @Test func variablesMayBeGivenByNameOrAsAList() throws {
        let byName = try Self.read(
            Self.template(#""name":"shipped","language":"en","variables":{"order":"7","first_name":"Ada"}"#)
        )
        let asList = try Self.read(
            Self.template(#""name":"shipped","language":"en","variables":["Ada","7"]"#)
        )
        #expect(byName.reading?.message.content == asList.reading?.message.content)
        #expect(byName.reading != nil)
    }

    @Test func aRecipientsVariablesGoOverTheCommonOnes() throws {
        let json = #"""
            {"type":"template","template":{"name":"shipped","language":"en","variables":{"first_name":"friend"}},
             "recipients":[{"to":"+393401234567","variables":{"order":"1"}},
                           {"to":"+393401234568","variables":{"order":"2","first_name":"Ada"}},
                           {"to":"+393401234569"}]}
            """#
        var problems = FieldProblems()
        let reader = BatchReader(
            reader: MessageReader(catalog: Self.catalog(), now: Self.now),
            batchID: BatchID(IDSource().uuid()),
            makeID: { MessageID(IDSource().uuid()) }
        )
        let items = try #require(reader.items(of: try JSONDocument(parsing: json).root, problems: &problems))
        let texts = items.map { item in item.message.map { $0.content.jsonText.text } ?? "" }
        #expect(texts[0].contains("friend"))
        #expect(texts[1].contains("Ada"))
        guard case .refused(let found) = items[2] else {
            Issue.record("a recipient without its variables was accepted")
            return
        }
        #expect(found.map(\.field) == ["template.variables.order"])
    }

    @Test(arguments: [
        #"{"messages":[]}"#, #"{"messages":{}}"#, #"{"recipients":[]}"#, "{}", "[]",
        #"{"messages":[],"x":1}"#,
    ])
    func aBatchThatIsNoneIsRefusedAsAWhole(json: String) throws {
        var problems = FieldProblems()
        let reader = BatchReader(
            reader: MessageReader(catalog: Self.catalog(), now: Self.now),
            batchID: BatchID(IDSource().uuid()),
            makeID: { MessageID(IDSource().uuid()) }
        )
        #expect(reader.items(of: try JSONDocument(parsing: json).root, problems: &problems) == nil)
        #expect(!problems.isEmpty)
    }
}
