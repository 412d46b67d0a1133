import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// The health of the platform, for founders: what answers, what will go wrong, and whether monitoring itself runs.
struct HealthPage: Sendable {
    static let path = "/admin/health"
    static let uptimePath = "/v1/admin/uptime"
    static let daysShown = 90
    private static let forecastsMax = 50
    private static let day = Duration.seconds(86_400)

    private let uptime: UptimeStore
    private let measurements: MeasurementStore
    private let jobs: MonitoringJobStore
    private let people: People
    private let looks: Looks
    private let ids: IDSource

    init(_ site: SiteParts) {
        uptime = UptimeStore(site.platformDatabase)
        measurements = MeasurementStore(site.platformDatabase)
        jobs = MonitoringJobStore(site.platformDatabase)
        people = site.people
        looks = site.looks
        ids = site.ids
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
        router.on(.post, Self.path + "/monitoring", Page.handler(change))
        router.on(.get, Self.uptimePath, LogJSON.handler(json))
    }

    private func page(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request, looking: "health.viewed", looks)
        let history = try await history(now: SystemClock.now())
        let outlook = try await measurements.outlookOfAll(max: Self.forecastsMax)
        return Page.response(
            "Health",
            visitor: visitor,
            section: .health,
            """
            <div class="head"><h1>Health</h1><a class="btn btn-sm btn-plain end" href="\(Self.path)">Refresh</a></div>
            \(HealthSections.tiles(history, try await measurements.currentOfPlatform()))
            \(HealthSections.endpoints(history))
            \(HealthSections.forecasts(Forecast.all(from: outlook.measurements), outlook.names))
            \(HealthSections.months(history))
            \(HealthSections.monitoring(try await jobs.status(), visitor))
            """
        )
    }

    private func change(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request)
        let fields = try people.form(request)
        guard let change = MonitoringSwitch(rawValue: fields["change"] ?? "") else { throw Problem.formBroken }
        try await jobs.apply(change, by: people.source(visitor, request), auditID: ids.uuid())
        return .redirect(to: Self.path + "#monitoring")
    }

    private func json(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        try request.refuseParameters()
        try await people.sessions.record(caller.source, "uptime.read")
        return UptimeJSON.response(try await history(now: SystemClock.now()))
    }

    private func history(now: Timestamp) async throws -> UptimeHistory {
        let today = Timestamp(microseconds: now.microseconds / Self.day.microseconds * Self.day.microseconds)
        return UptimeHistory(
            endpoints: try await uptime.endpoints(), today: today,
            days: try await uptime.spans(.day, since: today + (.zero - Self.day * 400)),
            hours: try await uptime.spans(.hour, since: now + (.zero - Self.day)))
    }
}

/// What is known of endpoints, ready to be shown.
struct UptimeHistory: Sendable {
    private static let day = Duration.seconds(86_400)

    let endpoints: [EndpointState]
    /// The first moment of the day (UTC).
    let today: Timestamp
    private let days: [String: [UptimeSpan]]
    private let hours: [String: [UptimeSpan]]

    init(endpoints: [EndpointState], today: Timestamp, days: [UptimeSpan], hours: [UptimeSpan]) {
        self.endpoints = endpoints
        self.today = today
        self.days = Dictionary(grouping: days, by: \.name)
        self.hours = Dictionary(grouping: hours, by: \.name)
    }

    /// The last so many days, oldest first, today included; those without a check too.
    func days(of name: String, last count: Int) -> [(day: Timestamp, availability: Availability)] {
        let known = Dictionary(
            (days[name] ?? []).map { ($0.startsAt, $0.availability) }, uniquingKeysWith: { first, _ in first })
        return (0..<count).map { index in
            let day = today + (.zero - Self.day * (count - 1 - index))
            return (day, known[day] ?? Availability())
        }
    }

    func availability(of name: String, days count: Int) -> Availability {
        days(of: name, last: count).reduce(into: Availability()) { $0.add($1.availability) }
    }

    /// `2026-11`, newest first.
    func months(of name: String) -> [(month: String, availability: Availability)] {
        var months: [String: Availability] = [:]
        for span in days[name] ?? [] {
            months[String(span.startsAt.rfc3339.prefix(7)), default: Availability()].add(span.availability)
        }
        return months.sorted { $0.key > $1.key }.map { ($0.key, $0.value) }
    }

    /// Mean times of the last hours, oldest first.
    func milliseconds(of name: String) -> [Double] { (hours[name] ?? []).map(\.milliseconds) }
}

extension UptimeSpan {
    var availability: Availability { Availability(checks: checks, up: up) }
}

/// The same as JSON.
enum UptimeJSON {
    static func response(_ history: UptimeHistory) -> Response {
        AdminJSON.answer { writer in
            writer.field(
                "endpoints",
                array: { list in
                    for endpoint in history.endpoints { list.object { write(endpoint, history, into: &$0) } }
                })
        }
    }

    private static func write(_ endpoint: EndpointState, _ history: UptimeHistory, into writer: inout JSONWriter) {
        writer.field("name", endpoint.name)
        writer.field("is_up", endpoint.isUp)
        writer.field("since", endpoint.since.rfc3339)
        writer.field("checked_at", endpoint.checkedAt.rfc3339)
        writer.field("milliseconds", endpoint.milliseconds)
        writer.field("why", orNull: endpoint.why)
        writer.field("failed_in_a_row", endpoint.failedInARow)
        writer.field(
            "days",
            array: { list in
                for (day, availability) in history.days(of: endpoint.name, last: HealthPage.daysShown)
                where availability.checks > 0 {
                    list.object { write(availability, "day", String(day.rfc3339.prefix(10)), into: &$0) }
                }
            })
        writer.field(
            "months",
            array: { list in
                for (month, availability) in history.months(of: endpoint.name) {
                    list.object { write(availability, "month", month, into: &$0) }
                }
            })
    }

    private static func write(
        _ availability: Availability, _ span: StaticString, _ name: String, into writer: inout JSONWriter
    ) {
        writer.field(span, name)
        writer.field("checks", availability.checks)
        writer.field("up", availability.up)
        writer.field("availability", orNull: availability.share)
    }
}
