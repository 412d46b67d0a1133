/// A table that becomes cards on a phone.
struct Table<Row>: Sendable {
    /// Where a cell stands in the card.
    enum Place: Sendable {
        /// On the left of a line.
        case lead
        /// On the right of a line.
        case end
        /// On a line of its own.
        case whole
        /// On a line of its own, with the column's title before it.
        case labelled
    }

    struct Column: Sendable {
        let title: String
        let place: Place
        let cell: @Sendable (Row) -> HTML

        init(_ title: String, _ place: Place = .labelled, _ cell: @escaping @Sendable (Row) -> HTML) {
            self.title = title
            self.place = place
            self.cell = cell
        }

        fileprivate func markup(_ row: Row) -> HTML {
            let content = cell(row)
            // A title with nothing behind it helps nobody.
            if content.text.isEmpty { return "<td></td>" }
            return switch place {
            case .lead: "<td>\(content)</td>"
            case .end: "<td class=\"end\">\(content)</td>"
            case .whole: "<td class=\"whole\">\(content)</td>"
            case .labelled: "<td class=\"whole\" data-label=\"\(title)\">\(content)</td>"
            }
        }
    }

    /// What the table is, for those who do not see it.
    let caption: String
    let columns: [Column]

    init(_ caption: String, _ columns: [Column]) {
        self.caption = caption
        self.columns = columns
    }

    /// - Parameter empty: what to show where there are no rows.
    func markup(_ rows: [Row], empty: HTML) -> HTML {
        rows.isEmpty ? "<div class=\"panel\">\(empty)</div>" : "<div class=\"panel scrolls\">\(bare(rows))</div>"
    }

    /// Without a panel around it.
    func bare(_ rows: [Row]) -> HTML {
        """
        <table class="list"><caption class="visually-hidden">\(caption)</caption>
        <thead><tr>\(columns.map { "<th scope=\"col\">\($0.title)</th>" as HTML })</tr></thead>
        <tbody>\(rows.map { row in "<tr>\(columns.map { $0.markup(row) })</tr>" as HTML })</tbody></table>
        """
    }
}
