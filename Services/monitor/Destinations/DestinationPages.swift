import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Who is told of alerts, by hand: for a business and for the founders.
struct DestinationPages: Sendable {
    static let path = "/dashboard/alerts/destinations"
    static let founderPath = "/admin/alerts/destinations"

    private let desk: DestinationDesk
    private let people: People

    init(_ site: SiteParts) {
        desk = DestinationDesk(site)
        people = site.people
    }

    func addRoutes(to router: inout Router) {
        for path in [Self.path, Self.founderPath] {
            router.on(.get, path, Page.handler { try await list(place($0, path, isReadOnly: true), note: nil) })
            router.on(.post, path, Page.handler { try await create($0, path) })
            router.on(.post, path + "/{id}", Page.handler { try await act($0, path) })
        }
    }

    /// Where one is, and as whom.
    private struct Place {
        let path: String
        let visitor: Visitor
        let caller: DestinationCaller
    }

    private func place(_ request: Request, _ path: String, isReadOnly: Bool = false) async throws -> Place {
        let address = people.address(of: request)
        if path == Self.founderPath {
            let visitor = try await people.founder(of: request)
            let source = AuditSource(visitor.who.actor, address: address)
            return Place(
                path: path, visitor: visitor,
                caller: DestinationCaller(owner: nil, source: source, email: visitor.who.actor.provenEmail))
        }
        let (tenantID, visitor) = try await people.member(of: request, for: Scope(.settings, isReadOnly: isReadOnly))
        let source = AuditSource(visitor.who.actor, address: address)
        return Place(
            path: path, visitor: visitor,
            caller: DestinationCaller(owner: tenantID, source: source, email: visitor.who.actor.provenEmail))
    }

    // MARK: Doing

    private func create(_ request: Request, _ path: String) async throws -> Response {
        let fields = try people.form(request)
        let place = try await place(request, path)
        do {
            let made = try await desk.create(try Self.document(fields), by: place.caller)
            let words = made.isVerified ? "It is told from now on." : "A mail is on its way there: it is told once the link in it was followed."
            return try await list(place, note: (false, words))
        } catch let problem as Problem {
            return try await list(place, note: (true, problem.detail), status: problem.status)
        }
    }

    private func act(_ request: Request, _ path: String) async throws -> Response {
        let fields = try people.form(request)
        let place = try await place(request, path)
        guard let id = request.pathParameter("id").flatMap({ AlertDestinationID($0) }) else { throw Problem.pageNotFound }
        switch fields["act"] {
        case "test":
            let tested = try await desk.test(id, by: place.caller)
            return try await list(
                place, note: (false, tested.isVerified ? "A test is on its way." : "The mail that proves the address is on its way."))
        case "on", "off":
            var writer = JSONWriter()
            writer.object { $0.field("is_on", fields["act"] == "on") }
            _ = try await desk.change(id, try JSONDocument(parsing: writer.bytes).root, by: place.caller)
        case "delete": try await desk.delete(id, by: place.caller)
        default: throw Problem.formBroken
        }
        return .redirect(to: path)
    }

