import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Somebody of a business at one of its pages, for the time of one request.
struct Owner: Sendable {
    let visitor: Visitor
    let tenantID: TenantID
    let request: Request
    let section: Section
    private let api: TenantAPI

    fileprivate init(
        _ member: (tenantID: TenantID, visitor: Visitor), _ request: Request, _ section: Section, _ api: TenantAPI
    ) {
        (tenantID, visitor) = member
        self.request = request
        self.section = section
        self.api = api
    }

    /// Whether buttons that change something of this area are shown.
    func may(_ area: Area) -> Bool { visitor.who.access.allows(Scope(area)) }

    func maySee(_ area: Area) -> Bool { visitor.who.access.allows(Scope(area, isReadOnly: true)) }

    // MARK: Asking the API

    func get(_ path: String, _ query: [(name: String, value: String?)] = []) async throws -> TenantAPI.Answer {
        try await api.call(.get, path, query: query, by: visitor, request)
    }

    func send(_ method: HTTPMethod, _ path: String) async throws -> TenantAPI.Answer {
        try await api.call(method, path, by: visitor, request)
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ fields: (inout JSONWriter) -> Void
    ) async throws -> TenantAPI.Answer {
        var writer = JSONWriter(capacity: 1_024)
        writer.object(fields)
        return try await api.call(method, path, body: writer.bytes, by: visitor, request)
    }

    /// Hands on what is no JSON, such as a file of recipients.
    func send(_ path: String, _ body: [UInt8], contentType: String) async throws -> TenantAPI.Answer {
        try await api.call(.post, path, body: body, contentType: contentType, by: visitor, request)
    }

    // MARK: Reading the request

    /// A piece of the page's address, as a piece of the API's.
    func part(_ name: String = "id") -> String { QueryText.encode(request.pathParameter(name) ?? "") }

    /// What the API has at this path, which must be there.
    func root(_ path: String) async throws -> JSONValue {
        guard let root = try await get(path).root else { throw Problem.apiUnavailable }
        return root
    }

    /// A parameter of the page's address; empty where there is none.
    func asked(_ name: String) -> String { request.query(name)?.trimmed ?? "" }

    /// These parameters as they were asked for.
    func filter(_ names: [String]) -> [(name: String, value: String)] { names.map { ($0, asked($0)) } }

    /// These parameters as the API has them, which are named alike, and the place in the list.
    func listQuery(_ names: [String], limit: Int = 50) -> [(name: String, value: String?)] {
        names.map { ($0, asked($0)) } + [("cursor", asked("cursor")), ("limit", "\(limit)")]
    }

    // MARK: Answering

    func page(
        _ title: String, status: Int = 200, back: Link? = nil, tabs: HTML = .nothing, actions: [HTML] = [],
        _ content: HTML
    ) -> Response {
        let trail: HTML? = back.map { "<p class=\"trail\"><a href=\"\($0.path)\">← \($0.title)</a></p>" }
        let buttons: HTML? = actions.isEmpty ? nil : "<div class=\"end actions\">\(actions)</div>"
        return Page.response(
            title, visitor: visitor, section: section, status: status,
            """
            \(trail)
            <div class="head"><h1 class="break">\(title)</h1>\(buttons)</div>
            \(tabs)
            \(Done(asked(Done.parameter))?.notice)
            \(content)
            """)
    }

    /// After something was done: the page at this path says so.
    func redirect(to path: String, _ done: Done) -> Response {
        .redirect(to: path + (path.contains("?") ? "&" : "?") + "\(Done.parameter)=\(done.rawValue)")
    }

    /// What a form does, and the form again where something of it is wrong.
    func attempt(
        _ act: () async throws -> Response, orShow: (Problem) async throws -> Response
    ) async throws -> Response {
        do {
            return try await act()
        } catch let problem as Problem where problem.isAboutInput {
            return try await orShow(problem)
        }
    }

