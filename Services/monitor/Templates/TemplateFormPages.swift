import HTTPServer
import JSON
import Models

/// Writing a template and changing one, with its picture beside the form.
struct TemplateFormPages: Sendable {
    private static let path = TemplatePages.path
    private static let api = "/v1/templates"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .templates, .templates)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path + "/new", routes.preparing(new))
        router.on(.post, Self.path + "/new", routes.changing(create))
        router.on(.post, Self.path + "/new/preview", routes.changing(previewNew))
        router.on(.get, Self.path + "/{id}/edit", routes.preparing(edit))
        router.on(.post, Self.path + "/{id}/edit", routes.changing(change))
        router.on(.post, Self.path + "/{id}/edit/preview", routes.changing(previewChange))
    }

    // MARK: A new one

    private func new(_ owner: Owner) async throws -> Response {
        let accounts = try await accounts(owner)
        guard !accounts.isEmpty else {
            return owner.page(
                "Write a template", back: Link("All templates", Self.path),
                Piece.empty(
                    "No sender yet", "A template belongs to a WhatsApp account. Connect a sender first.",
                    [Link("Senders", "/dashboard/settings/senders").mainButton]))
        }
        let input = FormInput(texts: ["language": "en", "category": "utility"])
        return newPage(owner, TemplateForm(input, accounts: accounts, isNew: true))
    }

    private func create(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let form = TemplateForm(input, accounts: try await accounts(owner), isNew: true)
        do {
            let made = try await owner.send(.post, Self.api) { writer in
                form.write(into: &writer)
                writer.field("account_id", typed: form.input["account_id"])
            }
            return owner.redirect(to: "\(Self.path)/\(made["id"]?.string ?? "")", .templateWritten)
        } catch let problem as Problem where problem.isAboutInput {
            return newPage(owner, form, problem)
        }
    }

    private func previewNew(_ owner: Owner, _ input: FormInput) async throws -> Response {
        newPage(owner, TemplateForm(input, accounts: try await accounts(owner), isNew: true))
    }

    private func newPage(_ owner: Owner, _ form: TemplateForm, _ problem: Problem? = nil) -> Response {
        page(
            owner, "Write a template", form, back: Link("All templates", Self.path),
            form.form(
                Self.path + "/new", submit: "Save the draft", previews: Self.path + "/new/preview", cancel: Self.path,
                problem: problem))
    }

    // MARK: Changing

    private func edit(_ owner: Owner) async throws -> Response {
        let template = try await template(owner)
        return editPage(owner, template, TemplateForm(of: template, accounts: try await accounts(owner)))
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let template = try await template(owner)
        let form = try await form(owner, template, input)
        do {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())", form.write)
            return owner.redirect(to: TemplatePages.link(template), .templateChanged)
        } catch let problem as Problem where problem.isAboutInput {
            return editPage(owner, template, form, problem)
        }
    }

    private func previewChange(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let template = try await template(owner)
        return editPage(owner, template, try await form(owner, template, input))
    }

    private func form(_ owner: Owner, _ template: JSONValue, _ input: FormInput) async throws -> TemplateForm {
        TemplateForm(input, accounts: try await accounts(owner), isNew: template.text("status") == "draft")
    }

    private func editPage(
        _ owner: Owner, _ template: JSONValue, _ form: TemplateForm, _ problem: Problem? = nil
    ) -> Response {
        let own = TemplatePages.link(template)
        return page(
            owner, "Change \(template.text("name"))", form, back: Link(template.text("name"), own),
            form.form(own + "/edit", submit: "Save", previews: own + "/edit/preview", cancel: own, problem: problem))
    }

    // MARK: Both

    private func page(
        _ owner: Owner, _ title: String, _ template: TemplateForm, back: Link, _ form: Form
    ) -> Response {
        owner.page(
            title, status: form.problem?.status ?? 200, back: back,
            """
            <div class="split"><div>\(form.markup(owner.visitor))</div>
            <div class="aside"><section class="panel"><h2>Preview</h2><div class="inside">\
            <div data-preview="bubble">\(template.bubble.markup)</div></div></section></div></div>
            """)
    }

    private func accounts(_ owner: Owner) async throws -> [JSONValue] {
        try await owner.get(Self.api + "/accounts").data
    }

    private func template(_ owner: Owner) async throws -> JSONValue {
        guard let template = try await owner.get("\(Self.api)/\(owner.part())").root else { throw Problem.apiUnavailable }
        return template
    }
}
