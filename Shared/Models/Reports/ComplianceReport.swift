/// A report as people and programs read it: sections of figures, each with what it means. The same value makes the page,
/// the CSV file and the JSON document, and is what is kept of a month.
package struct ComplianceReport: Hashable, Sendable {
    package enum Unit: String, CaseIterable, Sendable {
        case count
        /// A share of 1.
        case share
        case seconds
        /// Of the currency that the text names.
        case money
        case text
    }

    package struct Figure: Hashable, Sendable {
        /// For programs: it does not change.
        package let id: String
        package let title: String
        /// Nil where there is nothing to measure.
        package let value: Double?
        package let unit: Unit
        /// For people: "98.7 % (2,961 of 3,000)".
        package let text: String
        /// What it means, in a sentence.
        package let definition: String

        package init(id: String, title: String, value: Double?, unit: Unit, text: String, definition: String) {
            (self.id, self.title, self.value, self.unit) = (id, title, value, unit)
            (self.text, self.definition) = (text, definition)
        }
    }

    package struct Table: Hashable, Sendable {
        package let id: String
        package let title: String
        package let definition: String
        package let columns: [String]
        package let rows: [[String]]

        package init(id: String, title: String, definition: String, columns: [String], rows: [[String]]) {
            (self.id, self.title, self.definition, self.columns, self.rows) = (id, title, definition, columns, rows)
        }
    }

    package struct Section: Hashable, Sendable {
        package let id: String
        package let title: String
        package var figures: [Figure]
        package var tables: [Table]

        package init(id: String, title: String, figures: [Figure], tables: [Table] = []) {
            (self.id, self.title, self.figures, self.tables) = (id, title, figures, tables)
        }
    }

    /// "All businesses" where it is about all of them.
    package let business: String
    package let period: ReportPeriod
    package let madeAt: Timestamp
    /// The oldest count among the days of the period; nil: none of them was counted.
    package let countedAt: Timestamp?
    package let sections: [Section]

    package init(
        business: String, period: ReportPeriod, madeAt: Timestamp, countedAt: Timestamp?, sections: [Section]
    ) {
        (self.business, self.period, self.madeAt, self.countedAt) = (business, period, madeAt, countedAt)
        self.sections = sections
    }

    package func figure(_ id: String) -> Figure? { sections.lazy.flatMap(\.figures).first { $0.id == id } }
}

/// Whole days (UTC).
package struct ReportPeriod: Hashable, Sendable {
    package static let daysMax = 366
    private static let day = Duration.seconds(86_400)

    /// The first moment of the first day.
    package let from: Timestamp
    /// The first moment after the last day.
    package let to: Timestamp

    /// Nil for days that are none, for an end before its beginning, and for more than `daysMax`.
    ///
    /// - Parameters:
    ///   - first: "2027-01-01".
    ///   - last: the last day, included.
    package init?(from first: String, to last: String) {
        guard let from = Timestamp(rfc3339: first + "T00:00:00Z"), let end = Timestamp(rfc3339: last + "T00:00:00Z"),
            end >= from, end - from < Self.day * Self.daysMax
        else { return nil }
        self.from = from
        to = end + Self.day
    }

    /// The calendar month (UTC) in which a moment lies.
    package init(monthOf moment: Timestamp) {
        let month = String(moment.rfc3339.prefix(7))
        from = Timestamp(rfc3339: month + "-01T00:00:00Z") ?? moment
        // The 28th and four days more are in the next month, whatever the month.
        let next = (Timestamp(rfc3339: month + "-28T00:00:00Z") ?? moment) + Self.day * 4
        to = Timestamp(rfc3339: String(next.rfc3339.prefix(7)) + "-01T00:00:00Z") ?? next
    }

    package var firstDay: String { String(from.rfc3339.prefix(10)) }
    package var lastDay: String { String((to + .seconds(-86_400)).rfc3339.prefix(10)) }
    /// "2027-01"; nil where it is no calendar month.
    package var month: String? {
        ReportPeriod(monthOf: from) == self ? String(firstDay.prefix(7)) : nil
    }
}
