import APIKit
import HTTPServer
import Models
import Runtime
import Storage

/// The list of alerts, one alert, and what people do about it.
struct AlertPages: Sendable {
    private static let listedMax = 50
    /// How much of the curve is drawn before the alert opened and after it ended, at least.
    private static let curveAround = Duration.seconds(6 * 3_600)
    private static let curvePoints = 120

    let parts: AlertParts
    private let businesses: LogPageStore

    init(_ site: SiteParts) {
        parts = AlertParts(site)
        businesses = LogPageStore(site.platformDatabase)
    }

    func addRoutes(to router: inout Router) {
        for side in AlertSide.allCases {
            router.on(.get, side.path, Page.handler { try await list($0, side) })
            router.on(.get, side.path + "/{id}", Page.handler { try await detail($0, side) })
            for action in AlertAction.allCases {
                let path = side.path + "/{id}/" + action.rawValue
                router.on(.post, path, Page.handler { try await perform(action, $0, side) })
                // Whoever reloads the answer to a form is led back to the alert.
                router.on(.get, path, Page.handler { .redirect(to: "\(side.path)/\(try parts.alertID(of: $0))") })
            }
        }
    }

    private func list(_ request: Request, _ side: AlertSide) async throws -> Response {
        let viewer = try await parts.visitor(
            of: request, side, for: Scope(.messages, isReadOnly: true), "alerts.viewed")
        let query = AlertQuery(request, isFounder: side == .founders)
        let alerts = try await parts.desk(viewer.caller).list(query.filter, after: query.place, max: Self.listedMax + 1)
        let names = side == .founders ? try await businesses.businesses().map { ($0.id, $0.name) } : []
        let next = alerts.count > Self.listedMax ? alerts.prefix(Self.listedMax).last.map(AlertPlace.init(after:)) : nil
        return Page.response(
            "Alerts", visitor: viewer.visitor, section: side.alerts,
            """
            <div class="head"><h1>Alerts</h1><div class="buttons end">\
            <a class="btn btn-sm btn-plain" href="\(side.path)/destinations">Who is told</a>\
            <a class="btn btn-sm btn-plain" href="\(side.rulesPath)">Rules</a></div></div>
            \(AlertListPieces.filters(query, side, names))
            \(AlertListPieces.list(Array(alerts.prefix(Self.listedMax)), query, viewer))
            \(AlertListPieces.pages(query, next, side))
            """)
    }

    private func detail(_ request: Request, _ side: AlertSide) async throws -> Response {
        let viewer = try await parts.visitor(
            of: request, side, for: Scope(.messages, isReadOnly: true), "alert.viewed")
        return try await page(parts.alertID(of: request), viewer)
    }

    private func page(_ id: AlertID, _ viewer: AlertVisitor, status: Int = 200, problem: Problem? = nil) async throws -> Response {
        let desk = parts.desk(viewer.caller)
        guard let alert = try await desk.alert(id) else { throw Problem.alertNotFound }
        let history = try await desk.history(of: id)
        let explained = try await desk.explained(by: id)
        // Nil also for a business whose alert one of the platform's explains.
        var parent: StoredAlert?
        if let parentID = alert.parentID { parent = try await desk.alert(parentID) }
        let end = (alert.resolvedAt ?? SystemClock.now()) + Self.curveAround
        let curve = try await desk.curve(
            of: alert, from: alert.openedAt + (.zero - Self.curveAround), to: end, points: Self.curvePoints)
        return Page.response(
            alert.title, visitor: viewer.visitor, section: viewer.side.alerts, status: status,
            AlertDetailPieces.content(
                alert, history: history, parent: parent, explained: explained, curve: curve, viewer, problem: problem))
    }

    private func perform(_ action: AlertAction, _ request: Request, _ side: AlertSide) async throws -> Response {
        let viewer = try await parts.visitor(of: request, side, for: Scope(.messages), "alert.viewed")
        let fields = try parts.people.form(request)
        let id = try parts.alertID(of: request)
        var problems = FieldProblems()
        let written = fields["note"].flatMap { $0.trimmed.isEmpty && action != .note ? nil : $0 }
        let note = AlertNote.read(written, &problems)
        guard problems.isEmpty, let act = Self.act(action, hours: fields["hours"]) else {
            return try await page(id, viewer, status: 422, problem: .refused(problems.all))
        }
        let outcome = try await parts.desk(viewer.caller).act(
            act, on: id, note: note, who: viewer.caller.who, source: viewer.caller.source)
        switch outcome {
        case .done: return .redirect(to: "\(side.path)/\(id)")
        case .over: return try await page(id, viewer, status: 409, problem: .alertOver)
        case .unknown: throw Problem.alertNotFound
        }
    }

    /// Nil for a span that no form of ours offers.
    static func act(_ action: AlertAction, hours: String?) -> AlertDeskStore.Act? {
        switch action {
        case .acknowledge: .acknowledge
        case .silence:
            hours.flatMap { Int($0) }.flatMap { AlertRoutes.silenceHours.contains($0) ? .silence(.seconds(3_600 * $0)) : nil }
        case .unsilence: .unsilence
        case .resolve: .resolve
        case .note: .note
        }
    }
}

/// What the list's address asks for. Words that mean nothing are as if they were not there.
struct AlertQuery: Sendable {
    let status: String
    let severity: String
    let code: String
    let business: String
    let filter: AlertFilter
    let place: AlertPlace?

    init(_ request: Request, isFounder: Bool) {
        status = request.query("status") ?? AlertFilter.State.open.rawValue
        severity = request.query("severity") ?? ""
        code = request.query("code") ?? ""
        business = isFounder ? request.query("business") ?? "" : ""
        var filter = AlertFilter()
        filter.state = AlertFilter.State(rawValue: status) ?? .open
        filter.severity = AlertSeverity(rawValue: severity)
        filter.code = AlertCode(rawValue: code)
        filter.tenantID = TenantID(business)
        self.filter = filter
        place = request.query("after").flatMap { AlertPlace(text: $0) }
    }

    var isFiltered: Bool { filter.state != .open || ![severity, code, business].allSatisfy(\.isEmpty) }

    func link(_ path: String, after place: AlertPlace) -> String {
        path
            + QueryText.make([
                ("status", status), ("severity", severity), ("code", code), ("business", business), ("after", place.text),
            ])
    }
}
