import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Templates to start from.
struct TemplateExampleRoutes: Sendable {
    let templates: TemplateRoutes

    func register(in router: inout Router) {
        router.on(.get, "/v1/templates/examples", list)
        router.on(.post, "/v1/templates/examples/{name}", add)
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await templates.parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        var writer = JSONWriter(capacity: 16_384)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in for example in TemplateExample.all { list.object { example.writeFields(into: &$0) } } })
            writer.key("next_cursor")
            writer.null()
        }
        return .json(200, writer.bytes)
    }

    /// `{"account_id"|"sender_id", "name", "language", "submit"}`, all of them optional: a draft of the tenant's own.
    private func add(_ request: Request) async throws -> Response {
        let caller = try await templates.parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let accounts = try await withStorage { try await templates.store.accounts(of: caller.tenantID) }
        var problems = FieldProblems()
        // Nothing need be said.
        let root =
            request.body.isEmpty
            ? try JSONDocument(parsing: "{}").root
            : try RequestBody.document(of: request, bytesMax: TemplateRoutes.bodyBytesMax)
        let fields = FieldReader(
            root, known: ["account_id", "sender_id", "name", "language", "submit"], problems: &problems)
        let account = TemplateReading.account(fields, accounts, &problems)
        let submits = fields.boolean("submit", &problems) ?? false
        let name = fields.text("name", &problems)
        let language = fields.text("language", &problems)
        guard problems.isEmpty, let account else { throw Problem.refused(problems.all) }
        guard let example = TemplateExample.all.first(where: { $0.name == request.pathParameter("name") }) else {
            throw Problem(
                status: 404, code: "template_example_not_found", title: "Not found",
                detail: "There is no example with this name. GET /v1/templates/examples lists them.")
        }
        var proposal = example.proposal(provider: account.provider)
        if let name { proposal.name = name }
        if let language { proposal.language = String(language.map { $0 == "-" ? "_" : $0 }) }
        let flaws = proposal.check()
        guard flaws.isEmpty else { throw Problem.refused(flaws.map(FieldProblem.init)) }
        return try await templates.add(
            TemplateDraft(proposal: proposal, accountID: account.id, defaults: example.defaults), for: caller,
            submits: submits, request)
    }
}

extension TemplateExample {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        let proposal = proposal(provider: .meta)
        writer.field("name", name)
        writer.field("purpose", purpose)
        writer.field("language", proposal.language)
        writer.field("category", category.rawValue)
        writer.field("parameter_format", content.parameterFormat.rawValue)
        content.writeFields(into: &writer)
        writer.field(
            "variables",
            array: { list in for variable in proposal.variables { list.object { variable.writeFields(into: &$0) } } })
        writer.key("variable_defaults")
        writer.texts(defaults)
        writer.field("components", raw: content.componentsJSON)
    }
}
