import HTTPServer

/// Pieces that the pages of a business share.
extension Piece {
    /// A list of what is known; what is not known is left out.
    static func facts(_ facts: [(title: String, value: HTML?)]) -> HTML {
        let shown = facts.compactMap { fact in
            fact.value.map { "<div><dt>\(fact.title)</dt><dd>\($0)</dd></div>" as HTML }
        }
        return "<dl class=\"facts\">\(shown)</dl>"
    }

    static func panel(_ title: String, _ content: HTML) -> HTML {
        "<section class=\"panel\"><h2>\(title)</h2><div class=\"inside\">\(content)</div></section>"
    }

    /// For tables, which touch the panel's edge.
    static func tablePanel(_ title: String, _ content: HTML) -> HTML {
        "<section class=\"panel scrolls\"><h2>\(title)</h2>\(content)</section>"
    }

    /// Where there is nothing yet: what it would be, and what to do.
    static func empty(_ title: String, _ words: String, _ actions: [HTML] = []) -> HTML {
        let buttons: HTML? = actions.isEmpty ? nil : "<div class=\"buttons\">\(actions)</div>"
        return "<div class=\"empty\"><p class=\"empty-title\">\(title)</p><p>\(words)</p>\(buttons)</div>"
    }

    /// - Parameter colour: grey, green, blue, amber or red.
    static func badge(_ words: String, _ colour: String) -> HTML {
        "<span class=\"badge-state is-state-\(colour)\">\(words)</span>"
    }

    static func notice(_ title: String, _ words: HTML, isBad: Bool = false) -> HTML {
        "<div class=\"notice\(isBad ? " is-bad" : "" as HTML)\"><b>\(title)</b><p>\(words)</p></div>"
    }

    /// To the next page of a list, by the API's cursor, and back to its beginning.
    static func pager(_ owner: Owner, _ path: String, next: String?) -> HTML {
        let asked = owner.request.query.filter { $0.name != "cursor" && $0.name != Done.parameter }
        let parameters = asked.map { (name: $0.name, value: Optional($0.value)) }
        let start: HTML? =
            owner.asked("cursor").isEmpty
            ? nil : "<a class=\"btn btn-plain\" rel=\"first\" href=\"\(path + QueryText.make(parameters))\">← Newest</a>"
        let more: HTML? = next.map { cursor in
            let target = path + QueryText.make(parameters + [("cursor", cursor)])
            return "<a class=\"btn btn-plain end\" rel=\"next\" href=\"\(target)\">Older →</a>"
        }
        if start == nil, more == nil { return .nothing }
        return "<nav class=\"pages\" aria-label=\"Pages\">\(start)\(more)</nav>"
    }

    /// Pages that belong together, beside each other.
    static func tabs(_ label: String, _ links: [Link], at current: String) -> HTML {
        let items = links.map { link -> HTML in
            let mark: HTML = link.path == current ? " aria-current=\"page\"" : .nothing
            return "<a href=\"\(link.path)\"\(mark)>\(link.title)</a>"
        }
        return "<nav class=\"tabs\" aria-label=\"\(label)\">\(items)</nav>"
    }

    /// Names stand in backticks in what the API says to programmers.
    static func prose(_ text: String) -> String { text.replacing("`", with: "") }

    /// `opted_out` → Opted out
    static func sentence(_ word: String) -> String {
        let text = word.replacing("_", with: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// What is shown once and never again.
    static func secret(_ secret: String, _ title: String, _ use: String, _ onwards: String) -> HTML {
        """
        <section class="panel narrow-form"><div class="inside"><p><b>\(title)</b> Keep it where secrets are kept.</p>
        <p class="secret"><code data-copy>\(secret)</code></p>
        <p class="quiet small mb-0">\(use)</p>
        <div class="buttons">\(Link("I have it", onwards).mainButton)</div></div></section>
        """
    }

    static func code(_ text: String) -> HTML { "<code class=\"break\">\(text)</code>" }

    /// A share of a whole as a bar; the number stands beside it.
    static func bar(_ part: Int64, of whole: Int64, _ label: String) -> HTML {
        "<progress class=\"bar\" max=\"\(max(1, whole))\" value=\"\(part)\" aria-label=\"\(label)\"></progress>"
    }
}
