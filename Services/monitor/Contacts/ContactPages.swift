import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// The people a business writes to, and what they have said about it.
struct ContactPages: Sendable {
    static let path = "/dashboard/contacts"
    static let api = "/v1/contacts"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .contacts, .contacts)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/new", routes.preparing { newPage($0, FormInput(texts: [:])) })
        router.on(.post, Self.path + "/new", routes.changing(create))
        router.on(.get, Self.path + "/{id}", routes.looking(detail))
        router.on(.post, Self.path + "/{id}/consents", routes.changing(record))
        router.on(.get, Self.path + "/{id}/edit", routes.preparing(edit))
        router.on(.post, Self.path + "/{id}/edit", routes.changing(change))
        router.on(.get, Self.path + "/{id}/delete", routes.preparing(confirmDeletion))
        router.on(.post, Self.path + "/{id}/delete", routes.changing(delete))
    }

    static func tabs(_ current: String) -> HTML {
        Piece.tabs(
            "Contacts",
            [
                Link("Contacts", path), Link("Not to be written to", SuppressionPages.path),
                Link("Import", ContactImportPages.path), Link("Words of consent", ConsentWordPages.path),
            ], at: current)
    }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["q", "phone", "tag", "consent", "external_id"]))
        let filters = Filters(
            owner, Self.path,
            [
                .line("q", "Name", type: "search"), .line("phone", "Phone", type: "search", placeholder: "+39 340 …"),
                .choice("consent", "Consent", Self.consentChoices), .line("tag", "Tag"),
                .line("external_id", "Your own id"),
            ])
        let new = Link("Add a contact", Self.path + "/new").mainButton
        let actions = owner.may(.contacts) ? [Link("Import", ContactImportPages.path).button, new] : []
        let empty =
            filters.isUsed
            ? Piece.empty("Nobody like that", "None of your contacts fits.")
            : Piece.empty(
                "No contacts yet",
                "Whoever writes to you becomes a contact by themselves. Bring in those you know already.", actions)
        return owner.page(
            "Contacts", tabs: Self.tabs(Self.path), actions: actions,
            """
            \(filters.markup)
            \(Self.table.markup(found.data, empty: empty))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            \(ExportPages.offer(.contacts, owner.filter(ContactQuery.parameters), on: .business, owner.visitor))
            """)
    }

    private static let consentChoices: [(value: String, title: String)] = TemplateCategory.allCases.flatMap { category in
        ConsentStatus.allCases.map { status in
            ("\(category.rawValue):\(status.rawValue)", "\(Piece.sentence(status.rawValue)): \(category.rawValue)")
        }
    }

    private static let table = Table<JSONValue>(
        "Contacts, newest first",
        [
            .init("Contact", .lead) { contact in
                """
                <a class="row-link break" href="\(path)/\(contact.text("id"))">\(ContactWords.name(contact))</a>\
                <div class="quiet small number">\(contact["phone"]?.string ?? contact["user_id"]?.string ?? "no number")</div>
                """
            },
            .init("Consent", .end) { ContactWords.consents($0) },
            .init("Tags", .whole) { ContactWords.tags($0) },
            .init("Wrote last") { $0.time("last_inbound_at") ?? .nothing },
            .init("Known since") { $0.time("created_at") ?? .nothing },
        ])

    // MARK: One contact

    private func detail(_ owner: Owner) async throws -> Response {
        try await detailPage(owner, try await owner.root("\(Self.api)/\(owner.part())"), ["status": "opted_in"])
    }

    private func detailPage(
        _ owner: Owner, _ contact: JSONValue, _ typed: [String: String], _ problem: Problem? = nil
    ) async throws -> Response {
        let ledger = try await owner.get(
            "\(Self.api)/\(contact.text("id"))/consents", [("limit", "50"), ("cursor", owner.asked("cursor"))])
        let keys = try await KeyNames(owner, for: ledger.data.map { $0.text("recorded_by") })
        let own = "\(Self.path)/\(contact.text("id"))"
        let buttons = [Link("Change", own + "/edit").button, Link("Delete", own + "/delete").button]
        let form = Form(
            action: own + "/consents", submit: "Record it", fields: Self.consentFields, values: typed, problem: problem)
        let consentForm: HTML = owner.may(.contacts) ? form.markup(owner.visitor) : .nothing
        return owner.page(
            ContactWords.name(contact), status: problem?.status ?? 200, back: Link("All contacts", Self.path),
            actions: owner.may(.contacts) ? buttons : [],
            """
            \(ContactWords.blocks(contact))
            \(Piece.panel("Contact", ContactWords.facts(contact)))
            \(ContactWords.elsewhere(contact))
            \(Piece.tablePanel("What they said about being written to", ContactWords.ledger(ledger.data, keys)))
            \(Piece.pager(owner, own, next: ledger.nextCursor))
            \(consentForm)
            """)
    }

    private static let consentFields: [Field] = [
        .heading(
            "Record an opt-in or opt-out",
            hint: "What is older than what is known goes into the ledger and changes nothing else."),
        .choice("status", "They said", [("opted_in", "Yes, write to me"), ("opted_out", "No, do not write to me")]),
        .choice(
            "category", "About", [("marketing", "Marketing"), ("utility", "Utility"), ("authentication", "Authentication"), ("all", "Everything")]),
        .line("source", "Where", hint: "Small letters, digits and _ .", placeholder: "web_form"),
        .line("evidence", "What proves it", placeholder: "form of 3 May, signed"),
    ]

    private func record(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let own = "\(Self.path)/\(owner.part())"
        return try await owner.attempt {
            _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/consents") { writer in
                writer.field("category", input["category"])
                writer.field("status", input["status"])
                writer.field("source", typed: input["source"])
                writer.field("evidence", typed: input["evidence"])
            }
            return owner.redirect(to: own, .consentRecorded)
        } orShow: { problem in
            try await detailPage(owner, try await owner.root("\(Self.api)/\(owner.part())"), input.texts, problem)
        }
    }

    // MARK: Making and changing one

    private func create(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            let made = try await owner.send(.post, Self.api) { writer in
                for name in ContactForm.lines {
                    if input.isOn(name) {
                        writer.key(name)
                        writer.string(input[name])
                    }
                }
                writer.field("tags", input.list("tags"))
                writer.field("attributes", raw: DataLines.json(input["attributes"], over: nil))
                let consents = ContactForm.consents(input)
                if !consents.isEmpty {
                    writer.field("consents", array: { list in
                        for consent in consents {
                            list.object { writer in
                                writer.field("category", consent.category)
                                writer.field("status", consent.status)
                                writer.field("source", "added_by_hand")
                            }
                        }
                    })
                }
            }
            return owner.redirect(to: "\(Self.path)/\(made["id"]?.string ?? "")", .contactAdded)
        } orShow: { problem in
            newPage(owner, input, problem)
        }
    }

    private func newPage(_ owner: Owner, _ input: FormInput, _ problem: Problem? = nil) -> Response {
        let form = Form(
            action: Self.path + "/new", submit: "Add the contact", fields: ContactForm.fields + ContactForm.consentFields,
            values: input.texts, problem: problem, cancel: Self.path)
        return owner.page(
            "Add a contact", status: problem?.status ?? 200, back: Link("All contacts", Self.path),
            form.markup(owner.visitor))
    }

    private func edit(_ owner: Owner) async throws -> Response {
        let contact = try await owner.root("\(Self.api)/\(owner.part())")
        return editPage(owner, contact, ContactForm.values(of: contact))
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let contact = try await owner.root("\(Self.api)/\(owner.part())")
        return try await owner.attempt {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { writer in
                for name in ContactForm.lines {
                    writer.key(name)
                    if input.isOn(name) { writer.string(input[name]) } else { writer.null() }
                }
                writer.field("tags", input.list("tags"))
                writer.field("attributes", raw: DataLines.json(input["attributes"], over: contact["attributes"]))
            }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .contactChanged)
        } orShow: { problem in
            editPage(owner, contact, input.texts, problem)
        }
    }

    private func editPage(
        _ owner: Owner, _ contact: JSONValue, _ values: [String: String], _ problem: Problem? = nil
    ) -> Response {
        let own = "\(Self.path)/\(contact.text("id"))"
        let form = Form(
            action: own + "/edit", submit: "Save", fields: ContactForm.fields, values: values, problem: problem, cancel: own)
        return owner.page(
            "Change \(ContactWords.name(contact))", status: problem?.status ?? 200,
            back: Link(ContactWords.name(contact), own), form.markup(owner.visitor))
    }

    private func confirmDeletion(_ owner: Owner) async throws -> Response {
        let contact = try await owner.root("\(Self.api)/\(owner.part())")
        let own = "\(Self.path)/\(owner.part())"
        return owner.page(
            "Delete this contact?", back: Link(ContactWords.name(contact), own),
            Form.confirmation(
                """
                <b>\(ContactWords.name(contact))</b> goes, with the conversations, for good. Opt-outs stay on the list of those \
                who must not be written to. To make a person's messages unreadable too, \(Link("have them forgotten", "/dashboard/settings/erasures").text).
                """,
                "Delete the contact", own + "/delete", cancel: own, owner.visitor))
    }

    private func delete(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .contactDeleted)
    }
}

