import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct CostStoreTests {
    private static let regular = Array(
        #"{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}"#.utf8)

    private func receipt(
        _ status: ReceiptStatus, _ message: MessageID, _ tenant: TenantID, pricing: [UInt8], provider: Provider = .meta
    ) -> IncomingReceipt {
        IncomingReceipt(
            tenantID: tenant, provider: provider, providerMessageID: ProviderMessageID("wamid.\(message)"),
            messageID: message, attempt: 1, status: status, word: "\(status)", at: SystemClock.now(), pricing: pricing,
            tag: 0)
    }

    private func day() -> String { String(SystemClock.now().rfc3339.prefix(10)) }

    @Test func aReceiptThatComesTwiceCostsOnceAndTotalsAreTheSum() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let platform = fixture.tenants.platform
            let cards = RateCardStore(platform, ids: IDSource())
            _ = try await cards.put(
                "October", currency: "USD", from: "2026-01-01",
                prices: [RateCard.Key(market: "Italy", category: .utility): Amount(micros: 24_800)],
                by: .founder(email: "f@x.example"), address: nil)
            let messages = try await fixture.messagesInFlight(3, of: tenant)
            for message in messages {
                try await fixture.apply([
                    receipt(.sent, message, tenant.id, pricing: Self.regular),
                    receipt(.delivered, message, tenant.id, pricing: Self.regular),
                    receipt(.read, message, tenant.id, pricing: Self.regular),
                ])
            }
            let charges = ChargeStore(platform) { $0.hasPrefix("+39") ? "IT" : nil }
            // `sent` is no delivery, and delivered and read are one.
            #expect(try await charges.fold() == 6)
            try await fixture.apply([receipt(.delivered, messages[0], tenant.id, pricing: Self.regular)])
            _ = try await charges.fold()

            let costs = CostStore(fixture.tenants.database)
            let total = try await costs.groups(of: tenant.id, from: day(), to: day(), by: .total)
            #expect(total.map(\.messages) == [3] && total.map(\.amount.decimal) == ["0.0744"])
            let one = try await costs.costs(of: messages[0], tenantID: tenant.id)
            #expect(one.map { $0.charge.amount?.decimal } == ["0.0248"] && one.first?.country == "IT")
            // Nobody sees what is not theirs.
            let other = fixture.tenants.second
            #expect(try await costs.groups(of: other.id, from: day(), to: day(), by: .total) == [])
            #expect(try await costs.costs(of: messages[0], tenantID: other.id) == [])
        }
    }

    @Test func whatHadNoPriceGetsOneWhenItsListComes() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let platform = fixture.tenants.platform
            let messages = try await fixture.messagesInFlight(5, of: tenant)
            try await fixture.apply(messages.map { receipt(.delivered, $0, tenant.id, pricing: Self.regular) })
            let charges = ChargeStore(platform) { _ in "IT" }
            #expect(try await charges.fold() == 5)
            let costs = CostStore(fixture.tenants.database)
            func total() async throws -> CostStore.Group? {
                try await costs.groups(of: tenant.id, from: day(), to: day(), by: .total).first
            }
            #expect(try await total()?.withoutPrice == 5)
            #expect(try await total()?.amount.micros == 0)
            #expect(try await !charges.priceWhatHadNone())

            let cards = RateCardStore(platform, ids: IDSource())
            let id = try await cards.put(
                "Late", currency: "USD", from: "2026-01-01",
                prices: [RateCard.Key(market: "Italy", category: .utility): Amount(micros: 1_000)],
                by: .founder(email: "f@x.example"), address: nil)
            // Two at a time, as a great many would be.
            while try await charges.priceWhatHadNone(max: 2) {}
            #expect(try await total()?.withoutPrice == 0)
            #expect(try await total()?.amount.micros == 5_000)
            #expect(try await cards.delete(id, by: .founder(email: "f@x.example"), address: nil))
            #expect(try await cards.prices(of: id) == nil)
        }
    }

    @Test func twiliosOwnPriceIsKeptWithItsSegments() async throws {
        try await ReceiptFixture.with { fixture in
            let tenant = fixture.tenants.first
            let message = try await fixture.messagesInFlight(1, of: tenant)[0]
            let pricing = Array(#"{"price":"-0.0125","price_unit":"EUR","segments":"2"}"#.utf8)
            let unpriced = Array(#"{"segments":"2"}"#.utf8)
            try await fixture.apply([
                receipt(.sent, message, tenant.id, pricing: unpriced, provider: .twilio),
                receipt(.delivered, message, tenant.id, pricing: pricing, provider: .twilio),
            ])
            let charges = ChargeStore(fixture.tenants.platform) { _ in nil }
            #expect(try await charges.fold() == 1)
            let costs = CostStore(fixture.tenants.database)
            let charge = try #require(try await costs.costs(of: message, tenantID: tenant.id).first?.charge)
            #expect(charge.amount?.decimal == "0.0125" && charge.currency == "EUR")
            #expect(charge.segments == 2 && charge.source == .provider)
        }
    }
}
