import Models
import Storage

/// What holds a message now, in order, as `GET /v1/messages/{id}/explain` says it too.
enum HoldSection {
    static func markup(_ explanation: Explanation?) -> HTML {
        guard let explanation, explanation.state.awaitsUs, !explanation.holds.isEmpty else { return .nothing }
        let estimate: HTML? = explanation.estimatedSendAt.map { "Probably goes out at \(Piece.time($0))." }
        let ahead: HTML? =
            explanation.ahead.map { ahead in
                ahead.count == 0 ? nil : "\(ahead.words) go first. "
            } ?? nil
        let footer: HTML? =
            estimate == nil && ahead == nil ? nil : "<p class=\"quiet small mb-0\">\(ahead)\(estimate)</p>"
        return """
            <section class="panel"><h2>What it waits for</h2><div class="inside"><ol class="steps">
            \(explanation.holds.map(hold))
            </ol>\(footer)</div></section>
            """
    }

    private static func hold(_ hold: Explanation.Hold) -> HTML {
        let until: HTML? = hold.until.map { " · until \(Piece.time($0))" }
        return """
            <li class="is-amber">\(hold.detail)<div class="quiet small">\(words(hold.reason.rawValue))\(until)</div></li>
            """
    }

    private static func words(_ word: String) -> String { word.replacing("_", with: " ") }
}