/// What a contact consists of, as a form.
enum ContactForm {
    static let lines = ["phone", "user_id", "external_id", "name", "language"]

    static let fields: [Field] = [
        .line("phone", "Phone", type: "tel", hint: "With the country's code, or as dialled in your own country."),
        .line("name", "Name"), .line("language", "Language", hint: "As in en, en_US, pt_BR."),
        .line("external_id", "Your own id", hint: "Under which your programs know them."),
        .line("user_id", "WhatsApp's user id", hint: "Of somebody who hides the number."),
        .line("tags", "Tags", hint: "With commas between.", placeholder: "vip, newsletter"),
        .area("attributes", "Attributes", hint: "One a line: city: Rome", placeholder: "city: Rome"),
    ]

    static let consentFields: [Field] =
        [.heading("What they agreed to", hint: "Only what they really said; the ledger keeps it.")]
        + TemplateCategory.allCases.map { category in
            .choice(
                "consent.\(category.rawValue)", Piece.sentence(category.rawValue),
                [("", "Said nothing"), ("opted_in", "Yes"), ("opted_out", "No")], api: "consents")
        }

    static func consents(_ input: FormInput) -> [(category: String, status: String)] {
        TemplateCategory.allCases.compactMap { category in
            let status = input["consent.\(category.rawValue)"]
            return status.isEmpty ? nil : (category.rawValue, status)
        }
    }

    static func values(of contact: JSONValue) -> [String: String] {
        var values = Dictionary(uniqueKeysWithValues: lines.map { ($0, contact.text($0)) })
        values["tags"] = contact.strings("tags").joined(separator: ", ")
        values["attributes"] = DataLines.text(contact["attributes"])
        return values
    }
}
