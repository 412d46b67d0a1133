import EventBus
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import Synchronization
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// Durable deliveries on their way into Postgres.
@Suite struct ReceiverApplyTests {
    @Test func oneDeliveryMayConcernSeveralTenants() async throws {
        try await ApplyFixture.with { fixture in
            let (first, second) = (fixture.tenants.first, fixture.tenants.second)
            let ours = try await fixture.tenants.messagesInFlight(2, of: first)
            let theirs = try await fixture.tenants.messagesInFlight(1, of: second)[0]
            try await fixture.apply([
                fixture.body([
                    ("phone-first", ours.map { fixture.status("read", $0) }),
                    ("phone-second", [fixture.status("delivered", theirs)]),
                ])
            ])
            #expect(try await fixture.states(ours) == [.read, .read])
            #expect(try await fixture.states([theirs]) == [.delivered])
            #expect(fixture.published.withLock { $0.count } == 3)
            let row = try #require(try await fixture.deliveries().first)
            #expect(try row.value("statuses", as: Int.self) == 3)
            #expect(try row.value("moved", as: Int.self) == 3)
            #expect(try row.value("parked", as: Int.self) == 0)
            #expect(try row.value("problem", as: String?.self) == nil)
        }
    }

    @Test func aDeliveryReadTwiceIsRecordedOnce() async throws {
        try await ApplyFixture.with { fixture in
            let message = try await fixture.tenants.messagesInFlight(1, of: fixture.tenants.first)[0]
            let body = fixture.body(
                [("phone-first", [fixture.status("sent", message)])],
                inbound:
                    #"{"id":"wamid.in","from":"39340","type":"text","timestamp":"\#(fixture.seconds)","text":{"body":"a\u0000b"}}"#
            )
            try await fixture.apply([body])
            try await fixture.apply([body])
            try await fixture.apply([body, body])
            #expect(try await fixture.count("webhook_deliveries") == 1)
            #expect(try await fixture.count("inbound_messages") == 1)
            #expect(try await fixture.states([message]) == [.sent])
            #expect(fixture.published.withLock { $0.count } == 1)
        }
    }

    @Test func aForeignReferenceIsParkedAndMovesNothing() async throws {
        try await ApplyFixture.with { fixture in
            let theirs = try await fixture.tenants.messagesInFlight(1, of: fixture.tenants.second)[0]
            try await fixture.apply([fixture.body([("phone-first", [fixture.status("read", theirs)])])])
            #expect(try await fixture.states([theirs]) == [.sending])
            let rows = try await fixture.tenants.platform.rows(
                "SELECT tenant_id, reason FROM parked_receipts"
            )
            #expect(rows.count == 1)
            #expect(try rows[0].value("tenant_id", as: TenantID.self) == fixture.tenants.first.id)
            #expect(try rows[0].value("reason", as: String.self) == "unknown_message")
            try await fixture.letParkedBeDue()
            _ = try await fixture.parkedTurn.turn()
            #expect(try await fixture.count("parked_receipts") == 1)
            #expect(try await fixture.states([theirs]) == [.sending])
        }
    }

