import JSON
import Models
import Runtime

/// `tidings send +393401234567 event_reminder_24h attendee_name=Ada --wait`
enum SendCommand {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        let to = try arguments.word(0, "TO, a number such as +393401234567,")
        var writer = JSONWriter()
        if let text = arguments.value("text") {
            try arguments.noMore(after: 1)
            writer.object { message in
                common(arguments, to, "text", &message)
                message.field("text", object: { $0.field("body", text) })
            }
        } else {
            let name = try arguments.word(1, "TEMPLATE, or --text,")
            let variables = try variables(Array(arguments.words.dropFirst(2)))
            writer.object { message in
                common(arguments, to, "template", &message)
                message.field(
                    "template",
                    object: { template in
                        template.field("name", name)
                        template.field("language", arguments.value("language") ?? "en")
                        if !variables.isEmpty { template.field("variables", object: { write(variables, to: &$0) }) }
                    })
            }
        }
        // So that somebody who presses return twice, or whose line breaks, sends once.
        let key = IDSource().uuid().description
        let answer = try await session.call("POST", "/v1/messages", writer.bytes, headers: [("Idempotency-Key", key)])
        let id = answer.text("id")
        if session.speaks {
            print("\(id)  \(answer.text("status"))")
            for warning in answer["warnings"]?.elements ?? [] { print("  \(warning.text("detail"))") }
        }
        if arguments.has("wait") { return try await follow(id, session) }
        if session.speaks { print(Terminal.coloured("tidings status \(id)  shows what becomes of it", .grey)) }
        return 0
    }

    private static func common(
        _ arguments: Arguments, _ to: String, _ type: String, _ message: inout JSONWriter
    ) {
        message.field("to", to)
        message.field("type", type)
        for (option, name) in [
            ("kind", "kind"), ("reference", "reference"), ("at", "scheduled_for"), ("sender", "sender_id"),
        ] {
            guard let value = arguments.value(option) else { continue }
            message.key(name)
            message.string(value)
        }
    }

    private static func variables(_ words: [String]) throws(Arguments.Wrong) -> [(String, String)] {
        var variables: [(String, String)] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw Arguments.Wrong(text: "`\(word)` is no NAME=VALUE")
            }
            variables.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
        }
        return variables
    }

    private static func write(_ variables: [(String, String)], to object: inout JSONWriter) {
        for (name, value) in variables {
            object.key(name)
            object.string(value)
        }
    }

    /// Shows each state until nothing more is to come, for a minute at most: 0 when the message arrived.
    private static func follow(_ id: String, _ session: Session) async throws -> Int32 {
        var shown = ""
        let end = Monotonic.now() + .seconds(60)
        while Monotonic.now() < end {
            let message = try await session.call("GET", "/v1/messages/\(id)")
            let status = message.text("status")
            if status != shown, session.speaks {
                print("  \(Terminal.coloured(status, Terminal.colour(ofStatus: status)))")
                Terminal.flush()
            }
            shown = status
            if ["delivered", "read"].contains(status) { return 0 }
            if ["failed", "undelivered", "expired", "cancelled"].contains(status) {
                if let error = message["error"], session.speaks {
                    print("  \(error.text("title")): \(error.text("explanation"))\n  \(error.text("remedy"))")
                }
                return 1
            }
            try await Task.sleep(for: .milliseconds(300))
        }
        Terminal.complain("no receipt within a minute", "tidings status \(id)  says what it waits for")
        return 1
    }
}
