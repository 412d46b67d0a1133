import HTTPServer
import JSON
import Models
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

@Suite struct RateCardTests {
    private static let path = "/v1/admin/rate-cards"
    private static let csv = """
        Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service
        Italy,EUR,0.0658,0.0248,,n/a,0.0248
        Rest of Western Europe,EUR,0.0490,0.0142,-,,
        Brazil,USD,,0.0068,0.0068,,0.0068
        """

    @Test func aListOfMetasIsImportedForEachOfItsCurrencies() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        let made = try await site.call(.post, Self.path + "?valid_from=2026-10-01&name=October", Self.csv, key: key)
        #expect(made.status == 200, "\(made.text)")
        #expect(try made.rows().map { $0["prices_count"]?.integer } == [5, 3])
        // Imported again, it takes the place of the first.
        _ = try await site.call(.post, Self.path + "?valid_from=2026-10-01", Self.csv, key: key)
        let all = try await site.call(.get, Self.path, key: key).rows()
        #expect(all.map { $0["currency"]?.string } == ["EUR", "USD"])
        let book = try await RateCardStore(site.tenants.database, ids: IDSource()).book()
        let price = book.price(.marketing, to: "CH", in: "EUR", at: RateBook.october2026)
        #expect(price?.decimal == "0.049")
        #expect(book.price(.authentication, to: "IT", in: "EUR", at: RateBook.october2026) == nil)
        let id = try #require(all.first?["id"]?.string)
        let prices = try await site.call(.get, Self.path + "/" + id, key: key).json()["prices"]?.elements ?? []
        #expect(prices.count == 5)
        #expect(prices.first?["market"]?.string == "Italy" && prices.first?["amount"]?.string == "0.0658")
        #expect(try await site.call(.delete, Self.path + "/" + id, key: key).status == 204)
        #expect(try await site.call(.delete, Self.path + "/" + id, key: key).status == 404)
        await site.stop()
    }

    @Test func whatWouldChangeIsToldAndNotStored() async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        _ = try await site.call(.post, Self.path + "?valid_from=2026-10-01", Self.csv, key: key)
        let new = "Market,Currency,Utility\nBrazil,USD,0.0068\nMexico,USD,0.01"
        let told = try await site.call(.post, Self.path + "?valid_from=2027-01-01&dry_run=true", new, key: key)
        let list = try #require(told.rows().first, "\(told.text)")
        #expect(list["is_replacing"]?.boolean == false)
        #expect(list["compared_with"]?["valid_from"]?.string == "2026-10-01")
        let changes = list["changes"]?.elements ?? []
        #expect(changes.map { $0["market"]?.string } == ["Brazil", "Brazil", "Mexico"])
        #expect(changes.map { $0["category"]?.string } == ["authentication", "service", "utility"])
        #expect(changes.first?["before"]?.string == "0.0068" && changes.first?["after"]?.isNull == true)
        #expect(changes.last?["before"]?.isNull == true && changes.last?["after"]?.string == "0.01")
        #expect(try await site.call(.get, Self.path, key: key).rows().count == 2)
        let odd = try await site.call(.post, Self.path + "?valid_from=2027-01-01&dry_run=1", new, key: key)
        #expect(try odd.json()["code"]?.string == "dry_run_invalid")
        await site.stop()
    }

    @Test(arguments: [
        ("", "rate_card_malformed"), ("Market,Currency\nItaly,EUR", "rate_card_malformed"),
        ("Market,Currency,Utility\nAtlantis,EUR,1", "rate_card_malformed"),
        ("Market,Currency,Utility\nItaly,euro,1", "rate_card_malformed"),
        ("Market,Currency,Utility\nItaly,EUR,cheap", "rate_card_malformed"),
        ("Market,Currency,Utility\nItaly,EUR", "rate_card_malformed"),
    ])
    func whatIsNoListIsRefusedWhole(body: String, code: String) async throws {
        let site = try await Site.start()
        let key = try await site.adminKey()
        let answer = try await site.call(.post, Self.path + "?valid_from=2026-10-01", body, key: key)
        #expect(answer.status == 422)
        #expect(try answer.json()["code"]?.string == code)
        #expect(try await site.call(.get, Self.path, key: key).rows().isEmpty)
        let undated = try await site.call(.post, Self.path, Self.csv, key: key)
        #expect(try undated.json()["code"]?.string == "valid_from_missing")
        await site.stop()
    }
}
