import HTTPServer
import JSON
import Models

/// What limits a business, what holds its messages, and holding them on purpose.
struct LimitPages: Sendable {
    static let path = SettingsTabs.path + "/limits"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .messages)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking { try await show($0, [:], nil) })
        router.on(.post, Self.path + "/pause", routes.changing(pause))
        router.on(.post, Self.path + "/resume", routes.changing(resume))
    }

    private func show(_ owner: Owner, _ typed: [String: String], _ problem: Problem?) async throws -> Response {
        let limits = try await owner.root("/v1/limits")
        let gates = try await owner.get("/v1/gates")
        let form = owner.may(.messages) ? try await pauseForm(owner, typed, problem).markup(owner.visitor) : .nothing
        return owner.page(
            "Limits and pauses", status: problem?.status ?? 200, tabs: SettingsTabs.markup(owner, at: Self.path),
            """
            \(gates.data.map { Self.gate($0, owner) })
            \(gates.data.isEmpty ? "<div class=\"notice is-good\">Nothing holds your messages.</div>" : .nothing)
            \(Piece.panel("Your business", Self.own(limits)))
            \(Self.senders(limits))
            \(Self.hits(limits))
            \(form)
            """)
    }

    // MARK: What holds messages

    private static func gate(_ gate: JSONValue, _ owner: Owner) -> HTML {
        let isPause = gate.text("cause").contains("paused")
        let held = "\(Piece.number(gate.count("held")))\(gate.isTrue("held_is_more") ? " or more" : "")"
        let carried = [(name: "scope", value: gate.text("scope")), (name: "id", value: gate.text("id"))]
        let button: HTML? =
            isPause && owner.may(.messages)
            ? Form.button("Let them go", path + "/resume", owner.visitor, kind: "btn-main", carrying: carried) : nil
        return """
            <section class="notice is-bad"><b>\(gate.text("title")): \(scope(gate.text("scope")))</b>
            <p>\(gate.text("explanation")) \(held) messages wait.</p>\(gate.shown("note").map { "<p>“\($0)”</p>" })
            <p>What to do: \(gate.text("remedy"))</p><p class="small">Since \(gate.time("closed_at")), by \(gate.text("closed_by")).\
            \(gate.time("until").map { " Until \($0)." })</p>\(button)</section>
            """
    }

    private static func scope(_ word: String) -> String {
        switch word {
        case "tenant": "your whole business"
        case "batch": "a batch"
        default: "a \(word)"
        }
    }

    // MARK: Limits

    private static func own(_ limits: JSONValue) -> HTML {
        let quota = limits["daily_quota"]
        let most = quota?["max"]?.integer
        let used = quota?.count("used_today") ?? 0
        let bar: HTML? = most.map { "\(Piece.bar(used, of: $0, "sent today")) " }
        let quiet = limits["quiet_hours"].flatMap { hours -> HTML? in
            hours.isNull ? nil : "\(hours.text("from")) to \(hours.text("to"))\(hours.isTrue("quiet_now") ? ", quiet now" : "")"
        }
        return Piece.facts([
            ("Sent today", "\(bar)\(Piece.number(used)) of \(most.map { Piece.number($0) } ?? "unlimited")"),
            ("The day ends", quota?.time("resets_at")), ("Quiet hours", quiet ?? "none"),
            ("Time zone", limits.shown("time_zone")),
            ("Between two messages to one person", "\(limits.count("message_delay_seconds")) s"),
        ])
    }

    private static func senders(_ limits: JSONValue) -> HTML {
        let portfolios = Dictionary(
            limits.list("portfolios").map { ($0.text("id"), $0) }, uniquingKeysWith: { first, _ in first })
        let table = Table<JSONValue>(
            "Limits of your senders",
            [
                .init("Sender", .lead) { sender in "<b class=\"break\">\(sender.text("name"))</b>" },
                .init("A second", .end) { sender in
                    let now = sender["messages_per_second_now"]?.double ?? 0
                    return "\(Int(now)) of \(Int(sender["messages_per_second"]?.double ?? 0))"
                },
                .init("New recipients in 24 hours") { sender in
                    portfolios[sender.text("portfolio_id")].map { portfolio -> HTML in
                        let most = portfolio["recipients_max"]?.integer
                        let bar: HTML? = most.map { "\(Piece.bar(portfolio.count("recipients_used"), of: $0, "recipients used")) " }
                        return "\(bar)\(portfolio.number("recipients_used")) of \(most.map { Piece.number($0) } ?? "unlimited")"
                    } ?? .nothing
                },
                .init("Waiting to be sent") { sender in
                    let lanes = sender["waiting_in_dispatcher"]?.members ?? []
                    return "\(Piece.number(lanes.reduce(Int64(0)) { $0 + ($1.value.integer ?? 0) }))"
                },
            ])
        let senders = limits.list("senders")
        return senders.isEmpty ? .nothing : Piece.tablePanel("Senders", table.bare(senders))
    }

    private static func hits(_ limits: JSONValue) -> HTML {
        let table = Table<JSONValue>(
            "Limits that were hit today",
            [
                .init("Limit", .lead) { "\(Piece.sentence($0.text("limit")))" }, .init("Times", .end) { $0.number("hits") },
                .init("Whose") { "\($0.isTrue("by_provider") ? "WhatsApp's" : "ours or yours")" },
                .init("Last") { $0.time("last_at") ?? .nothing },
            ])
        let hits = limits.list("hits_today")
        return hits.isEmpty ? .nothing : Piece.tablePanel("Hit today", table.bare(hits))
    }

    // MARK: Pausing

    private func pauseForm(_ owner: Owner, _ typed: [String: String], _ problem: Problem?) async throws -> Form {
        let senders = owner.maySee(.settings) ? try await owner.get("/v1/senders", [("limit", "200")]).data : []
        let templates = try await owner.get("/v1/templates", [("status", "approved"), ("limit", "200")]).data
        let subjects: [(value: String, title: String)] =
            [("tenant", "The whole business")] + senders.map { ("sender \($0.text("id"))", "Sender \($0.text("name"))") }
            + templates.map { ("template \($0.text("id"))", "Template \($0.text("name")) (\($0.text("language")))") }
        return Form(
            action: Self.path + "/pause", submit: "Pause",
            fields: [
                .heading("Hold messages", hint: "They wait and use up no attempt; they still expire."),
                .choice("subject", "Whose", subjects, api: "id"), .line("note", "Why", placeholder: "wrong price"),
            ], values: typed, problem: problem)
    }

    private func pause(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let subject = input["subject"].split(separator: " ").map(String.init)
        return try await owner.attempt {
            _ = try await owner.send(.post, "/v1/pause") { writer in
                writer.field("scope", subject.first ?? "")
                if subject.count > 1 { writer.field("id", subject[1]) }
                writer.field("note", typed: input["note"])
            }
            return owner.redirect(to: Self.path, .paused)
        } orShow: { problem in
            try await show(owner, input.texts, problem)
        }
    }

    private func resume(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let scope = input["scope"]
        _ = try await owner.send(.post, "/v1/resume") { writer in
            writer.field("scope", scope)
            if scope != "tenant" { writer.field("id", input["id"]) }
        }
        return owner.redirect(to: Self.path, .resumed)
    }
}
