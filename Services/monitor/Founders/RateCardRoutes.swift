import APIKit
import CSV
import HTTPServer
import JSON
import Models
import Storage

/// Meta's price lists: imported as Meta publishes them, in CSV, each with the day from which it holds.
struct RateCardRoutes: Sendable {
    static let path = "/v1/admin/rate-cards"

    let parts: AdminParts
    private var cards: RateCardStore { parts.rateCards }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(list))
        router.on(.post, Self.path, LogJSON.handler(put))
        router.on(.delete, Self.path + "/{id}", LogJSON.handler(delete))
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await parts.people.founderCaller(of: request)
        try request.refuseParameters()
        let all = try await cards.all()
        return AdminJSON.answer { writer in
            writer.field("data", array: { list in for card in all { list.object { Self.write(card, into: &$0) } } })
            writer.key("next_cursor")
            writer.null()
        }
    }

    /// One list for each currency of the file; a list of the same currency and day is replaced.
    private func put(_ request: Request) async throws -> Response {
        let caller = try await parts.people.founderCaller(of: request)
        var query = QueryReader(request, known: ["valid_from", "name"])
        let day = query.day("valid_from")
        if request.query("valid_from") == nil {
            query.note("valid_from_missing", "valid_from", "`valid_from` is required: the first day on which the prices hold.")
        }
        let name = query.text("name").map { String($0.prefix(100)) }
        try query.requireNoProblems()
        guard let day else { throw Problem.refused(query.problems.all) }
        let lists = try PriceListReader.prices(in: request.body)
        var stored: Set<RateCardID> = []
        for (currency, prices) in lists.sorted(by: { $0.key < $1.key }) {
            stored.insert(
                try await cards.put(
                    name ?? "Meta \(day)", currency: currency, from: day, prices: prices, by: caller.source.actor,
                    address: request.remoteAddress))
        }
        let all = try await cards.all().filter { stored.contains($0.id) }
        return AdminJSON.answer { writer in
            writer.field("data", array: { list in for card in all { list.object { Self.write(card, into: &$0) } } })
        }
    }

    /// Prices that were made of it stay.
    private func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.people.founderCaller(of: request)
        try request.refuseParameters()
        guard let id = request.pathParameter("id").flatMap({ RateCardID($0) }),
            try await cards.delete(id, by: caller.source.actor, address: request.remoteAddress)
        else { throw Problem.notFound("rate card") }
        return .empty()
    }

    private static func write(_ card: RateCardStore.Stored, into writer: inout JSONWriter) {
        writer.field("id", card.id.description)
        writer.field("name", card.name)
        writer.field("currency", card.currency)
        writer.field("valid_from", card.validFrom)
        writer.field("imported_at", card.importedAt.rfc3339)
        writer.field("imported_by", card.importedBy)
        writer.field("prices_count", card.pricesCount)
    }
}

/// Reads `Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service`.
enum PriceListReader {
    private static let categories: [String: PriceCategory] = [
        "marketing": .marketing, "utility": .utility, "authentication": .authentication,
        "authentication-international": .authenticationInternational, "service": .service,
    ]

    /// By currency. An empty field and `n/a` are no price.
    static func prices(in body: [UInt8]) throws -> [String: [RateCard.Key: Amount]] {
        let reader = CSVReader()
        let rows: [[String]]
        do {
            rows = try reader.read(body) + reader.finish()
        } catch {
            throw malformed("it is not CSV (\(error))")
        }
        guard let head = rows.first?.map({ $0.lowercased() }), let market = head.firstIndex(of: "market"),
            let currency = head.firstIndex(of: "currency"), head.contains(where: { categories[$0] != nil })
        else { throw malformed("its first row must name `Market`, `Currency` and at least one category") }
        var lists: [String: [RateCard.Key: Amount]] = [:]
        for (index, row) in rows.enumerated().dropFirst() {
            guard row.count == head.count else { throw malformed("row \(index + 1) has \(row.count) fields") }
            guard Market.names.contains(row[market]) else {
                throw malformed("row \(index + 1) names no market of Meta's: `\(row[market].shortened)`")
            }
            guard row[currency].utf8.count == 3, row[currency].utf8.allSatisfy({ (65...90).contains($0) }) else {
                throw malformed("row \(index + 1) has no currency such as EUR")
            }
            for (column, name) in head.enumerated() {
                guard let category = categories[name], !["", "n/a", "-"].contains(row[column].lowercased()) else { continue }
                guard let amount = Amount(decimal: row[column]) else {
                    throw malformed("row \(index + 1), column \(name): `\(row[column].shortened)` is no price")
                }
                lists[row[currency], default: [:]][RateCard.Key(market: row[market], category: category)] = amount
            }
        }
        guard !lists.isEmpty else { throw malformed("it holds no price") }
        return lists
    }

    private static func malformed(_ reason: String) -> Problem {
        .refused("rate_card_malformed", nil, "This is no price list: \(reason). Nothing was imported.")
    }
}
