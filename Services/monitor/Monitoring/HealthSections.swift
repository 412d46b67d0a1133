import Models
import Runtime
import Storage

/// The parts of the health page.
enum HealthSections {
    static func tiles(_ history: UptimeHistory, _ measurements: [Measurement]) -> HTML {
        let down = history.endpoints.count { !$0.isUp }
        let last = measurements.map(\.at).max()
        let now = measurements.filter { $0.at == last }
        func value(_ metric: Metric) -> String {
            let values = now.filter { $0.metric == metric && (metric == .consumerLag || $0.scope.subject.isEmpty) }
            return values.map(\.value).max().map { metric.text($0) } ?? "–"
        }
        let disk = now.filter { $0.metric == .diskFreeShare }.map(\.value).min()
        return """
            <section class="tiles" aria-label="The platform now">
            \(Piece.tile("endpoints up", "\(history.endpoints.count - down) of \(history.endpoints.count)", down > 0 ? "is-bad" : "is-good"))
            \(Piece.tile("delivery rate", value(.deliveryRate)))
            \(Piece.tile("webhooks answered, median", value(.webhookMedian)))
            \(Piece.tile("oldest due message", value(.backlogAge)))
            \(Piece.tile("consumer lag", value(.consumerLag)))
            \(Piece.tile("disk free", disk.map { Metric.diskFreeShare.text($0) } ?? "–"))
            </section>
            """
    }

    // MARK: Endpoints

    static func endpoints(_ history: UptimeHistory) -> HTML {
        if history.endpoints.isEmpty {
            return """
                <section class="panel"><h2>What answers</h2><div class="inside quiet">Nothing was asked yet. The first round \
                comes within a minute of the start.</div></section>
                """
        }
        let rows = history.endpoints.sorted { ($0.isUp ? 1 : 0, $0.name) < ($1.isUp ? 1 : 0, $1.name) }
        return """
            <section class="panel"><h2>What answers</h2>
            <table class="list"><thead><tr><th scope="col">What</th><th scope="col">Now</th><th scope="col">Answers in</th>\
            <th scope="col">Today</th><th scope="col">30 days</th><th scope="col">Last \(HealthPage.daysShown) days</th></tr></thead><tbody>
            \(rows.map { row($0, history) })
            </tbody></table></section>
            """
    }

    private static func row(_ endpoint: EndpointState, _ history: UptimeHistory) -> HTML {
        let state: HTML =
            endpoint.isUp
            ? "<span class=\"badge-state is-state-green\">Up</span>" : "<span class=\"badge-state is-state-red\">Down</span>"
        let why: HTML? = endpoint.why.map { "<div class=\"small break\">\($0)</div>" }
        let times = history.milliseconds(of: endpoint.name)
        return """
            <tr><td class="whole break"><b>\(title(of: endpoint.name))</b></td>
            <td>\(state)\(why)<div class="quiet small">since \(Piece.time(endpoint.since))</div></td>
            <td class="number" data-label="Answers in">\(milliseconds(endpoint.milliseconds))\
            \(Sparkline(times, label: "Mean time of the last \(times.count) hours").markup)</td>
            <td class="number end" data-label="Today">\(Piece.percent(history.availability(of: endpoint.name, days: 1).share))</td>
            <td class="number" data-label="30 days">\(Piece.percent(history.availability(of: endpoint.name, days: 30).share))</td>
            <td class="whole">\(bars(history.days(of: endpoint.name, last: HealthPage.daysShown)))</td></tr>
            """
    }

    /// `service:ingest-api` as people say it.
    static func title(of name: String) -> String {
        switch name {
        case "postgres": "Postgres"
        case "kafka": "Kafka"
        case "webhook": "Our webhook, from outside"
        case "provider:meta": "Meta's Graph API"
        case "provider:twilio": "Twilio's API"
        default: name.hasPrefix("service:") ? String(name.dropFirst("service:".count)) : name
        }
    }

    private static func milliseconds(_ value: Double) -> String {
        value < 10 ? Metric.webhookMedian.text(value / 1_000) : "\(Piece.number(Int(value.rounded()))) ms"
    }

    private static func bars(_ days: [(day: Timestamp, availability: Availability)]) -> HTML {
        let asked = days.filter { $0.availability.checks > 0 }
        let bad = asked.count { $0.availability.level != .up }
        let words = "\(asked.count) days with checks, \(bad) of them with failures"
        let bars = days.enumerated().map { index, entry -> HTML in
            """
            <rect class="bar is-\(entry.availability.level.rawValue)" x="\(index * 4)" y="0" width="3" height="24">\
            <title>\(entry.day.rfc3339.prefix(10).description): \(Piece.percent(entry.availability.share))</title></rect>
            """
        }
        return """
            <svg class="bars" viewBox="0 0 \(days.count * 4 - 1) 24" preserveAspectRatio="none" role="img" aria-label="\(words)">\
            \(bars)</svg>
            """
    }

    static func months(_ history: UptimeHistory) -> HTML {
        let all = history.endpoints.map { (name: $0.name, months: history.months(of: $0.name)) }
        let months = Array(Set(all.flatMap { $0.months.map(\.month) }).sorted(by: >).prefix(6))
        if months.isEmpty { return .nothing }
        let head = months.map { "<th scope=\"col\">\($0)</th>" as HTML }
        let rows = all.map { entry -> HTML in
            let cells = months.map { month -> HTML in
                let share = entry.months.first { $0.month == month }?.availability.share
                return "<td class=\"number\" data-label=\"\(month)\">\(Piece.percent(share))</td>"
            }
            return "<tr><td class=\"whole\"><b>\(title(of: entry.name))</b></td>\(cells)</tr>"
        }
        return """
            <section class="panel"><h2>Availability by month (UTC)</h2>
            <table class="list"><thead><tr><th scope="col">What</th>\(head)</tr></thead><tbody>\(rows)</tbody></table></section>
            """
    }

