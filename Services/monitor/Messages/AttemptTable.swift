import JSON
import Models
import Postgres
import Storage

/// The sends of one message, with what the provider said about each.
enum AttemptTable {
    /// - Parameter isForOperators: what the provider said word for word is shown too.
    static func markup(_ detail: LogDetail, isForOperators: Bool) -> HTML {
        if detail.attempts.isEmpty { return .nothing }
        let prices = Price.byAttempt(detail.timeline)
        return """
            <section class="panel"><h2>Attempts</h2>
            <table class="list"><thead><tr><th scope="col">Attempt</th><th scope="col">Outcome</th>\
            <th scope="col">Error</th><th scope="col">WhatsApp's id</th><th scope="col">Begun</th></tr></thead><tbody>
            \(detail.attempts.map { row($0, prices[$0.number], isForOperators: isForOperators) })
            </tbody></table></section>
            """
    }

    private static func row(_ attempt: RecordedAttempt, _ price: Price?, isForOperators: Bool) -> HTML {
        let (outcome, colour) = words(for: attempt.outcome)
        let error: HTML? = attempt.errorCode.map { code in
            "<b>\(ProviderErrors.describe(code: code).title) (\(code))</b>"
        }
        let raw = isForOperators ? attempt.errorDetails : nil
        let details: HTML? = raw.map {
            "<details class=\"small\"><summary>As the provider said it</summary><code class=\"break\">\(String($0.prefix(2_000)))</code></details>"
        }
        let status: HTML? = attempt.httpStatus.map { " <span class=\"quiet small\">HTTP \($0)</span>" }
        let span: HTML? = attempt.endedAt.map { end in
            "<div class=\"quiet small\">took \((end - attempt.startedAt).microseconds / 1_000) ms</div>"
        }
        let cost: HTML? = price.map { "<div class=\"quiet small\">\($0.text)</div>" }
        return """
            <tr><td><b>\(attempt.number)</b></td>
            <td class="end"><span class="badge-state is-state-\(colour)">\(outcome)</span>\(status)</td>
            <td class="whole">\(error)\(details)</td>
            <td class="whole break small quiet">\(attempt.providerMessageID ?? "")\(cost)</td>
            <td class="whole">\(Piece.time(attempt.startedAt))\(span)</td></tr>
            """
    }

    private static func words(for outcome: AttemptEnd.Outcome) -> (String, String) {
        switch outcome {
        case .inFlight: ("In flight", "blue")
        case .accepted: ("Accepted", "green")
        case .refused: ("Refused", "red")
        case .notSent: ("Not sent", "amber")
        case .unanswered: ("No answer", "amber")
        }
    }
}

/// What the provider said a send costs: Twilio an amount, Meta only whether and as what it is billed.
struct Price: Equatable {
    let text: String

    /// The last word on each attempt: receipts repeat it, and later ones know more.
    static func byAttempt(_ timeline: [RecordedEvent]) -> [Int: Price] {
        var prices: [Int: Price] = [:]
        for event in timeline {
            guard let detail = event.detail, let document = try? JSONDocument(parsing: detail.bytes) else {
                continue
            }
            let number = document.root["attempt"]?.integer.map { Int($0) } ?? event.attempt
            if let number, let pricing = document.root["pricing"], let price = Price(pricing) {
                prices[number] = price
            }
        }
        return prices
    }

    init?(_ pricing: JSONValue) {
        var parts: [String] = []
        if let price = pricing["price"]?.string {
            // Twilio writes what it takes from the account: with a minus.
            let amount = price.hasPrefix("-") ? String(price.dropFirst()) : price
            parts.append("\(amount) \(pricing["price_unit"]?.string ?? "")".trimmed)
        }
        if let segments = pricing["segments"]?.integer {
            parts.append(segments == 1 ? "1 segment" : "\(segments) segments")
        }
        if let isBilled = pricing["billable"]?.boolean {
            let category = pricing["category"]?.string.map { " as \($0.replacing("_", with: " "))" } ?? ""
            parts.append(isBilled ? "billed\(category)" : "not billed")
        }
        if parts.isEmpty { return nil }
        text = parts.joined(separator: " · ")
    }
}
