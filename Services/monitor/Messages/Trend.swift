import Crypto
import JSON
import Models
import Storage

/// A chart of what happened by hour or by day, drawn by Chart.js; without it, the same figures as a table.
struct Trend: Sendable {
    let title: String
    /// Hours are shown in the reader's own time, days in UTC as they are counted.
    let isHourly: Bool
    /// One a column of the chart, without gaps.
    let times: [Timestamp]
    private let flows: [Timestamp: CountedFlow]

    init(_ title: String, isHourly: Bool, times: [Timestamp], _ flows: [CountedFlow]) {
        self.title = title
        self.isHourly = isHourly
        self.times = times
        self.flows = Dictionary(flows.compactMap { flow in flow.at.map { ($0, flow) } }, uniquingKeysWith: { $1 })
    }

    private struct Series {
        let name: String
        let colour: String
        let isLine: Bool
        let values: [Int64]
    }

    private var series: [Series] {
        func values(_ figure: (CountedFlow) -> Int64) -> [Int64] {
            // What moved on in a later hour is taken off there: a bar shows what came.
            times.map { max(0, flows[$0].map(figure) ?? 0) }
        }
        return [
            Series(name: "Accepted", colour: "quiet", isLine: true, values: values(\.accepted)),
            Series(name: "Delivered", colour: "green", isLine: false, values: values(\.delivered)),
            Series(name: "Not sent", colour: "red", isLine: false, values: values(\.notSent)),
        ]
    }

    func markup(_ name: String) -> HTML {
        let series = series
        let data = json(series)
        let heads: [HTML] = series.map { "<th scope=\"col\">\($0.name)</th>" }
        let rows: [HTML] = times.indices.map { index in
            let cells: [HTML] = series.map { "<td data-label=\"\($0.name)\" class=\"number\">\(Piece.number($0.values[index]))</td>" }
            return "<tr><td>\(label(times[index]))</td>\(cells)</tr>"
        }
        let total = series.map { "\(Piece.number($0.values.reduce(0, +))) \($0.name.lowercased())" }
        return """
            <section class="panel" data-piece="\(name)" data-version="\(String(SHA256.hex(data).prefix(12)))"><h2>\(title)</h2><div class="inside">
            <div class="plot" data-chart="\(data)" data-title="\(title): \(total.joined(separator: ", "))" hidden></div>
            <details open><summary>The figures as a table</summary>
            <div class="scroll"><table class="list"><thead><tr><th scope="col">\(isHourly ? "Hour" : "Day")</th>\(heads)</tr></thead>
            <tbody>\(rows)</tbody></table></div></details>
            </div></section>
            """
    }

    private func label(_ moment: Timestamp) -> HTML {
        isHourly ? Piece.time(moment) : "\(OverviewSpan.day(moment))"
    }

    private func json(_ series: [Series]) -> String {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            writer.field("hourly", isHourly)
            writer.field("times", array: { list in for time in times { list.string(time.rfc3339) } })
            writer.field(
                "series",
                array: { list in
                    for one in series {
                        list.object { writer in
                            writer.field("name", one.name)
                            writer.field("colour", one.colour)
                            writer.field("line", one.isLine)
                            writer.field("values", array: { list in for value in one.values { list.integer(value) } })
                        }
                    }
                })
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
