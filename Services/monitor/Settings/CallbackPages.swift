import HTTPServer
import JSON
import Models

/// A business's own endpoints, and what they were told.
struct CallbackPages: Sendable {
    static let path = SettingsTabs.path + "/callbacks"
    private static let api = "/v1/callbacks"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .callbacks)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/new", routes.preparing { try await newPage($0, [:]) })
        router.on(.post, Self.path + "/new", routes.changing(create))
        router.on(.get, Self.path + "/{id}", routes.looking { try await detail($0, nil, nil) })
        router.on(.post, Self.path + "/{id}", routes.changing(change))
        router.on(.post, Self.path + "/{id}/test", routes.changing(test))
        router.on(.post, Self.path + "/{id}/rotate", routes.changing(rotate))
        router.on(.post, Self.path + "/{id}/replay", routes.changing(replay))
        router.on(.get, Self.path + "/{id}/skip", routes.preparing(confirmSkipping))
        router.on(.post, Self.path + "/{id}/skip", routes.changing(skip))
        router.on(.get, Self.path + "/{id}/delete", routes.preparing(confirmDeletion))
        router.on(.post, Self.path + "/{id}/delete", routes.changing(delete))
        router.on(.get, Self.path + "/{id}/deliveries/{delivery}", routes.looking(delivery))
        router.on(.post, Self.path + "/{id}/deliveries/{delivery}/replay", routes.changing(replayOne))
    }

    private func own(_ owner: Owner) -> String { "\(Self.path)/\(owner.part())" }
    private func address(_ owner: Owner) -> String { "\(Self.api)/\(owner.part())" }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery([]))
        let new = owner.may(.callbacks) ? [Link("Add an endpoint", Self.path + "/new").mainButton] : []
        return owner.page(
            "Callbacks", tabs: SettingsTabs.markup(owner, at: Self.path), actions: new,
            """
            \(CallbackWords.table.markup(
                found.data,
                empty: Piece.empty(
                    "No endpoints yet", "An endpoint of yours is told what becomes of your messages, signed so that you can trust it.", new)))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    // MARK: Adding one

    private func newPage(_ owner: Owner, _ values: [String: String], _ problem: Problem? = nil) async throws -> Response {
        let form = Form(
            action: Self.path + "/new", submit: "Add the endpoint", fields: CallbackWords.fields(try await types(owner)),
            values: values, problem: problem, cancel: Self.path)
        return owner.page(
            "Add an endpoint", status: problem?.status ?? 200, back: Link("Callbacks", Self.path), form.markup(owner.visitor))
    }

    private func types(_ owner: Owner) async throws -> [JSONValue] { try await owner.get(Self.api + "/event-types").data }

    private func create(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            let made = try await owner.send(.post, Self.api) { CallbackWords.write(input, into: &$0) }
            return shownOnce(owner, made)
        } orShow: { problem in
            try await newPage(owner, input.texts, problem)
        }
    }

    private func shownOnce(_ owner: Owner, _ made: TenantAPI.Answer) -> Response {
        owner.page(
            "The secret", back: Link("Callbacks", Self.path),
            Piece.secret(
                made["secret"]?.string ?? "", "This signs what we deliver, and is shown this once.",
                "Verify the headers webhook-id, webhook-timestamp and webhook-signature with it.",
                "\(Self.path)/\(made["id"]?.string ?? "")"))
    }

    // MARK: One endpoint

    private func detail(_ owner: Owner, _ typed: [String: String]?, _ problem: Problem?) async throws -> Response {
        let callback = try await owner.root(address(owner))
        let deliveries = try await owner.get(address(owner) + "/deliveries", owner.listQuery(["status", "type"]))
        let filters = Filters(
            owner, own(owner),
            [.choice("status", "State", CallbackWords.deliveryStates), .line("type", "Event", placeholder: "message.delivered")])
        let mayChange = owner.may(.callbacks)
        let form = Form(
            action: own(owner), submit: "Save", fields: CallbackWords.fields(try await types(owner)) + [CallbackWords.state],
            values: typed ?? CallbackWords.values(of: callback), problem: problem)
        return owner.page(
            callback["description"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? callback.text("url"),
            status: problem?.status ?? 200, back: Link("Callbacks", Self.path),
            actions: mayChange ? actions(callback, owner) : [],
            """
            <div class="head">\(CallbackWords.badge(callback))</div>
            \(CallbackWords.trouble(callback))
            \(Piece.panel("Endpoint", CallbackWords.facts(callback)))
            <h2 class="mb-2">Deliveries</h2>
            \(filters.markup)
            \(CallbackWords.deliveries(own(owner)).markup(
                deliveries.data, empty: Piece.empty("No deliveries", "What happens from now on is delivered, and shown here.")))
            \(Piece.pager(owner, own(owner), next: deliveries.nextCursor))
            \(mayChange ? form.markup(owner.visitor) + CallbackWords.replayForm(own(owner)).markup(owner.visitor) : .nothing)
            """)
    }

    private func actions(_ callback: JSONValue, _ owner: Owner) -> [HTML] {
        let waiting = callback.count("waiting") > 0 ? [Link("Give up what waits", own(owner) + "/skip").button] : []
        return waiting + [
            Form.button("Replace the secret", own(owner) + "/rotate", owner.visitor),
            Link("Delete", own(owner) + "/delete").button,
            Form.button("Try it", own(owner) + "/test", owner.visitor, kind: "btn-main"),
        ]
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, address(owner)) { writer in
                CallbackWords.write(input, into: &writer)
                writer.field("status", typed: input["status"])
            }
            return owner.redirect(to: own(owner), .settingsSaved)
        } orShow: { problem in
            try await detail(owner, input.texts, problem)
        }
    }

    private func test(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let delivery = try await owner.send(.post, address(owner) + "/test")
        return owner.redirect(to: "\(own(owner))/deliveries/\(delivery["id"]?.string ?? "")", .callbackTried)
    }

    private func rotate(_ owner: Owner, _ input: FormInput) async throws -> Response {
        shownOnce(owner, try await owner.send(.post, address(owner) + "/rotate-secret"))
    }

    private func replay(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.post, address(owner) + "/replay") { writer in
                writer.field("from", input.moment("from"))
                if input.isOn("to") { writer.field("to", input.moment("to")) }
                writer.field("status", input["status"])
            }
            return owner.redirect(to: own(owner), .callbacksReplayed)
        } orShow: { problem in
            owner.page(
                "Deliver again", status: problem.status, back: Link("The endpoint", own(owner)),
                CallbackWords.replayForm(own(owner), input.texts, problem).markup(owner.visitor))
        }
    }

    private func confirmSkipping(_ owner: Owner) async throws -> Response {
        let callback = try await owner.root(address(owner))
        return owner.page(
            "Give up what waits?", back: Link("The endpoint", own(owner)),
            Form.confirmation(
                "\(callback.number("waiting")) deliveries wait for this endpoint. They end undelivered; a replay brings them back.",
                "Give them up", own(owner) + "/skip", cancel: own(owner), owner.visitor))
    }

    private func skip(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, address(owner) + "/skip")
        return owner.redirect(to: own(owner), .callbacksSkipped)
    }

    private func confirmDeletion(_ owner: Owner) async throws -> Response {
        let callback = try await owner.root(address(owner))
        return owner.page(
            "Delete this endpoint?", back: Link("The endpoint", own(owner)),
            Form.confirmation(
                "<b class=\"break\">\(callback.text("url"))</b> is told nothing more, and what waits for it goes with it.",
                "Delete the endpoint", own(owner) + "/delete", cancel: own(owner), owner.visitor))
    }

    private func delete(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, address(owner))
        return owner.redirect(to: Self.path, .callbackDeleted)
    }

    // MARK: One delivery

    private func delivery(_ owner: Owner) async throws -> Response {
        let delivery = try await owner.root("\(address(owner))/deliveries/\(owner.part("delivery"))")
        let again = Form.button(
            "Deliver again", "\(own(owner))/deliveries/\(owner.part("delivery"))/replay", owner.visitor, kind: "btn-main")
        return owner.page(
            delivery.text("type"), back: Link("The endpoint", own(owner)),
            actions: owner.may(.callbacks) && delivery.text("status") != "pending" ? [again] : [],
            CallbackWords.delivery(delivery))
    }

    private func replayOne(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, "\(address(owner))/deliveries/\(owner.part("delivery"))/replay")
        return owner.redirect(to: "\(own(owner))/deliveries/\(owner.part("delivery"))", .callbacksReplayed)
    }
}
