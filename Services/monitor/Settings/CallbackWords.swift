import HTTPServer
import JSON
import Models

/// An endpoint and its deliveries, in words and as a form.
enum CallbackWords {
    static let deliveryStates: [(value: String, title: String)] = [
        ("pending", "Waits"), ("delivered", "Delivered"), ("failed", "Given up"),
    ]

    static let state = Field.choice("status", "State", [("active", "Delivers"), ("paused", "Paused: waits for two weeks")])

    static func badge(_ callback: JSONValue) -> HTML {
        switch callback.text("status") {
        case "active": callback["failing_since"]?.string == nil ? Piece.badge("Works", "green") : Piece.badge("Failing", "red")
        case "paused": Piece.badge("Paused", "amber")
        default: Piece.badge("Switched off", "red")
        }
    }

    private static func deliveryBadge(_ delivery: JSONValue) -> HTML {
        switch delivery.text("status") {
        case "delivered": Piece.badge("Delivered", "green")
        case "failed": Piece.badge("Given up", "red")
        default: Piece.badge("Waits", "blue")
        }
    }

    static let table = Table<JSONValue>(
        "Endpoints, newest first",
        [
            .init("Endpoint", .lead) { callback in
                """
                <a class="row-link break" href="\(CallbackPages.path)/\(callback.text("id"))">\(callback.text("url"))</a>\
                <div class="quiet small break">\(callback.text("description"))</div>
                """
            },
            .init("State", .end) { badge($0) },
            .init("Waiting") { $0.number("waiting") },
            .init("Delivered last") { $0.time("last_delivered_at") ?? "never" },
            .init("Trouble", .whole) { callback in
                callback.shown("last_problem").map { problem in
                    callback["failing_since"]?.string == nil ? .nothing : "<span class=\"small\">\(problem)</span>"
                } ?? .nothing
            },
        ])

    static func trouble(_ callback: JSONValue) -> HTML {
        if callback.text("status") == "disabled" {
            return Piece.notice(
                "We switched it off", "\(callback.text("status_reason")) Repair it, then set its state to “Delivers”.", isBad: true)
        }
        guard let since = callback.time("failing_since") else { return .nothing }
        let rests: HTML? = callback.time("rests_until").map { " It is tried again at \($0)." }
        return Piece.notice("It fails", "\(callback.text("last_problem")) Since \(since).\(rests)", isBad: true)
    }

    static func facts(_ callback: JSONValue) -> HTML {
        Piece.facts([
            ("Address", Piece.code(callback.text("url"))),
            ("Is told of", "\(callback.strings("events").joined(separator: ", "))"),
            ("Waiting", callback.number("waiting")), ("Delivered last", callback.time("last_delivered_at") ?? "never"),
            ("Failed last", callback.time("last_failed_at")), ("Old secret signs until", callback.time("previous_secret_until")),
            ("Added", callback.time("created_at")), ("Id", callback.shown("id")),
        ])
    }

    static func deliveries(_ own: String) -> Table<JSONValue> {
        Table(
            "Deliveries, newest event first",
            [
                .init("Event", .lead) { delivery in
                    "<a class=\"row-link break\" href=\"\(own)/deliveries/\(delivery.text("id"))\">\(delivery.text("type"))</a>"
                },
                .init("State", .end) { deliveryBadge($0) },
                .init("Happened") { $0.time("occurred_at") ?? .nothing },
                .init("Tries") { $0.number("tries") },
                .init("Next try") { $0.time("next_try_at") ?? .nothing },
            ])
    }

    static func delivery(_ delivery: JSONValue) -> HTML {
        let tries = Table<JSONValue>(
            "Tries",
            [
                .init("When", .lead) { $0.time("at") ?? .nothing },
                .init("Answer", .end) { attempt in
                    let status = attempt["status"]?.integer
                    return status.map { Piece.badge("\($0)", (200..<300).contains($0) ? "green" : "red") } ?? "none"
                },
                .init("Took") { $0["milliseconds"]?.integer.map { "\($0) ms" } ?? .nothing },
                .init("Problem", .whole) { $0.shown("problem") ?? .nothing },
                .init("It said", .whole) { attempt in
                    attempt["answer"]?.string.map { "<code class=\"break\">\($0)</code>" } ?? .nothing
                },
            ])
        let facts = Piece.facts([
            ("State", deliveryBadge(delivery)), ("Happened", delivery.time("occurred_at")), ("Tries", delivery.number("tries")),
            ("Next try", delivery.time("next_try_at")), ("Ended", delivery.time("ended_at")),
            ("About", delivery.shown("object_id")), ("webhook-id", delivery.shown("id")),
        ])
        let attempts = delivery.list("attempts")
        return Piece.panel("Delivery", facts)
            + (attempts.isEmpty ? .nothing : Piece.tablePanel("Tries", tries.bare(attempts)))
    }

    // MARK: Forms

    static func fields(_ types: [JSONValue]) -> [Field] {
        let known = types.map { $0.text("type") }.joined(separator: ", ")
        return [
            .line("url", "Address", type: "url", isRequired: true, isWide: true, placeholder: "https://example.com/tidings"),
            .line("description", "What it is", isWide: true),
            .area(
                "events", "Is told of", rows: 2,
                hint: "With commas between; the usual ones unless given. There are: \(known).", placeholder: "message.delivered, message.failed"),
        ]
    }

    static func values(of callback: JSONValue) -> [String: String] {
        [
            "url": callback.text("url"), "description": callback.text("description"),
            "events": callback.strings("events").joined(separator: ", "), "status": callback.text("status"),
        ]
    }

    static func write(_ input: FormInput, into writer: inout JSONWriter) {
        writer.field("url", input["url"])
        writer.field("description", typedOrNull: input["description"])
        writer.key("events")
        let events = input.list("events")
        if events.isEmpty { writer.null() } else { writer.array { list in for event in events { list.string(event) } } }
    }

    static func replayForm(_ own: String, _ values: [String: String] = [:], _ problem: Problem? = nil) -> Form {
        Form(
            action: own + "/replay", submit: "Deliver again",
            fields: [
                .heading("Deliver many again", hint: "What ended in this time, the oldest first, at most 10,000 at once."),
                .line("from", "From (UTC)", type: "datetime-local", isRequired: true),
                .line("to", "To (UTC)", type: "datetime-local"),
                .choice("status", "Which", [("failed", "Given up"), ("delivered", "Delivered"), ("all", "All")]),
            ], values: values, problem: problem)
    }
}
