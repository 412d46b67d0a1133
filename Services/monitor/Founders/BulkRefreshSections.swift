import Models
import Storage

/// The pages of asking for many statuses: of which messages, how many it would be, and what the providers said.
enum BulkRefreshSections {
    static func form(_ wish: BulkRefreshPages.Wish, _ businesses: [Business]) -> HTML {
        """
        <form class="panel" method="get" action="\(BulkRefreshPages.path)"><div class="inside filters">
        \(Piece.businessField(businesses, chosen: wish.business, all: "All that can be asked for", submits: false))
        \(Piece.textField("from", "Accepted from day", wish.from, type: "date"))
        \(Piece.textField("to", "To day", wish.to, type: "date"))
        <div class="buttons"><button class="btn btn-main">Count</button></div>
        </div></form>
        <p class="quiet small">Asked for is what the provider has and has not settled: sent ones, and those whose send \
        was not answered. Twilio can be asked. WhatsApp's Cloud API offers no such question: there receipts are the only \
        source.</p>
        """
    }

    static func counted(
        _ counted: [BulkRefreshPages.Counted], _ filter: BulkRefresh.Filter, moreBusinesses: Int, _ visitor: Visitor
    ) -> HTML {
        let total = counted.reduce(0) { $0 + ($1.wishes?.requested ?? 0) }
        let wanted = counted.filter { ($0.wishes?.requested ?? 0) > 0 }.map(\.business.id.description)
        let more: HTML? =
            moreBusinesses > 0
            ? "<p class=\"quiet\">\(Panel.count(moreBusinesses, "further business", "further businesses")) can be asked for: do this, then count again.</p>"
            : nil
        let capped: HTML? =
            counted.contains { $0.wishes?.isCapped == true }
            ? "<p class=\"quiet\">Of one business \(Piece.number(StatusRequestStore.messagesMax)) are asked for at a time, the newest first.</p>"
            : nil
        let from: HTML? = filter.from.map { "<input type=\"hidden\" name=\"from\" value=\"\($0.rfc3339)\">" }
        let confirm: HTML =
            wanted.isEmpty
            ? "<p class=\"mb-0\">There is nothing to ask for.</p>"
            : """
            <p>Each is one question to the provider, at the pace its account allows. Nothing is sent to anybody; what the provider \
            says is applied as a receipt would be.</p>
            <form method="post" action="\(BulkRefreshPages.path)">\(FormToken.input(visitor))
            <input type="hidden" name="businesses" value="\(wanted.joined(separator: ","))">
            \(from)<input type="hidden" name="to" value="\(filter.to?.rfc3339 ?? "")">
            <button class="btn btn-main">Yes, ask for \(Panel.count(total, "message"))</button></form>
            """
        return """
            <section class="panel"><h2>\(Piece.number(total)) would be asked for</h2><div class="inside">\(capped)\(more)\(confirm)</div></section>
            \(table("What would happen", empty: "No business has a provider that can be asked.", counted))
            """
    }

    static func done(_ done: [BulkRefreshPages.Counted]) -> HTML {
        let total = done.reduce(0) { $0 + ($1.wishes?.requested ?? 0) }
        return """
            <p class="notice" role="status">\(Panel.count(total, "message is", "messages are")) asked for. \
            <a href="\(BulkRefreshPages.path)">See what comes of it</a>.</p>
            \(table("What was done", empty: "Nothing.", done))
            """
    }

    private static func table(_ title: String, empty: String, _ counted: [BulkRefreshPages.Counted]) -> HTML {
        Panel.table(
            title, empty: empty, columns: ["Business", "Asked for", "Left out"],
            counted.map { one in
                """
                <tr><td class="whole"><b>\(one.business.name)</b></td>
                <td class="number end" data-label="Asked for">\(Piece.number(one.wishes?.requested ?? 0))</td>
                <td class="whole small" data-label="Left out">\(one.problem.map { "\($0)" } ?? leftOut(one.wishes))</td></tr>
                """
            })
    }

    private static func leftOut(_ wishes: BulkRefresh.Wishes?) -> HTML {
        let reasons = [
            (wishes?.notOffered ?? 0, "their provider cannot be asked"), (wishes?.notSent ?? 0, "the provider has not taken them"),
        ]
        let lines: [HTML] = reasons.filter { $0.0 > 0 }.map { "<div>\(Piece.number($0.0)): \($0.1)</div>" }
        return lines.isEmpty ? "<span class=\"quiet\">none</span>" : "\(lines)"
    }

    // MARK: What came of it

    static func outcomes(_ outcomes: [StatusRequestStore.Outcome]) -> HTML {
        var businesses: [(name: String, outcomes: [StatusRequestStore.Outcome])] = []
        for outcome in outcomes {
            if let last = businesses.last, last.outcomes[0].tenantID == outcome.tenantID {
                businesses[businesses.count - 1].outcomes.append(outcome)
            } else {
                businesses.append((outcome.business, [outcome]))
            }
        }
        return Panel.table(
            "Asked for within a day", empty: "Nothing was asked for.",
            columns: ["Business", "Asked for", "Not answered yet", "What the provider said"],
            businesses.map { business in
                let waiting = business.outcomes.filter { $0.result == nil }.reduce(0) { $0 + $1.messages }
                let said: [HTML] = business.outcomes.compactMap { outcome in
                    outcome.result.map { "<div>\(Piece.number(outcome.messages)): \(words($0))</div>" }
                }
                return """
                    <tr><td class="whole"><b>\(business.name)</b></td>
                    <td class="number" data-label="Asked for">\(Piece.number(business.outcomes.reduce(0) { $0 + $1.messages }))</td>
                    <td class="number end" data-label="Not answered yet">\(Piece.number(waiting))</td>
                    <td class="whole small" data-label="What the provider said">\(said)</td></tr>
                    """
            })
    }

    /// The provider's word for a status, or ours for why there is none.
    private static func words(_ result: String) -> String {
        switch result {
        case "not_found": "not known to the provider"
        case "unanswered": "no answer"
        case "no_sender": "the sender was removed"
        case "not_offered": "their provider cannot be asked"
        case "not_sent": "the provider has not taken them"
        default: result
        }
    }
}
