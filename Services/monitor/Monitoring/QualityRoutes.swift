import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// How businesses do, for programs.
struct QualityRoutes: Sendable {
    static let path = "/v1/quality"
    private static let spanStandard = Duration.seconds(86_400)
    private static let spanMax = Duration.seconds(35 * 86_400)

    private let own: MeasurementStore
    private let all: MeasurementStore
    private let people: People

    init(_ site: SiteParts) {
        own = MeasurementStore(site.tenantDatabase)
        all = MeasurementStore(site.platformDatabase)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(current))
        router.on(.get, Self.path + "/history", LogJSON.handler(history))
        router.on(.get, "/v1/admin/quality", LogJSON.handler(currentOfAny))
    }

    private func current(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        try request.refuseParameters()
        guard let picture = try await QualityPicture.of(tenantID, in: own) else { throw Problem.tenantNotFound }
        return Self.answer(picture)
    }

    private func currentOfAny(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        var query = QueryReader(request, known: ["tenant"])
        let tenantID: TenantID? = query.value("tenant", "tenant_invalid", "`tenant` must be the id of a business.") {
            TenantID($0)
        }
        try query.requireNoProblems()
        try await people.sessions.record(caller.source, "quality.read", of: tenantID)
        guard let tenantID else { return Self.answer(try await all.currentOfPlatform()) }
        guard let picture = try await QualityPicture.of(tenantID, in: all) else { throw Problem.tenantNotFound }
        return Self.answer(picture)
    }

    private func history(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        var query = QueryReader(request, known: ["metric", "sender_id", "from", "to", "points"])
        let metric: Metric? = query.word("metric")
        if query.text("metric") == nil { query.note("metric_missing", "metric", "`metric` is required.") }
        let sender: SenderID? = query.value("sender_id", "sender_id_invalid", "`sender_id` must be the id of a sender.") {
            SenderID($0)
        }
        let to = query.time("to") ?? SystemClock.now()
        let from = query.time("from") ?? to + (.zero - Self.spanStandard)
        if from >= to || to - from > Self.spanMax {
            query.note("from_invalid", "from", "`from` must lie before `to`, and at most 35 days before it.")
        }
        let points = query.integer("points", in: 1...MeasurementStore.pointsMax) ?? 288
        try query.requireNoProblems()
        guard let metric else { throw Problem.tenantNotFound }
        let scope = MetricScope(tenantID: tenantID, subject: sender.map { "\($0)" } ?? "")
        let found = try await own.history(metric, scope, from: from, to: to, points: points)
        return AdminJSON.answer { writer in
            writer.field("metric", metric.rawValue)
            writer.field("sender_id", orNull: sender.map { "\($0)" })
            writer.field("from", from.rfc3339)
            writer.field("to", to.rfc3339)
            writer.field(
                "data",
                array: { list in
                    for point in found {
                        list.object { writer in
                            writer.field("at", point.at.rfc3339)
                            writer.field("value", point.value)
                            writer.field("sample", point.sample)
                        }
                    }
                })
        }
    }

    // MARK: Answers

    private static func answer(_ picture: QualityPicture) -> Response {
        AdminJSON.answer { writer in
            writer.field("at", orNull: picture.at?.rfc3339)
            writer.field("thresholds", object: { thresholds in
                for metric in [Metric.deliveryRate, .failureRate, .qualityScore] {
                    thresholds.key(metric.rawValue)
                    thresholds.double(picture.thresholds.value(for: metric) ?? 0)
                }
            })
            writer.field("quality", array: { list in
                for figure in picture.figures { list.object { write(figure, into: &$0) } }
            })
            writer.field("forecasts", array: { list in
                for forecast in picture.forecasts { list.object { write(forecast, into: &$0) } }
            })
        }
    }

    private static func answer(_ measurements: [Measurement]) -> Response {
        let last = measurements.map(\.at).max()
        return AdminJSON.answer { writer in
            writer.field("at", orNull: last?.rfc3339)
            writer.field("quality", array: { list in
                for measurement in measurements where measurement.at == last {
                    list.object { writer in
                        writer.field("metric", measurement.metric.rawValue)
                        writer.field("subject", measurement.scope.subject)
                        writer.field("value", measurement.value)
                        writer.field("sample", measurement.sample)
                    }
                }
            })
        }
    }

    private static func write(_ figure: QualityPicture.Figure, into writer: inout JSONWriter) {
        let measurement = figure.measurement
        writer.field("metric", measurement.metric.rawValue)
        writer.field("sender_id", orNull: measurement.scope.subject.isEmpty ? nil : measurement.scope.subject)
        writer.field("value", measurement.value)
        writer.field("sample", measurement.sample)
        writer.field("threshold", orNull: figure.threshold)
        writer.field("is_met", orNull: figure.isMet)
        writer.field("since", orNull: figure.since?.rfc3339)
    }

    static func write(_ forecast: Forecast, into writer: inout JSONWriter) {
        writer.field("kind", forecast.kind.name)
        writer.field("sender_id", orNull: forecast.scope.subject.isEmpty ? nil : forecast.scope.subject)
        writer.field("is_urgent", forecast.isUrgent)
        writer.field("words", forecast.words)
    }
}
