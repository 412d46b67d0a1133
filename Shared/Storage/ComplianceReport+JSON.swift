package import JSON
package import Models

/// A report as a document: what the API answers and what is kept of a month.
extension ComplianceReport {
    package func write(into writer: inout JSONWriter) {
        writer.field("business", business)
        writer.field("from", period.firstDay)
        writer.field("to", period.lastDay)
        writer.field("made_at", madeAt.rfc3339)
        writer.field("counted_at", orNull: countedAt?.rfc3339)
        writer.field("sections", array: { list in
            for section in sections {
                list.object { writer in
                    writer.field("id", section.id)
                    writer.field("title", section.title)
                    writer.field("figures", array: { list in
                        for figure in section.figures { list.object { Self.write(figure, into: &$0) } }
                    })
                    writer.field("tables", array: { list in
                        for table in section.tables { list.object { Self.write(table, into: &$0) } }
                    })
                }
            }
        })
    }

    private static func write(_ figure: Figure, into writer: inout JSONWriter) {
        writer.field("id", figure.id)
        writer.field("title", figure.title)
        writer.key("value")
        if let value = figure.value {
            if let whole = Int64(exactly: value) { writer.integer(whole) } else { writer.double(value) }
        } else {
            writer.null()
        }
        writer.field("unit", figure.unit.rawValue)
        writer.field("text", figure.text)
        writer.field("definition", figure.definition)
    }

    private static func write(_ table: Table, into writer: inout JSONWriter) {
        writer.field("id", table.id)
        writer.field("title", table.title)
        writer.field("definition", table.definition)
        writer.field("columns", table.columns)
        writer.field("rows", array: { list in
            for row in table.rows { list.array { cells in for cell in row { cells.string(cell) } } }
        })
    }

    /// Nil for what is no such document.
    package init?(_ json: JSONValue) {
        guard let business = json["business"]?.string, let from = json["from"]?.string, let to = json["to"]?.string,
            let period = ReportPeriod(from: from, to: to),
            let madeAt = json["made_at"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let sections = json["sections"]?.elements
        else { return nil }
        self.init(
            business: business, period: period, madeAt: madeAt,
            countedAt: json["counted_at"]?.string.flatMap { Timestamp(rfc3339: $0) },
            sections: sections.map { section in
                Section(
                    id: section.text("id"), title: section.text("title"),
                    figures: section["figures"]?.elements?.map { figure in
                        Figure(
                            id: figure.text("id"), title: figure.text("title"), value: figure["value"]?.double,
                            unit: Unit(rawValue: figure.text("unit")) ?? .text, text: figure.text("text"),
                            definition: figure.text("definition"))
                    } ?? [],
                    tables: section["tables"]?.elements?.map { table in
                        Table(
                            id: table.text("id"), title: table.text("title"), definition: table.text("definition"),
                            columns: table["columns"]?.elements?.compactMap(\.string) ?? [],
                            rows: table["rows"]?.elements?.map { $0.elements?.compactMap(\.string) ?? [] } ?? [])
                    } ?? [])
            })
    }
}

extension JSONValue {
    fileprivate func text(_ key: String) -> String { self[key]?.string ?? "" }
}
