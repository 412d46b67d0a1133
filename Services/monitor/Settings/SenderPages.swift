import HTTPServer
import JSON
import Models

/// The numbers a business sends from.
struct SenderPages: Sendable {
    static let path = SettingsTabs.path + "/senders"
    private static let api = "/v1/senders"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .settings)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/new", routes.preparing { connectPage($0, ["provider": "meta"]) })
        router.on(.post, Self.path + "/new", routes.changing(connect))
        router.on(.get, Self.path + "/{id}", routes.looking { try await detail($0, nil, nil) })
        router.on(.post, Self.path + "/{id}", routes.changing(change))
        router.on(.post, Self.path + "/{id}/verify", routes.changing(verify))
        router.on(.get, Self.path + "/{id}/delete", routes.preparing(confirmRemoval))
        router.on(.post, Self.path + "/{id}/delete", routes.changing(remove))
    }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery([]))
        let new = owner.may(.settings) ? [Link("Connect a sender", Self.path + "/new").mainButton] : []
        return owner.page(
            "Senders", tabs: SettingsTabs.markup(owner, at: Self.path), actions: new,
            """
            \(Self.table.markup(
                found.data,
                empty: Piece.empty("No senders yet", "A sender is a WhatsApp number of yours, at Meta or at Twilio.", new)))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let table = Table<JSONValue>(
        "Senders, newest first",
        [
            .init("Sender", .lead) { sender in
                let mark: HTML? = sender.isTrue("is_default") ? " \(Piece.badge("Default", "grey"))" : nil
                return """
                    <a class="row-link break" href="\(path)/\(sender.text("id"))">\(sender.text("name"))</a>\(mark)\
                    <div class="quiet small number">\(sender.text("display_phone_number"))</div>
                    """
            },
            .init("State", .end, badge),
            .init("Provider") { "\(Piece.sentence($0.text("provider")))" },
            .init("Quality") { $0["verification"].flatMap(quality) ?? .nothing },
            .init("Recipients a day") { $0.shown("rate_limit_tier") ?? .nothing },
            .init("Token until") { sender in sender["token"]?.time("expires_at") ?? "no end known" },
            .init("Trouble", .whole) { sender in
                sender["verification"]?.shown("explanation").map { "<span class=\"small\">\($0)</span>" } ?? .nothing
            },
        ])

    @Sendable private static func badge(_ sender: JSONValue) -> HTML {
        if sender["verification"]?.shown("problem") != nil { return Piece.badge("Refused by WhatsApp", "red") }
        return switch sender.text("status") {
        case "active": Piece.badge("Works", "green")
        case "paused": Piece.badge("Paused", "amber")
        default: Piece.badge("Off", "grey")
        }
    }

    private static func quality(_ verification: JSONValue) -> HTML? {
        switch verification.text("quality_rating").uppercased() {
        case "GREEN": Piece.badge("High", "green")
        case "YELLOW": Piece.badge("Medium", "amber")
        case "RED": Piece.badge("Low", "red")
        default: nil
        }
    }

    // MARK: Connecting

    private func connectPage(_ owner: Owner, _ values: [String: String], _ problem: Problem? = nil) -> Response {
        // What is secret is typed again.
        let kept = values.filter { !["access_token", "app_secret", "verify_token"].contains($0.key) }
        let form = Form(
            action: Self.path + "/new", submit: "Connect",
            fields: [
                .line("name", "What you call it", isRequired: true, placeholder: "Shop"),
                .choice("provider", "Provider", [("meta", "Meta (WhatsApp Cloud API)"), ("twilio", "Twilio")]),
                .line(
                    "phone_number_id", "Number's id", hint: "Meta: Phone number ID. Twilio: the number, whatsapp:+14155550100.",
                    isRequired: true),
                .line(
                    "account_id", "Account", hint: "Meta: WhatsApp Business Account ID. Twilio: account SID.", isRequired: true),
                .line(
                    "access_token", "Access token", type: "password", hint: "Twilio: the auth token. Kept sealed, never shown again.",
                    isRequired: true, isWide: true, autocomplete: "new-password"),
                .line("messaging_service_id", "Messaging service", hint: "Twilio's MG…, for a pool."),
                .heading("Your own Meta app", hint: "Only if receipts come by an app of your own."),
                .line("app_secret", "App secret", type: "password", autocomplete: "new-password"),
                .line("verify_token", "Verify token", type: "password", autocomplete: "new-password"),
            ], values: kept, problem: problem, cancel: Self.path)
        return owner.page(
            "Connect a sender", status: problem?.status ?? 200, back: Link("Senders", Self.path),
            "<p class=\"quiet\">WhatsApp is asked first: the token, the number, and whether it is yours.</p>\(form.markup(owner.visitor))")
    }

    private func connect(_ owner: Owner, _ input: FormInput) async throws -> Response {
        do {
            let made = try await owner.send(.post, Self.api) { writer in
                for name in ["name", "phone_number_id", "account_id", "access_token"] {
                    writer.key(name)
                    writer.string(input[name])
                }
                writer.field("provider", input["provider"])
                writer.field("messaging_service_id", typed: input["messaging_service_id"])
                writer.field("app_secret", typed: input["app_secret"])
                writer.field("verify_token", typed: input["verify_token"])
            }
            return owner.redirect(to: "\(Self.path)/\(made["id"]?.string ?? "")", .senderConnected)
        } catch let problem as Problem where problem.isAboutInput || problem.status == 503 {
            return connectPage(owner, input.texts, problem)
        }
    }

    // MARK: One sender

    private func detail(_ owner: Owner, _ typed: [String: String]?, _ problem: Problem?) async throws -> Response {
        let sender = try await owner.root("\(Self.api)/\(owner.part())")
        let limits = try await owner.root("/v1/limits")
        let own = "\(Self.path)/\(owner.part())"
        let buttons = [
            Form.button("Ask WhatsApp now", own + "/verify", owner.visitor), Link("Remove", own + "/delete").button,
        ]
        return owner.page(
            sender.text("name"), status: problem?.status ?? 200, back: Link("Senders", Self.path),
            actions: owner.may(.settings) ? buttons : [],
            """
            <div class="head">\(Self.badge(sender))</div>
            \(sender["verification"]?.shown("explanation").map { Piece.notice("WhatsApp refuses it", $0, isBad: true) })
            \(Piece.panel("Sender", Self.facts(sender)))
            \(Piece.panel("Limits and today's use", Self.use(sender, limits)))
            \(owner.may(.settings) ? Self.form(sender, own, typed, problem).markup(owner.visitor) : .nothing)
            """)
    }

    private static func facts(_ sender: JSONValue) -> HTML {
        let (checked, token) = (sender["verification"], sender["token"])
        return Piece.facts([
            ("Number", sender.shown("display_phone_number")), ("Provider", "\(Piece.sentence(sender.text("provider")))"),
            ("Number's id", sender.shown("phone_number_id")), ("Account", sender.shown("account_id")),
            ("Portfolio", sender.shown("portfolio_id")), ("Name at WhatsApp", checked?.shown("verified_name")),
            ("Status at WhatsApp", checked?.shown("provider_status")), ("Quality", checked.flatMap(quality)),
            ("Throughput", checked?.shown("throughput")), ("WhatsApp was asked", checked?.time("verified_at")),
            ("Token until", token?.time("expires_at") ?? "no end known"),
            ("Token may", token.map { $0.strings("scopes").joined(separator: ", ") }.flatMap { $0.isEmpty ? nil : "\($0)" }),
            ("Address for receipts", sender["webhook_url"]?.string.map { Piece.code($0) }),
            ("Connected", sender.time("created_at")), ("Id", sender.shown("id")),
        ])
    }

    private static func use(_ sender: JSONValue, _ limits: JSONValue) -> HTML {
        let own = limits.list("senders").first { $0.text("id") == sender.text("id") }
        let portfolio = limits.list("portfolios").first { $0.text("id") == sender.text("portfolio_id") }
        let used = portfolio.map { portfolio -> HTML in
            let most = portfolio["recipients_max"]?.integer
            let bar: HTML? = most.map { "\(Piece.bar(portfolio.count("recipients_used"), of: $0, "recipients used")) " }
            return "\(bar)\(portfolio.number("recipients_used")) of \(most.map { Piece.number($0) } ?? "unlimited")"
        }
        return Piece.facts([
            ("New recipients in 24 hours", used),
            ("Messages a second", own?["messages_per_second"]?.double.map { "\(Int($0))" }),
            ("Messages a second, now", own?["messages_per_second_now"]?.double.map { "\(Int($0))" }),
            ("Calls under way, at most", own.map { $0.number("in_flight_max") }),
            ("One after another to one person", own.map { $0.number("pair_burst") }),
        ])
    }

    private static func form(
        _ sender: JSONValue, _ own: String, _ typed: [String: String]?, _ problem: Problem?
    ) -> Form {
        var values = typed?.filter { !["access_token", "app_secret"].contains($0.key) } ?? [
            "name": sender.text("name"), "status": sender.text("status"), "is_default": sender.isTrue("is_default") ? "yes" : "",
        ]
        if typed == nil {
            for name in ["messages_per_second", "in_flight_max", "pair_burst"] { values[name] = "\(sender.count(name))" }
        }
        return Form(
            action: own, submit: "Save",
            fields: [
                .line("name", "Name", isRequired: true),
                .choice(
                    "status", "State",
                    [("active", "Works"), ("paused", "Paused: messages wait"), ("disabled", "Off: takes no messages")]),
                .check("is_default", "The default sender"),
                .line("messages_per_second", "Messages a second", type: "number"),
                .line("in_flight_max", "Calls under way, at most", type: "number", hint: "To WhatsApp, at the same time."),
                .line(
                    "pair_burst", "One after another to one person", type: "number",
                    hint: "WhatsApp takes 45; then one every six seconds."),
                .heading("Secrets", hint: "Only what you type is replaced; a new token is tried first."),
                .line("access_token", "New access token", type: "password", autocomplete: "new-password"),
                .line("app_secret", "New app secret", type: "password", autocomplete: "new-password"),
            ], values: values, problem: problem)
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { writer in
                writer.field("name", input["name"])
                writer.field("status", input["status"])
                // There is always one; another takes its place.
                if input.isOn("is_default") { writer.field("is_default", true) }
                for name in ["messages_per_second", "in_flight_max", "pair_burst"] where input.isOn(name) {
                    writer.key(name)
                    writer.number(input[name])
                }
                writer.field("access_token", typed: input["access_token"])
                writer.field("app_secret", typed: input["app_secret"])
            }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .settingsSaved)
        } orShow: { problem in
            try await detail(owner, input.texts, problem)
        }
    }

    private func verify(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/verify")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .senderVerified)
    }

    private func confirmRemoval(_ owner: Owner) async throws -> Response {
        let sender = try await owner.root("\(Self.api)/\(owner.part())")
        let own = "\(Self.path)/\(owner.part())"
        return owner.page(
            "Remove this sender?", back: Link(sender.text("name"), own),
            Form.confirmation(
                "<b>\(sender.text("name"))</b> goes for good, with its sealed token. That works when no message waits for it.",
                "Remove the sender", own + "/delete", cancel: own, owner.visitor))
    }

    private func remove(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .senderRemoved)
    }
}