    /// What a button would do, for those without a form of their own: it may be refused, and the page says why.
    fileprivate func problemPage(_ problem: Problem) -> Response {
        var response = page(
            problem.title, status: problem.status, back: Link(section.title, section.path),
            """
            <div class="notice is-bad" role="alert"><p class="mt-0">\(Piece.prose(problem.detail))</p>
            \(problem.entries.count > 1 ? ErrorList.markup(problem.entries) : .nothing)</div>
            """)
        if let retryAfter = problem.retryAfter { response.setHeader("Retry-After", "\(retryAfter.components.seconds)") }
        return response
    }
}

/// Makes handlers of a business's pages of one section: who asks is known, and what they may not do is refused before
/// anything else happens.
struct OwnerRoutes: Sendable {
    typealias Handler = @Sendable (Request) async throws -> Response

    private let people: People
    private let api: TenantAPI
    private let section: Section
    private let area: Area

    init(_ site: SiteParts, _ section: Section, _ area: Area) {
        people = site.people
        api = site.api
        self.section = section
        self.area = area
    }

    /// A page that shows something.
    func looking(
        at other: Area? = nil, _ show: @escaping @Sendable (Owner) async throws -> Response
    ) -> Handler {
        let scope = Scope(other ?? area, isReadOnly: true)
        return Page.handler { request in
            let owner = try await owner(of: request, for: scope)
            return try await answer(owner) { try await show(owner) }
        }
    }

    /// A page that leads to a change, such as a form.
    func preparing(
        in other: Area? = nil, _ show: @escaping @Sendable (Owner) async throws -> Response
    ) -> Handler {
        let scope = Scope(other ?? area)
        return Page.handler { request in
            let owner = try await owner(of: request, for: scope)
            return try await answer(owner) { try await show(owner) }
        }
    }

    /// What a form does.
    func changing(
        in other: Area? = nil, _ act: @escaping @Sendable (Owner, FormInput) async throws -> Response
    ) -> Handler {
        let scope = Scope(other ?? area)
        return Page.handler { request in
            let input = try people.input(request)
            let owner = try await owner(of: request, for: scope)
            return try await answer(owner) { try await act(owner, input) }
        }
    }

    /// What a form asks for without changing anything, such as a preview.
    func asking(
        at other: Area? = nil, _ act: @escaping @Sendable (Owner, FormInput) async throws -> Response
    ) -> Handler {
        let scope = Scope(other ?? area, isReadOnly: true)
        return Page.handler { request in
            let input = try people.input(request)
            let owner = try await owner(of: request, for: scope)
            return try await answer(owner) { try await act(owner, input) }
        }
    }

    private func owner(of request: Request, for scope: Scope) async throws -> Owner {
        Owner(try await people.member(of: request, for: scope), request, section, api)
    }

    private func answer(_ owner: Owner, _ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let problem as Problem {
            return owner.problemPage(problem)
        }
    }
}

/// A title and where it leads.
struct Link: Sendable {
    let title: String
    let path: String

    init(_ title: String, _ path: String) {
        self.title = title
        self.path = path
    }

    var button: HTML { "<a class=\"btn btn-plain\" href=\"\(path)\">\(title)</a>" }
    var mainButton: HTML { "<a class=\"btn btn-main\" href=\"\(path)\">\(title)</a>" }
    var text: HTML { "<a href=\"\(path)\">\(title)</a>" }
}

extension Problem {
    /// Everything that is wrong, one by one, in words for people.
    var entries: [Entry] {
        (errors.isEmpty ? [Entry(field: field ?? "", code: code, detail: detail)] : errors)
            .map { Entry(field: $0.field, code: $0.code, detail: Piece.prose($0.detail)) }
    }

    /// Whether the one who filled in a form can repair it there.
    var isAboutInput: Bool { [400, 409, 413, 415, 422].contains(status) }
}

enum ErrorList {
    static func markup(_ entries: [Problem.Entry]) -> HTML {
        "<ul class=\"errors\">\(entries.map { "<li>\($0.detail)</li>" as HTML })</ul>"
    }
}
