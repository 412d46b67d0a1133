/// A framed table with a heading, as founders' pages have many of. It becomes cards on a phone.
enum Panel {
    static func table(_ title: String, empty: String, columns: [String], _ rows: [HTML]) -> HTML {
        if rows.isEmpty {
            return """
                <section class="panel"><h2>\(title)</h2><div class="inside quiet">\(empty)</div></section>
                """
        }
        let heads: [HTML] = columns.map { "<th scope=\"col\">\($0)</th>" }
        return """
            <section class="panel"><h2>\(title)</h2>
            <table class="list"><thead><tr>\(heads)</tr></thead><tbody>
            \(rows)
            </tbody></table></section>
            """
    }

    /// "1 message", "4,112 messages"
    static func count(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(Piece.number(number)) \(number == 1 ? one : many ?? one + "s")"
    }
}
