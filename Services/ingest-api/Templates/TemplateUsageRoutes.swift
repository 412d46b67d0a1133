import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// How templates are used and received.
struct TemplateUsageRoutes: Sendable {
    private static let spanStandard: Duration = .seconds(30 * 86_400)
    private static let spanMax: Duration = .seconds(366 * 86_400)

    let templates: TemplateRoutes
    private let counts: CountStore

    init(templates: TemplateRoutes) {
        self.templates = templates
        counts = CountStore(templates.parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/templates/usage", all)
        router.on(.get, "/v1/templates/{id}/usage", one)
    }

    private enum Granularity: String, CaseIterable {
        case hour
        case day
    }

    /// Each template that messages were accepted for, most used first.
    private func all(_ request: Request) async throws -> Response {
        let caller = try await templates.parts.callers.caller(of: request, for: .templates)
        var query = QueryReader(request, known: ["from", "to"])
        let (from, to) = Self.span(&query)
        try query.requireNoProblems()
        let flows = try await withStorage {
            try await counts.flows(of: caller.tenantID, from: from, to: to, by: .template)
        }
        let catalog = try await templates.parts.catalogs.catalog(of: caller.tenantID)
        let used = flows.filter { $0.subject.map { $0 != UUIDValue(high: 0, low: 0) } ?? false }
            .sorted { $0.accepted > $1.accepted }
        var writer = JSONWriter(capacity: 256 + used.count * 256)
        writer.object { writer in
            writer.field("from", from.rfc3339)
            writer.field("to", to.rfc3339)
            writer.field(
                "data",
                array: { list in
                    for flow in used {
                        guard let subject = flow.subject else { continue }
                        let template = catalog.templates.first { $0.id == TemplateID(subject) }
                        list.object { writer in
                            writer.field("template_id", subject.description)
                            writer.field("name", template?.definition.name)
                            writer.field("language", template?.definition.language)
                            writer.field("category", template?.definition.category.rawValue)
                            flow.writeFields(into: &writer)
                        }
                    }
                })
        }
        return .json(200, writer.bytes)
    }

    private func one(_ request: Request) async throws -> Response {
        let caller = try await templates.parts.callers.caller(of: request, for: .templates)
        var query = QueryReader(request, known: ["from", "to", "granularity"])
        let (from, to) = Self.span(&query)
        let granularity: Granularity = query.word("granularity") ?? .day
        try query.requireNoProblems()
        let template = try await templates.template(try TemplateRoutes.id(of: request), caller)
        let (total, points) = try await withStorage {
            let total = try await counts.flows(
                of: caller.tenantID, from: from, to: to, by: .total, template: template.id)
            let points = try await counts.flows(
                of: caller.tenantID, from: from, to: to, by: granularity == .day ? .day : .hour, template: template.id)
            return (total.first ?? CountedFlow(), points)
        }
        var writer = JSONWriter(capacity: 512 + points.count * 200)
        writer.object { writer in
            writer.field("template_id", template.id.description)
            writer.field("name", template.name)
            writer.field("language", template.language)
            writer.field("from", from.rfc3339)
            writer.field("to", to.rfc3339)
            writer.field("total", object: { total.writeFields(into: &$0) })
            writer.field(
                "data",
                array: { list in
                    for point in points {
                        list.object { writer in
                            writer.field("at", point.at?.rfc3339)
                            point.writeFields(into: &writer)
                        }
                    }
                })
        }
        return .json(200, writer.bytes)
    }

    /// The last 30 days unless told otherwise.
    private static func span(_ query: inout QueryReader) -> (from: Timestamp, to: Timestamp) {
        let to = query.time("to") ?? SystemClock.now()
        let from = query.time("from") ?? to + (.zero - spanStandard)
        if from >= to { query.note("to_too_early", "to", "`to` must lie after `from`.") }
        if to - from > spanMax { query.note("from_too_early", "from", "At most 366 days are told at once.") }
        return (from, to)
    }
}

extension CountedFlow {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("accepted", accepted)
        writer.field("pending", pending)
        writer.field("sent", sent)
        writer.field("delivered", delivered)
        writer.field("read", read)
        writer.field("failed", failed)
        writer.field("undelivered", undelivered)
        writer.field("expired", expired)
        writer.field("cancelled", cancelled)
        writer.field("delivery_rate", deliveryRate)
        if delivered > 0 { writer.field("read_rate", Double(read) / Double(delivered)) }
    }
}
