import Models
import Storage

/// Closed gates as rows of a table.
enum GateRows {
    static let columns = ["What", "Business", "Why", "Held", "Since", "Goes on"]

    /// - Parameter action: what stands in the last cell besides when it goes on.
    static func row(_ shown: ShownGate, action: HTML? = nil) -> HTML {
        let words = shown.gate.cause.words
        let code: HTML? = shown.gate.errorCode.map { " <span class=\"quiet small\">code \($0)</span>" }
        let note: HTML? = shown.note.map { "<div class=\"quiet small break\">\($0)</div>" }
        let isPause = shown.gate.cause == .paused
        return """
            <tr><td class="whole break"><b>\(GateText.subject(of: shown))</b></td>
            <td data-label="Business">\(shown.business ?? "several")</td>
            <td class="whole"><span class="badge-state is-state-\(isPause ? "grey" : "amber")">\(words.title)</span>\(code)
            <div class="quiet small">\(words.remedy)</div>\(note)</td>
            <td class="number" data-label="Held">\(held(shown.held))</td>
            <td class="small" data-label="Since">\(Piece.time(shown.gate.closedAt))
            <div class="quiet">by \(shown.closedBy)</div></td>
            <td class="whole small">\(goesOn(shown))\(action)</td></tr>
            """
    }

    static func held(_ messages: Int) -> String {
        messages >= ShownGate.heldMax ? "over \(Piece.number(ShownGate.heldMax))" : Piece.number(messages)
    }

    static func goesOn(_ shown: ShownGate) -> HTML {
        if shown.gate.probe != nil { return "one message is trying now" }
        if let opensAt = shown.gate.opensAt { return "opens \(Piece.time(opensAt))" }
        if let probeAt = shown.probeAt { return "next try \(Piece.time(probeAt))" }
        return shown.gate.cause == .paused ? "when somebody resumes it" : "when it is mended"
    }
}
