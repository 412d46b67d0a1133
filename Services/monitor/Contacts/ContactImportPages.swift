import HTTPServer
import JSON
import Models

/// Many contacts at once, from a file or pasted.
struct ContactImportPages: Sendable {
    static let path = ContactPages.path + "/import"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .contacts, .contacts)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.preparing { page($0, [:]) })
        router.on(.post, Self.path, routes.changing(take))
    }

    private func page(_ owner: Owner, _ typed: [String: String], _ problem: Problem? = nil) -> Response {
        var form = Form(
            action: Self.path, submit: "Import",
            fields: [
                .file("file", "A file", accept: ".csv,text/csv", hint: "CSV, up to 10,000 rows and 4 MiB."),
                .area(
                    "rows", "Or the rows themselves", rows: 8,
                    placeholder: "phone,name,tags,marketing\n+393401234567,Ada,vip,opted_in"),
            ], values: typed, problem: problem, cancel: ContactPages.path)
        form.isUpload = true
        return owner.page(
            "Import contacts", status: problem?.status ?? 200, tabs: ContactPages.tabs(Self.path),
            """
            \(form.markup(owner.visitor))
            \(Piece.panel("What the columns are called", Self.columns))
            """)
    }

    private static let columns = Piece.facts([
        ("phone", "with the country's code"), ("name", "what you call them"), ("external_id", "your own id"),
        ("user_id", "WhatsApp's, of those who hide the number"), ("language", "en, it, pt_BR"),
        ("tags", "with ; between"), ("attributes.city", "an attribute of your own: any name after the dot"),
        ("marketing, utility, authentication", "opted_in or opted_out"),
        ("consent_source, consent_at", "where and when they said so"),
    ])

    private func take(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let body = input.files["file"] ?? Array(input["rows"].utf8)
        return try await owner.attempt {
            let result = try await owner.send(ContactPages.api + "/import", body, contentType: "text/csv")
            return owner.page("Imported", tabs: ContactPages.tabs(Self.path), Self.report(result))
        } orShow: { problem in
            page(owner, input.texts, problem)
        }
    }

    private static func report(_ result: TenantAPI.Answer) -> HTML {
        let root = result.root
        let refused = root?.count("refused") ?? 0
        let problems = result["problems"]?.elements ?? []
        let table = Table<JSONValue>(
            "Rows that were refused",
            [
                .init("Row", .lead) { "<b class=\"number\">\(Piece.number($0.count("row")))</b>" },
                .init("Why", .whole) { row in
                    "<ul class=\"errors\">\(row.list("errors").map { "<li>\(Piece.prose($0.text("detail")))</li>" as HTML })</ul>"
                },
            ])
        return """
            <section class="tiles" aria-label="What became of the rows" role="status">
            \(Piece.tile("new", Piece.number(root?.count("created") ?? 0), "is-good"))
            \(Piece.tile("known already, updated", Piece.number(root?.count("updated") ?? 0)))
            \(Piece.tile("refused", Piece.number(refused), refused > 0 ? "is-bad" : ""))
            </section>
            \(problems.isEmpty ? .nothing : Piece.tablePanel("What was refused, and why", table.bare(problems)))
            <div class="buttons">\(Link("To the contacts", ContactPages.path).mainButton)\
            \(Link("Import more", path).button)</div>
            """
    }
}
