import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct ReceiptStoreTests {
    private static let life: [(ReceiptStatus, Int)] = [
        (.sent, 1), (.delivered, 2), (.read, 3), (.delivered, 2),
    ]

    /// Each order applied one by one, as one batch, and in two batches: all end in the same row and the same counts.
    @Test func everyOrderOfReceiptsEndsInTheSameRow() async throws {
        try await ReceiptFixture.with { fixture in
            let orders = permutations(of: Self.life)
            let tenant = fixture.tenants.first
            let messages = try await fixture.messagesInFlight(orders.count * 3, of: tenant)
            for (index, order) in orders.enumerated() {
                let ids = messages[index * 3..<index * 3 + 3].map { $0 }
                let receipts = ids.map { id in
                    order.map { fixture.receipt($0.0, of: id, tenant, after: $0.1) }
                }
                for receipt in receipts[0] { try await fixture.apply([receipt]) }
                try await fixture.apply(receipts[1])
                try await fixture.apply(Array(receipts[2][..<2]))
                try await fixture.apply(Array(receipts[2][2...]))
            }
            var seen: Set<ReceiptFixture.Seen> = []
            for message in messages { seen.insert(try await fixture.seen(message)) }
            let epoch = ReceiptFixture.epoch
            #expect(
                seen == [
                    ReceiptFixture.Seen(
                        state: .read,
                        retries: 0,
                        errorCode: nil,
                        isCritical: false,
                        sentAt: epoch + .seconds(1),
                        deliveredAt: epoch + .seconds(2),
                        readAt: epoch + .seconds(3),
                        hasEnded: false,
                        isDue: false,
                        attempts: ["1 wamid"]
                    )
                ]
            )
            #expect(try await fixture.counts(of: tenant) == [.read: messages.count])
        }
    }

    @Test func everyReceiptOfABatchIsInTheTimelineAndMovesTheMessageOnce() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.messagesInFlight(1, of: tenant)[0]
            try await fixture.answerAccepted(message, of: tenant)
            let applied = try await fixture.apply([
                fixture.receipt(.read, of: message, tenant, after: 30, tag: 3),
                fixture.receipt(.sent, of: message, tenant, after: 10, tag: 1),
                fixture.receipt(.delivered, of: message, tenant, after: 20, tag: 2),
            ])
            #expect(applied.movedBy == [3])
            #expect(applied.events.map(\.state) == [.read])
            let events = try await fixture.events(of: message)
            #expect(events.sorted() == ["delivered", "read", "sent", "sent:duplicate"].sorted())
            #expect(try await fixture.counts(of: tenant) == [.read: 1])
            // Redelivered by Kafka: nothing moves, nothing is counted.
            let again = try await fixture.apply([fixture.receipt(.read, of: message, tenant, after: 30)])
            #expect(again.movedBy.isEmpty && again.events.isEmpty)
            #expect(try await fixture.counts(of: tenant) == [.read: 1])
        }
    }

    @Test func aReceiptBeforeTheAnswerSettlesTheAttempt() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.messagesInFlight(1, of: tenant)[0]
            try await fixture.apply([fixture.receipt(.delivered, of: message, tenant, after: 5)])
            #expect(try await fixture.seen(message).state == .delivered)
            #expect(try await fixture.seen(message).attempts == ["1 wamid"])
            try await fixture.answerAccepted(message, of: tenant)
            #expect(try await fixture.seen(message).state == .delivered)
            #expect(try await fixture.counts(of: tenant) == [.delivered: 1])
        }
    }

    @Test func aReceiptWithoutOurReferenceIsFoundByTheProvidersID() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.messagesInFlight(1, of: tenant)[0]
            let receipt = fixture.receipt(.delivered, of: message, tenant, named: false, tag: 7)
            #expect(try await fixture.apply([receipt]).unknown == [7])
            try await fixture.answerAccepted(message, of: tenant)
            #expect(try await fixture.apply([receipt]).unknown.isEmpty)
            #expect(try await fixture.seen(message).state == .delivered)
        }
    }

    @Test func aReceiptForAnotherTenantsMessageMovesNothing() async throws {
        try await ReceiptFixture.with { fixture in
            let (first, second) = (fixture.tenants.first, fixture.tenants.second)
            let theirs = try await fixture.messagesInFlight(1, of: second)[0]
            let ours = try await fixture.messagesInFlight(1, of: first)[0]
            try await fixture.answerAccepted(theirs, of: second)
            let applied = try await fixture.apply([
                // Named by our own reference, and by the provider's id alone.
                fixture.receipt(.read, of: theirs, first, tag: 1),
                fixture.receipt(.read, of: theirs, first, named: false, tag: 2),
                fixture.receipt(.read, of: ours, first, tag: 3),
                // In the same transaction as one that acts for the second tenant too.
                fixture.receipt(.delivered, of: theirs, second, tag: 4),
            ])
            #expect(applied.unknown.sorted() == [1, 2])
            #expect(applied.movedBy.sorted() == [3, 4])
            #expect(try await fixture.seen(theirs).state == .delivered)
            #expect(try await fixture.counts(of: first) == [.read: 1])
            #expect(try await fixture.counts(of: second) == [.delivered: 1])
        }
    }

    /// 131049 heals by waiting; the tenant's policy is quick: 5, 10, 15 s.
    @Test func aFailedReceiptIsRetriedUntilNoRetryIsLeft() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.messagesInFlight(1, of: tenant)[0]
            try await fixture.answerAccepted(message, of: tenant)
            for attempt in 1...4 {
                if attempt > 1 {
                    try await fixture.claimAgain(message, of: tenant)
                    try await fixture.answerAccepted(message, of: tenant, attempt: attempt)
                }
                let failed = fixture.receipt(
                    .failed,
                    of: message,
                    tenant,
                    attempt: attempt,
                    after: attempt * 100,
                    code: Self.transientCode
                )
                try await fixture.apply([failed, failed])
                // A `sent` that comes late for the same attempt must not cost the message its retry.
                try await fixture.apply([
                    fixture.receipt(.sent, of: message, tenant, attempt: attempt, after: attempt * 100 - 1)
                ])
                let seen = try await fixture.seen(message)
                #expect(seen.state == (attempt < 4 ? .waiting : .failed), "attempt \(attempt)")
                #expect(seen.retries == min(attempt, 3))
                #expect(seen.isCritical == (attempt == 4))
                #expect(seen.isDue == (attempt < 4))
                #expect(seen.errorCode == Self.transientCode)
            }
            let critical = try await fixture.tenants.platform.rows("SELECT 1 FROM critical_failures")
            #expect(critical.count == 1)
        }
    }

    @Test func aFailureForGoodIsNotRetried() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let messages = try await fixture.messagesInFlight(2, of: tenant)
            // 131026: the recipient cannot get messages of this kind.
            try await fixture.apply(messages.map { fixture.receipt(.failed, of: $0, tenant, code: 131_026) })
            let seen = try await fixture.seen(messages[0])
            #expect(seen.state == .undelivered)
            #expect(seen.attempts == ["1:131026 wamid"])
            #expect(seen.hasEnded && !seen.isDue && !seen.isCritical)
            #expect(try await fixture.counts(of: tenant) == [.undelivered: 2])
            // A telephone that showed it refutes the failure.
            try await fixture.apply([fixture.receipt(.delivered, of: messages[0], tenant, after: 9)])
            #expect(try await fixture.seen(messages[0]).state == .delivered)
            #expect(try await fixture.seen(messages[0]).errorCode == nil)
            #expect(try await fixture.counts(of: tenant) == [.undelivered: 1, .delivered: 1])
        }
    }

    /// Every order of the news of one failed and one delivered attempt.
    @Test func aLateReceiptOfAnEarlierAttemptTakesNothingBack() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let news: [(ReceiptStatus, Int, Int)] = [
                (.sent, 1, 1), (.failed, 1, 2), (.sent, 2, 20), (.delivered, 2, 21),
            ]
            for order in permutations(of: news) {
                let message = try await fixture.messagesInFlight(1, of: tenant)[0]
                // The first attempt was never answered, and the tenant prefers a second one.
                try await fixture.loseAnswer(message)
                try await fixture.claimAgain(message, of: tenant)
                for (status, attempt, seconds) in order {
                    try await fixture.apply([
                        fixture.receipt(
                            status,
                            of: message,
                            tenant,
                            attempt: attempt,
                            after: seconds,
                            code: status == .failed ? Self.transientCode : nil
                        )
                    ])
                }
                let seen = try await fixture.seen(message)
                #expect(seen.state == .delivered, "\(order)")
                #expect(seen.attempts == ["1:\(Self.transientCode) wamid", "1 wamid"], "\(order)")
            }
        }
    }

    @Test func anUnknownStatusOrAttemptIsOnlyKept() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.messagesInFlight(1, of: tenant)[0]
            let odd = IncomingReceipt(
                tenantID: tenant.id,
                providerMessageID: ProviderMessageID("wamid.odd"),
                messageID: message,
                attempt: 1,
                status: nil,
                word: "warning",
                at: ReceiptFixture.epoch,
                tag: 0
            )
            let applied = try await fixture.apply([
                odd, fixture.receipt(.read, of: message, tenant, attempt: 9),
            ])
            #expect(applied.movedBy.isEmpty && applied.unknown.isEmpty)
            #expect(
                try await fixture.events(of: message).sorted() == [
                    "read:unknown_attempt", "warning:unknown_status",
                ]
            )
            #expect(try await fixture.seen(message).state == .sending)
        }
    }

    @Test func twoWritersOfTheSameReceiptsCountEachMessageOnce() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let messages = try await fixture.messagesInFlight(300, of: tenant)
            var generator = SeededGenerator(seed: 7)
            let receipts = messages.flatMap { message in
                Self.life.map { fixture.receipt($0.0, of: message, tenant, after: $0.1) }
            }
            let shuffled = (0..<4).map { _ in receipts.shuffled(using: &generator) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in shuffled { group.addTask { try await fixture.apply(order) } }
                try await group.waitForAll()
            }
            #expect(try await fixture.counts(of: tenant) == [.read: 300])
        }
    }

    private static let transientCode = 131_000
}
