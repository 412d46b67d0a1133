import JSON

/// A rule in plain words.
enum RuleWords {
    /// “When MemberRegistered happens, welcome_new_member is sent at once.”
    static func sentence(_ rule: JSONValue) -> HTML {
        let template = rule["template"]
        return """
            When <b>\(rule.text("event_type"))</b> happens, the template <b class="break">\(template?.text("name") ?? "")</b> \
            (\(template?.text("language") ?? "")) is sent \(timing(rule["timing"])).
            """
    }

    static func timing(_ timing: JSONValue?) -> String {
        guard let timing, !timing.isNull else { return "at once" }
        let units = ["days", "hours", "minutes", "seconds"]
        let given = units.compactMap { unit -> (text: String, isBefore: Bool)? in
            guard let count = timing[unit]?.integer, count != 0 else { return nil }
            let name = count.magnitude == 1 ? String(unit.dropLast()) : unit
            return ("\(count.magnitude) \(name)", count < 0)
        }
        let anchor = timing["relative_to"]?.string ?? "the event"
        let at = timing["at"]?.string.map { " at \($0)" } ?? ""
        if given.isEmpty {
            return timing["relative_to"]?.string == nil && at.isEmpty ? "at once" : "on the day of \(anchor)\(at)"
        }
        let distance = given.map(\.text).joined(separator: " and ")
        return "\(distance) \(given[0].isBefore ? "before" : "after") \(anchor)\(at)"
    }

    static func badge(_ rule: JSONValue) -> HTML {
        rule.isTrue("enabled") ? Piece.badge("On", "green") : Piece.badge("Off", "grey")
    }

    /// `{"ticket_type": "VIP"}` → ticket_type is VIP
    static func conditions(_ filter: JSONValue?) -> HTML? {
        guard let members = filter?.members, !members.isEmpty else { return nil }
        let lines = members.map { member -> HTML in
            let tests = member.value.members
            if let tests {
                return "\(tests.map { "<li>\(member.key) \(test($0.key)) \(value($0.value))</li>" as HTML })"
            }
            let isList = member.value.elements != nil
            return "<li>\(member.key) \(isList ? "is one of" : "is") \(value(member.value))</li>"
        }
        return "<ul class=\"errors\">\(lines)</ul>"
    }

    private static func test(_ word: String) -> String {
        let words = [
            "eq": "is", "ne": "is not", "in": "is one of", "not_in": "is none of", "gt": "is more than",
            "gte": "is at least", "lt": "is less than", "lte": "is at most", "exists": "is there:",
            "contains": "contains", "starts_with": "begins with",
        ]
        return words[word] ?? word
    }

    private static func value(_ value: JSONValue) -> String {
        if let elements = value.elements {
            return elements.map { self.value($0) }.joined(separator: ", ")
        }
        if value.isNull { return "nothing" }
        return value.string ?? String(decoding: value.serialized(), as: UTF8.self)
    }

    /// Where the values of the template's variables come from.
    static func variables(_ variables: JSONValue?) -> HTML? {
        guard let members = variables?.members, !members.isEmpty else { return nil }
        return "\(members.map { "<div>\(Piece.code($0.key)) ← \(source($0.value))</div>" as HTML })"
    }

    private static func source(_ source: JSONValue) -> HTML {
        if let path = source.string { return "\(path)" }
        if let text = source["text"]?.string { return "“\(text)”" }
        let format: HTML? = source.shown("format").map { " as \($0)" }
        let fallback: HTML? = source.shown("default").map { ", or “\($0)”" }
        return "\(source.text("from"))\(format)\(fallback)"
    }

    static func onRepeat(_ word: String) -> String {
        switch word {
        case "replace": "The last event of a subject counts"
        case "ignore": "The first event of a subject counts"
        default: "Each event has messages of its own"
        }
    }
}

enum TaskWords {
    static let statuses: [(value: String, title: String)] = [
        ("pending", "Waits"), ("executing", "Being made"), ("done", "Message made"), ("skipped", "Skipped"),
        ("failed", "Failed"), ("cancelled", "Cancelled"),
    ]

    static func badge(_ status: String) -> HTML {
        let title = statuses.first { $0.value == status }?.title ?? Piece.sentence(status)
        let colour =
            switch status {
            case "pending", "executing": "blue"
            case "done": "green"
            case "skipped": "amber"
            case "failed": "red"
            default: "grey"
            }
        return Piece.badge(title, colour)
    }
}