    @Test func aParkedReceiptIsAppliedWhenItsMessageIsKnown() async throws {
        try await ApplyFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.tenants.messagesInFlight(1, of: tenant)[0]
            // Without a reference, and before the answer with the provider's id was written.
            let status = #"{"id":"wamid.early","status":"delivered","timestamp":"\#(fixture.seconds)"}"#
            // For a number that nobody has yet.
            let early = fixture.status("read", message, id: "wamid.other")
            try await fixture.apply([fixture.body([("phone-first", [status]), ("phone-new", [early])])])
            #expect(try await fixture.count("parked_receipts") == 2)
            try await fixture.letParkedBeDue()
            _ = try await fixture.parkedTurn.turn()
            #expect(try await fixture.count("parked_receipts") == 2)
            #expect(try await fixture.count("parked_receipts WHERE tries = 1 AND try_at > now()") == 2)

            _ = try await fixture.tenants.platform.execute(
                "UPDATE attempts SET provider_message_id = 'wamid.early' WHERE message_id = \(message)"
            )
            try await fixture.letParkedBeDue()
            _ = try await fixture.parkedTurn.turn()
            #expect(try await fixture.states([message]) == [.delivered])
            #expect(try await fixture.count("parked_receipts") == 1)

            _ = try await fixture.tenants.platform.execute(
                "UPDATE senders SET phone_number_id = 'phone-new' WHERE tenant_id = \(tenant.id)"
            )
            fixture.senders.forget(tenant.id)
            try await fixture.letParkedBeDue()
            _ = try await fixture.parkedTurn.turn()
            #expect(try await fixture.states([message]) == [.read])
            #expect(try await fixture.count("parked_receipts") == 0)
        }
    }

    @Test func aParkedReceiptIsGivenUpAfterEightDays() async throws {
        try await ApplyFixture.with { fixture in
            try await fixture.apply([
                fixture.body([
                    ("phone-none", [#"{"id":"w1","status":"sent"}"#, #"{"id":"w2","status":"sent"}"#])
                ])
            ])
            _ = try await fixture.tenants.platform.execute(
                "UPDATE parked_receipts SET parked_at = now() - interval '193 hours' WHERE provider_message_id = 'w1'"
            )
            _ = try await fixture.parkedTurn.upkeep()
            #expect(try await fixture.count("parked_receipts") == 1)
        }
    }

    @Test func signedNonsenseIsRecordedAndStopsNothing() async throws {
        try await ApplyFixture.with { fixture in
            let message = try await fixture.tenants.messagesInFlight(1, of: fixture.tenants.first)[0]
            try await fixture.apply([
                "nonsense", "{}", #"{"entry":[{"id":"A","changes":[{"field":"messages","value":{}}]}]}"#,
                fixture.body([("phone-first", [fixture.status("read", message), "7"])]),
            ])
            #expect(try await fixture.states([message]) == [.read])
            #expect(try await fixture.count("webhook_deliveries WHERE problem IS NOT NULL") == 4)
        }
    }

    /// U+0000 is a character of JSON and of no text in Postgres.
    @Test func aDeliveryThatPostgresRefusesIsSetAsideAlone() async throws {
        try await ApplyFixture.with { fixture in
            let messages = try await fixture.tenants.messagesInFlight(6, of: fixture.tenants.first)
            var bodies = messages.map { fixture.body([("phone-first", [fixture.status("read", $0)])]) }
            let poison = #"{"entry":[{"id":"A","changes":[{"field":"odd\u0000field","value":{}}]}]}"#
            bodies.insert(poison, at: 3)
            try await fixture.apply(bodies)
            #expect(try await fixture.states(messages) == Array(repeating: .read, count: 6))
            #expect(try await fixture.count("webhook_deliveries") == 7)
            #expect(try await fixture.count("webhook_deliveries WHERE problem LIKE 'not applied:%'") == 1)
            #expect(
                try await fixture.count("provider_notices WHERE field = 'unreadable' AND value ? 'base64'")
                    == 1
            )
        }
    }

    @Test func aFailureFollowsTheTenantsPolicyAndItsClock() async throws {
        try await ApplyFixture.with(timeScale: 0.1) { fixture in
            let tenant = fixture.tenants.first
            let messages = try await fixture.tenants.messagesInFlight(2, of: tenant)
            let others = try await fixture.tenants.messagesInFlight(1, of: fixture.tenants.second)
            _ = try await fixture.tenants.platform.execute(
                "UPDATE tenants SET auto_retry_enabled = false WHERE id = \(fixture.tenants.second.id)"
            )
            let errors = #","errors":[{"code":131000,"title":"x"}]"#
            try await fixture.apply([
                fixture.body([
                    ("phone-first", messages.map { fixture.status("failed", $0, more: errors) }),
                    ("phone-second", others.map { fixture.status("failed", $0, more: errors) }),
                ])
            ])
            #expect(try await fixture.states(messages) == [.waiting, .waiting])
            #expect(try await fixture.states(others) == [.failed])
            #expect(
                try await fixture.count(
                    "due_messages WHERE due_at BETWEEN now() - interval '20 seconds' AND now() + interval '600 milliseconds'"
                )
                    == 2
            )
            #expect(try await fixture.count("critical_failures") == 1)
            #expect(fixture.published.withLock { $0.count { $0.isCritical } } == 1)
        }
    }

    @Test func twoAcceptedAttemptsAreAProvenDuplicate() async throws {
        try await ApplyFixture.with { fixture in
            let tenant = fixture.tenants.first
            let messages = try await fixture.tenants.messagesInFlight(2, of: tenant)
            // Unanswered, sent again by policy, and the second send was answered.
            for message in messages {
                _ = try await fixture.tenants.platform.execute(
                    "UPDATE attempts SET outcome = 4 WHERE message_id = \(message)")
                _ = try await fixture.tenants.platform.execute(
                    """
                    INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until)
                    VALUES (\(tenant.id), \(message), 2, 1, now(), now())
                    """)
                _ = try await fixture.tenants.platform.execute(
                    "UPDATE message_states SET state = 6, attempts = 2, sent_at = now() WHERE id = \(message)")
            }
            // The receipt of the second alone proves nothing; that of the first proves two copies.
            let second = fixture.status("sent", messages[0]).replacing("\(messages[0]).1", with: "\(messages[0]).2")
            try await fixture.apply([fixture.body([("phone-first", [second])])])
            #expect(try await fixture.count("confirmed_duplicates") == 0)
            let first = messages.map { fixture.status("sent", $0) }
            try await fixture.apply([fixture.body([("phone-first", [first[1]])])])
            try await fixture.apply([fixture.body([("phone-first", [first[1]])])])
            let rows = try await fixture.tenants.platform.rows(
                "SELECT message_id, sender_id FROM confirmed_duplicates")
            #expect(try rows.map { try $0.value("message_id", as: MessageID.self) } == [messages[1]])
            #expect(try rows.map { try $0.value("sender_id", as: SenderID.self) } == [tenant.senderID])
        }
    }

    @Test func aCodeThatNoTableListsIsWrittenDownForSomebodyToLookUp() async throws {
        try await ApplyFixture.with { fixture in
            let messages = try await fixture.tenants.messagesInFlight(3, of: fixture.tenants.first)
            let statuses = messages.enumerated().map { index, message in
                let code = index < 2 ? 987_654 : 131_026
                return fixture.status("failed", message, more: #","errors":[{"code":\#(code),"title":"x"}]"#)
            }
            try await fixture.apply([fixture.body([("phone-first", statuses)])])
            let rows = try await fixture.tenants.platform.rows("SELECT provider, code, seen FROM unknown_codes")
            #expect(rows.count == 1)
            #expect(try rows[0].value("provider", as: String.self) == "meta")
            #expect(try rows[0].value("code", as: Int32.self) == 987_654)
            #expect(try rows[0].value("seen", as: Int64.self) == 2)
        }
    }

    @Test func aFailureThatConcernsOthersClosesItsGateOnce() async throws {
        try await ApplyFixture.with { fixture in
            let messages = try await fixture.tenants.messagesInFlight(3, of: fixture.tenants.first)
            let errors = #","errors":[{"code":131042,"title":"x"}]"#
            for message in messages {
                try await fixture.apply([
                    fixture.body([("phone-first", [fixture.status("failed", message, more: errors)])])
                ])
            }
            #expect(try await fixture.states(messages) == Array(repeating: .waiting, count: 3))
            let gates = try await GateStore(fixture.tenants.platform).closedGates()
            #expect(gates.map(\.cause) == [.paymentMissing])
            #expect(gates.first?.scope == .account && gates.first?.subject == "account-first")
            #expect(gates.first?.errorCode == 131_042)
        }
    }

    @Test func aFailureWaitsAsLongAsTheTenantsOwnListSays() async throws {
        try await ApplyFixture.with(timeScale: 0.1) { fixture in
            _ = try await fixture.tenants.platform.execute(
                "UPDATE tenants SET retry_preset = 'own', retry_delays_seconds = '{100, 900}'")
            let messages = try await fixture.tenants.messagesInFlight(1, of: fixture.tenants.first)
            let errors = #","errors":[{"code":131000,"title":"x"}]"#
            try await fixture.apply([
                fixture.body([("phone-first", messages.map { fixture.status("failed", $0, more: errors) })])
            ])
            #expect(try await fixture.states(messages) == [.waiting])
            let due = "due_messages WHERE due_at BETWEEN now() + interval '1 second' AND now() + interval '10 seconds'"
            #expect(try await fixture.count(due) == 1)
        }
    }
}

