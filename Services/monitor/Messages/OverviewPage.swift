import HTTPServer
import Models
import Runtime
import Storage

/// How a business's messages fare: its figures, their trend, why some failed, and what needs somebody.
struct OverviewPage: Sendable {
    private let counts: CountStore
    private let costs: CostStore
    private let overview: OverviewStore
    private let quality: MeasurementStore
    private let people: People

    init(_ site: SiteParts) {
        counts = CountStore(site.tenantDatabase)
        costs = CostStore(site.tenantDatabase)
        overview = OverviewStore(site.tenantDatabase)
        quality = MeasurementStore(site.tenantDatabase)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Section.overview.path, Page.handler(page))
    }

    private func page(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        let now = SystemClock.now()
        let span = try OverviewSpan(request, now: now)
        let figures = OverviewFigures(
            now: try await flow(of: tenantID, span), before: try await flow(of: tenantID, span.before),
            states: try await counts.messagesInStates(of: tenantID),
            costs: try await costs.groups(of: tenantID, from: span.firstDay, to: span.lastDay, by: .total),
            costsBefore: try await costs.groups(
                of: tenantID, from: span.before.firstDay, to: span.before.lastDay, by: .total))
        let attention = try await overview.attention(of: tenantID)
        let reasons = try await overview.reasons(of: tenantID, from: span.firstDay, to: span.lastDay)
        return Page.response(
            "Overview",
            visitor: visitor,
            section: .overview,
            """
            <div class="head"><h1>Overview</h1><a class="btn btn-sm btn-plain" href="\(QualityPage.path)">Quality</a>\
            <span class="live-sign end" data-live-sign role="status" hidden></span></div>
            \(OverviewSections.choice(span))
            <div data-live>
            \(OverviewSections.tiles(figures, span))
            \(OverviewSections.attention(attention, figures.states))
            \(QualityPage.outlook(Forecast.all(from: try await quality.current(of: tenantID))))
            <div class="columns">\(try await trends(of: tenantID, span))</div>
            \(OverviewSections.reasons(reasons, notSent: figures.now.notSent, span))
            \(OverviewSections.templates(try await used(of: tenantID, span)))
            </div>
            """
        )
    }

    private func flow(of tenantID: TenantID, _ span: OverviewSpan) async throws -> CountedFlow {
        try await counts.flows(of: tenantID, from: span.from, to: span.to, by: .total).first ?? CountedFlow()
    }

    private func trends(of tenantID: TenantID, _ span: OverviewSpan) async throws -> HTML {
        let (days, hours) = (span.chartedDays, span.chartedHours)
        let byDay = try await counts.flows(of: tenantID, from: days.first ?? span.from, to: span.to, by: .day)
        let byHour = try await counts.flows(of: tenantID, from: hours.first ?? span.from, to: span.to, by: .hour)
        return """
            \(Trend("By day", isHourly: false, times: days, byDay).markup("by-day"))
            \(Trend("By hour, the last two days", isHourly: true, times: hours, byHour).markup("by-hour"))
            """
    }

    /// The templates that were sent in the span, the most used first.
    private func used(of tenantID: TenantID, _ span: OverviewSpan) async throws -> [UsedTemplate] {
        let flows = try await counts.flows(of: tenantID, from: span.from, to: span.to, by: .template)
        let names = Dictionary(
            try await overview.templates(of: tenantID).map { ($0.id.value, $0) }, uniquingKeysWith: { first, _ in first })
        return flows.filter { $0.accepted > 0 }
            .compactMap { flow in flow.subject.flatMap { names[$0] }.map { UsedTemplate(template: $0, flow: flow) } }
            .sorted { $0.flow.accepted > $1.flow.accepted }
    }
}

/// The figures of a span and of the one before it.
struct OverviewFigures: Sendable {
    let now: CountedFlow
    let before: CountedFlow
    let states: [MessageState: Int64]
    let costs: [CostStore.Group]
    let costsBefore: [CostStore.Group]
}

struct UsedTemplate: Sendable {
    let template: OverviewStore.TemplateName
    let flow: CountedFlow
}
