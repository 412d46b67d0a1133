import Models
import Storage

/// The parts of the delivery page. Tables become cards on a phone, as everywhere.
enum DeliverySections {
    static func tiles(_ picture: DeliveryPicture) -> HTML {
        let held = picture.gates.reduce(0) { $0 + $1.held }
        let hits = picture.limits.reduce(0) { $0 + $1.hits }
        let breaches = picture.limits.reduce(0) { $0 + $1.byProvider }
        let open = picture.unanswered.reduce(0) { $0 + $1.open }
        let unbalanced = picture.ledgers.count { !$0.differences.isEmpty }
        return """
            <section class="tiles" aria-label="Delivery now">
            \(Piece.tile("closed gates", Piece.number(picture.gates.count)))
            \(Piece.tile("messages held", Piece.number(held)))
            \(Piece.tile("waits for a limit today", Piece.number(hits)))
            \(Piece.tile("of these, said by a provider", Piece.number(breaches), breaches > 0 ? "is-bad" : ""))
            \(Piece.tile("unanswered now", Piece.number(open)))
            \(Piece.tile("ledgers out of balance", Piece.number(unbalanced), unbalanced > 0 ? "is-bad" : ""))
            </section>
            """
    }

    static func gates(_ gates: [ShownGate]) -> HTML {
        Panel.table(
            "Closed gates", empty: "Every gate is open.", columns: GateRows.columns, gates.map { GateRows.row($0) })
    }

    static func limits(_ limits: [LimitFigures]) -> HTML {
        Panel.table(
            "Limits that made messages wait today (UTC)",
            empty: "No message had to wait for a limit today.",
            columns: ["Business", "Limit", "Times", "By the provider", "Latest"],
            limits.map { hits in
                """
                <tr><td><b>\(hits.business)</b></td><td class="end"><span class="badge-state">\(hits.limit)</span></td>
                <td class="number" data-label="Times">\(Piece.number(hits.hits))</td>
                <td class="number end" data-label="By the provider">\(Piece.number(hits.byProvider))</td>
                <td class="small whole" data-label="Latest">\(Piece.time(hits.lastAt))</td></tr>
                """
            }
        )
    }

    static func unanswered(_ figures: [UnansweredFigures]) -> HTML {
        Panel.table(
            "Sends without an answer, last 7 days",
            empty: "Every send was answered.",
            columns: ["Business", "Open now", "Proven by a receipt", "Sent again by policy", "Ended"],
            figures.map { one in
                """
                <tr><td class="whole"><b>\(one.business)</b></td>
                <td class="number" data-label="Open now">\(Piece.number(one.open))</td>
                <td class="number end" data-label="Proven">\(Piece.number(one.proven))</td>
                <td class="number" data-label="Sent again">\(Piece.number(one.resent))</td>
                <td class="number end" data-label="Ended">\(Piece.number(one.ended))</td></tr>
                """
            }
        )
    }

    static func duplicates(_ duplicates: [ShownDuplicate]) -> HTML {
        Panel.table(
            "Messages that arrived twice",
            empty: "No message is known to have arrived twice.",
            columns: ["Business", "Found", "Message"],
            duplicates.map { one in
                """
                <tr><td><b>\(one.business)</b></td><td class="end small">\(Piece.time(one.foundAt))</td>
                <td class="whole break small">\(one.messageID.description)</td></tr>
                """
            }
        )
    }

    static func ledgers(_ ledgers: [ShownLedger]) -> HTML {
        Panel.table(
            "Ledger",
            empty: "There is no business yet.",
            columns: ["Business", "Balance", "Messages", "Checked"],
            ledgers.map { ledger in
                """
                <tr class="\(ledger.differences.isEmpty ? "" : "is-critical")"><td><b>\(ledger.business)</b></td>
                <td class="end">\(balance(ledger))</td>
                <td class="number" data-label="Messages">\(Piece.number(ledger.messages))</td>
                <td class="small end">\(ledger.checkedAt.map(Piece.time) ?? "not yet")</td></tr>
                """
            }
        )
    }

    private static func balance(_ ledger: ShownLedger) -> HTML {
        if ledger.checkedAt == nil { return "<span class=\"badge-state\">not checked yet</span>" }
        if ledger.differences.isEmpty { return "<span class=\"badge-state is-state-green\">balanced</span>" }
        let lines: [HTML] = ledger.differences.map { difference in
            """
            <div class="small">\(difference.figure): counted \(Piece.number(difference.counted)), \
            found \(Piece.number(difference.rows))</div>
            """
        }
        return "<span class=\"badge-state mark-critical\">does not add up</span>\(lines)"
    }

    /// All businesses together: which one it is shows in the list of messages.
    static func ended(_ ledgers: [ShownLedger]) -> HTML {
        Panel.table(
            "Ended without delivery, by reason, as of the last check",
            empty: "Nothing ended without delivery.",
            columns: ["Reason", "Messages", "Businesses", "Who acts"],
            reasons(ledgers).map(reason)
        )
    }

    /// One reason over all businesses.
    struct Reason: Sendable {
        let state: MessageState
        let code: Int?
        var messages: Int64 = 0
        var businesses = 0
    }

    static func reasons(_ ledgers: [ShownLedger]) -> [Reason] {
        struct Key: Hashable {
            let state: MessageState
            let code: Int?
        }
        var found: [Key: Reason] = [:]
        for ended in ledgers.flatMap(\.ended) {
            let key = Key(state: ended.state, code: ended.code)
            found[key, default: Reason(state: ended.state, code: ended.code)].messages += ended.messages
            found[key]?.businesses += 1
        }
        return found.values.sorted { left, right in
            (right.messages, left.state.rawValue, left.code ?? 0) < (
                left.messages, right.state.rawValue, right.code ?? 0
            )
        }
    }

    private static func reason(_ reason: Reason) -> HTML {
        let words = reason.code.map { ProviderErrors.describe(code: $0) }
        let title: HTML? = words.map { "<b>\($0.title) (\($0.code))</b>" }
        return """
            <tr><td class="whole">\(Piece.badge(reason.state)) \(title)</td>
            <td class="number" data-label="Messages">\(Piece.number(reason.messages))</td>
            <td class="number end" data-label="Businesses">\(Piece.number(reason.businesses))</td>
            <td class="whole small quiet" data-label="Who acts">\(words.map { RowText.who($0.who, isOwner: false) } ?? "")</td></tr>
            """
    }
}