struct ApplyFixture: Sendable {
    let tenants: TwoTenants
    let senders: SenderDirectory
    let applier: DeliveryApplier
    let parkedTurn: ParkedReceiptsTurn
    let published: PublishedEvents
    let receivedAt = SystemClock.now()

    final class PublishedEvents: Sendable {
        private let events = Mutex<[LifecycleEvent]>([])

        func withLock<Outcome>(_ body: (inout [LifecycleEvent]) -> Outcome) -> Outcome {
            events.withLock { body(&$0) }
        }
    }

    var seconds: Int64 { receivedAt.microseconds / 1_000_000 }

    static func with(timeScale: Double = 1, _ body: (ApplyFixture) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        let published = PublishedEvents()
        let receipts = ReceiptStore(tenants.database, try TestTenant.secrets())
        let senders = SenderDirectory(receipts)
        let applier = DeliveryApplier(
            receipts: receipts,
            inbound: InboundStore(tenants.database),
            people: PeopleKeeper(InboundContactStore(tenants.database), ConsentStore(tenants.database)) { _ in },
            senders: senders,
            notices: NoticeActions(platform: tenants.platform) { _ in },
            refusalGates: RefusalGates(
                GateStore(tenants.database), closer: "webhook",
                senders: { id, _ in
                    try await SenderStore(tenants.database, TestTenant.secrets()).profile(of: id)
                },
                tell: { _ in }),
            timeScale: timeScale,
            publish: { events in published.withLock { $0 += events } }
        )
        let fixture = ApplyFixture(
            tenants: tenants,
            senders: senders,
            applier: applier,
            parkedTurn: ParkedReceiptsTurn(store: ParkedReceiptStore(tenants.platform), applier: applier),
            published: published
        )
        do {
            try await body(fixture)
            await tenants.stop()
        } catch {
            await tenants.stop()
            throw error
        }
    }

