import Models
import Storage

/// The pages of an action over many messages: what is looked for, what would happen, what happened.
enum BulkRetrySections {
    struct Done {
        let business: String
        /// Nil: it was refused.
        let result: BulkRetry.Result?
        let problem: String?
    }

    static func form(_ wish: BulkRetryPages.Wish, _ businesses: [Business]) -> HTML {
        let checked: HTML = wish.isPermanentToo ? " checked" : ""
        return """
            <form class="panel" method="get" action="\(BulkRetryPages.path)"><div class="inside filters">
            \(Piece.businessField(businesses, chosen: wish.business, submits: false))
            \(Piece.textField("error_code", "Error code", wish.errorCode, hint: "131026"))
            \(Piece.textField("from", "From day", wish.from, type: "date"))
            \(Piece.textField("to", "To day", wish.to, type: "date"))
            <div class="form-check"><label class="form-check-label"><input class="form-check-input" type="checkbox" \
            name="permanent" value="yes"\(checked)> Also what another try would not help</label></div>
            <div class="buttons"><button class="btn btn-main">Count</button></div>
            </div></form>
            """
    }

    static func counted(_ counted: [BulkRetryPages.Counted], moreBusinesses: Int, _ visitor: Visitor) -> HTML {
        let total = counted.reduce(0) { $0 + $1.plan.wouldRepeat }
        let plans = counted.filter { $0.plan.wouldRepeat > 0 }.map { "\($0.business.id):\($0.plan.id)" }
        let more: HTML? =
            moreBusinesses > 0
            ? "<p class=\"quiet\">\(Panel.count(moreBusinesses, "further business", "further businesses")) had such failures: do this, then count again.</p>"
            : nil
        let capped: HTML? =
            counted.contains { $0.plan.isCapped }
            ? "<p class=\"quiet\">A business is counted up to 10,000 messages, the newest first.</p>" : nil
        let confirm: HTML =
            plans.isEmpty
            ? "<p class=\"mb-0\">Nothing would be sent again.</p>"
            : """
            <p>Each goes out once more as a new message, at its number's pace, and is paid for like any other. What may have \
            arrived is left out. The count holds for 15 minutes.</p>
            <form method="post" action="\(BulkRetryPages.path)">\(FormToken.input(visitor))
            <input type="hidden" name="plans" value="\(plans.joined(separator: ","))">
            <button class="btn btn-main">Yes, send \(Panel.count(total, "message")) again</button></form>
            """
        return """
            <section class="panel"><h2>\(Piece.number(total)) would be sent again</h2><div class="inside">\(capped)\(more)\(confirm)</div></section>
            \(Panel.table(
                "What would happen", empty: "No business has such failures.",
                columns: ["Business", "Found", "Sent again", "Left out"], counted.map(row)))
            """
    }

    private static func row(_ counted: BulkRetryPages.Counted) -> HTML {
        """
        <tr><td class="whole"><b>\(counted.business.name)</b></td>
        <td class="number" data-label="Found">\(Piece.number(counted.plan.found))</td>
        <td class="number end" data-label="Sent again">\(Piece.number(counted.plan.wouldRepeat))</td>
        <td class="whole small" data-label="Left out">\(reasons(counted.plan.skipped))</td></tr>
        """
    }

    static func done(_ done: [Done]) -> HTML {
        let total = done.reduce(0) { $0 + ($1.result?.repeated ?? 0) }
        return """
            <p class="notice" role="status">\(Panel.count(total, "message is", "messages are")) on the way again.</p>
            \(Panel.table(
                "What was done", empty: "Nothing.", columns: ["Business", "Sent again", "Left out"],
                done.map { one in
                    """
                    <tr><td class="whole"><b>\(one.business)</b></td>
                    <td class="number" data-label="Sent again">\(Piece.number(one.result?.repeated ?? 0))</td>
                    <td class="whole small" data-label="Left out">\(one.problem.map { "\($0)" } ?? reasons(one.result?.skipped ?? [:]))</td></tr>
                    """
                }))
            """
    }

    private static func reasons(_ skipped: [String: Int]) -> HTML {
        if skipped.isEmpty { return "<span class=\"quiet\">none</span>" }
        let lines: [HTML] = skipped.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { word, messages in
            "<div>\(Piece.number(messages)): \(RetrySkip(rawValue: word)?.words ?? word)</div>"
        }
        return "\(lines)"
    }
}

extension RetrySkip {
    /// For people, after a number.
    var words: String {
        switch self {
        case .notFound: "no longer there"
        case .notEnded: "still on the way"
        case .delivered: "delivered meanwhile"
        case .cancelled: "cancelled"
        case .unanswered: "may have arrived"
        case .repeatedBefore: "sent again before"
        case .expired: "its time ran out"
        case .permanent: "another try would not help"
        case .retriesUsedUp: "retries used up"
        case .automaticRetriesOff: "automatic retries are off"
        }
    }
}
