import Crypto
import EventBus
import HTTPServer
import Models
import Postgres
import Storage
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// Twilio's callbacks from their proof of origin to what they move.
@Suite struct ReceiverTwilioTests {
    @Test func aForgedCallbackIsRefusedAndNotKept() async throws {
        try await TwilioFixture.with { fixture in
            let router = try fixture.router()
            let fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")]
            let stranger = "0198f2c0-0000-7000-8000-0000000000ff"
            for request in [
                try fixture.callback(fields, token: "another"), try fixture.callback(fields, tampered: true),
                try fixture.callback(fields, sender: stranger), try fixture.callback(fields, sender: "nobody"),
                // A sender of Meta's has no auth token of Twilio's.
                try fixture.callback(
                    fields, sender: "\(fixture.apply.tenants.first.senderID)", token: "token-of-a-testfirst"),
            ] {
                #expect(await router.respond(to: request).status == 401)
            }
            #expect(fixture.records.isEmpty)
        }
    }

    @Test func aSignedCallbackIsKeptByteForByteWithWhatItsAddressSaid() async throws {
        try await TwilioFixture.with { fixture in
            let message = try await fixture.apply.tenants.messagesInFlight(1, of: fixture.apply.tenants.first)[0]
            let request = try fixture.status("delivered", message, attempt: 3)
            let response = try await fixture.router().respond(to: request)
            #expect(response.status == 200 && response.body.isEmpty)
            let record = try #require(fixture.records.first)
            #expect(record.provider == "twilio" && record.account == TwilioFixture.accountSid)
            #expect(record.body == request.body)
            let facts = try #require(TwilioFacts(record))
            #expect(facts.reference == AttemptReference(messageID: message, attempt: 3))
            #expect(facts.owner.senderID == fixture.senderID && !facts.isInbound)
        }
    }

    @Test func aJSONCallbackIsProvenByItsHash() async throws {
        try await TwilioFixture.with { fixture in
            let body = Array(#"{"MessageSid":"SM1","MessageStatus":"sent"}"#.utf8)
            let target = "/webhooks/twilio/\(fixture.senderID)/x?bodySHA256=\(SHA256.hex(body))"
            let signature = TwilioSignature.sign(
                url: TwilioFixture.publicURL + target, form: FormFields(), token: TwilioFixture.authToken)
            let headers = [("Content-Type", "application/json"), (TwilioSignature.header, signature)]
            let router = try fixture.router()
            let good = try #require(Request(.post, target, headers: headers, body: body))
            #expect(await router.respond(to: good).status == 200)
            let bad = try #require(Request(.post, target, headers: headers, body: body + [10]))
            #expect(await router.respond(to: bad).status == 401)
        }
    }

    @Test func anUnansweredSendIsSettledByItsAddressAlone() async throws {
        try await TwilioFixture.with { fixture in
            let message = try await fixture.apply.tenants.messagesInFlight(1, of: fixture.apply.tenants.first)[0]
            _ = try await fixture.apply.tenants.platform.execute(
                "UPDATE message_states SET state = \(MessageState.unanswered.rawValue) WHERE id = \(message)")
            _ = try await fixture.apply.tenants.platform.execute(
                "UPDATE attempts SET outcome = 4 WHERE message_id = \(message)")
            try await fixture.receive([try fixture.status("sent", message, sid: "SMnew")])
            #expect(try await fixture.apply.states([message]) == [.sent])
            let row = try #require(
                try await fixture.apply.tenants.platform.rows(
                    "SELECT provider_message_id, outcome FROM attempts WHERE message_id = \(message)"
                ).first)
            #expect(try row.value("provider_message_id", as: String?.self) == "SMnew")
            #expect(try row.value("outcome", as: Int16.self) == 1)
        }
    }

    @Test func newsOfTwiliosQueueAreEventsAndMoveNothing() async throws {
        try await TwilioFixture.with { fixture in
            let message = try await fixture.apply.tenants.messagesInFlight(1, of: fixture.apply.tenants.first)[0]
            try await fixture.receive(["queued", "sending", "scheduled"].map { try fixture.status($0, message) })
            #expect(try await fixture.apply.states([message]) == [.sending])
            let events = try await fixture.events(of: message)
            #expect(Set(events).isSuperset(of: ["queued", "sending", "scheduled"]))
        }
    }

