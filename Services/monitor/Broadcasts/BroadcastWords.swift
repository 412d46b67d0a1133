import JSON
import Models
import Postgres
import Spreadsheet
import Storage

/// A broadcast as a form, in words, and as lines of a table.
enum BroadcastWords {
    static let statuses: [(value: String, title: String)] = [
        ("draft", "Draft"), ("scheduled", "Planned"), ("running", "Running"), ("paused", "Paused"), ("done", "Done"),
        ("cancelled", "Called back"),
    ]

    static func badge(_ broadcast: JSONValue) -> HTML {
        let status = broadcast.text("status")
        // All are handed over, and some are on their way still.
        if status == "done", isMoving(broadcast) { return Piece.badge("Going out", "blue") }
        let title = statuses.first { $0.value == status }?.title ?? Piece.sentence(status)
        let colour =
            switch status {
            case "running", "scheduled": "blue"
            case "done": "green"
            case "paused": "amber"
            default: "grey"
            }
        return Piece.badge(title, colour)
    }

    /// Whether its figures change without anybody's doing.
    static func isMoving(_ broadcast: JSONValue) -> Bool {
        switch broadcast.text("status") {
        case "running", "scheduled": true
        case "done", "paused", "cancelled":
            (broadcast["messages"]?.members ?? []).contains { member in
                MessageState(name: member.key)?.awaitsUs == true && (member.value.integer ?? 0) > 0
            }
        default: false
        }
    }

    static func what(_ broadcast: JSONValue) -> String {
        let message = broadcast["message"]
        guard let template = message?["template"] else { return Piece.sentence(message?.text("type") ?? "") }
        return "\(template.text("name")) (\(template.text("language")))"
    }

    static func facts(_ broadcast: JSONValue) -> HTML {
        let variables = broadcast["message"]?["template"]?["variables"]
        return Piece.facts([
            ("Sends", "\(what(broadcast))"),
            ("Same for everybody", variables.map { "<pre class=\"data\">\(DataLines.text($0))</pre>" }),
            ("Sender", broadcast["message"]?.shown("sender_id")), ("Planned for", broadcast.time("scheduled_for")),
            ("Drafted", broadcast.time("created_at")), ("Started", broadcast.time("started_at")),
            ("Finished", broadcast.time("finished_at")), ("Id", broadcast.shown("id")),
        ])
    }

    // MARK: The form

    static func fields(templates: [JSONValue], senders: [JSONValue]) -> [Field] {
        [
            .line("name", "Name", hint: "You will know it by this.", isRequired: true, isWide: true, placeholder: "Spring offer"),
            .choice(
                "template", "Template",
                templates.map { template in
                    let variables = template.list("variables").map { $0.text("name") }.joined(separator: ", ")
                    let title = "\(template.text("name")) (\(template.text("language")))"
                    return (
                        "\(template.text("name")) \(template.text("language"))",
                        variables.isEmpty ? title : "\(title): \(variables)"
                    )
                }, api: "message.template"),
            .choice(
                "sender_id", "Sender",
                [("", "The default one")] + senders.map { ($0.text("id"), "\($0.text("name")) \($0.text("display_phone_number"))") },
                isRequired: false, api: "message.sender_id"),
            .line(
                "scheduled_for", "When (UTC)", type: "datetime-local", hint: "As soon as you start it, unless given."),
            .area(
                "variables", "Variables that are the same for everybody",
                hint: "One a line. What differs comes with the recipients.", api: "message.template.variables",
                placeholder: "event_name: Swift Day"),
        ]
    }

    static let recipientFields: [Field] = [
        .heading(
            "Recipients",
            hint: "CSV whose first row names the columns: to, perhaps reference, and one for each variable. Several uploads add up."),
        .file("file", "A file", accept: ".csv,text/csv", hint: "Up to 8 MiB; the API takes up to 16 MiB."),
        .area("rows", "Or the rows themselves", rows: 6, placeholder: "to,first_name\n+393401234567,Ada"),
    ]

    static func values(of broadcast: JSONValue) -> [String: String] {
        let message = broadcast["message"]
        let template = message?["template"]
        return [
            "name": broadcast.text("name"), "template": "\(template?.text("name") ?? "") \(template?.text("language") ?? "")",
            "sender_id": message?.text("sender_id") ?? "", "variables": DataLines.text(template?["variables"]),
            "scheduled_for": String(broadcast.text("scheduled_for").prefix(16)),
        ]
    }

    static func write(_ input: FormInput, into writer: inout JSONWriter) {
        let template = input["template"].split(separator: " ", maxSplits: 1).map(String.init)
        writer.field("name", input["name"])
        writer.field("message", object: { writer in
            writer.field("type", "template")
            writer.field("template", object: { writer in
                writer.field("name", template.first ?? "")
                writer.field("language", template.count > 1 ? template[1] : "")
                if input.isOn("variables") {
                    writer.field("variables", raw: DataLines.json(input["variables"], over: nil, isTexts: true))
                }
            })
            writer.field("sender_id", typed: input["sender_id"])
        })
    }

    static let resultColumns = ["to", "reference", "status", "problem", "error_code", "message_id"].map { Column($0) }

    /// One recipient's row of the results.
    static func row(_ result: BroadcastResult) -> [Spreadsheet.Cell] {
        let problem = result.problem.flatMap { try? JSONDocument(parsing: $0.bytes) }?.root
        let state = result.state.map(Piece.words) ?? (problem == nil ? "Not yet made" : "Refused")
        let error = result.errorCode.map { ProviderErrors.describe(code: $0).title }
        return [
            .text(result.written), .text(result.reference), .text(state), .text(problem?.text("detail") ?? error),
            .integer(result.errorCode), .text(result.messageID?.description),
        ]
    }
}
