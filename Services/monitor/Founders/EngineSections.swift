import Models
import Storage

/// How fast messages move, and what could be sent again: the parts of the delivery page that monitoring measures.
enum EngineSections {
    static let metrics: [Metric] = [.consumerLag, .backlogAge, .queueTimeMedian, .queueTimeP99, .failedChecks]
    /// What has waited no longer is on its way.
    static let grace = Duration.seconds(10)

    static func tiles(_ backlog: EngineStore.Backlog, _ figures: [EngineStore.Figure], _ now: Timestamp) -> HTML {
        let lag = figures.filter { $0.metric == .consumerLag }.map(\.value).max()
        let down = figures.filter { $0.metric == .failedChecks && $0.value > 0 }.count
        let waiting = backlog.waiting.isMore ? "over \(Piece.number(backlog.waiting.count))" : Piece.number(backlog.waiting.count)
        return """
            <section class="tiles" aria-label="The engine now">
            \(Piece.tile("due and not taken up", waiting, backlog.waiting.count > 0 ? "is-bad" : "is-good"))
            \(Piece.tile("the oldest waits", backlog.oldestAt.map { seconds((now - $0).microseconds) } ?? "–"))
            \(Piece.tile("records to read, slowest group", lag.map { Piece.number(Int($0)) } ?? "–"))
            \(Piece.tile("checks that fail", Piece.number(down), down > 0 ? "is-bad" : ""))
            </section>
            """
    }

    private static func seconds(_ microseconds: Int64) -> String { "\(Piece.number(max(0, microseconds / 1_000_000))) s" }

    /// From due to the first byte at the provider.
    static func dwell(_ figures: [EngineStore.Figure]) -> HTML {
        var spans: [String: (median: Double?, p99: Double?)] = [:]
        for figure in figures {
            guard let business = figure.business else { continue }
            if figure.metric == .queueTimeMedian { spans[business, default: (nil, nil)].median = figure.value }
            if figure.metric == .queueTimeP99 { spans[business, default: (nil, nil)].p99 = figure.value }
        }
        func text(_ value: Double?) -> String { value.map(Metric.queueTimeP99.text) ?? "–" }
        return Panel.table(
            "Time from due to the first byte", empty: "Nothing was sent within the last hour.",
            columns: ["Business", "Median", "99 of 100 within"],
            spans.sorted { ($1.value.p99 ?? 0, $0.key) < ($0.value.p99 ?? 0, $1.key) }.map { business, span in
                """
                <tr><td class="whole"><b>\(business)</b></td><td class="number" data-label="Median">\(text(span.median))</td>
                <td class="number end" data-label="99 of 100 within">\(text(span.p99))</td></tr>
                """
            })
    }

    /// Consumer groups, endpoints and whatever else is checked.
    static func parts(_ figures: [EngineStore.Figure]) -> HTML {
        let shown = figures.filter { $0.business == nil && !$0.subject.isEmpty }
        return Panel.table(
            "Providers, consumers and endpoints", empty: "Monitoring measured nothing within the last hour.",
            columns: ["What", "Measured", "Value", "When"],
            shown.map { figure in
                """
                <tr class="\(figure.metric == .failedChecks && figure.value > 0 ? "is-critical" : "")">
                <td class="whole break"><b>\(figure.subject)</b></td>
                <td data-label="Measured">\(figure.metric.words.name)</td>
                <td class="number end" data-label="Value">\(figure.metric.text(figure.value))</td>
                <td class="small" data-label="When">\(Piece.time(figure.at))</td></tr>
                """
            })
    }

    /// What ended without delivery since yesterday, by business, with the way to count it and send it again.
    static func dead(_ failures: [RootCauseStore.Failures]) -> HTML {
        var groups: [TenantID: DeadLetters] = [:]
        for one in failures {
            var group = groups[one.tenantID] ?? DeadLetters(tenantID: one.tenantID, business: one.business)
            group.messages += one.messages
            group.critical += one.critical
            groups[one.tenantID] = group
        }
        let rows: [HTML] = groups.values.sorted { ($1.messages, $0.business) < ($0.messages, $1.business) }.map(row)
        return Panel.table(
            "Dead letters, since yesterday (UTC)", empty: "Nothing ended without delivery.",
            columns: ["Business", "Messages", "Critical", "Send again"], rows)
    }

    private struct DeadLetters {
        let tenantID: TenantID
        let business: String
        var messages: Int64 = 0
        var critical: Int64 = 0
    }

    private static func row(_ group: DeadLetters) -> HTML {
        let link = BulkRetryPages.path + QueryText.make([("business", group.tenantID.description)])
        return """
            <tr><td class="whole"><b>\(group.business)</b></td>
            <td class="number" data-label="Messages">\(Piece.number(group.messages))</td>
            <td class="number end" data-label="Critical">\(Piece.number(group.critical))</td>
            <td class="whole"><a class="btn btn-sm btn-plain" href="\(link)" \
            aria-label="Count what would be sent again for \(group.business)">Count…</a></td></tr>
            """
    }
}