    @Test func theOrderAndNumberOfCallbacksDoNotMatter() async throws {
        try await TwilioFixture.with { fixture in
            let message = try await fixture.apply.tenants.messagesInFlight(1, of: fixture.apply.tenants.first)[0]
            for word in ["read", "sent", "delivered", "read", "sent"] {
                try await fixture.receive([try fixture.status(word, message)])
            }
            #expect(try await fixture.apply.states([message]) == [.read])
            #expect(fixture.apply.published.withLock { $0.count } == 1)
        }
    }

    @Test func aFailureIsClassifiedByTwiliosTable() async throws {
        try await TwilioFixture.with { fixture in
            let messages = try await fixture.apply.tenants.messagesInFlight(2, of: fixture.apply.tenants.first)
            try await fixture.receive([
                try fixture.status("undelivered", messages[0], sid: "SM1", more: [("ErrorCode", "63016")]),
                try fixture.status("failed", messages[1], sid: "SM2", more: [("ErrorCode", "63012")]),
            ])
            #expect(try await fixture.apply.states(messages) == [.undelivered, .waiting])
        }
    }

    @Test func withoutAnAddressOfOursTheSidFindsTheMessage() async throws {
        try await TwilioFixture.with { fixture in
            let message = try await fixture.apply.tenants.messagesInFlight(1, of: fixture.apply.tenants.first)[0]
            try await fixture.receive([try fixture.status("delivered", nil, sid: "SMlate")])
            #expect(try await fixture.apply.states([message]) == [.sending])
            #expect(try await fixture.apply.count("parked_receipts WHERE provider = 'twilio'") == 1)
            _ = try await fixture.apply.tenants.platform.execute(
                "UPDATE attempts SET provider_message_id = 'SMlate' WHERE message_id = \(message)")
            try await fixture.apply.letParkedBeDue()
            _ = try await fixture.apply.parkedTurn.turn()
            #expect(try await fixture.apply.states([message]) == [.delivered])
            #expect(try await fixture.apply.count("parked_receipts") == 0)
        }
    }

    @Test func priceAndSegmentsStandInTheTimeline() async throws {
        try await TwilioFixture.with { fixture in
            let message = try await fixture.apply.tenants.messagesInFlight(1, of: fixture.apply.tenants.first)[0]
            try await fixture.receive([
                try fixture.status(
                    "sent", message, more: [("NumSegments", "1"), ("Price", "-0.00500"), ("PriceUnit", "USD")])
            ])
            #expect(
                try await fixture.apply.count(
                    "message_events WHERE type = 'sent' AND detail #>> '{pricing,price}' = '-0.00500'") == 1)
        }
    }

    @Test func aCustomersMessageOpensTheServiceWindow() async throws {
        try await TwilioFixture.with { fixture in
            try await fixture.apply.tenants.closeWindows()
            let request = try fixture.callback([
                ("MessageSid", "SMin"), ("From", "whatsapp:+393401234567"), ("To", "whatsapp:+14155550100"),
                ("Body", "STOP"), ("SmsStatus", "received"),
            ])
            try await fixture.receive([request, request])
            #expect(
                try await fixture.apply.count("inbound_messages WHERE from_number = '393401234567'") == 1)
            let rows = try await fixture.apply.tenants.platform.rows(
                """
                SELECT sender_id, recipient FROM service_windows
                WHERE open_until BETWEEN now() + interval '23 hours' AND now() + interval '24 hours'
                """)
            #expect(rows.count == 1)
            #expect(try rows[0].value("sender_id", as: SenderID.self) == fixture.senderID)
            #expect(try rows[0].value("recipient", as: String.self) == "+393401234567")
        }
    }

    @Test func aCallbackThatCannotBeReadIsRecordedAndStopsNothing() async throws {
        try await TwilioFixture.with { fixture in
            try await fixture.receive([try fixture.callback([("Nothing", "1")], path: "/x")])
            #expect(
                try await fixture.apply.count("webhook_deliveries WHERE provider = 'twilio' AND problem IS NOT NULL")
                    == 1)
        }
    }
}
