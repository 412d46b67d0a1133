import HTTPServer
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// What a link in Slack or a mail opens: one alert's title, and a button that acknowledges it. Nobody has to sign in; and
/// programs that look at links before people do press no buttons.
struct AckPages: Sendable {
    private let links: AckLinks
    private let desk: AlertDeskStore

    init(_ site: SiteParts) {
        links = AckLinks(site.settings.masterKeys, publicURL: site.settings.publicURL)
        desk = AlertDeskStore(site.platformDatabase, ids: site.ids, reach: .everything)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, AckLinks.path, Page.handler(show))
        router.on(.post, AckLinks.path, Page.handler(acknowledge))
    }

    private func show(_ request: Request) async throws -> Response {
        let token = request.query("t") ?? ""
        guard let holder = links.read(token, now: SystemClock.now()), let alert = try await desk.alert(holder.alertID) else {
            return Self.linkOver
        }
        return Self.page(alert, token)
    }

    /// Again and again does what once does.
    private func acknowledge(_ request: Request) async throws -> Response {
        try People.requireOwnOrigin(request)
        guard let fields = FormText.fields(request.body) else { throw Problem.formBroken }
        let token = fields["t"] ?? ""
        guard let holder = links.read(token, now: SystemClock.now()) else { return Self.linkOver }
        // The address is whoever was sent the link; who pressed it is not known better.
        let source = AuditSource(.system("link sent to \(holder.who)"), address: request.remoteAddress)
        var acts: [AlertDeskStore.Act] = [.acknowledge]
        if let silence = AlertPages.act(.silence, hours: fields["hours"]) { acts.append(silence) }
        for act in acts {
            if case .unknown = try await desk.act(act, on: holder.alertID, who: holder.who, source: source) {
                return Self.linkOver
            }
        }
        guard let alert = try await desk.alert(holder.alertID) else { return Self.linkOver }
        return Self.page(alert, token)
    }

    private static func page(_ alert: StoredAlert, _ token: String) -> Response {
        Page.response(
            "Alert", visitor: nil,
            """
            <div class="panel narrow"><div class="inside">
            <p>\(AlertListPieces.badges(alert))</p>
            <h1 class="mb-2">\(alert.title)</h1>
            \(state(alert))
            \(alert.isOpen ? form(alert, token) : nil)
            </div></div>
            """)
    }

    private static func state(_ alert: StoredAlert) -> HTML {
        if let resolvedAt = alert.resolvedAt { return "<p>It has been over since \(Piece.time(resolvedAt)).</p>" }
        if let mark = alert.acknowledged {
            return "<p role=\"status\">Acknowledged by <b>\(mark.who)</b>, \(Piece.time(mark.at)).</p>"
        }
        return "<p>Nobody looks after it yet.</p>"
    }

    private static func form(_ alert: StoredAlert, _ token: String) -> HTML {
        let button: HTML? =
            alert.acknowledged == nil ? "<button class=\"btn btn-main w-100\">Acknowledge</button>" : nil
        return """
            <form method="post" action="\(AckLinks.path)"><input type="hidden" name="t" value="\(token)">
            \(button)
            <div class="acts mt-3">\(AlertDetailPieces.silenceButtons)</div>
            </form>
            """
    }

    private static let linkOver = Page.response(
        "Alert", visitor: nil, status: 410,
        """
        <div class="panel narrow"><div class="inside">
        <h1 class="mb-2">This link is over</h1>
        <p>Links in messages work for a week. Sign in to see the alerts that are open.</p>
        <a class="btn btn-main" href="/">To the beginning</a>
        </div></div>
        """)
}
