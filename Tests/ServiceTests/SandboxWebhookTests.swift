import HTTPClient
import JSON
import Runtime
import TestSupport
import Testing

@testable import sandbox

@Suite struct SandboxWebhookTests {
    static func reference(_ number: Int, attempt: Int = 1) -> String {
        let digits = String(number)
        return
            "v1.0198f2c0-0000-7000-8000-\(String(repeating: "0", count: 12 - digits.count))\(digits).\(attempt)"
    }

    @Test func receiptsComeSignedInBatchesAndCarryTheCallbackData() async throws {
        let sandbox = try await SandboxFixture(["SANDBOX_BATCH_MAX": "7", "SANDBOX_ENFORCE_LIMITS": "false"])
        for number in 1...30 {
            _ = try await sandbox.send(to: "+393401234567", reference: Self.reference(number))
        }
        try await eventually("all receipts arrive") { sandbox.statuses.count == 90 }
        for number in 1...30 {
            #expect(Set(sandbox.words(of: Self.reference(number))) == ["sent", "delivered", "read"])
        }
        #expect(sandbox.webhooks.allSatisfy { $0.isSigned })
        let sizes = sandbox.webhooks.map { webhook in
            (webhook.body["entry"]?.elements?.first?["changes"]?.elements ?? [])
                .reduce(0) { $0 + ($1["value"]?["statuses"]?.elements?.count ?? 0) }
        }
        #expect(sizes.allSatisfy { (1...7).contains($0) })
        let first = try #require(sandbox.webhooks.first?.body)
        #expect(first["object"]?.string == "whatsapp_business_account")
        let value = first["entry"]?.elements?.first?["changes"]?.elements?.first?["value"]
        #expect(value?["metadata"]?["phone_number_id"]?.string == SandboxFixture.phone)
        await sandbox.stop()
    }

    @Test(arguments: [
        ("+393401234026", ["failed"]), ("+393401234047", ["sent", "delivered", "read"]),
        ("+393401234472", ["failed"]), ("+393401234993", ["sent", "read"]),
        ("+393401234992", ["read", "delivered", "sent"]), ("+393401234994", ["sent", "delivered", "read"]),
        ("+393401234990", ["sent", "delivered", "read"]), ("+393401234980", ["sent", "delivered", "read"]),
    ])
    func theReceiptsOfAMagicRecipientAreAsItsRowSays(recipient: String, words: [String]) async throws {
        let sandbox = try await SandboxFixture(["SANDBOX_RECEIPT_DELAY": "1s"])
        let reference = Self.reference(1)
        // Some of them never answer, and are let go in the end.
        async let answer = try? sandbox.send(to: recipient, reference: reference, timeout: .seconds(60))
        try await eventually("the receipts arrive") { sandbox.words(of: reference).count == words.count }
        #expect(sandbox.words(of: reference) == words)
        await sandbox.stop()
        _ = await answer
    }

