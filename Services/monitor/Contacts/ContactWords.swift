import JSON
import Models

/// What the API knows of a person, for people.
enum ContactWords {
    static func name(_ contact: JSONValue) -> String {
        for key in ["name", "profile_name", "phone", "username", "external_id", "user_id"] where !contact.text(key).isEmpty {
            return contact.text(key)
        }
        return "Somebody"
    }

    static func consents(_ contact: JSONValue) -> HTML {
        let badges = contact.list("consents").map { consent in
            let isYes = consent.text("status") == ConsentStatus.optedIn.rawValue
            return Piece.badge("\(isYes ? "✓" : "✕") \(consent.text("category"))", isYes ? "green" : "red")
        }
        return badges.isEmpty ? "<span class=\"quiet small\">said nothing</span>" : "<div class=\"badges\">\(badges)</div>"
    }

    static func tags(_ contact: JSONValue) -> HTML {
        let tags = contact.strings("tags").map { Piece.badge($0, "grey") }
        return tags.isEmpty ? .nothing : "<div class=\"badges\">\(tags)</div>"
    }

    static func facts(_ contact: JSONValue) -> HTML {
        let attributes = (contact["attributes"]?.members ?? []).map { member -> HTML in
            let value = member.value.string ?? String(decoding: member.value.serialized(), as: UTF8.self)
            return "<div><span class=\"quiet\">\(member.key)</span> \(value)</div>"
        }
        return Piece.facts([
            ("Phone", contact.shown("phone").map { "<span class=\"number\">\($0)</span>" }), ("Name", contact.shown("name")),
            ("Name in WhatsApp", contact.shown("profile_name")), ("Username", contact.shown("username")),
            ("WhatsApp's user id", contact.shown("user_id")), ("Your own id", contact.shown("external_id")),
            ("Language", contact.shown("language")), ("Consent", consents(contact)),
            ("Tags", contact.strings("tags").isEmpty ? nil : tags(contact)),
            ("Attributes", attributes.isEmpty ? nil : "\(attributes)"),
            ("Came by", "\(Piece.sentence(contact.text("origin")))"), ("Wrote last", contact.time("last_inbound_at")),
            ("Known since", contact.time("created_at")), ("Id", contact.shown("id")),
        ])
    }

    /// What stands in the way of writing to them, and until when they may be answered freely.
    static func blocks(_ contact: JSONValue) -> HTML {
        let blocks = contact.list("suppressions").map { entry in
            Piece.notice(
                entry.text("category") == "all"
                    ? "Nothing may be sent to them" : "No \(entry.text("category")) messages may be sent to them",
                "\(SuppressionWords.reason(entry.text("reason")))\(entry.shown("note").map { ": \($0)" })", isBad: true)
        }
        let windows = contact.list("service_windows").compactMap { $0.time("open_until") }
        let open = windows.first.map { Piece.notice("They wrote of late", "Until \($0) you may answer with any text.") }
        return "\(blocks)\(open)"
    }

    static func elsewhere(_ contact: JSONValue) -> HTML {
        let phone = contact.text("phone")
        let messages =
            phone.isEmpty
            ? nil : Link("Messages to this number", TenantPages.path + QueryText.make([("phone", phone)])).button
        let talks = Link(
            "Conversations", ConversationPages.path + QueryText.make([("contact_id", contact.text("id"))])
        ).button
        return "<div class=\"buttons mb-3\">\(messages)\(talks)</div>"
    }

    static func ledger(_ entries: [JSONValue], _ keys: KeyNames) -> HTML {
        if entries.isEmpty { return Piece.empty("Nothing yet", "Opt-ins and opt-outs are kept here for good.") }
        return Table<JSONValue>(
            "Opt-ins and opt-outs, newest first",
            [
                .init("Said", .lead) { entry in
                    let isYes = entry.text("status") == ConsentStatus.optedIn.rawValue
                    return Piece.badge(Piece.sentence(entry.text("status")), isYes ? "green" : "red")
                },
                .init("About", .end) { "\(Piece.sentence($0.text("category")))" },
                .init("When") { $0.time("at") ?? .nothing },
                .init("Where") { "\(source($0.text("source")))" },
                .init("Recorded by") { entry in
                    let evidence: HTML? = entry.shown("evidence").map { "<div class=\"small quiet\">\($0)</div>" }
                    let late: HTML? =
                        entry.isTrue("is_applied")
                        ? nil : "<div class=\"small quiet\">changed nothing: something later was known</div>"
                    return "<span class=\"break\">\(keys.words(entry.text("recorded_by")))</span>\(evidence)\(late)"
                },
            ]
        ).bare(entries)
    }

    private static func source(_ word: String) -> String {
        switch word {
        case "keyword": "They wrote it"
        case "user_preferences": "Switched in WhatsApp"
        default: Piece.sentence(word)
        }
    }
}

enum SuppressionWords {
    static func reason(_ word: String) -> String {
        switch SuppressionReason(rawValue: word) {
        case .optedOut: "They said so to you"
        case .userPreferences: "They switched your messages off in WhatsApp"
        case .provider: "WhatsApp refused messages to them"
        case .complaint: "They complained"
        case .invalidNumber: "The number is no good"
        case .legal: "The law forbids it"
        case .manual: "You decided it"
        case nil: Piece.sentence(word)
        }
    }

    static let reasons = SuppressionReason.allCases.map { (value: $0.rawValue, title: reason($0.rawValue)) }
    static let ofTenants = SuppressionReason.ofTenants.map { (value: $0.rawValue, title: reason($0.rawValue)) }
    static let categories: [(value: String, title: String)] =
        [("all", "Everything")] + TemplateCategory.allCases.map { ($0.rawValue, Piece.sentence($0.rawValue)) }
}
