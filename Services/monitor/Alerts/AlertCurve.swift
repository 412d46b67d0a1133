import Models
import Storage

/// What was measured around an alert, drawn and as a table.
enum AlertCurve {
    private static let (width, height, edge) = (720.0, 140.0, 6.0)

    static func section(_ alert: StoredAlert, _ points: [MeasurementStore.Point]) -> HTML? {
        guard let metric = alert.metric, points.count > 1, let first = points.first, let last = points.last else { return nil }
        let values = points.map(\.value) + (alert.threshold.map { [$0] } ?? [])
        let low = values.min() ?? 0
        let high = values.max() ?? 1
        let span = max(high - low, 1e-9)
        func x(_ point: MeasurementStore.Point) -> Double {
            let whole = Double((last.at - first.at).microseconds)
            return edge + (width - 2 * edge) * Double((point.at - first.at).microseconds) / max(whole, 1)
        }
        func y(_ value: Double) -> Double { height - edge - (height - 2 * edge) * (value - low) / span }
        let line = points.map { "\(tenth(x($0))),\(tenth(y($0.value)))" }.joined(separator: " ")
        let bar: HTML? = alert.threshold.map { threshold in
            "<line class=\"curve-bar\" x1=\"0\" x2=\"\(tenth(width))\" y1=\"\(tenth(y(threshold)))\" y2=\"\(tenth(y(threshold)))\"/>"
        }
        let rows: [HTML] = points.suffix(24).reversed().map { point in
            "<tr><td>\(Piece.time(point.at))</td><td class=\"number end\">\(metric.text(point.value))</td></tr>"
        }
        return """
            <section class="panel"><h2>The \(metric.words.name)</h2><div class="inside">
            <svg class="curve" viewBox="0 0 \(tenth(width)) \(tenth(height))" role="img" aria-label="From \(metric.text(low)) to \
            \(metric.text(high))">\(bar)<polyline class="curve-line" points="\(line)"/></svg>
            <p class="quiet small">\(Piece.time(first.at)) to \(Piece.time(last.at)) · lowest \(metric.text(low)), highest \
            \(metric.text(high))\(alert.threshold.map { " · the broken line is the threshold, \(metric.text($0))" } ?? "")</p>
            <details><summary class="small">The latest figures</summary><table class="list"><thead><tr><th scope="col">When</th>\
            <th scope="col">Figure</th></tr></thead><tbody>\(rows)</tbody></table></details>
            </div></section>
            """
    }

    /// Drawings need no more.
    private static func tenth(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
