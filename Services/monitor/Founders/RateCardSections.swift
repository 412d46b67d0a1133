import HTTPServer
import JSON
import Models

/// Price lists as tables and forms.
enum RateCardSections {
    /// - Parameter today: "2026-11-21", in UTC.
    static func lists(_ lists: [JSONValue], today: String) -> HTML {
        // The newest come first, so the first of a currency that has begun is the one that holds.
        var holding: [String: String] = [:]
        for list in lists where list.text("valid_from") <= today && holding[list.text("currency")] == nil {
            holding[list.text("currency")] = list.text("id")
        }
        let ids = Set(holding.values)
        let table = Table<JSONValue>(
            "Price lists, newest first",
            [
                .init("Price list", .lead) { list in
                    "<a class=\"row-link\" href=\"\(RateCardPages.path)/\(list.text("id"))\">\(list.text("name"))</a>"
                },
                .init("Currency", .end) { "\($0.text("currency"))" },
                .init("Holds from") { list in
                    let isHolding = ids.contains(list.text("id"))
                    let isAhead = list.text("valid_from") > today
                    let badge =
                        isHolding ? Piece.badge("Holds now", "green") : isAhead ? Piece.badge("Not yet", "blue") : .nothing
                    return "<span class=\"number\">\(list.text("valid_from"))</span> \(badge)"
                },
                .init("Prices") { $0.number("prices_count") },
                .init("Imported") { list in
                    "\(list.time("imported_at"))<div class=\"quiet small break\">\(list.text("imported_by"))</div>"
                },
            ])
        return table.markup(
            lists, empty: Piece.empty("No price list yet", "Without one, messages have the prices that providers tell, or none."))
    }

    static func form(_ typed: [String: String], _ problem: Problem?) -> Form {
        var text = Field.area(
            "text", "Or its text", rows: 6,
            placeholder: "Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service")
        // What is wrong with the list itself has no other field.
        text.api = ""
        var form = Form(
            action: RateCardPages.path + "/preview", submit: "See what changes",
            fields: [
                .line("valid_from", "Holds from", type: "date", hint: "Their first day (UTC).", isRequired: true),
                .line("name", "Name", placeholder: "Meta, January 2027"),
                .file(
                    "file", "A file", accept: ".csv,text/csv",
                    hint: "CSV as Meta publishes it, a row for each market; an empty field and n/a are no price."),
                text,
            ], values: typed, problem: problem)
        form.isUpload = true
        return form
    }

    // MARK: One list

    /// A row for each market, a column for each category.
    static func prices(of list: JSONValue) -> HTML {
        var markets: [(name: String, amounts: [String: String])] = []
        for price in list.list("prices") {
            if markets.last?.name != price.text("market") { markets.append((price.text("market"), [:])) }
            markets[markets.count - 1].amounts[price.text("category")] = price.text("amount")
        }
        typealias Market = (name: String, amounts: [String: String])
        let categories = PriceCategory.allCases.map { category in
            Table<Market>.Column(Piece.sentence(category.rawValue)) { market in
                market.amounts[category.rawValue].map { "<span class=\"number\">\($0)</span>" } ?? .nothing
            }
        }
        let table = Table<Market>(
            "Prices by market and category", [.init("Market", .whole) { "<b>\($0.name)</b>" }] + categories)
        return """
            <section class="panel"><div class="inside">\(Piece.facts([
                ("Currency", list.shown("currency")), ("Holds from", list.shown("valid_from")),
                ("Prices", list.number("prices_count")), ("Imported", list.time("imported_at")),
                ("By", list.shown("imported_by")),
            ]))</div></section>
            \(table.markup(markets, empty: Piece.empty("No price", "This list holds none.")))
            """
    }

    // MARK: Before it is stored

    static func preview(_ lists: [JSONValue], _ input: FormInput, _ visitor: Visitor) -> HTML {
        var form = Form(
            action: RateCardPages.path, submit: "Yes, store \(lists.count == 1 ? "it" : "them")", fields: [],
            cancel: RateCardPages.path)
        form.isUpload = true
        form.carried = ["valid_from", "name", "text"].map { ($0, input[$0]) }
        return "\(lists.map(changes))\(form.markup(visitor))"
    }

    private static func changes(_ list: JSONValue) -> HTML {
        let before = list["compared_with"]
        let changed = list.list("changes")
        let beside: HTML =
            before.map { before in
                list.isTrue("is_replacing")
                    ? "It takes the place of <b>\(before.text("name"))</b>, which holds from the same day."
                    : "Compared with <b>\(before.text("name"))</b>, which holds from \(before.text("valid_from")) until then."
            } ?? "There is no list in this currency yet."
        let table = Table<JSONValue>(
            "What changes",
            [
                .init("Market", .lead) { "<b>\($0.text("market"))</b>" },
                .init("Category", .end) { "\(Piece.sentence($0.text("category")))" },
                .init("Before") { $0.shown("before") ?? "<span class=\"quiet\">none</span>" },
                .init("Then") { $0.shown("after") ?? "<span class=\"quiet\">none</span>" },
            ])
        return """
            <section class="panel"><h2>\(list.text("currency")), from \(list.text("valid_from"))</h2><div class="inside">
            <p class="mb-0">\(Panel.count(list.count("prices_count"), "price")), \(Piece.number(changed.count)) of them \
            otherwise than before. \(beside)</p></div>
            \(changed.isEmpty ? .nothing : table.bare(changed))</section>
            """
    }
}
