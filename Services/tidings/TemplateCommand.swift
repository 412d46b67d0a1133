import JSON

/// `tidings template list`
enum TemplateCommand {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        let what = try arguments.word(0, "list, show, submit, examples or add")
        switch what {
        case "list":
            try arguments.noMore(after: 1)
            try await list(session)
        case "show":
            let template = try await session.call("GET", "/v1/templates/\(try arguments.word(1, "ID"))")
            if session.speaks { show(template) }
        case "submit":
            let id = try arguments.word(1, "ID")
            let template = try await session.call("POST", "/v1/templates/\(id)/submit")
            if session.speaks {
                print("\(template.text("name")) (\(template.text("language"))): handed to its provider")
                print(Terminal.coloured("tidings template show \(id)  shows where its approval stands", .grey))
            }
        case "examples":
            let examples = try await session.call("GET", "/v1/templates/examples")["data"]?.elements ?? []
            if session.speaks { Terminal.table(examples.map { [$0.text("name"), $0.text("category"), body(of: $0)] }) }
        case "add":
            let name = try arguments.word(1, "EXAMPLE")
            let template = try await session.call("POST", "/v1/templates/examples/\(name.percentEncoded)")
            if session.speaks {
                print("\(template.text("id"))  \(template.text("name"))  \(template.text("status"))")
                print(Terminal.coloured("tidings template submit \(template.text("id"))  has it approved", .grey))
            }
        default: throw Arguments.Wrong(text: "`\(what)` is not one of list, show, submit, examples, add")
        }
        return 0
    }

    private static func list(_ session: Session) async throws {
        var path = "/v1/templates?limit=200"
        while true {
            let page = try await session.call("GET", path)
            let rows = (page["data"]?.elements ?? []).map { template in
                [
                    template.text("id"), template.text("name"), template.text("language"), template.text("category"),
                    template.text("status"),
                ]
            }
            if session.speaks { Terminal.table(rows) }
            let cursor = page.text("next_cursor")
            if cursor.isEmpty { return }
            path = "/v1/templates?limit=200&cursor=\(cursor)"
        }
    }

    private static func show(_ template: JSONValue) {
        let status = template.text("status")
        print("\(template.text("name")) (\(template.text("language")))  \(template.text("category"))")
        print(Terminal.coloured(status, Terminal.colour(ofStatus: status)))
        let reason = template.text("rejected_reason")
        if !reason.isEmpty { print("reason: \(reason)") }
        for component in template["components"]?.elements ?? [] {
            print("\(component.text("type").lowercased().padded(to: 8)) \(component.text("text"))")
        }
    }

    private static func body(of template: JSONValue) -> String {
        template["components"]?.elements?.first { $0.text("type") == "BODY" }?.text("text") ?? ""
    }
}
