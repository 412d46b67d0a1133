import HTTPServer
import JSON
import Models
import Runtime
import Synchronization

/// Twilio's Content API: contents and what becomes of their approval. Names decide as they do for Meta's templates.
final class ContentShelf: Sendable {
    static let contentsMax = 10_000

    private struct Content {
        let sid: String
        let accountSid: String
        let friendlyName: String
        let language: String
        let variables: [UInt8]
        let types: [UInt8]
        var approval: (name: String, category: String, status: String, reason: String)?
    }

    private let contents = Mutex<[Content]>([])
    private let run: String

    init(run: String) {
        self.run = run
    }

    func add(_ given: JSONValue, to accountSid: String) -> [UInt8]? {
        guard let language = given["language"]?.string, let types = given["types"], let members = types.members,
            !members.isEmpty
        else { return nil }
        return contents.withLock { contents in
            guard contents.count < Self.contentsMax else { return nil }
            let number = String(contents.count + 1, radix: 16)
            let content = Content(
                sid: "HX" + run + String(repeating: "0", count: max(0, 16 - number.utf8.count)) + number,
                accountSid: accountSid, friendlyName: given["friendly_name"]?.string ?? "", language: language,
                variables: given["variables"]?.serialized() ?? Array("{}".utf8), types: types.serialized())
            contents.append(content)
            var writer = JSONWriter()
            writer.object { Self.write(content, into: &$0) }
            return writer.bytes
        }
    }

    /// Nil when there is none; the answer's word is how Twilio begins, what the list says later is the verdict.
    func approve(_ sid: String, of accountSid: String, name: String, category: String) -> [UInt8]? {
        let isKnown = contents.withLock { contents in
            guard let index = contents.firstIndex(where: { $0.sid == sid && $0.accountSid == accountSid }) else { return false }
            let status = name.hasSuffix("_rejected") ? "rejected" : name.hasSuffix("_slow") ? "pending" : "approved"
            contents[index].approval = (
                name, category, status, status == "rejected" ? "The template's format is not allowed." : ""
            )
            return true
        }
        guard isKnown else { return nil }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("name", name)
            writer.field("category", category)
            writer.field("status", "received")
            writer.field("rejection_reason", "")
        }
        return writer.bytes
    }

    func remove(_ sid: String, of accountSid: String) -> Bool {
        contents.withLock { contents in
            let before = contents.count
            contents.removeAll { $0.sid == sid && $0.accountSid == accountSid }
            return contents.count < before
        }
    }

    func list(of accountSid: String, page: Int, pageSize: Int) -> [UInt8] {
        let all = contents.withLock { $0.filter { $0.accountSid == accountSid } }
        let begin = min(page * pageSize, all.count)
        let end = min(begin + pageSize, all.count)
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field(
                "contents",
                array: { list in for content in all[begin..<end] { list.object { Self.write(content, into: &$0) } } })
            writer.field(
                "meta",
                object: { meta in
                    meta.field("page", page)
                    meta.field("page_size", pageSize)
                    meta.field("key", "contents")
                    meta.key("next_page_url")
                    if end < all.count {
                        meta.string("https://content.twilio.com/v1/ContentAndApprovals?PageSize=\(pageSize)&Page=\(page + 1)")
                    } else {
                        meta.null()
                    }
                })
        }
        return writer.bytes
    }

    private static func write(_ content: Content, into writer: inout JSONWriter) {
        writer.field("sid", content.sid)
        writer.field("account_sid", content.accountSid)
        writer.field("friendly_name", content.friendlyName)
        writer.field("language", content.language)
        writer.field("variables", raw: content.variables)
        writer.field("types", raw: content.types)
        writer.field(
            "approval_requests",
            object: { writer in
                writer.field("name", content.approval?.name ?? "")
                writer.field("category", content.approval?.category ?? "")
                writer.field("status", content.approval?.status ?? "unsubmitted")
                writer.field("rejection_reason", content.approval?.reason ?? "")
            })
    }
}
