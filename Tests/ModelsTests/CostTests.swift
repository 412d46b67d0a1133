import Models
import Testing

@Suite struct CostTests {
    @Test(arguments: [
        ("0.0034", 3_400), ("12", 12_000_000), ("-0.0050", 5_000), ("0.86310000", 863_100), ("1.5", 1_500_000),
    ] as [(String, Int64)])
    func anAmountIsReadAsListsAndTwilioWriteIt(text: String, micros: Int64) {
        #expect(Amount(decimal: text)?.micros == micros)
    }

    @Test(arguments: ["", ".", "1.", ".5", "1,5", "1e3", "abc", "1.2.3", "--1", "99999999999999999999", " 1"])
    func whatIsNoAmountIsNone(text: String) {
        #expect(Amount(decimal: text) == nil)
    }

    @Test func anAmountIsWrittenWithoutDigitsThatSayNothing() {
        #expect(Amount(micros: 3_400).decimal == "0.0034")
        #expect(Amount(micros: 12_000_000).decimal == "12.00")
        #expect(Amount(micros: 1_234_567_890).decimal == "1234.56789")
        #expect(Amount(micros: -50_000).decimal == "-0.05")
    }

    @Test func aCountryIsItsOwnMarketOrPartOfTheRest() {
        let october = RateBook.october2026
        #expect(RateBook.market(of: "IT", at: october).name == "Italy")
        #expect(RateBook.market(of: "CH", at: october).name == "Rest of Western Europe")
        #expect(RateBook.market(of: "CY", at: october).name == "Other")
        #expect(RateBook.market(of: nil, at: october).name == "Other")
        #expect(RateBook.market(of: "UA", at: october).name == "Ukraine")
        let september = october + .microseconds(-1)
        #expect(RateBook.market(of: "UA", at: september).name == "Rest of Central & Eastern Europe")
    }

    private let book = RateBook([
        RateCard(
            currency: "EUR", validFrom: Timestamp(microseconds: 0),
            prices: [RateCard.Key(market: "Italy", category: .marketing): Amount(micros: 60_000)]),
        RateCard(
            currency: "EUR", validFrom: RateBook.october2026,
            prices: [
                RateCard.Key(market: "Italy", category: .marketing): Amount(micros: 65_800),
                RateCard.Key(market: "Germany", category: .marketing): Amount(micros: 113_100),
            ]),
    ])

    @Test func theListOfTheDayHoldsAndNoOther() {
        let october = RateBook.october2026
        #expect(book.price(.marketing, to: "IT", in: "EUR", at: october)?.micros == 65_800)
        #expect(book.price(.marketing, to: "IT", in: "EUR", at: october + .seconds(-1))?.micros == 60_000)
        #expect(book.price(.marketing, to: "IT", in: "USD", at: october) == nil)
        #expect(book.price(.utility, to: "IT", in: "EUR", at: october) == nil)
        #expect(book.price(.marketing, to: "IT", in: "EUR", at: Timestamp(microseconds: -1)) == nil)
    }

    @Test func anEstimateAddsUpWhatHasAPriceAndNamesWhatHasNone() {
        let estimate = CostEstimate(
            ["IT": 1_000, "DE": 10, "FR": 5, nil: 2], category: .marketing, currency: "EUR", at: RateBook.october2026,
            book: book)
        #expect(estimate.messages == 1_017)
        #expect(estimate.withoutPrice == 7)
        #expect(estimate.total.decimal == "66.931")
        #expect(estimate.lines.map(\.country) == ["IT", "DE", "FR", nil])
    }

    @Test func aReceiptIsChargedByWhatItSays() {
        func charge(_ category: String, _ type: String?, _ billable: Bool?) -> Charge {
            .meta(
                category: category, type: type, isBillable: billable, to: "IT", currency: "EUR",
                at: RateBook.october2026, book: book)
        }
        #expect(charge("marketing", "regular", true).amount?.micros == 65_800)
        #expect(charge("marketing_lite", "regular", nil).amount?.micros == 65_800)
        let free = charge("marketing", "free_entry_point", false)
        #expect(free.amount?.micros == 0 && !free.isBillable && free.source == .free)
        let unknown = charge("referral_conversion", "regular", true)
        #expect(unknown.amount == nil && unknown.isBillable && unknown.category == "referral_conversion")
        #expect(!charge("utility", nil, false).isBillable)
    }
}
