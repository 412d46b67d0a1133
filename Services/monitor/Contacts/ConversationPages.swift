import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// What customers wrote, and answering them.
struct ConversationPages: Sendable {
    static let path = "/dashboard/conversations"
    private static let api = "/v1/conversations"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .conversations, .contacts)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/{id}", routes.looking { try await detail($0, [:], nil) })
        router.on(.post, Self.path + "/{id}", routes.changing(change))
        router.on(.post, Self.path + "/{id}/reply", routes.changing(in: .messages, reply))
        router.on(.post, Self.path + "/{id}/notes", routes.changing(note))
    }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["status", "assigned_to", "contact_id"]))
        let filters = Filters(
            owner, Self.path,
            [.choice("status", "State", [("open", "Open"), ("closed", "Closed")]), .line("assigned_to", "Handled by")])
        return owner.page(
            "Conversations",
            """
            \(filters.markup)
            \(Self.table.markup(
                found.data,
                empty: Piece.empty(
                    "No conversations", "When somebody writes to one of your numbers, it appears here, and you can answer.")))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let table = Table<JSONValue>(
        "Conversations, those who wrote last first",
        [
            .init("Who", .lead) { talk in
                """
                <a class="row-link break" href="\(path)/\(talk.text("id"))">\(name(talk))</a>\
                <div class="quiet small number">\(talk.text("phone"))</div>
                """
            },
            .init("State", .end) { talk in
                let unread = talk.count("unread")
                let new: HTML? = unread > 0 ? Piece.badge("\(unread)\(unread > 99 ? "+" : "") new", "blue") : nil
                return "<div class=\"badges\">\(new)\(stateBadge(talk))</div>"
            },
            .init("May be answered until") { talk in
                windowEnd(talk).map { Piece.time($0) } ?? "<span class=\"quiet\">with templates only</span>"
            },
            .init("With") { talk in talk.shown("assigned_to") ?? .nothing },
            .init("Wrote last") { $0.time("last_inbound_at") ?? .nothing },
        ])

    private static func name(_ talk: JSONValue) -> String {
        for key in ["name", "phone", "user_id"] where !talk.text(key).isEmpty { return talk.text(key) }
        return "Somebody"
    }

    private static func stateBadge(_ talk: JSONValue) -> HTML {
        talk.text("status") == "open" ? Piece.badge("Open", "green") : Piece.badge("Closed", "grey")
    }

    /// Nil when it is over.
    private static func windowEnd(_ talk: JSONValue) -> Timestamp? {
        talk.moment("window_open_until").flatMap { $0 > SystemClock.now() ? $0 : nil }
    }

    // MARK: One conversation

    private func detail(_ owner: Owner, _ typed: [String: String], _ problem: Problem?) async throws -> Response {
        let talk = try await owner.root("\(Self.api)/\(owner.part())")
        let turns = try await owner.get(
            "\(Self.api)/\(owner.part())/messages", [("limit", "50"), ("cursor", owner.asked("cursor"))])
        let notes = try await owner.get("\(Self.api)/\(owner.part())/interactions", [("limit", "100")])
        let own = "\(Self.path)/\(owner.part())"
        let version = turns.data.map(Self.version).joined(separator: " ")
        return owner.page(
            Self.name(talk), status: problem?.status ?? 200, back: Link("All conversations", Self.path),
            actions: owner.may(.contacts) ? Self.actions(talk, own, owner) : [],
            """
            <div class="head">\(Self.stateBadge(talk))\(talk.shown("assigned_to").map { "<span>with <b>\($0)</b></span>" })\
            <span class="live-sign end" data-live-sign role="status" hidden></span></div>
            <div class="split"><div>
            <div data-live><section class="panel" aria-label="Messages" data-piece="chat" data-version="\(version)">\
            <div class="inside chat" tabindex="0">
            \(turns.data.isEmpty ? "<p class=\"quiet\">Nothing was written yet.</p>" : .nothing)
            \(turns.data.reversed().map(Self.turn))</div></section></div>
            \(Piece.pager(owner, own, next: turns.nextCursor))
            \(Self.answering(talk, own, owner, typed, problem))
            </div><div class="aside">
            \(Piece.panel("About", Self.facts(talk)))
            \(Self.notes(notes.data, own, owner))
            </div></div>
            """)
    }

    private static func actions(_ talk: JSONValue, _ own: String, _ owner: Owner) -> [HTML] {
        let isOpen = talk.text("status") == "open"
        var buttons = [
            Form.button(
                isOpen ? "Close" : "Open again", own, owner.visitor, carrying: [("status", isOpen ? "closed" : "open")])
        ]
        if talk.count("unread") > 0 {
            buttons.append(
                Form.button(
                    "Mark as read", own, owner.visitor, carrying: [("read_until", talk.text("last_inbound_at"))]))
        }
        return buttons
    }

    private static func version(_ turn: JSONValue) -> String {
        (turn["inbound"] ?? turn["outbound"]).map { "\($0.text("id")).\($0.text("status"))" } ?? ""
    }

    @Sendable private static func turn(_ turn: JSONValue) -> HTML {
        if let message = turn["inbound"] {
            let text = message["text"]?.string.map { ChatText.markup($0) }
            return """
                <div class="turn is-in"><div class="bubble"><p class="bubble-body">\
                \(text ?? "<i>\(Piece.sentence(message.text("type")))</i>")</p></div>\
                <div class="quiet small">\(message.time("sent_at"))</div></div>
                """
        }
        guard let message = turn["outbound"] else { return .nothing }
        let state = MessageState(name: message.text("status"))
        let content = message["content"]
        let template = content?["name"]?.string.map { "Template \($0)" }
        let shown = content?["body"]?.string ?? content?["caption"]?.string ?? template ?? Piece.sentence(message.text("type"))
        return """
            <div class="turn is-out"><div class="bubble"><p class="bubble-body">\(ChatText.markup(shown))</p></div>\
            <div class="quiet small">\(state.map { Piece.badge($0) }) \
            <a href="\(TenantPages.path)/\(message.text("id"))">\(message.time("created_at") ?? "message")</a></div></div>
            """
    }

    private static func facts(_ talk: JSONValue) -> HTML {
        Piece.facts([
            ("Phone", talk.shown("phone")),
            ("Contact", Link("Open", "\(ContactPages.path)/\(talk.text("contact_id"))").text),
            ("May be answered until", windowEnd(talk).map(Piece.time)), ("Wrote last", talk.time("last_inbound_at")),
            ("Began", talk.time("created_at")),
        ])
    }

    // MARK: Answering

    private static func answering(
        _ talk: JSONValue, _ own: String, _ owner: Owner, _ typed: [String: String], _ problem: Problem?
    ) -> HTML {
        guard owner.may(.messages) else { return .nothing }
        guard let end = windowEnd(talk) else {
            return Piece.notice(
                "Only templates may be sent now",
                "WhatsApp allows any text for 24 hours after somebody wrote. Send one of your \(Link("templates", TemplatePages.path).text).")
        }
        return Form(
            action: own + "/reply", submit: "Send",
            fields: [
                .piece("<span class=\"quiet small\">Until \(Piece.time(end)) you may answer with any text.</span>"),
                .area("text", "Your answer", rows: 3, isRequired: true, api: "text.body"),
            ], values: typed, problem: problem
        ).markup(owner.visitor)
    }

    private static func recipient(_ talk: JSONValue) -> String {
        talk.text("phone").isEmpty ? talk.text("user_id") : talk.text("phone")
    }

    /// To whom the conversation is with, whatever the form says.
    private func reply(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let talk = try await owner.root("\(Self.api)/\(owner.part())")
        return try await owner.attempt {
            _ = try await owner.send(.post, "/v1/messages") { writer in
                writer.field("to", Self.recipient(talk))
                writer.field("sender_id", talk.text("sender_id"))
                writer.field("type", "text")
                writer.field("text", object: { $0.field("body", input["text"]) })
            }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .replySent)
        } orShow: { problem in
            try await detail(owner, input.texts, problem)
        }
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { writer in
            writer.field("status", typed: input["status"])
            writer.field("read_until", typed: input["read_until"])
            if input.texts["assigned_to"] != nil { writer.field("assigned_to", typedOrNull: input["assigned_to"]) }
        }
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .conversationChanged)
    }

    // MARK: Notes

    private static func notes(_ notes: [JSONValue], _ own: String, _ owner: Owner) -> HTML {
        let steps = notes.map { note -> HTML in
            """
            <li><b>\(Piece.sentence(note.text("type")))</b> <span class="quiet small">\(note.text("agent"))</span>\
            <div class="quiet small">\(note.time("at"))</div>\(note.shown("text").map { "<div class=\"break\">\($0)</div>" })</li>
            """
        }
        let list: HTML = steps.isEmpty ? .nothing : Piece.panel("What was done", "<ol class=\"steps\">\(steps)</ol>")
        guard owner.may(.contacts) else { return list }
        let assign = Form(
            action: own, submit: "Hand over", fields: [.line("assigned_to", "Handled by", hint: "A name or an e-mail address. Empty: nobody.", isWide: true)])
        let form = Form(
            action: own + "/notes", submit: "Keep the note", fields: [.area("text", "A note for your colleagues", rows: 2, isRequired: true)])
        return list + assign.markup(owner.visitor) + form.markup(owner.visitor)
    }

    private func note(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/interactions") { writer in
            writer.field("agent", owner.visitor.person)
            writer.field("type", "note")
            writer.field("text", input["text"])
        }
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .noteKept)
    }
}

extension Visitor {
    /// Who sits there: a person's address, or the business where somebody came in with its key.
    fileprivate var person: String {
        switch who {
        case .founder(let email): email
        case .user(let member): member.email
        case .key: name
        }
    }
}
