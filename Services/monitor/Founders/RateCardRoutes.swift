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
        router.on(.get, Self.path + "/{id}", LogJSON.handler(detail))
        router.on(.delete, Self.path + "/{id}", LogJSON.handler(delete))
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        let all = try await cards.all()
        return AdminJSON.answer { writer in
            writer.field("data", array: { list in for card in all { list.object { Self.write(card, into: &$0) } } })
            writer.key("next_cursor")
            writer.null()
        }
    }

    private func detail(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        guard let id = request.pathParameter("id").flatMap({ RateCardID($0) }),
            let card = try await cards.all().first(where: { $0.id == id }), let prices = try await cards.prices(of: id)
        else { throw Problem.notFound("rate card") }
        return AdminJSON.answer { writer in
            Self.write(card, into: &writer)
            writer.field(
                "prices",
                array: { list in
                    for (key, amount) in prices {
                        list.object { writer in
                            writer.field("market", key.market)
                            writer.field("category", key.category.rawValue)
                            writer.field("amount", amount.decimal)
                        }
                    }
                })
        }
    }

    /// One list for each currency of the file; a list of the same currency and day is replaced. With `dry_run=true` it is
    /// only told what would change.
    private func put(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        var query = QueryReader(request, known: ["valid_from", "name", "dry_run"])
        let day = query.day("valid_from")
        let isDry = query.value("dry_run", "dry_run_invalid", "`dry_run` must be true or false.") { Bool($0) } ?? false
        if request.query("valid_from") == nil {
            query.note("valid_from_missing", "valid_from", "`valid_from` is required: the first day on which the prices hold.")
        }
        let name = query.text("name").map { String($0.prefix(100)) }
        try query.requireNoProblems()
        guard let day else { throw Problem.refused(query.problems.all) }
        let lists = try PriceListReader.prices(in: request.body)
        if isDry { return try await preview(lists, from: day) }
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

    /// Each list beside the one that it would replace, or else beside the one that holds until its day.
    private func preview(_ lists: [String: [RateCard.Key: Amount]], from day: String) async throws -> Response {
        let stored = try await cards.all()
        var writer = JSONWriter(capacity: 16_384)
        var previews: [[UInt8]] = []
        for (currency, prices) in lists.sorted(by: { $0.key < $1.key }) {
            // The newest come first, and days are in the order of their letters.
            let before = stored.first { $0.currency == currency && $0.validFrom <= day }
            var prior: [RateCard.Key: Amount] = [:]
            if let before {
                prior = Dictionary(uniqueKeysWithValues: try await cards.prices(of: before.id) ?? [])
            }
            previews.append(Self.preview(currency, prices, before: before, PriceChange.between(prior, prices), day: day))
        }
        writer.object { writer in
            writer.field("dry_run", true)
            writer.field("data", array: { list in for preview in previews { list.raw(preview) } })
        }
        return LogJSON.noStore(.json(200, writer.bytes))
    }

    private static func preview(
        _ currency: String, _ prices: [RateCard.Key: Amount], before: RateCardStore.Stored?, _ changes: [PriceChange],
        day: String
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("currency", currency)
            writer.field("valid_from", day)
            writer.field("prices_count", prices.count)
            writer.field("is_replacing", before?.validFrom == day)
            if let before { writer.field("compared_with", object: { write(before, into: &$0) }) }
            writer.field(
                "changes",
                array: { list in
                    for change in changes {
                        list.object { writer in
                            writer.field("market", change.key.market)
                            writer.field("category", change.key.category.rawValue)
                            writer.field("before", orNull: change.before?.decimal)
                            writer.field("after", orNull: change.after?.decimal)
                        }
                    }
                })
        }
        return writer.bytes
    }

    /// Prices that were made of it stay.
    private func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
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
    /// Meta's lists have some kilobytes.
    static let bytesMax = 1 << 20

    private static let categories: [String: PriceCategory] = [
        "marketing": .marketing, "utility": .utility, "authentication": .authentication,
        "authentication-international": .authenticationInternational, "service": .service,
    ]

    /// By currency. An empty field and `n/a` are no price.
    static func prices(in body: [UInt8]) throws -> [String: [RateCard.Key: Amount]] {
        guard body.count <= bytesMax else { throw malformed("it is larger than 1 MiB") }
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
