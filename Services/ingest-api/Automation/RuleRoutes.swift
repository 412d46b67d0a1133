import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// A tenant's rules, and ready ones to begin with.
struct RuleRoutes: Sendable {
    private let parts: RouteParts
    private let store: RuleStore

    init(parts: RouteParts) {
        self.parts = parts
        store = RuleStore(parts.database)
    }

    func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: RuleReader.bodyBytesMax)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var problems = FieldProblems()
        guard let content = RuleReader(catalog: catalog).newRule(root, &problems) else {
            throw Problem.refused(problems.all)
        }
        let rule = try await create(content, caller, request)
        var response = Response.json(201, body(of: rule, catalog))
        response.setHeader("Location", "/v1/rules/\(rule.id)")
        return response
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        var query = QueryReader(request, known: ["event_type", "limit", "cursor"])
        let limit = query.limit()
        let before: RuleID? = query.cursor()
        try query.requireNoProblems()
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let page = try await withStorage {
            try await store.list(
                of: caller.tenantID, eventType: request.query("event_type"), before: before, limit: limit)
        }
        var writer = JSONWriter(capacity: 256 + page.rules.count * 1_024)
        writer.page(page.rules, hasMore: page.hasMore, id: \.id) { rule, writer in
            rule.writeFields(RuleWarnings.of(rule, in: catalog), into: &writer)
        }
        return .json(200, writer.bytes)
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let rule = try await withStorage { try await store.rule(id, of: caller.tenantID) }
        guard let rule else { throw Problem.notFound("rule") }
        return .json(200, body(of: rule, try await parts.catalogs.catalog(of: caller.tenantID)))
    }

    func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let root = try RequestBody.document(of: request, bytesMax: RuleReader.bodyBytesMax)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let reader = RuleReader(catalog: catalog)
        var problems = FieldProblems()
        // What is wrong with a change does not depend on what is changed.
        _ = reader.changed(.blank, root, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let names = (root.members ?? []).map(\.key)
        let audit = entry("rule.changed", id, caller, request, detail: names)
        let outcome = try await withStorage {
            try await store.update(id, of: caller.tenantID, audit: audit) { content in
                var none = FieldProblems()
                return reader.changed(content, root, &none)
            }
        }
        return .json(200, body(of: try Self.rule(of: outcome), catalog))
    }

    func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let audit = entry("rule.deleted", id, caller, request)
        let isDeleted = try await withStorage { try await store.delete(id, of: caller.tenantID, audit: audit) }
        guard isDeleted else { throw Problem.notFound("rule") }
        return Response(status: 204)
    }

    // MARK: Ready rules

    func examples(_ request: Request) async throws -> Response {
        _ = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        var writer = JSONWriter(capacity: 8_192)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for example in RuleExamples.all { list.object { example.writeFields(into: &$0) } }
                })
        }
        return .json(200, writer.bytes)
    }

    /// Makes rules of the tenant's own of ready ones. What has one's name already stays as it is.
    func takeExamples(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let chosen = try Self.chosen(request)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var made: [StoredRule] = []
        for example in chosen {
            let id = RuleID(parts.ids.uuid())
            let audit = entry("rule.created", id, caller, request)
            let outcome = try await withStorage {
                try await store.create(example, id: id, of: caller.tenantID, audit: audit)
            }
            if case .nameTaken = outcome { continue }
            made.append(try Self.rule(of: outcome))
        }
        var writer = JSONWriter(capacity: 256 + made.count * 1_024)
        writer.object { writer in
            writer.field("created", made.count)
            writer.field("existing", chosen.count - made.count)
            writer.field(
                "data",
                array: { list in
                    for rule in made {
                        list.object { rule.writeFields(RuleWarnings.of(rule, in: catalog), into: &$0) }
                    }
                })
        }
        return .json(201, writer.bytes)
    }

    /// `{"names": […], "language": …}`; no body is all of them.
    private static func chosen(_ request: Request) throws -> [RuleContent] {
        if request.body.isEmpty { return RuleExamples.all }
        let root = try RequestBody.document(of: request, bytesMax: RuleReader.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["names", "language"], problems: &problems)
        var chosen = RuleExamples.all
        if let names = reader["names"] {
            let known = RuleExamples.all.map(\.name)
            let wanted = names.elements?.map(\.string) ?? [nil]
            if wanted.allSatisfy({ $0.map(known.contains) ?? false }), wanted.count <= known.count {
                chosen = chosen.filter { wanted.contains($0.name) }
            } else {
                problems.note(
                    "names_unknown", "names", "`names` must be a list of: \(known.joined(separator: ", ")).")
            }
        }
        let language = reader.text("language", charactersMax: 20, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        if let language {
            for index in chosen.indices { chosen[index].templateLanguage = String(language.map { $0 == "-" ? "_" : $0 }) }
        }
        return chosen
    }

    // MARK: Shared

    private func create(_ content: RuleContent, _ caller: Caller, _ request: Request) async throws -> StoredRule {
        let id = RuleID(parts.ids.uuid())
        let audit = entry("rule.created", id, caller, request)
        return try Self.rule(
            of: try await withStorage {
                try await store.create(content, id: id, of: caller.tenantID, audit: audit)
            })
    }

    private static func rule(of outcome: RuleStore.Outcome) throws -> StoredRule {
        switch outcome {
        case .stored(let rule): return rule
        case .notFound: throw Problem.notFound("rule")
        case .nameTaken:
            throw Problem.conflict("rule_name_taken", "You have a rule of this name already.", field: "name")
        case .tooMany(ofEvent: true):
            throw Problem.conflict(
                "rules_of_event_too_many",
                "A type of events may have \(RuleStore.rulesOfEventMax) rules. Delete one that you do not need.",
                field: "event_type")
        case .tooMany(ofEvent: false):
            throw Problem.conflict(
                "rules_too_many", "You may have \(RuleStore.rulesMax) rules. Delete one that you do not need.")
        }
    }

    private func body(of rule: StoredRule, _ catalog: TenantCatalog) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { rule.writeFields(RuleWarnings.of(rule, in: catalog), into: &$0) }
        return writer.bytes
    }

    private func entry(
        _ action: String, _ id: RuleID, _ caller: Caller, _ request: Request, detail names: [String] = []
    ) -> AuditEntry {
        AuditEntry.automation(
            action, "rule \(id)", caller, request, id: parts.ids.uuid(), fields: names)
    }

    private static func id(of request: Request) throws -> RuleID {
        guard let id = request.pathParameter("id").flatMap({ RuleID($0) }) else { throw Problem.notFound("rule") }
        return id
    }
}

extension AuditEntry {
    /// - Parameter fields: names of what was changed.
    static func automation(
        _ action: String, _ target: String, _ caller: Caller, _ request: Request, id: UUIDValue, fields: [String] = []
    ) -> AuditEntry {
        var writer = JSONWriter(capacity: 128)
        writer.object { writer in
            if !fields.isEmpty { writer.field("fields", fields) }
        }
        return AuditEntry(
            id: id, tenantID: caller.tenantID, actor: caller.actor, action: action, target: target,
            detail: JSONText(writer.bytes), address: caller.address ?? request.remoteAddress)
    }
}
