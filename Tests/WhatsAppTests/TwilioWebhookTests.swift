import Models
import Testing
import WhatsApp

@Suite struct TwilioWebhookTests {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

    private func read(_ form: String, inbound: Bool = false, contentType: String? = nil) -> TwilioWebhook {
        TwilioWebhook(
            body: Array(form.utf8), contentType: contentType, isInbound: inbound, receivedAt: Self.now)
    }

    @Test(arguments: [
        ("sent", ReceiptStatus.sent), ("delivered", .delivered), ("read", .read), ("failed", .failed),
        ("undelivered", .failed), ("canceled", .failed),
    ])
    func whatMovesAMessageIsAReceipt(_ word: String, _ receipt: ReceiptStatus) {
        let status = read("MessageSid=SM1&AccountSid=AC1&MessageStatus=\(word)&ErrorCode=").status
        #expect(status?.status.receipt == receipt && status?.at == Self.now)
        #expect(status?.providerMessageID == ProviderMessageID("SM1"))
        #expect((status?.error != nil) == (receipt == .failed))
    }

    @Test(arguments: ["queued", "accepted", "scheduled", "sending", "partially_delivered", "news"])
    func newsOfTwiliosQueueIsKeptUnderItsWord(_ word: String) {
        let status = read("SmsSid=SM1&SmsStatus=\(word)").status
        #expect(status?.status.receipt == nil && status?.status.word == word)
    }

    @Test func anErrorCodeCountsOnlyWhereItFailed() {
        let failed = read("MessageSid=SM1&MessageStatus=undelivered&ErrorCode=63024&ErrorMessage=m").status
        #expect(failed?.error == ProviderError(code: 63_024, details: "m"))
        // 63037 is a warning: Twilio goes on by itself.
        #expect(read("MessageSid=SM1&MessageStatus=sent&ErrorCode=63037").status?.error == nil)
        #expect(read("MessageSid=SM1&MessageStatus=failed").status?.error?.code == ProviderError.noCode)
        #expect(read("MessageSid=SM1&MessageStatus=canceled").status?.error?.code == ProviderError.cancelledCode)
    }

    @Test func priceAndSegmentsAreKept() throws {
        let pricing = try #require(
            read("MessageSid=SM1&MessageStatus=sent&NumSegments=1&Price=-0.005&PriceUnit=USD").status?.pricing)
        #expect(String(decoding: pricing, as: UTF8.self) == #"{"price":"-0.005","price_unit":"USD","segments":1}"#)
        #expect(read("MessageSid=SM1&MessageStatus=sent").status?.pricing == nil)
    }

    @Test func aJSONCallbackSaysTheSame() {
        let status = read(
            #"{"MessageSid":"SM1","MessageStatus":"failed","ErrorCode":63016}"#, contentType: "application/json"
        ).status
        #expect(status?.error?.code == 63_016)
    }

    @Test func aCustomersMessageIsRead() throws {
        let inbound = try #require(
            read(
                "MessageSid=SM9&From=whatsapp%3A%2B393401234567&To=whatsapp%3A%2B14155550100&Body=Ciao+%F0%9F%98%80&WaId=39",
                inbound: true
            ).inbound)
        #expect(inbound.from == "393401234567" && inbound.type == "text" && inbound.providerMessageID == "SM9")
        #expect(String(decoding: inbound.raw, as: UTF8.self).contains("Ciao 😀"))
    }

    @Test func whatCannotBeReadSaysWhy() {
        #expect(read("Nothing=1").problem != nil)
        #expect(read("MessageSid=SM1").problem != nil)
        #expect(read("[1]", contentType: "application/json").problem != nil)
        #expect(read("%%%&=&a=%zz&MessageSid=SM1&MessageStatus=sent").status?.status.receipt == .sent)
    }
}
