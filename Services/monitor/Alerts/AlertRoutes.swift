import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Alerts for programs: a business's own, and for founders' programs all of them.
struct AlertRoutes: Sendable {
    static let path = "/v1/alerts"
    static let founderPath = "/v1/admin/alerts"
    static let bodyBytesMax = 16 << 10
    /// A week.
    static let silenceHours = 1...168

    let parts: AlertParts

    init(_ site: SiteParts) {
        parts = AlertParts(site)
    }

    func addRoutes(to router: inout Router) {
        add(Self.path, to: &router) { try await parts.tenant($0, .messages) }
        add(Self.founderPath, to: &router) { try await parts.founder($0, "alerts.viewed") }
    }

    private func add(
        _ path: String, to router: inout Router, caller: @escaping @Sendable (Request) async throws -> AlertCaller
    ) {
        router.on(.get, path, LogJSON.handler { try await list($0, caller($0)) })
        router.on(.get, path + "/{id}", LogJSON.handler { try await detail($0, caller($0)) })
        for action in AlertAction.allCases {
            router.on(.post, path + "/{id}/" + action.rawValue, LogJSON.handler { try await perform(action, $0, caller($0)) })
        }
    }

    private func list(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        let isFounder = caller.tenantID == nil
        var query = QueryReader(
            request, known: ["status", "severity", "code", "limit", "cursor"] + (isFounder ? ["tenant_id"] : []))
        var filter = AlertFilter()
        filter.state = query.word("status", as: AlertFilter.State.self) ?? .all
        filter.severity = query.word("severity", as: AlertSeverity.self)
        filter.code = query.word("code", as: AlertCode.self)
        filter.tenantID = query.value("tenant_id", "tenant_id_invalid", "`tenant_id` must be the id of a business.") {
            TenantID($0)
        }
        let limit = query.limit()
        let place = query.value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") {
            Cursor.decode(text: $0).flatMap { AlertPlace(text: $0) }
        }
        try query.requireNoProblems()
        let alerts = try await parts.desk(caller).list(filter, after: place, max: limit + 1)
        return AdminJSON.page(alerts, limit: limit, cursor: { Cursor.encode(text: AlertPlace(after: $0).text) }) {
            AlertJSON.write($0, for: caller, into: &$1)
        }
    }

    private func detail(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        try request.refuseParameters()
        let desk = parts.desk(caller)
        let id = try parts.alertID(of: request)
        guard let alert = try await desk.alert(id) else { throw Problem.alertNotFound }
        let history = try await desk.history(of: id)
        let explained = try await desk.explained(by: id)
        return AdminJSON.answer { writer in
            AlertJSON.write(alert, for: caller, into: &writer)
            writer.field("history", array: { AlertJSON.write(history, into: &$0) })
            writer.field(
                "explains",
                array: { list in
                    for child in explained { list.object { AlertJSON.write(child, for: caller, into: &$0) } }
                })
        }
    }

    private func perform(_ action: AlertAction, _ request: Request, _ caller: AlertCaller) async throws -> Response {
        let (act, note) = try Self.act(action, request)
        let outcome = try await parts.desk(caller).act(
            act, on: parts.alertID(of: request), note: note, who: caller.who, source: caller.source)
        switch outcome {
        case .done(let alert): return AdminJSON.answer { AlertJSON.write(alert, for: caller, into: &$0) }
        case .over: throw Problem.alertOver
        case .unknown: throw Problem.alertNotFound
        }
    }

    private static func act(
        _ action: AlertAction, _ request: Request
    ) throws -> (act: AlertDeskStore.Act, note: String?) {
        try request.refuseParameters()
        var problems = FieldProblems()
        let known = ["note"] + (action == .silence ? ["hours"] : [])
        let root = try request.body.isEmpty
            ? JSONDocument(parsing: Array("{}".utf8)).root : RequestBody.document(of: request, bytesMax: bodyBytesMax)
        let reader = FieldReader(root, known: known, problems: &problems)
        let written = action == .note ? reader.requiredText("note", &problems) : reader.text("note", &problems)
        let note = AlertNote.read(written, &problems)
        let hours = action == .silence ? reader.integer("hours", in: silenceHours, &problems) : nil
        if action == .silence, !reader.has("hours") {
            problems.note("field_missing", "hours", "`hours` is required.")
        }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let act: AlertDeskStore.Act =
            switch action {
            case .acknowledge: .acknowledge
            case .silence: .silence(.seconds(3_600 * (hours ?? 1)))
            case .unsilence: .unsilence
            case .resolve: .resolve
            case .note: .note
            }
        return (act, note)
    }
}

/// What people write about an alert.
enum AlertNote {
    /// Nil for an empty one where that is allowed.
    static func read(_ written: String?, _ problems: inout FieldProblems) -> String? {
        guard let written else { return nil }
        let note = written.trimmed
        guard !note.isEmpty, note.count <= AlertDeskStore.noteCharactersMax else {
            problems.note(
                "note_invalid", "note", "`note` must have 1 to \(AlertDeskStore.noteCharactersMax) characters.")
            return nil
        }
        return note
    }
}
