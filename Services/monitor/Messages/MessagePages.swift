import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// The page of one message, and the forms on it.
struct MessagePages: Sendable {
    private static let path = TenantPages.path + "/{id}"

    private let logs: LogPageStore
    private let explaining: ExplainStore
    private let costs: CostStore
    private let people: People
    private let api: TenantAPI

    init(_ site: SiteParts) {
        logs = LogPageStore(site.tenantDatabase)
        explaining = ExplainStore(site.tenantDatabase)
        costs = CostStore(site.tenantDatabase)
        people = site.people
        api = site.api
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
        for action in MessageAction.allCases {
            router.on(.post, Self.path + "/" + action.rawValue, Page.handler { try await perform(action, $0) })
            // Whoever reloads the answer to a form is led back to the message.
            router.on(
                .get, Self.path + "/" + action.rawValue,
                Page.handler { .redirect(to: TenantPages.path + "/\(try Self.id(of: $0))") })
        }
    }

    private static func id(of request: Request) throws -> MessageID {
        guard let id = MessageID(request.pathParameter("id") ?? "") else { throw Problem.messageNotFound }
        return id
    }

    private func page(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        return try await response(try Self.id(of: request), tenantID, visitor) { detail in
            ActionNotice(done: request.query("done"), detail)
        }
    }

    private func response(
        _ id: MessageID, _ tenantID: TenantID, _ visitor: Visitor, status: Int = 200,
        notice: (LogDetail) -> ActionNotice?
    ) async throws -> Response {
        guard let detail = try await logs.detail(of: id, tenantID: tenantID) else { throw Problem.messageNotFound }
        let facts = detail.row.state.awaitsUs ? try await explaining.facts(of: id, tenantID: tenantID) : nil
        let costs = try await costs.costs(of: id, tenantID: tenantID)
        return Page.response(
            "Message to \(detail.row.recipient)", visitor: visitor, section: .messages, status: status,
            MessageDetailPage(detail, facts.map(Explanation.init), costs, visitor).content(notice(detail)))
    }

    /// Asks the tenants' API for it. What it refuses is said on the message's own page.
    private func perform(_ action: MessageAction, _ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request, for: Scope(.messages, isReadOnly: false))
        let fields = try people.form(request)
        let id = try Self.id(of: request)
        do {
            let body = fields["force"] == nil ? [] : Array(#"{"force":true}"#.utf8)
            let answer = try await api.call(
                .post, "/v1/messages/\(id)/\(action.rawValue)", body: body, by: visitor, request)
            let shown = action == .retry ? answer["id"]?.string ?? id.description : id.description
            return .redirect(to: "\(TenantPages.path)/\(shown)?done=\(action.rawValue)")
        } catch let problem as Problem {
            guard (400..<600).contains(problem.status), problem.status != 404 else { throw problem }
            return try await response(id, tenantID, visitor, status: problem.status) { detail in
                ActionNotice(title: problem.title, detail: Self.words(problem, detail, visitor), isBad: true)
            }
        }
    }

    /// The API's words, and for what only a person can decide the button that decides it.
    private static func words(_ problem: Problem, _ detail: LogDetail, _ visitor: Visitor) -> HTML {
        switch problem.code {
        case "may_have_arrived":
            """
            A send of this message was never answered: the recipient may have it, and would get it twice.\
            \(MessageAction.retry.form(detail.row.id, visitor, isForced: true))
            """
        case "already_retried":
            "A message is sent again once. \(detail.child.map { MessageDetailPage.link($0, "See what became of the new one") })"
        default: "\(problem.detail)"
        }
    }
}
