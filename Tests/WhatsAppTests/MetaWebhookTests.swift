import Models
import Testing
import WhatsApp

@Suite struct MetaWebhookTests {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

    private func read(_ body: String) -> MetaWebhook {
        MetaWebhook(body: Array(body.utf8), receivedAt: Self.now)
    }

    private static let message = "0198f2c0-0000-7000-8000-000000000001"

    @Test func everyStatusOfEveryChangeOfEveryEntryIsRead() {
        let status = { (number: Int) in
            #"{"id":"wamid.\#(number)","status":"sent","timestamp":"1789999999","recipient_id":"39340"}"#
        }
        let change = { (phone: String, first: Int) in
            """
            {"field":"messages","value":{"metadata":{"phone_number_id":"\(phone)"},
             "statuses":[\(status(first)),\(status(first + 1))]}}
            """
        }
        let webhook = read(
            """
            {"object":"whatsapp_business_account","entry":[
              {"id":"A","changes":[\(change("p1", 1)),\(change("p2", 3))]},
              {"id":"B","changes":[\(change("p3", 5))]}]}
            """
        )
        #expect(webhook.accounts == ["A", "B"])
        #expect(webhook.statuses.map(\.providerMessageID.text) == (1...6).map { "wamid.\($0)" })
        #expect(webhook.statuses.map(\.phoneNumberID) == ["p1", "p1", "p2", "p2", "p3", "p3"])
        #expect(webhook.problems.isEmpty)
        #expect(webhook.statuses.allSatisfy { $0.at == Timestamp(microseconds: 1_789_999_999_000_000) })
    }

    @Test func aStatusIsReadWholly() throws {
        let webhook = read(
            """
            {"entry":[{"id":"A","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"p"},"statuses":[
              {"id":"wamid.1","status":"failed","timestamp":"1789999999","biz_opaque_callback_data":"v1.\(Self.message).3",
               "pricing":{"billable":false,"category":"utility"},
               "errors":[{"code":131026,"title":"x","error_data":{"details":"why"}}]}]}}]}]}
            """
        )
        let status = try #require(webhook.statuses.first)
        #expect(status.status == .failed)
        #expect(status.reference?.messageID.description == Self.message)
        #expect(status.reference?.attempt == 3)
        #expect(status.error?.code == 131_026)
        #expect(status.error?.details == "why")
        #expect(
            status.pricing.map { String(decoding: $0, as: UTF8.self) }
                == #"{"billable":false,"category":"utility"}"#
        )
    }

    @Test func whatCannotBeReadLosesNothingElse() {
        let webhook = read(
            """
            {"entry":[7,{"id":"A"},{"id":"B","changes":[{"value":{}},{"field":"messages","value":{}},
              {"field":"messages","value":{"metadata":{"phone_number_id":"p"},
               "statuses":[{"status":"sent"},null,{"id":"wamid.1","status":"sent","timestamp":"soon"}],
               "messages":[{"id":"wamid.2"},{"id":"wamid.3","type":"text","from":"39340","timestamp":"1789999999"}]}},
              {"field":"account_update","value":{"event":"x"}}]}]}
            """
        )
        #expect(webhook.statuses.map(\.providerMessageID.text) == ["wamid.1"])
        #expect(webhook.statuses.first?.at == Self.now)
        #expect(webhook.inbound.map(\.providerMessageID) == ["wamid.3"])
        #expect(webhook.notices.map(\.field) == ["account_update"])
        #expect(webhook.problems.count == 7)
    }

    @Test(arguments: ["", "nonsense", "[]", "7", "{}", #"{"entry":{}}"#, "{\"entry\":[", "\u{0}"])
    func nonsenseIsAProblemAndNothingElse(_ body: String) {
        let webhook = read(body)
        #expect(webhook.statuses.isEmpty && webhook.inbound.isEmpty && webhook.notices.isEmpty)
        #expect(webhook.problems.count == 1)
        #expect(MetaWebhook.account(of: Array(body.utf8)) == nil)
    }

    @Test func anUnknownStatusKeepsItsWord() throws {
        let webhook = read(
            """
            {"entry":[{"id":"A","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"p"},
             "statuses":[{"id":"w","status":"warning"},{"id":"w","status":"played"}]}}]}]}
            """
        )
        #expect(webhook.statuses.map(\.status) == [nil, .read])
        #expect(webhook.statuses.map(\.statusWord) == ["warning", "played"])
    }

    @Test func aStatusParkedAloneReadsBackTheSame() throws {
        let first = read(
            """
            {"entry":[{"id":"A","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"p\\"1"},
             "statuses":[{"id":"w","status":"read","timestamp":"1789999999",
              "biz_opaque_callback_data":"v1.\(Self.message).1"}]}}]}]}
            """
        )
        let status = try #require(first.statuses.first)
        let again = MetaWebhook(
            body: MetaWebhook.body(ofStatus: status.raw, phoneNumberID: status.phoneNumberID),
            receivedAt: Self.now
        )
        let parked = try #require(again.statuses.first)
        #expect(again.problems.isEmpty)
        #expect(parked.phoneNumberID == "p\"1")
        #expect(parked.reference == status.reference)
        #expect(parked.raw == status.raw)
        #expect(parked.at == status.at)
    }

    @Test(arguments: [
        "v1.\(message)", "v1.\(message).0", "v1.\(message).-1", "v1.\(message).40000", "v2.\(message).1",
        "v1.not-an-id.1", "v1.\(message).1.1", "", "order-77",
    ])
    func aReferenceWeDidNotWriteIsNone(_ text: String) {
        #expect(AttemptReference(text) == nil)
    }

    @Test func aReferenceReadsBackWhatItSays() throws {
        let id = try #require(MessageID(Self.message))
        let reference = AttemptReference(messageID: id, attempt: 12)
        #expect(AttemptReference(reference.description) == reference)
        // Meta's limit.
        #expect(reference.description.utf8.count <= 512)
    }
}
