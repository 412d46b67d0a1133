import HTTPServer
import JSON
import Models

/// What messages cost, and would cost.
struct CostPages: Sendable {
    static let path = SettingsTabs.path + "/costs"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .costs)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking { try await show($0, ["category": "marketing"]) })
        router.on(.post, Self.path, routes.asking(estimate))
        router.on(.get, Self.path + "/prices/{id}", routes.looking(prices))
    }

    private static let groups: [(value: String, title: String)] = [
        ("day", "By day"), ("template", "By template"), ("country", "By country"), ("category", "By category"),
        ("sender", "By sender"), ("month", "By month"),
    ]
    private static let categories = ["marketing", "utility", "authentication", "authentication_international", "service"]

    private func show(
        _ owner: Owner, _ typed: [String: String], _ estimate: JSONValue? = nil, _ problem: Problem? = nil
    ) async throws -> Response {
        let group = Self.groups.contains { $0.value == owner.asked("group") } ? owner.asked("group") : "day"
        let span = [("from", Optional(owner.asked("from"))), ("to", Optional(owner.asked("to")))]
        let total = try await owner.get("/v1/costs", span)
        let parts = try await owner.get("/v1/costs", span + [("group", group)])
        let lists = try await owner.get("/v1/rate-cards")
        let names = try await names(owner, group)
        let filters = Filters(
            owner, Self.path,
            [.line("from", "From day", type: "date"), .line("to", "To day", type: "date"), .choice("group", "Grouped", Self.groups)])
        return owner.page(
            "Costs", status: problem?.status ?? 200, tabs: SettingsTabs.markup(owner, at: Self.path),
            """
            \(filters.markup)
            <section class="tiles" aria-label="From \(total["from"]?.string ?? "") to \(total["to"]?.string ?? "")">
            \(total.data.map(Self.tiles))</section>
            \(Self.table(names).markup(
                parts.data, empty: Piece.empty("Nothing in this time", "Messages cost something when they are delivered.")))
            \(estimate.map(Self.shown))
            \(Self.form(typed, problem).markup(owner.visitor))
            \(Self.lists(lists.data))
            """)
    }

    private static func tiles(_ total: JSONValue) -> HTML {
        let without = total.count("without_price")
        return """
            \(Piece.tile("total", "\(total.text("amount")) \(total.text("currency"))"))
            \(Piece.tile("messages", Piece.number(total.count("messages"))))
            \(Piece.tile("of them charged", Piece.number(total.count("billable"))))
            \(without > 0 ? Piece.tile("without a price yet", Piece.number(without)) : .nothing)
            """
    }

    /// Ids of templates and senders as people know them.
    private func names(_ owner: Owner, _ group: String) async throws -> [String: String] {
        let path = group == "template" ? "/v1/templates" : group == "sender" && owner.maySee(.settings) ? "/v1/senders" : nil
        guard let path else { return [:] }
        let found = try await owner.get(path, [("limit", "200")])
        return Dictionary(found.data.map { ($0.text("id"), $0.text("name")) }, uniquingKeysWith: { first, _ in first })
    }

    private static func table(_ names: [String: String]) -> Table<JSONValue> {
        Table(
            "Costs",
            [
                .init("What", .lead) { part in
                    let key = part.text("key")
                    return "<b class=\"break\">\(names[key] ?? (key.isEmpty ? "Other" : key))</b>"
                },
                .init("Amount", .end) { "<b class=\"number\">\($0.text("amount")) \($0.text("currency"))</b>" },
                .init("Messages") { $0.number("messages") },
                .init("Charged") { $0.number("billable") },
                .init("Without a price") { $0.count("without_price") > 0 ? $0.number("without_price") : .nothing },
            ])
    }

    // MARK: Estimates

    private static func form(_ typed: [String: String], _ problem: Problem?) -> Form {
        Form(
            action: path, submit: "What would it cost?",
            fields: [
                .heading("Estimate", hint: "At list price: an upper bound. Nothing is sent."),
                .choice("category", "Category", categories.map { ($0, Piece.sentence($0)) }),
                .area(
                    "countries", "Messages to each country", rows: 3, hint: "One a line: IT: 1200",
                    placeholder: "IT: 1200\nDE: 30"),
            ], values: typed, problem: problem)
    }

    private func estimate(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            let answer = try await owner.send(.post, "/v1/costs/estimate") { writer in
                writer.field("category", input["category"])
                writer.field("countries", raw: DataLines.json(input["countries"].uppercased(), over: nil))
            }
            return try await show(owner, input.texts, answer.root)
        } orShow: { problem in
            try await show(owner, input.texts, nil, problem)
        }
    }

    private static func shown(_ estimate: JSONValue) -> HTML {
        let table = Table<JSONValue>(
            "The estimate by country",
            [
                .init("Country", .lead) { line in
                    "\(line["country"]?.string ?? "unknown") <span class=\"quiet small\">\(line.text("market"))</span>"
                },
                .init("Amount", .end) { "\($0["amount"]?.string ?? "no price")" },
                .init("Messages") { $0.number("messages") }, .init("Each") { $0.shown("price") ?? .nothing },
            ])
        return """
            <div role="status">\(Piece.tablePanel("It would cost \(estimate.text("amount")) \(estimate.text("currency")) at most", table.bare(estimate.list("countries"))))</div>
            """
    }

    // MARK: Price lists

    private static func lists(_ lists: [JSONValue]) -> HTML {
        let table = Table<JSONValue>(
            "Price lists, newest first",
            [
                .init("Price list", .lead) { Link($0.text("name"), "\(path)/prices/\($0.text("id"))").text },
                .init("From", .end) { "\($0.text("valid_from"))" }, .init("Currency") { $0.shown("currency") ?? .nothing },
                .init("Prices") { $0.number("prices_count") },
            ])
        return lists.isEmpty ? .nothing : Piece.tablePanel("Price lists", table.bare(lists))
    }

    private func prices(_ owner: Owner) async throws -> Response {
        let list = try await owner.root("/v1/rate-cards/\(owner.part())")
        let table = Table<JSONValue>(
            "Prices",
            [
                .init("Market", .lead) { "\($0.text("market"))" },
                .init("Price", .end) { "<span class=\"number\">\($0.text("amount"))</span>" },
                .init("Category") { "\(Piece.sentence($0.text("category")))" },
            ])
        return owner.page(
            list.text("name"), back: Link("Costs", Self.path),
            "<p class=\"quiet\">In \(list.text("currency")), from \(list.text("valid_from")).</p>"
                + table.markup(list.list("prices"), empty: Piece.empty("No prices", "The list is empty.")))
    }
}