    /// A form as a program would have written it.
    private static func document(_ fields: [String: String]) throws -> JSONValue {
        func text(_ name: String) -> String { fields[name]?.trimmed ?? "" }
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            let isSlack = text("channel") == "slack"
            writer.field("channel", text("channel"))
            writer.field(isSlack ? "url" : "address", text("address"))
            writer.field("label", text("label"))
            writer.field("severity_min", text("severity_min"))
            if !text("quiet_from").isEmpty || !text("quiet_to").isEmpty {
                writer.field("quiet_hours", object: { hours in
                    hours.field("from", text("quiet_from"))
                    hours.field("to", text("quiet_to"))
                })
            }
            if !text("time_zone").isEmpty { writer.field("time_zone", text("time_zone")) }
            writer.field("is_second_line", fields["is_second_line"] != nil)
            writer.field("wants_digest", fields["wants_digest"] != nil)
            writer.field("wants_retry_report", fields["wants_retry_report"] != nil)
        }
        return try JSONDocument(parsing: writer.bytes).root
    }

    // MARK: Showing

    private func list(_ place: Place, note: (isProblem: Bool, words: String)?, status: Int = 200) async throws -> Response {
        let all = try await desk.store(place.caller.owner).list()
        let isPlatform = place.caller.owner == nil
        let mayChange = isPlatform || place.visitor.who.access.allows(Scope(.settings))
        let notice: HTML? = note.map { "<div class=\"notice\" role=\"\($0.isProblem ? "alert" : "status")\">\($0.words)</div>" }
        return Page.response(
            "Who is told of alerts",
            visitor: place.visitor,
            section: isPlatform ? .allAlerts : .alerts,
            status: status,
            """
            <div class="head"><h1>Who is told of alerts</h1>\
            <a class="btn btn-sm btn-plain end" href="\(isPlatform ? "/admin/alerts" : "/dashboard/alerts")">Alerts</a></div>
            \(notice)
            \(Panel.table(
                "Destinations", empty: isPlatform ? "Only those of the settings are told." : "Nobody is told yet.",
                columns: ["Where", "What", "When", "Last told", ""], all.map { Self.row($0, place, mayChange: mayChange) }))
            \(mayChange ? Self.form(place, isPlatform: isPlatform) : nil as HTML?)
            """)
    }

    private static func row(_ one: AlertDestination, _ place: Place, mayChange: Bool) -> HTML {
        let wishes = one.wishes
        let name = one.address ?? "Slack"
        let label: HTML? = wishes.label.isEmpty ? nil : "<div class=\"quiet small\">\(wishes.label)</div>"
        let state: HTML? =
            !one.isVerified
            ? "<div class=\"quiet small\">waits for the link in the mail</div>"
            : wishes.isOn ? nil : "<div class=\"quiet small\">switched off</div>"
        var extras = wishes.isSecondLine ? ["when nobody acknowledges"] : []
        if wishes.wantsDigest { extras.append("daily digest") }
        if wishes.wantsRetryReport { extras.append("weekly report") }
        let what = ([wishes.severityMin == .critical ? "critical" : "\(wishes.severityMin.rawValue) and worse"] + extras)
            .joined(separator: ", ")
        let hours = wishes.quietHours.map { quiet in
            "quiet \(QuietHoursField.text(quiet.from))–\(QuietHoursField.text(quiet.to)) \(wishes.timeZone)"
        }
        let told: HTML = one.lastToldAt.map { Piece.time($0) } ?? "never"
        let problem: HTML? = one.lastProblem.map { "<div class=\"small\">\($0)</div>" }
        return """
            <tr><td><b class="break">\(name)</b>\(label)\(state)</td>
            <td class="whole" data-label="What">\(what)</td>
            <td class="whole" data-label="When">\(hours ?? "at any hour")</td>
            <td class="whole" data-label="Last told">\(told)\(problem)</td>
            <td class="whole">\(mayChange ? buttons(one, place) : nil as HTML?)</td></tr>
            """
    }

    private static func buttons(_ one: AlertDestination, _ place: Place) -> HTML {
        let isOn = one.wishes.isOn
        return """
            <form method="post" action="\(place.path)/\(one.id.description)">\(FormToken.input(place.visitor))
            <button class="btn btn-sm btn-plain" name="act" value="test">\(one.isVerified ? "Send a test" : "Send the link again")</button>
            <button class="btn btn-sm btn-plain" name="act" value="\(isOn ? "off" : "on")">\(isOn ? "Switch off" : "Switch on")</button>
            <button class="btn btn-sm btn-plain" name="act" value="delete">Remove</button></form>
            """
    }

    private static func form(_ place: Place, isPlatform: Bool) -> HTML {
        let channels: HTML =
            isPlatform
            ? "<input type=\"hidden\" name=\"channel\" value=\"email\">"
            : """
            <div><label class="form-label" for="channel">By</label>
            <select class="form-select" id="channel" name="channel"><option value="email">E-mail</option>
            <option value="slack">Slack, an incoming webhook</option></select></div>
            """
        return """
            <form class="panel" method="post" action="\(place.path)"><h2>Tell somebody else</h2>
            <div class="inside filters">\(FormToken.input(place.visitor))
            \(channels)
            \(Piece.textField("address", isPlatform ? "Address" : "Address, or the webhook's URL", ""))
            \(Piece.textField("label", "A name for it", "", hint: "on call"))
            <div><label class="form-label" for="severity_min">Which alerts</label>
            <select class="form-select" id="severity_min" name="severity_min"><option value="critical">critical only</option>
            <option value="warning" selected>warnings and worse</option><option value="info">everything</option></select></div>
            \(Piece.textField("quiet_from", "Quiet from", "", hint: "22:00"))
            \(Piece.textField("quiet_to", "Quiet until", "", hint: "07:00"))
            \(Piece.textField("time_zone", "Time zone", "", hint: "Europe/Rome"))
            \(checkbox("is_second_line", "Only what nobody acknowledges in time"))
            \(checkbox("wants_digest", "A digest every day"))
            \(checkbox("wants_retry_report", "A report of retries every week"))
            <div class="buttons"><button class="btn btn-main">Add</button></div>
            </div></form>
            """
    }

    private static func checkbox(_ name: String, _ title: String) -> HTML {
        """
        <div class="form-check"><input class="form-check-input" type="checkbox" id="\(name)" name="\(name)" value="yes">
        <label class="form-check-label" for="\(name)">\(title)</label></div>
        """
    }
}

