import HTTPServer
import Models
import Runtime
import Storage

/// How a business does, against what it wants: figures, trends, and how they are made.
struct QualityPage: Sendable {
    static let path = "/dashboard/quality"
    private static let trendOver = Duration.seconds(7 * 86_400)
    private static let trendPoints = 48
    /// In this order; the rest of what is measured follows in a table.
    private static let first: [Metric] = [.deliveryRate, .failureRate, .qualityScore]

    private let store: MeasurementStore
    private let people: People

    init(_ site: SiteParts) {
        store = MeasurementStore(site.tenantDatabase)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
    }

    private func page(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        guard let picture = try await QualityPicture.of(tenantID, in: store) else { throw Problem.pageNotFound }
        var trends: [Metric: [Double]] = [:]
        let now = SystemClock.now()
        for metric in Self.first + Self.others {
            trends[metric] = try await store.history(
                metric, MetricScope(tenantID: tenantID), from: now + (.zero - Self.trendOver), to: now,
                points: Self.trendPoints
            ).map(\.value)
        }
        return Page.response(
            "Quality",
            visitor: visitor,
            section: .overview,
            """
            <div class="head"><h1>Quality</h1><a class="btn btn-sm btn-plain" href="\(Section.overview.path)">Overview</a>\
            \(measuredAt(picture))</div>
            \(Self.tiles(picture))
            \(Self.outlook(picture.forecasts, senders: picture.senders))
            \(Self.table(picture, trends))
            \(Self.senders(picture))
            \(Self.explanation(picture.thresholds))
            """
        )
    }

    private static let others: [Metric] = [
        .retrySuccessRate, .averageRetries, .queueTimeMedian, .queueTimeP99, .unansweredShare, .receiptsSilence,
    ]

    private func measuredAt(_ picture: QualityPicture) -> HTML {
        picture.at.map { "<span class=\"quiet small end\">measured \(Piece.time($0))</span>" } ?? .nothing
    }

    private static func tiles(_ picture: QualityPicture) -> HTML {
        let tiles = first.map { metric -> HTML in
            guard let figure = picture.figure(metric) else { return Piece.tile(metric.words.name, "–") }
            let kind = figure.isMet.map { $0 ? "is-good" : "is-bad" } ?? ""
            return Piece.tile("\(metric.words.name), \(wanted(metric, figure.threshold))", metric.text(figure.measurement.value), kind)
        }
        return "<section class=\"tiles\" aria-label=\"Quality now\">\(tiles)</section>"
    }

    /// `at least 95 %`
    private static func wanted(_ metric: Metric, _ threshold: Double?) -> String {
        guard let threshold else { return "–" }
        return "\(metric == .failureRate ? "at most" : "at least") \(metric.text(threshold))"
    }

    /// What comes, for this page and for the overview.
    ///
    /// - Parameter senders: their names by id, where they are known.
    static func outlook(_ forecasts: [Forecast], senders: [String: String] = [:]) -> HTML {
        if forecasts.isEmpty { return .nothing }
        return HealthSections.list(
            "What comes", empty: "", forecasts.map { HealthSections.item($0, senders[$0.scope.subject] ?? "") })
    }

    private static func table(_ picture: QualityPicture, _ trends: [Metric: [Double]]) -> HTML {
        let rows = (first + others).compactMap { metric -> HTML? in
            guard let figure = picture.figure(metric) else { return nil }
            let since: HTML? = figure.since.map { "<div class=\"quiet small\">so since \(Piece.time($0))</div>" }
            let trend = Sparkline(trends[metric] ?? [], label: "\(metric.words.name) over the last seven days").markup
            return """
                <tr><td class="whole"><b>\(metric.words.title)</b><div class="quiet small">\(metric.words.meaning)</div></td>
                <td class="number" data-label="Now">\(metric.text(figure.measurement.value))\(trend)</td>
                <td class="end" data-label="Wanted">\(wanted(metric, figure.threshold))\(since)</td>
                <td class="number" data-label="Sample">\(Piece.number(figure.measurement.sample))</td></tr>
                """
        }
        if rows.isEmpty {
            return """
                <section class="panel"><h2>Figures</h2><div class="inside quiet">Nothing is measured yet: figures come with the \
                first messages, a few minutes after them.</div></section>
                """
        }
        return """
            <section class="panel"><h2>Figures</h2>
            <table class="list"><thead><tr><th scope="col">What</th><th scope="col">Now, and seven days</th>\
            <th scope="col">Wanted</th><th scope="col">Sample</th></tr></thead><tbody>\(rows)</tbody></table></section>
            """
    }

    private static func senders(_ picture: QualityPicture) -> HTML {
        let rows = picture.senders.sorted { $0.value < $1.value }.map { id, name -> HTML in
            func cell(_ metric: Metric, _ end: HTML = "") -> HTML {
                let figure = picture.figure(metric, id)
                let text = figure.map { metric.text($0.measurement.value) } ?? "–"
                return "<td class=\"number\(end)\" data-label=\"\(metric.words.name)\">\(text)</td>"
            }
            return """
                <tr><td class="whole"><b>\(name)</b></td>\(cell(.deliveryRate))\(cell(.failureRate, " end"))\
                \(cell(.qualityScore))\(cell(.limitUse, " end"))</tr>
                """
        }
        return """
            <section class="panel"><h2>Senders</h2>
            <table class="list"><thead><tr><th scope="col">Sender</th><th scope="col">Delivery</th><th scope="col">Failures</th>\
            <th scope="col">Score</th><th scope="col">Limit used</th></tr></thead><tbody>\(rows)</tbody></table></section>
            """
    }

    private static func explanation(_ thresholds: TenantThresholds) -> HTML {
        let parts = QualityScore.Part.allCases.map { part -> HTML in
            "<li>\(part.words): \(Int((part.weight * 100).rounded())) %</li>"
        }
        return """
            <section class="panel"><h2>How it is computed</h2><div class="inside">
            <p>Every few minutes, from the messages of the last two days (delivery, retries) and of the last hour (failures, \
            sends without an answer). Read counts as delivered. A message that was sent and is still within its time to live \
            counts nowhere: it may yet arrive.</p>
            <p>The quality score is the weighted mean of what is known; what is not known weighs nothing:</p>
            <ul>\(parts)</ul>
            <p>What you want to be told of is set in <a href="\(Section.settings.path)">Settings</a>: delivery at least \
            \(Metric.deliveryRate.text(thresholds.deliveryRate)), failures at most \
            \(Metric.failureRate.text(thresholds.failureRate)), score at least \
            \(Metric.qualityScore.text(thresholds.qualityScore)).</p></div></section>
            """
    }
}

extension QualityScore.Part {
    fileprivate var words: String {
        switch self {
        case .delivery: "the delivery rate"
        case .failures: "messages that did not fail"
        case .reading: "messages that were read; half of them is full marks"
        case .sender: "WhatsApp's rating of your numbers"
        case .templates: "WhatsApp's rating of your templates"
        case .webhooks: "how fast we answer WhatsApp"
        }
    }
}
