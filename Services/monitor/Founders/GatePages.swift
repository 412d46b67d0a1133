import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// The founders' hands on what holds messages up: all closed gates, and for each its way out.
struct GatePages: Sendable {
    static let path = "/admin/gates"
    static let noteCharactersMax = 500

    private let store: GateAdminStore
    private let people: People
    private let looks: Looks
    private let api: TenantAPI

    init(_ site: SiteParts) {
        store = GateAdminStore(site.platformDatabase, ids: site.ids)
        people = site.people
        looks = site.looks
        api = site.api
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(list))
        router.on(.get, Self.path + "/reopen", Page.handler(askForAll))
        router.on(.post, Self.path + "/reopen", Page.handler(openAll))
        router.on(.get, Self.path + "/{id}", Page.handler(one))
        router.on(.post, Self.path + "/{id}/probe", Page.handler(probe))
        router.on(.post, Self.path + "/{id}/open", Page.handler(open))
    }

    // MARK: Looking

    private func list(_ request: Request) async throws -> Response {
        let choice = try Choice(request)
        let visitor = try await people.founder(of: request, looking: "gates.viewed", looks, detail: choice.detail)
        let gates = try await store.closed(cause: choice.cause, of: choice.tenantID)
        return Page.response(
            "Gates",
            visitor: visitor,
            section: .gates,
            """
            <div class="head"><h1>Gates</h1><span class="live-sign" data-live-sign role="status" hidden></span></div>
            \(Self.done(request))
            <div data-live data-events="\(FounderPages.eventsPath)">\(Piece.live("gates", Self.content(gates, choice)))</div>
            """
        )
    }

    private static func content(_ gates: [ShownGate], _ choice: Choice) -> HTML {
        let held = gates.reduce(0) { $0 + $1.held }
        let groups = Dictionary(grouping: gates.filter { $0.gate.cause != .paused }, by: \.gate.cause)
        let all: HTML? = choice.isEmpty ? nil : "<p><a href=\"\(path)\">Show all closed gates</a></p>"
        return """
            <section class="tiles" aria-label="Closed now">
            \(Piece.tile("closed", Piece.number(gates.count), gates.isEmpty ? "is-good" : ""))
            \(Piece.tile("messages held", Piece.number(held), held > 0 ? "is-bad" : ""))
            \(Piece.tile("paused by people", Piece.number(gates.count { $0.gate.cause == .paused })))
            </section>
            \(all)
            \(causes(groups, choice))
            \(Panel.table(
                "Closed now", empty: "Every gate is open: nothing is held up.", columns: GateRows.columns,
                gates.map { GateRows.row($0, action: way($0)) }))
            """
    }

    private static func way(_ shown: ShownGate) -> HTML {
        let title = shown.gate.cause == .paused ? "Resume…" : "Try or reopen…"
        return """
            <div class="mt-1"><a class="btn btn-sm btn-plain" href="\(path)/\(shown.gate.id.description)" \
            aria-label="\(title) \(GateText.subject(of: shown))">\(title)</a></div>
            """
    }

    /// Causes that closed several gates, which may be opened together.
    private static func causes(_ groups: [GateCause: [ShownGate]], _ choice: Choice) -> HTML? {
        let several = groups.filter { $0.value.count > 1 }.sorted { $0.value.count > $1.value.count }
        if several.isEmpty { return nil }
        let items: [HTML] = several.map { cause, gates in
            let link = path + "/reopen" + QueryText.make([("cause", cause.rawValue), ("business", choice.business)])
            return """
                <div class="cause"><div><b>\(cause.words.title)</b>: \(Panel.count(gates.count, "gate")), \
                \(Panel.count(gates.reduce(0) { $0 + $1.held }, "message")) held</div>
                <a class="btn btn-sm btn-plain" href="\(link)">Reopen all…</a></div>
                """
        }
        return "<section class=\"panel\"><h2>By cause</h2>\(items)</section>"
    }

    private func one(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request, looking: "gates.viewed", looks)
        let shown = try await gate(request)
        return Page.response(
            "Gate of \(GateText.subject(of: shown))", visitor: visitor, section: .gates,
            GatePage.content(shown, visitor))
    }

    private func gate(_ request: Request) async throws -> ShownGate {
        guard let id = request.pathParameter("id").flatMap({ GateID($0) }), let shown = try await store.closed(id) else {
            throw Problem.gateNotClosed
        }
        return shown
    }

    // MARK: Acting

    private func probe(_ request: Request) async throws -> Response {
        _ = try people.form(request)
        let visitor = try await people.founder(of: request)
        let shown = try await gate(request)
        switch try await store.probe(shown.gate.id, by: people.source(visitor, request)) {
        case .asked: return .redirect(to: "\(Self.path)?done=asked")
        case .underWay: return .redirect(to: "\(Self.path)?done=trying")
        case .notClosed: throw Problem.gateNotClosed
        }
    }

    private func open(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        let visitor = try await people.founder(of: request)
        let shown = try await gate(request)
        let note = try Self.note(fields)
        if shown.gate.cause == .paused {
            try await resume(shown, note, by: people.source(visitor, request))
        } else if try await store.open([shown.gate.id], note: note, by: people.source(visitor, request)).isEmpty {
            throw Problem.gateNotClosed
        }
        return .redirect(to: "\(Self.path)?done=opened")
    }

    /// A business's own pause is resumed as the business would.
    private func resume(_ shown: ShownGate, _ note: String?, by source: AuditSource) async throws {
        guard let tenantID = shown.gate.tenantID else { throw Problem.gateNotClosed }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("scope", shown.gate.scope.rawValue)
            writer.field("id", shown.gate.subject)
            writer.field("note", note)
        }
        _ = try await api.call(.post, "/v1/resume", body: writer.bytes, in: tenantID, byFounder: source)
    }

    /// What would be opened, before it is.
    private func askForAll(_ request: Request) async throws -> Response {
        let choice = try Choice(request)
        let visitor = try await people.founder(of: request, looking: "gates.counted", looks, detail: choice.detail)
        guard let cause = choice.cause, cause != .paused else { throw Problem.pageNotFound }
        let gates = try await store.closed(cause: cause, of: choice.tenantID)
        return Page.response(
            "Reopen gates", visitor: visitor, section: .gates, GatePage.confirmation(cause, gates, visitor))
    }

    /// Only those that were shown: what closed since is not opened unseen.
    private func openAll(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        let visitor = try await people.founder(of: request)
        let gates = (fields["gates"] ?? "").split(separator: ",").prefix(GateAdminStore.listedMax).compactMap { GateID($0) }
        guard !gates.isEmpty else { throw Problem.formBroken }
        let opened = try await store.open(gates, note: try Self.note(fields), by: people.source(visitor, request))
        return .redirect(to: "\(Self.path)?done=opened&count=\(opened.count)")
    }

    private static func note(_ fields: [String: String]) throws -> String? {
        let note = fields["note"]?.trimmed ?? ""
        guard note.count <= noteCharactersMax else { throw Problem.formBroken }
        return note.isEmpty ? nil : note
    }

    private static func done(_ request: Request) -> HTML? {
        let text: String? =
            switch request.query("done") {
            case "asked": "Asked: the next message that waits behind this gate tries it within a few seconds."
            case "trying": "One message is trying this gate already; look again in a moment."
            case "opened":
                request.query("count").flatMap { Int($0) }.map { "\(Panel.count($0, "gate")) reopened." } ?? "Reopened."
            default: nil
            }
        return text.map { "<p class=\"notice\" role=\"status\">\($0)</p>" }
    }

    /// What the list is narrowed to.
    private struct Choice {
        let cause: GateCause?
        let tenantID: TenantID?

        init(_ request: Request) throws {
            cause = try request.query("cause").map { word in
                guard let cause = GateCause(rawValue: word) else { throw Problem.badParameter("cause", "There is no such cause.") }
                return cause
            }
            tenantID = try request.chosenBusiness()
        }

        var isEmpty: Bool { cause == nil && tenantID == nil }
        var business: String? { tenantID?.description }

        var detail: JSONText {
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("cause", cause?.rawValue)
                writer.field("business", business)
            }
            return JSONText(writer.bytes)
        }
    }
}

extension Problem {
    fileprivate static let gateNotClosed = Problem(
        status: 404,
        code: "not_found",
        title: "Not closed",
        detail: "There is no such gate, or it is open by now. The list of gates shows what is closed."
    )
}