/// Where the link of a mail leads that asks whether somebody wants alerts.
struct DestinationProofPages: Sendable {
    static let path = "/alerts/verify"
    private static let tokenBytesMax = 64

    private let site: SiteParts

    init(_ site: SiteParts) {
        self.site = site
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(ask))
        router.on(.post, Self.path, Page.handler(take))
    }

    /// A page with a button: programs that look into mails open links, but press no buttons.
    private func ask(_ request: Request) async throws -> Response {
        try await site.people.requireUnlocked(request)
        guard let token = Self.token(request.query("t")),
            let address = try await AlertDestinationStore.address(ofProof: token, in: site.platformDatabase)
        else { return Self.over }
        return Page.response(
            "Alerts by mail",
            visitor: nil,
            """
            <section class="panel narrow"><h1>Alerts by mail</h1><div class="inside">
            <p>Tidings will tell <b>\(address)</b> of alerts.</p>
            <form method="post" action="\(Self.path)"><input type="hidden" name="t" value="\(token)">
            <button class="btn btn-main">Yes, tell me</button></form>
            </div></section>
            """)
    }

    private func take(_ request: Request) async throws -> Response {
        try People.requireOwnOrigin(request)
        try await site.people.requireUnlocked(request)
        guard let token = Self.token(FormText.fields(request.body)?["t"]),
            try await AlertDestinationStore.prove(token, in: site.platformDatabase)
        else { return Self.over }
        return Page.response(
            "Alerts by mail",
            visitor: nil,
            """
            <section class="panel narrow"><h1>Thank you</h1><div class="inside">
            <p class="mb-0">You are told of alerts at this address from now on.</p></div></section>
            """)
    }

    private static func token(_ text: String?) -> String? {
        text.flatMap { !$0.isEmpty && $0.utf8.count <= tokenBytesMax ? $0 : nil }
    }

    private static var over: Response {
        Page.response(
            "Alerts by mail",
            visitor: nil,
            status: 410,
            """
            <section class="panel narrow"><h1>This link is over</h1><div class="inside">
            <p class="mb-0">It works for a day. A new one can be sent from the page of the destinations.</p></div></section>
            """)
    }
}
