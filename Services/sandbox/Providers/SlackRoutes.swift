import HTTPServer
import JSON
import Models
import Runtime

/// Slack's incoming webhooks, and the two methods of its Web API that a bot writes with.
struct SlackRoutes: Sendable {
    static let apiPath = "/slack-api"

    let inbox: Inbox

    func add(to router: inout Router) {
        router.on(.post, "/slack") { webhook($0) }
        router.on(.post, "/slack/{path...}") { webhook($0) }
        router.on(.post, Self.apiPath + "/chat.postMessage") { postMessage($0) }
        router.on(.post, Self.apiPath + "/chat.update") { update($0) }
    }

    // MARK: Webhooks

    /// Errors are plain words, as Slack's are.
    private func webhook(_ request: Request) -> Response {
        if let failure = inbox.nextSlackFailure() { return Self.refusal(failure.status) }
        guard let root = Self.object(request) else { return .text(400, "invalid_payload") }
        switch Self.reading(root, request) {
        case .refused(let word): return .text(400, word)
        case .taken(let item):
            inbox.add(item)
            return .text(200, "ok")
        }
    }

    private static func refusal(_ status: Int) -> Response {
        let words = [
            400: "invalid_payload", 403: "action_prohibited", 404: "no_service", 410: "channel_is_archived",
            429: "rate_limited", 500: "rollup_error",
        ]
        var response = Response.text(status, words[status] ?? "server_error")
        if status == 429 { response.addHeader("Retry-After", "1") }
        return response
    }

    // MARK: Web API

    private func postMessage(_ request: Request) -> Response {
        answered(request) { root, item in
            guard let channel = root["channel"]?.string, !channel.isEmpty else { return Self.error("channel_not_found") }
            var answer = item
            answer.threadTS = root["thread_ts"]?.string
            if let thread = answer.threadTS, !inbox.holds(ts: thread) { return Self.error("thread_not_found") }
            return Self.success(channel: channel, ts: inbox.addFromBot(answer))
        }
    }

    private func update(_ request: Request) -> Response {
        answered(request) { root, item in
            guard let channel = root["channel"]?.string, let ts = root["ts"]?.string, inbox.edit(ts: ts, to: item) else {
                return Self.error("message_not_found")
            }
            return Self.success(channel: channel, ts: ts)
        }
    }

    private func answered(_ request: Request, _ take: (JSONValue, Inbox.Item) -> Response) -> Response {
        if let failure = inbox.nextSlackFailure() {
            if failure.status == 429 {
                var response = Self.error("ratelimited", status: 429)
                response.addHeader("Retry-After", "1")
                return response
            }
            return failure.error.map { Self.error($0) } ?? .text(failure.status, "server_error")
        }
        guard request.header("Authorization")?.hasPrefix("Bearer xoxb-") == true else { return Self.error("not_authed") }
        guard let root = Self.object(request) else { return Self.error("invalid_json") }
        switch Self.reading(root, request) {
        case .refused(let word): return Self.error(word)
        case .taken(let item): return take(root, item)
        }
    }

    private static func success(channel: String, ts: String) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("ok", true)
            writer.field("channel", channel)
            writer.field("ts", ts)
        }
        return .json(200, writer.bytes)
    }

    private static func error(_ word: String, status: Int = 200) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("ok", false)
            writer.field("error", word)
        }
        return .json(status, writer.bytes)
    }

    // MARK: Messages

    private enum Reading {
        case taken(Inbox.Item)
        case refused(String)
    }

    private static func object(_ request: Request) -> JSONValue? {
        guard let root = (try? JSONDocument(parsing: request.body))?.root, root.kind == .object else { return nil }
        return root
    }

    private static func reading(_ root: JSONValue, _ request: Request) -> Reading {
        let text = root["text"]?.string ?? ""
        let blocks = root["blocks"]?.elements ?? []
        if text.isEmpty, blocks.isEmpty { return .refused("no_text") }
        guard blocks.count <= 50, blocks.allSatisfy(isBlock) else { return .refused("invalid_blocks") }
        let shown = blocks.flatMap(texts)
        return .taken(
            Inbox.Item(
                kind: .slack,
                at: SystemClock.now(),
                from: "",
                to: [request.path],
                subject: text,
                text: shown.isEmpty ? text : shown.joined(separator: "\n"),
                html: nil,
                raw: request.body
            ))
    }

    /// Slack's limits: a header of 150 characters, a section of 3,000, ten fields of 2,000.
    private static func isBlock(_ block: JSONValue) -> Bool {
        switch block["type"]?.string {
        case "header": (block["text"]?["text"]?.string?.count).map { (1...150).contains($0) } ?? false
        case "section":
            (block["text"]?["text"]?.string?.count ?? 0) <= 3_000
                && (block["fields"]?.elements ?? []).count <= 10
                && (block["fields"]?.elements ?? []).allSatisfy { ($0["text"]?.string?.count ?? 0) <= 2_000 }
        case "actions": (1...25).contains((block["elements"]?.elements ?? []).count)
        case "divider", "context", "image": true
        default: false
        }
    }

    private static func texts(_ block: JSONValue) -> [String] {
        let elements = block["elements"]?.elements ?? []
        let parts = [block["text"]].compactMap { $0 } + (block["fields"]?.elements ?? []) + elements
        let buttons = elements.compactMap { button in
            button["url"]?.string.map { "\(button["text"]?["text"]?.string ?? "Open"): \($0)" }
        }
        return parts.compactMap { $0["text"]?.string } + buttons
    }
}
