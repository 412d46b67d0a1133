import Models
import Storage

/// What a list of messages can be narrowed to.
enum LogFilterForm {
    static func markup(_ query: LogQuery, templates: [String], senders: [LogSender]) -> HTML {
        let names =
            templates.contains(query.template) || query.template.isEmpty
            ? templates : [query.template] + templates
        let clear: HTML? =
            query.isFiltered ? "<a class=\"btn btn-plain\" href=\"\(TenantPages.path)\">Show all</a>" : nil
        let isMoreOpen = ![query.kind, query.from, query.to, query.sender, query.minRetries, query.sort].allSatisfy(\.isEmpty)
        return """
            <form class="panel" method="get" action="\(TenantPages.path)" role="search"><div class="inside filters">
            \(Piece.textField("phone", "Phone", query.phone, type: "search", hint: "number or last digits"))
            \(Piece.statusField(query.status))
            \(select("template", "Template", chosen: query.template, [("", "All")] + names.map { ($0, $0) }))
            <div class="buttons"><button class="btn btn-main">Filter</button>\(clear)</div>
            <details\(isMoreOpen ? " open" : "" as HTML)><summary>Sender, dates, retries and order</summary><div class="more">
            \(select("sender", "Sender", chosen: query.sender, [("", "All")] + senders.map { ($0.id.description, $0.words) }))
            \(Piece.textField("from", "From day", query.from, type: "date"))
            \(Piece.textField("to", "To day", query.to, type: "date"))
            \(select("minRetries", "Retries", chosen: query.minRetries, retries))
            \(Piece.textField("kind", "Kind", query.kind, hint: "confirmation"))
            \(select("sort", "Order", chosen: query.sort, [("", "Newest first"), ("oldest", "Oldest first")]))
            </div><p class="quiet small mt-2 mb-0">Lists are in the order in which messages were accepted: that order is ready \
            however many there are.</p></details>
            </div></form>
            """
    }

    private static let retries = [("", "Any"), ("1", "1 or more"), ("2", "2 or more"), ("3", "3 or more")]

    private static func select(_ name: String, _ title: String, chosen: String, _ options: [(String, String)]) -> HTML {
        let known = options.contains { $0.0 == chosen } ? options : options + [(chosen, chosen)]
        return """
            <div><label class="form-label" for="\(name)">\(title)</label>
            <select class="form-select" id="\(name)" name="\(name)" data-submits>
            \(known.map { Piece.option($0.0, $0.1, chosen: chosen) })</select></div>
            """
    }
}

/// The ways on from one page of a list, and how far it looked.
enum LogPageLinks {
    static func markup(_ page: LogPage, _ query: LogQuery, path: String) -> HTML {
        guard page.hasNewer || page.hasOlder else { return .nothing }
        let newer = page.newerThan.map { query.link(path, after: $0) }
        let older = page.olderThan.map { query.link(path, before: $0) }
        let buttons: HTML =
            switch query.order {
            case .newestFirst: "\(button("← Newer", newer, "prev"))\(button("Older →", older, "next"))"
            case .oldestFirst: "\(button("← Older", older, "prev"))\(button("Newer →", newer, "next"))"
            }
        return """
            <div data-piece="pages">\(page.searchedTo.map(searched))<nav class="pages" aria-label="Pages">\(buttons)</nav></div>
            """
    }

    private static func searched(_ end: MessageID) -> HTML {
        """
        <p class="quiet small">Few messages are like this: the search has come to \(Piece.time(end.value.instant)) so far, and goes on with \
        the next page.</p>
        """
    }

    private static func button(_ title: String, _ target: String?, _ rel: String) -> HTML {
        guard let target else {
            return "<span class=\"btn btn-plain\" aria-disabled=\"true\">\(title)</span>"
        }
        return "<a class=\"btn btn-plain\" rel=\"\(rel)\" href=\"\(target)\">\(title)</a>"
    }
}
