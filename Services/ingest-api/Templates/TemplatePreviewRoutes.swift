import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// How a template will look, before anybody has seen it.
struct TemplatePreviewRoutes: Sendable {
    let templates: TemplateRoutes

    func register(in router: inout Router) {
        router.on(.post, "/v1/templates/preview", previewOfBody)
        router.on(.post, "/v1/templates/{id}/preview", preview)
    }

    /// `{"variables": …}`: as a message gives them; without, the template's own examples. `"changes": true`: with what
    /// was changed and not handed in yet.
    private func preview(_ request: Request) async throws -> Response {
        let caller = try await templates.parts.callers.caller(
            of: request, with: Scope(.templates, isReadOnly: true))
        try request.refuseParameters()
        let id = try TemplateRoutes.id(of: request)
        let root = try RequestBody.document(of: request, bytesMax: TemplateRoutes.bodyBytesMax)
        var problems = FieldProblems()
        let fields = FieldReader(root, known: ["variables", "changes"], problems: &problems)
        let showsChanges = fields.boolean("changes", &problems) ?? false
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let template = try await templates.template(id, caller)
        let catalog = try await templates.parts.catalogs.catalog(of: caller.tenantID)
        let proposal = showsChanges ? template.proposal : template.current
        return try answer(
            proposal, defaults: template.defaults, status: template.status, fields,
            TemplateReader(catalog: catalog, accountID: nil))
    }

    /// A template that is not written yet: its fields as for creating it, and `variables`.
    private func previewOfBody(_ request: Request) async throws -> Response {
        let caller = try await templates.parts.callers.caller(
            of: request, with: Scope(.templates, isReadOnly: true))
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: TemplateRoutes.bodyBytesMax)
        let accounts = try await withStorage { try await templates.store.accounts(of: caller.tenantID) }
        let catalog = try await templates.parts.catalogs.catalog(of: caller.tenantID)
        var problems = FieldProblems()
        let fields = FieldReader(root, known: TemplateReading.fieldsOfCreation + ["variables"], problems: &problems)
        let account = TemplateReading.account(fields, accounts, &problems)
        let draft = TemplateReading(fields).draft(over: nil, in: account, &problems)
        guard problems.isEmpty, let draft else { throw Problem.refused(problems.all) }
        return try answer(
            draft.proposal, defaults: draft.defaults, status: .draft, fields,
            TemplateReader(catalog: catalog, accountID: nil))
    }

    private func answer(
        _ proposal: TemplateProposal, defaults: [String: String], status: TemplateStatus, _ fields: FieldReader,
        _ reader: TemplateReader
    ) throws -> Response {
        let definition = TemplateDefinition(
            name: proposal.name, language: proposal.language, category: proposal.category, status: status,
            parameterFormat: proposal.content.parameterFormat, provider: proposal.provider,
            bodyText: proposal.content.body,
            variables: TemplateDefinition.variables(
                of: proposal.content, category: proposal.category, provider: proposal.provider, fallbacks: defaults))
        var problems = FieldProblems()
        var values = proposal.content.exampleValues(for: definition.variables)
        if fields.has("variables") {
            let given = reader.variables(fields, of: definition, &problems) ?? TemplateVariables.none
            for problem in definition.check(variables: given) { problem.note(definition, path: "variables", &problems) }
            values = definition.named(given)
        }
        let shown = proposal.content.rendered(category: proposal.category, with: values)
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            shown.writeFields(into: &writer)
            writer.field("body_characters", shown.body.unicodeScalars.count)
            writer.field("status", status.rawValue)
            writer.field("can_be_sent", status.maySend && problems.isEmpty)
            writer.field(
                "problems",
                array: { list in
                    for problem in problems.all {
                        list.object { writer in
                            writer.field("code", problem.code)
                            writer.field("field", problem.field)
                            writer.field("detail", problem.detail)
                        }
                    }
                })
            writer.field(
                "variables",
                array: { list in for variable in definition.variables { list.object { variable.writeFields(into: &$0) } } })
        }
        return .json(200, writer.bytes)
    }
}

extension StoredTemplate {
    /// What messages carry now, whatever was changed since.
    fileprivate var current: TemplateProposal {
        TemplateProposal(
            name: name, language: language, category: category, provider: provider, content: content,
            sendTTLSeconds: sendTTLSeconds)
    }
}

extension RenderedTemplate {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        if let header {
            writer.field("header", object: { header.writeFields(into: &$0) })
        }
        writer.field("body", body)
        writer.field("footer", footer)
        writer.field(
            "buttons",
            array: { list in
                for button in buttons {
                    list.object { writer in
                        writer.field("type", button.word)
                        writer.field("text", button.label)
                        writer.field("value", button.value)
                    }
                }
            })
    }
}

extension RenderedTemplate.Header {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        switch self {
        case .text(let text):
            writer.field("format", "text")
            writer.field("text", text)
        case .media(let media, let source):
            writer.field("format", media.rawValue)
            switch source {
            case .link(let link): writer.field("link", link)
            case .id(let id): writer.field("id", id)
            case nil: break
            }
        case .location(let latitude, let longitude, let name, let address):
            writer.field("format", "location")
            writer.field("latitude", latitude)
            writer.field("longitude", longitude)
            writer.field("name", name)
            writer.field("address", address)
        case .place: writer.field("format", "location")
        }
    }
}