    @Test func twiceMeansTwice() async throws {
        let sandbox = try await SandboxFixture()
        _ = try await sandbox.send(to: "+393401234991", reference: Self.reference(1))
        try await eventually("the receipts arrive") { sandbox.words(of: Self.reference(1)).count == 6 }
        #expect(
            sandbox.words(of: Self.reference(1)).sorted() == [
                "delivered", "delivered", "read", "read", "sent", "sent",
            ]
        )
        await sandbox.stop()
    }

    @Test func aSecondAttemptOfAnAsynchronousFailureIsFine() async throws {
        let sandbox = try await SandboxFixture()
        _ = try await sandbox.send(to: "+393401234997", reference: Self.reference(1, attempt: 1))
        try await eventually("it fails") { sandbox.words(of: Self.reference(1, attempt: 1)) == ["failed"] }
        #expect(sandbox.statuses.first?["errors"]?.elements?.first?["code"]?.integer == 131_000)
        _ = try await sandbox.send(to: "+393401234997", reference: Self.reference(1, attempt: 2))
        try await eventually("it is read") { sandbox.words(of: Self.reference(1, attempt: 2)).count == 3 }
        await sandbox.stop()
    }

    @Test func someReceiptsNeverCarryTheCallbackData() async throws {
        let sandbox = try await SandboxFixture()
        _ = try await sandbox.send(to: "+393401234131", reference: Self.reference(1))
        _ = try await sandbox.send(to: "+393401234132", reference: Self.reference(2))
        try await eventually("the receipts arrive") { sandbox.statuses.count == 4 }
        #expect(sandbox.statuses.allSatisfy { $0["biz_opaque_callback_data"] == nil })
        await sandbox.stop()
    }

    @Test func theReceiptsCanComeBeforeTheAnswer() async throws {
        let sandbox = try await SandboxFixture()
        let answer = try await sandbox.send(to: "+393401234995", reference: Self.reference(1))
        #expect(answer.status == 200)
        #expect(sandbox.words(of: Self.reference(1)).count == 3)
        await sandbox.stop()
    }

    @Test(arguments: [("+393401234981", false), ("+393401234980", true)])
    func aCutConnectionIsLostAfterTheWholeRequestWasWritten(recipient: String, accepted: Bool) async throws {
        let sandbox = try await SandboxFixture()
        let failure = await #expect(throws: ClientFailure.self) { _ = try await sandbox.send(to: recipient) }
        #expect(failure?.kind == .connectionLost)
        #expect(failure?.written == .all)
        let digits = recipient.dropFirst()
        let sends = try await sandbox.call("GET", "/oracle/sends?recipient=\(digits)").json?["data"]?.elements
        #expect(sends?.count == 1)
        #expect(sends?.first?["accepted"]?.boolean == accepted)
        await sandbox.stop()
    }

    @Test func whoeverHangsIsLetGoWhenTheStandInStops() async throws {
        let sandbox = try await SandboxFixture()
        async let hanging: Void = {
            _ = try? await sandbox.send(to: "+393401234982", timeout: .seconds(60))
        }()
        try await eventually("the send is there") {
            try await sandbox.call("GET", "/oracle/summary").json?["sends"]?.integer == 1
        }
        let began = Monotonic.now()
        await sandbox.stop()
        await hanging
        #expect(Monotonic.now() - began < .seconds(30))
    }

    @Test func aWebhookThatIsNotAnsweredWith200ComesAgain() async throws {
        let sandbox = try await SandboxFixture(refusals: [500, 404, 201, 503])
        _ = try await sandbox.send(to: "+393401234567", reference: Self.reference(1))
        try await eventually("all arrive in the end") { sandbox.words(of: Self.reference(1)).count == 3 }
        // Counted when the answer to the last of them is back.
        var summary: JSONValue?
        try await eventually("all are counted") {
            summary = try await sandbox.call("GET", "/oracle/summary").json
            return summary?["webhooks"]?["statuses"]?.integer == 3
        }
        #expect(summary?["webhooks"]?["failed"]?.integer == 4)
        await sandbox.stop()
    }

    @Test func pausedWebhooksComeWhenResumed() async throws {
        let sandbox = try await SandboxFixture()
        try await sandbox.call("POST", "/oracle/webhooks/pause")
        _ = try await sandbox.send(to: "+393401234567", reference: Self.reference(1))
        try await sandbox.call("POST", "/oracle/inbound", #"{"from":"+393401234567","to":"1","text":"STOP"}"#)
        #expect(sandbox.webhooks.isEmpty)
        try await sandbox.call("POST", "/oracle/webhooks/resume")
        try await eventually("all arrive") { sandbox.statuses.count == 3 && sandbox.webhooks.count >= 2 }
        await sandbox.stop()
    }

    @Test func anInboundMessageIsEscapedAsMetaEscapes() async throws {
        let sandbox = try await SandboxFixture()
        try await sandbox.call(
            "POST",
            "/oracle/inbound",
            #"{"from":"+393401234567","to":"77","text":"Perché 😀 \"no\""}"#
        )
        try await eventually("it arrives") { sandbox.webhooks.count == 1 }
        let webhook = try #require(sandbox.webhooks.first)
        #expect(webhook.isSigned)
        #expect(webhook.text.utf8.allSatisfy { $0 < 0x80 })
        #expect(webhook.text.contains(#"Perch\u00e9 \ud83d\ude00"#))
        let message = webhook.body["entry"]?.elements?.first?["changes"]?.elements?.first?["value"]?[
            "messages"
        ]
        #expect(message?.elements?.first?["text"]?["body"]?.string == "Perché 😀 \"no\"")
        await sandbox.stop()
    }

    @Test func theOracleKnowsWhatWasSentTwice() async throws {
        let sandbox = try await SandboxFixture()
        let message = "0198f2c0-0000-7000-8000-000000000009"
        _ = try await sandbox.send(to: "+393401234567", reference: "v1.\(message).1")
        _ = try await sandbox.send(to: "+393401234567", reference: "v1.\(message).2")
        _ = try await sandbox.send(to: "+393401234567", reference: "v1.\(message).2")
        _ = try await sandbox.send(to: "+393401234568", reference: "something else")
        _ = try await sandbox.send(to: "+393401234500", reference: Self.reference(4))
        let summary = try await sandbox.call("GET", "/oracle/summary").json
        #expect(summary?["sends"]?.integer == 5)
        #expect(summary?["accepted"]?.integer == 4)
        #expect(summary?["distinct_messages"]?.integer == 3)
        #expect(summary?["sent_twice"]?.integer == 1)
        let sends =
            try await sandbox.call("GET", "/oracle/sends?message=\(message)").json?["data"]?.elements ?? []
        #expect(sends.map { $0["attempt"]?.integer } == [1, 2, 2])
        #expect(sends.map { $0["times_seen"]?.integer } == [1, 2, 2])
        let recipients = try await sandbox.call("GET", "/oracle/sends?recipient=%2B393401234568").json?[
            "data"
        ]
        #expect(recipients?.elements?.first?["reference"]?.string == "something else")
        try await sandbox.call("POST", "/oracle/reset")
        #expect(try await sandbox.call("GET", "/oracle/summary").json?["sends"]?.integer == 0)
        await sandbox.stop()
    }

    @Test func theLogForgetsTheOldestSendsAndKeepsTheCounts() {
        var log = SendLog(kept: 3)
        let phone = PhoneAccount(index: 0, phoneNumberID: "1", accountID: "2", displayPhoneNumber: "3")
        for number in 1...10 {
            let callback = CallbackData(Self.reference(number))
            log.append(
                SendLog.Entry(
                    message: callback.message,
                    attempt: callback.attempt,
                    foreign: nil,
                    recipient: UInt64(number),
                    account: phone,
                    at: SystemClock.now(),
                    isAccepted: true
                )
            )
        }
        #expect(log.entries(where: { _ in true }, max: 100).map(\.entry.recipient) == [8, 9, 10])
        #expect(log.totals.sends == 10)
        #expect(log.totals.distinctMessages == 10)
        #expect(log.totals.sentTwice == 0)
    }

    @Test func receiptsLeaveTheQueueInTheOrderTheyAreDue() {
        var generator = SeededGenerator(seed: 7)
        let phone = PhoneAccount(index: 0, phoneNumberID: "1", accountID: "2", displayPhoneNumber: "3")
        let send = AcceptedSend(
            id: "w",
            account: phone,
            recipient: "1",
            callbackData: nil,
            category: "utility"
        )
        var queue = ReceiptQueue()
        let dues = (0..<500).map { _ in Int64.random(in: 0...200, using: &generator) }
        for due in dues {
            queue.append(
                ReceiptQueue.Item(
                    dueAt: due,
                    timestamp: 0,
                    receipt: PlannedReceipt(after: .zero, word: .sent),
                    send: send,
                    isLast: false
                )
            )
        }
        var popped: [Int64] = []
        while let item = queue.popDue(at: 150) { popped.append(item.dueAt) }
        #expect(popped == dues.filter { $0 <= 150 }.sorted())
        #expect(queue.count == dues.count { $0 > 150 })
    }
}
