import HTTPServer
import JSON
import Models
import Runtime

/// The page that shows what arrived in Slack and by mail, and the same as JSON.
struct InboxRoutes: Sendable {
    let inbox: Inbox

    func add(to router: inout Router) {
        router.on(.get, "/inbox") { _ in .html(200, InboxPage.render(inbox.items, total: inbox.total)) }
        router.on(.get, "/inbox.json") { _ in json() }
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
                            object.field("ts", item.ts)
                            object.field("thread_ts", item.threadTS)
                            object.field("edited", item.isEdited)
                            object.field("raw", String(decoding: item.raw, as: UTF8.self))
                        }
                    }
                }
            )
        }
        return .json(200, writer.bytes)
    }
}
