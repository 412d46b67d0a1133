import HTTPServer
import JSON
import Models
import Runtime

/// Slack's incoming webhooks, and the page that shows what arrived there and by mail.
struct InboxRoutes: Sendable {
    let inbox: Inbox

    func add(to router: inout Router) {
        router.on(.post, "/slack") { slack($0) }
        router.on(.post, "/slack/{path...}") { slack($0) }
        router.on(.get, "/inbox") { _ in .html(200, InboxPage.render(inbox.items, total: inbox.total)) }
        router.on(.get, "/inbox.json") { _ in json() }
    }

    /// Errors are plain words, as Slack's are.
    private func slack(_ request: Request) -> Response {
        if let status = inbox.nextSlackFailure() { return Self.refusal(status) }
        guard let root = (try? JSONDocument(parsing: request.body))?.root, root.kind == .object else {
            return .text(400, "invalid_payload")
        }
        let text = root["text"]?.string ?? ""
        let blocks = root["blocks"]?.elements ?? []
        if text.isEmpty, blocks.isEmpty { return .text(400, "no_text") }
        guard blocks.count <= 50, blocks.allSatisfy(Self.isBlock) else { return .text(400, "invalid_blocks") }
        let shown = blocks.flatMap(Self.texts)
        inbox.add(
            Inbox.Item(
                kind: .slack,
                at: SystemClock.now(),
                from: "",
                to: [request.path],
                subject: text,
                text: shown.isEmpty ? text : shown.joined(separator: "\n"),
                html: nil,
                raw: request.body
            )
        )
        return .text(200, "ok")
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

    /// Slack's limits: a header of 150 characters, a section of 3,000, ten fields of 2,000.
    private static func isBlock(_ block: JSONValue) -> Bool {
        switch block["type"]?.string {
        case "header": (block["text"]?["text"]?.string?.count).map { (1...150).contains($0) } ?? false
        case "section":
            (block["text"]?["text"]?.string?.count ?? 0) <= 3_000
                && (block["fields"]?.elements ?? []).count <= 10
                && (block["fields"]?.elements ?? []).allSatisfy { ($0["text"]?.string?.count ?? 0) <= 2_000 }
        case "divider", "context", "actions", "image": true
        default: false
        }
    }

    private static func texts(_ block: JSONValue) -> [String] {
        let parts =
            [block["text"]].compactMap { $0 } + (block["fields"]?.elements ?? [])
            + (block["elements"]?.elements ?? [])
        return parts.compactMap { $0["text"]?.string }
    }

    private func json() -> Response {
        let items = inbox.items
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("total", inbox.total)
            writer.field(
                "data",
                array: { list in
                    for item in items {
                        list.object { object in
                            object.field("kind", item.kind.rawValue)
                            object.field("at", item.at.rfc3339)
                            object.field("from", item.from)
                            object.field("to", item.to)
                            object.field("subject", item.subject)
                            object.field("text", item.text)
                            object.field("html", item.html)
                            object.field("raw", String(decoding: item.raw, as: UTF8.self))
                        }
                    }
                }
            )
        }
        return .json(200, writer.bytes)
    }
}
