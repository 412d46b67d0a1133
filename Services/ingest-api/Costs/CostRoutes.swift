import APIKit
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Runtime
import ServiceKit
import Storage

/// What messages cost, and what they will cost.
struct CostRoutes: Sendable {
    static let bytesMax = 2 << 20
    static let recipientsMax = 10_000
    static let countriesMax = 300
    static let messagesMax = 100_000_000

    private let parts: RouteParts
    private let costs: CostStore
    private let cards: RateCardStore
    private let books: RateBooks

    init(parts: RouteParts) {
        self.parts = parts
        costs = CostStore(parts.database)
        cards = RateCardStore(parts.database, ids: parts.ids)
        books = RateBooks(cards)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/costs", list)
        router.on(.post, "/v1/costs/estimate", estimate)
        router.on(.get, "/v1/messages/{id}/costs", message)
        router.on(.get, "/v1/rate-cards", rateCards)
        router.on(.get, "/v1/rate-cards/{id}", rateCard)
    }

    // MARK: What was charged

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .costs)
        var query = QueryReader(request, known: ["from", "to", "group"])
        let today = SystemClock.now().day
        let from = query.day("from") ?? today.prefix(8) + "01"
        let to = query.day("to") ?? today
        let grouping: CostStore.Grouping = query.word("group") ?? .total
        if from > to { query.note("to_too_early", "to", "`to` must not lie before `from`.") }
        try query.requireNoProblems()
        let groups = try await withStorage {
            try await costs.groups(of: caller.tenantID, from: from, to: to, by: grouping)
        }
        var writer = JSONWriter(capacity: 512 + groups.count * 160)
        writer.object { writer in
            writer.field("from", from)
            writer.field("to", to)
            writer.field("group", grouping.rawValue)
            writer.field("data", array: { list in for group in groups { list.object { group.writeFields(into: &$0) } } })
        }
        return .json(200, writer.bytes)
    }

    func message(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .costs)
        try request.refuseParameters()
        let id = try parts.messageID(of: request)
        _ = try await parts.detail(of: id, caller)
        let entries = try await withStorage { try await costs.costs(of: id, tenantID: caller.tenantID) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("message_id", id.description)
            writer.field("data", array: { list in for entry in entries { list.object { entry.writeFields(into: &$0) } } })
        }
        return .json(200, writer.bytes)
    }

    // MARK: Before sending

    func estimate(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, with: Scope(.costs, isReadOnly: true))
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bytesMax)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var problems = FieldProblems()
        let reading = EstimateReader(catalog: catalog).read(root, &problems)
        guard problems.isEmpty, let reading else { throw Problem.refused(problems.all) }
        let currency = try await withStorage { try await costs.currency(of: caller.tenantID) }
        let book = try await withStorage { try await books.book() }
        let estimate = CostEstimate(
            reading.countries, category: reading.category, currency: currency, at: SystemClock.now(), book: book)
        var writer = JSONWriter()
        writer.object { estimate.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }

    // MARK: Price lists

    func rateCards(_ request: Request) async throws -> Response {
        _ = try await parts.callers.caller(of: request, for: .costs)
        try request.refuseParameters()
        let all = try await withStorage { try await cards.all() }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("data", array: { list in for card in all { list.object { card.writeFields(into: &$0) } } })
            writer.key("next_cursor")
            writer.null()
        }
        return .json(200, writer.bytes)
    }

    func rateCard(_ request: Request) async throws -> Response {
        _ = try await parts.callers.caller(of: request, for: .costs)
        try request.refuseParameters()
        guard let id = request.pathParameter("id").flatMap({ RateCardID($0) }),
            let card = try await withStorage({ try await cards.all() }).first(where: { $0.id == id }),
            let prices = try await withStorage({ try await cards.prices(of: id) })
        else { throw Problem.notFound("rate card") }
        var writer = JSONWriter()
        writer.object { writer in
            card.writeFields(into: &writer)
            writer.field(
                "prices",
                array: { list in
                    for (key, amount) in prices {
                        list.object { price in
                            price.field("market", key.market)
                            price.field("category", key.category.rawValue)
                            price.field("amount", amount.decimal)
                        }
                    }
                })
        }
        return .json(200, writer.bytes)
    }
}

/// All price lists, remembered for a while: they change four times a year.
struct RateBooks: Sendable {
    private struct TheOnly: Hashable, Sendable {}