    // MARK: Forecasts

    static func forecasts(_ forecasts: [Forecast], _ names: [NamedScope]) -> HTML {
        let known = Dictionary(names.map { ($0.scope, $0) }, uniquingKeysWith: { first, _ in first })
        return list(
            "What will go wrong", empty: "No limit, token or failure rate is heading for trouble.",
            forecasts.map { forecast in
                let name = known[forecast.scope]
                let who = [name?.business, name?.sender].compactMap { $0 }.joined(separator: " · ")
                return item(forecast, who)
            })
    }

    static func list(_ title: String, empty: String, _ items: [HTML]) -> HTML {
        let content: HTML =
            items.isEmpty ? "<div class=\"inside quiet\">\(empty)</div>" : "<ul class=\"spaced\">\(items)</ul>"
        return "<section class=\"panel\"><h2>\(title)</h2>\(content)</section>"
    }

    static func item(_ forecast: Forecast, _ who: String) -> HTML {
        let mark: HTML =
            forecast.isUrgent
            ? "<span class=\"badge-state is-state-red\">Today</span>" : "<span class=\"badge-state is-state-amber\">Soon</span>"
        return "<li>\(mark) <b>\(who)</b> \(forecast.words)</li>"
    }

    // MARK: Monitoring itself

    static func monitoring(_ status: MonitoringStatus, _ visitor: Visitor) -> HTML {
        let isOn = status.jobs.contains(where: \.isEnabled)
        let buttons: HTML =
            isOn
            ? "\(button(.restart, "Measure now", visitor))\(button(.stop, "Stop monitoring", visitor))"
            : button(.start, "Start monitoring", visitor)
        let state: HTML =
            status.isEnabled
            ? "<span class=\"badge-state is-state-green\">Running</span>"
            : "<span class=\"badge-state is-state-red\">\(isOn ? "No copy measures" : "Stopped")</span>"
        return """
            <section class="panel" id="monitoring"><h2>Monitoring itself</h2><div class="inside">
            <p>\(state) \(copies(status.copies))</p>
            <table class="list"><thead><tr><th scope="col">What</th><th scope="col">Last</th><th scope="col">Took</th>\
            <th scope="col">Found</th><th scope="col">Next</th></tr></thead><tbody>\(status.jobs.map(job))</tbody></table>
            <div class="side-by-side">\(buttons)</div></div></section>
            """
    }

    private static func copies(_ copies: [MonitoringStatus.Copy]) -> String {
        let off = copies.count { !$0.isEnabled }
        let there = copies.count == 1 ? "One copy of monitor is there" : "\(copies.count) copies of monitor are there"
        return off == 0 ? "\(there)." : "\(there), \(off) of them with MONITORING_ENABLED=false."
    }

    private static func job(_ job: MonitoringStatus.Job) -> HTML {
        let title =
            switch job.job {
            case .measure: "Measuring"
            case .uptime: "Asking what answers"
            }
        let changed: HTML? = job.changedBy.map {
            "<div class=\"quiet small\">\(job.isEnabled ? "on" : "off") since \(Piece.time(job.changedAt)) by \($0)</div>"
        }
        let error: HTML? = job.error.map {
            "<div class=\"small break is-bad-text\">\($0)\(job.failedInARow > 1 ? ", \(job.failedInARow) times in a row" : "")</div>"
        }
        let found =
            switch job.job {
            case .measure: "\(Piece.number(job.measurements)) figures of \(Piece.number(job.tenants)) businesses"
            case .uptime: "\(Piece.number(job.measurements)) endpoints asked"
            }
        return """
            <tr><td class="whole"><b>\(title)</b>\(changed)\(error)</td>
            <td class="small" data-label="Last">\(job.endedAt.map { Piece.time($0) } ?? "–" as HTML)</td>
            <td class="number end" data-label="Took">\(job.tookSeconds.map { Metric.queueTimeMedian.text($0) } ?? "–")</td>
            <td data-label="Found">\(found)</td>
            <td class="small end" data-label="Next">\(job.isRunning ? "now" : job.nextAt.map { Piece.time($0) } ?? "–" as HTML)</td></tr>
            """
    }

    private static func button(_ change: MonitoringSwitch, _ title: String, _ visitor: Visitor) -> HTML {
        """
        <form method="post" action="\(HealthPage.path)/monitoring">\(FormToken.input(visitor))\
        <input type="hidden" name="change" value="\(change.rawValue)">\
        <button class="btn \(change == .stop ? "btn-plain" : "btn-main")">\(title)</button></form>
        """
    }
}

/// A small line of figures, without axes: only how they went.
struct Sparkline {
    static let (width, height) = (96.0, 24.0)

    let values: [Double]
    let label: String

    init(_ values: [Double], label: String) {
        self.values = values
        self.label = label
    }

    var markup: HTML {
        guard values.count > 1, let most = values.max(), let least = values.min() else { return .nothing }
        let spread = max(most - least, most.magnitude * 0.05, 1e-9)
        let points = values.enumerated().map { index, value in
            let x = Double(index) / Double(values.count - 1) * Self.width
            let y = 2 + (1 - (value - least) / spread) * (Self.height - 4)
            return "\(Self.tenth(x)),\(Self.tenth(y))"
        }
        return """
            <svg class="spark" viewBox="0 0 96 24" role="img" aria-label="\(label)"><polyline points="\(points.joined(separator: " "))"/></svg>
            """
    }

    private static func tenth(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
