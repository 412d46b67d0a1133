import HTTPServer
import JSON
import Models

/// What the administration's pages with forms have in common: who asks, the frame, and a form shown again with what is
/// wrong beside its fields.
struct AdminForms: Sendable {
    let people: People
    let looks: Looks
    let admin: AdminAPI

    init(_ site: SiteParts) {
        people = site.people
        looks = site.looks
        admin = AdminAPI(AdminParts(site))
    }

    func founder(_ request: Request, look: String) async throws -> Visitor {
        try await people.founder(of: request, looking: look, looks)
    }

    /// What a founder typed into a form of ours.
    func input(_ request: Request) async throws -> FormInput {
        let input = try people.input(request)
        _ = try await people.founder(of: request)
        return input
    }

    /// A piece of the page's address, as a piece of the API's.
    static func part(_ name: String, of request: Request) -> String { QueryText.encode(request.pathParameter(name) ?? "") }

    static func page(
        _ title: String, _ request: Request, _ visitor: Visitor, status: Int = 200, back: Link, actions: [HTML] = [],
        _ content: HTML
    ) -> Response {
        let buttons: HTML? = actions.isEmpty ? nil : "<div class=\"end actions\">\(actions)</div>"
        return Page.response(
            title, visitor: visitor, section: .businesses, status: status,
            """
            <p class="trail"><a href="\(back.path)">← \(back.title)</a></p>
            <div class="head"><h1 class="break">\(title)</h1>\(buttons)</div>
            \(Done(request.query(Done.parameter) ?? "")?.notice)
            \(content)
            """)
    }

    /// Asks before something goes for good.
    ///
    /// - Parameter thing: its own page; it is deleted by a form sent to `/delete` below it.
    static func removal(
        _ title: String, of thing: Link, _ text: HTML, submit: String, _ request: Request, _ visitor: Visitor
    ) -> Response {
        page(
            title, request, visitor, back: thing,
            Form.confirmation(text, submit, thing.path + "/delete", cancel: thing.path, visitor))
    }

    static func redirect(to path: String, _ done: Done) -> Response {
        .redirect(to: "\(path)?\(Done.parameter)=\(done.rawValue)")
    }
}