    private let cache: RefreshingCache<TheOnly, RateBook>

    init(_ store: RateCardStore) {
        cache = RefreshingCache(freshFor: .seconds(30), usableFor: .seconds(3_600), entriesMax: 1) { _ in
            try await store.book()
        }
    }

    func book() async throws -> RateBook { try await cache.value(for: TheOnly()) }
}

/// `{"template":{"name":…,"language":…} | "category":…, "recipients":[…] | "countries":{"IT":1200}}`
struct EstimateReader {
    let catalog: TenantCatalog

    struct Reading {
        var category: PriceCategory
        var countries: [String?: Int]
    }

    func read(_ root: JSONValue, _ problems: inout FieldProblems) -> Reading? {
        let known = ["template", "category", "recipients", "countries"]
        let reader = FieldReader(root, known: known, problems: &problems)
        let category = category(reader, &problems)
        let countries = countries(reader, &problems)
        guard let category, let countries else { return nil }
        return Reading(category: category, countries: countries)
    }

    private func category(_ reader: FieldReader, _ problems: inout FieldProblems) -> PriceCategory? {
        guard reader.has("template") != reader.has("category") else {
            problems.note("estimate_category_missing", "category", "Give either `template` or `category`.")
            return nil
        }
        if let word = reader.text("category", &problems) {
            if let category = PriceCategory(rawValue: word.lowercased()) { return category }
            let words = PriceCategory.allCases.map(\.rawValue).joined(separator: ", ")
            problems.note("category_unknown", "category", "`category` must be one of \(words).")
            return nil
        }
        guard let part = reader["template"] else { return nil }
        let template = FieldReader(part, path: "template.", known: ["name", "language"], problems: &problems)
        guard let name = template.requiredText("name", &problems),
            let language = template.requiredText("language", &problems)
        else { return nil }
        let found = catalog.templates(named: name).first { $0.definition.language == language }
        guard let found else {
            problems.note("template_not_found", "template.name", "You have no such template in this language.")
            return nil
        }
        return PriceCategory(found.definition.category)
    }

    private func countries(_ reader: FieldReader, _ problems: inout FieldProblems) -> [String?: Int]? {
        guard reader.has("recipients") != reader.has("countries") else {
            problems.note("estimate_recipients_missing", "recipients", "Give either `recipients` or `countries`.")
            return nil
        }
        if let list = reader["recipients"] { return countries(of: list, &problems) }
        guard let object = reader["countries"], let members = object.members else {
            problems.note("field_wrong_type", "countries", "`countries` must be an object such as {\"IT\": 1200}.")
            return nil
        }
        guard members.count <= CostRoutes.countriesMax else {
            problems.note("estimate_too_large", "countries", "`countries` may have \(CostRoutes.countriesMax) entries.")
            return nil
        }
        var countries: [String?: Int] = [:]
        for (country, value) in members {
            guard country.utf8.count == 2, country.utf8.allSatisfy({ (65...90).contains($0) }),
                let count = value.integer, (0...Int64(CostRoutes.messagesMax)).contains(count)
            else {
                problems.note(
                    "estimate_country_invalid", "countries.\(country.shortened)",
                    "Write a country as two capital letters, with how many messages go there.")
                return nil
            }
            countries[country] = Int(count)
        }
        return countries
    }

    private func countries(of list: JSONValue, _ problems: inout FieldProblems) -> [String?: Int]? {
        guard let elements = list.elements else {
            problems.note("field_wrong_type", "recipients", "`recipients` must be a list of numbers.")
            return nil
        }
        guard (1...CostRoutes.recipientsMax).contains(elements.count) else {
            problems.note(
                "estimate_too_large", "recipients",
                "`recipients` may have 1 to \(CostRoutes.recipientsMax) numbers. For more give `countries`.")
            return nil
        }
        var countries: [String?: Int] = [:]
        for (index, element) in elements.enumerated() {
            guard let text = element.string,
                let number = try? PhoneNumber.parse(text, defaultRegion: catalog.defaultRegion)
            else {
                problems.note("to_invalid", "recipients[\(index)]", "This is no possible telephone number.")
                continue
            }
            countries[number.region, default: 0] += 1
        }
        return problems.isEmpty ? countries : nil
    }
}
