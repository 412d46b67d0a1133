import JSON
import Runtime

/// `tidings status ID`
enum StatusCommand {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        let id = try arguments.word(0, "ID")
        try arguments.noMore(after: 1)
        let message = try await session.call("GET", "/v1/messages/\(id)")
        guard session.speaks else { return 0 }
        let status = message.text("status")
        print("\(message.text("to"))  \(Terminal.coloured(status, Terminal.colour(ofStatus: status)))", terminator: "")
        print("  \(message.text("kind"))  retries \(message.text("retry_count"))/\(message.text("max_retries"))")
        if let error = message["error"], !error.isNull {
            print("\(error.text("code")) \(error.text("title")): \(error.text("explanation"))")
            print("\(error.text("remedy")) (\(error.text("who_acts")))")
        }
        Terminal.table((message["timeline"]?.elements ?? []).map { [$0.text("at"), $0.text("type"), $0.text("attempt")] })
        let isOpen = ["scheduled", "queued", "waiting", "held", "unanswered", "sending"].contains(status)
        if isOpen { try await explain(id, session) }
        return 0
    }

    private static func explain(_ id: String, _ session: Session) async throws {
        let answer = try await session.call("GET", "/v1/messages/\(id)/explain")
        for reason in answer["reasons"]?.elements ?? [] {
            let until = reason.text("until")
            print("waits: \(reason.text("detail"))\(until.isEmpty ? "" : " (until \(until))")")
        }
        let estimate = answer.text("estimated_send_at")
        if !estimate.isEmpty { print("will probably go at \(estimate)") }
    }
}

/// `tidings tail --status failed -n 20`
enum TailCommand {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        try arguments.noMore(after: 0)
        let count = try arguments.integer("n", default: 10, in: 1...200)
        let filter = arguments.value("status").map { "&status=\($0.percentEncoded)" } ?? ""
        var newest = ""
        var limit = count
        while true {
            let page = try await session.call("GET", "/v1/messages?limit=\(limit)\(filter)")
            // Ids begin with their time, so that greater is newer.
            let fresh = (page["data"]?.elements ?? []).filter { $0.text("id") > newest }.reversed()
            if session.speaks, !fresh.isEmpty { Terminal.table(fresh.map(row)) }
            newest = fresh.last?.text("id") ?? newest
            if arguments.has("once") { return 0 }
            limit = 200
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func row(_ message: JSONValue) -> [String] {
        [
            message.text("created_at"), message.text("id"), message.text("to"), message.text("status"),
            message.text("kind"), message["error"]?.text("title") ?? "",
        ]
    }
}

/// `tidings retry ID`, or many: counted first, then done when confirmed.
enum RetryCommand {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        if arguments.words.isEmpty { return try await many(arguments, session) }
        let id = try arguments.word(0, "ID")
        try arguments.noMore(after: 1)
        var body = JSONWriter()
        body.object { $0.field("force", arguments.has("force")) }
        let answer = try await session.call("POST", "/v1/messages/\(id)/retry", body.bytes)
        if session.speaks { print("\(answer.text("id"))  \(answer.text("status"))  in place of \(id)") }
        return 0
    }

    private static func many(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        guard let status = arguments.value("status") else {
            throw Arguments.Wrong(text: "ID, or --status failed, is missing")
        }
        var body = JSONWriter()
        let code = try arguments.value("error-code").map { text throws(Arguments.Wrong) in
            guard let code = Int(text) else { throw Arguments.Wrong(text: "--error-code must be a number") }
            return code
        }
        body.object { plan in
            plan.field(
                "filter",
                object: { filter in
                    filter.field("status", status)
                    filter.field("error_code", code)
                })
            plan.field("dry_run", true)
        }
        let plan = try await session.call("POST", "/v1/messages/retry", body.bytes)
        let count = plan["would_repeat"]?.integer ?? 0
        if session.speaks { print("\(count) of \(plan.text("found")) would be sent again") }
        guard count > 0 else { return 0 }
        guard arguments.has("yes") || Terminal.confirms("Send them again?") else {
            print("nothing was sent; --yes does it without asking")
            return 0
        }
        var order = JSONWriter()
        order.object { $0.field("plan_id", plan.text("plan_id")) }
        let result = try await session.call("POST", "/v1/messages/retry", order.bytes)
        if session.speaks { print("sent again: \(result.text("repeated"))") }
        return 0
    }
}

extension String {
    /// For a value in an address.
    var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count < 2 ? "0" + digits : digits)
            }
        }
        return text
    }
}