    /// - Parameter more: further members, each with a comma before it.
    func status(_ word: String, _ message: MessageID, id: String? = nil, more: String = "") -> String {
        """
        {"id":"\(id ?? "wamid.\(message)")","status":"\(word)","timestamp":"\(seconds)",\
        "biz_opaque_callback_data":"v1.\(message).1"\(more)}
        """
    }

    func body(_ numbers: [(phone: String, statuses: [String])], inbound: String = "") -> String {
        let changes = numbers.map { number in
            """
            {"field":"messages","value":{"metadata":{"phone_number_id":"\(number.phone)"},
             "statuses":[\(number.statuses.joined(separator: ","))],"messages":[\(inbound)]}}
            """
        }
        return #"{"entry":[{"id":"A","changes":[\#(changes.joined(separator: ","))]}]}"#
    }

    func apply(_ bodies: [String]) async throws {
        let records = bodies.map { body in
            let record = WebhookRecord(
                provider: "meta",
                account: "A",
                receivedAt: receivedAt,
                body: Array(body.utf8)
            ).record(prefix: "t")
            return ConsumedRecord(
                topic: record.topic,
                partition: 0,
                offset: 0,
                key: record.key,
                value: record.value,
                headers: record.headers
            )
        }
        try await applier.apply(records)
    }

    func states(_ messages: [MessageID]) async throws -> [MessageState?] {
        var states: [MessageState?] = []
        for message in messages {
            let rows = try await tenants.platform.rows(
                "SELECT state FROM message_states WHERE id = \(message)"
            )
            states.append(MessageState(rawValue: try #require(rows.first).value("state")))
        }
        return states
    }

    func deliveries() async throws -> [Row] {
        try await tenants.platform.rows("SELECT * FROM webhook_deliveries ORDER BY id")
    }

    func count(_ table: String) async throws -> Int {
        let rows = try await tenants.platform.rows("SELECT count(*) FROM \(raw: table)")
        return try #require(rows.first).value(0)
    }

    func letParkedBeDue() async throws {
        _ = try await tenants.platform.execute(
            "UPDATE parked_receipts SET try_at = now() - interval '1 second'"
        )
    }
}
