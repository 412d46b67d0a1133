import HTTPServer
import JSON
import Models
import Runtime

/// What tests ask and order: what was sent, what was posted, what shall arrive.
struct OracleRoutes: Sendable {
    static let sendsAnsweredMax = 10_000

    let standIn: MetaStandIn
    let twilio: TwilioStandIn
    let callbacks: TwilioCallbacks
    let poster: WebhookPoster
    let inbox: Inbox
    let graph: GraphRoutes

    func add(to router: inout Router) {
        router.on(.get, "/oracle/sends") { sends($0) }
        router.on(.get, "/oracle/summary") { _ in summary() }
        router.on(.get, "/oracle/limits") { _ in limits() }
        router.on(.post, "/oracle/reset") { _ in
            standIn.reset()
            twilio.reset()
            callbacks.reset()
            poster.reset()
            inbox.reset()
            return .empty()
        }
        router.on(.post, "/oracle/webhooks/pause") { _ in
            poster.setPaused(true)
            callbacks.setPaused(true)
            return .empty()
        }
        router.on(.post, "/oracle/webhooks/resume") { _ in
            poster.setPaused(false)
            callbacks.setPaused(false)
            return .empty()
        }
        router.on(.post, "/oracle/webhook") { request in
            poster.post(request.body)
            return .empty(202)
        }
        router.on(.post, "/oracle/inbound") { try inbound($0) }
        router.on(.post, "/oracle/phones") { try teachPhone($0) }
        router.on(.post, "/oracle/templates") { try setTemplateStatus($0) }
        router.on(.post, "/oracle/slack") { request in
            let order = try Self.object(request)
            inbox.failSlack(
                .init(
                    times: Int(order["fail"]?.integer ?? 1),
                    status: Int(order["status"]?.integer ?? 500),
                    error: order["error"]?.string))
            return .empty()
        }
        router.on(.post, "/oracle/smtp") { request in
            let order = try Self.object(request)
            inbox.failMail(times: Int(order["fail"]?.integer ?? 1), code: Int(order["code"]?.integer ?? 451))
            return .empty()
        }
    }

    // MARK: Reading

    private func sends(_ request: Request) -> Response {
        let message = request.query("message").map { CallbackData("v1.\($0).1").message }
        let reference = request.query("reference").map { CallbackData($0) }
        let recipient = request.query("recipient").map { text in UInt64(text.filter(\.isNumber)) ?? 0 }
        let since = request.query("since").flatMap { Timestamp(rfc3339: $0) }
        let found = standIn.entries(
            where: { entry in
                if let message, entry.message != message { return false }
                if let reference, entry.message != reference.message || entry.attempt != reference.attempt {
                    return false
                }
                if let recipient, entry.recipient != recipient { return false }
                if let since, entry.at < since { return false }
                return true
            },
            max: Self.sendsAnsweredMax
        )
        var writer = JSONWriter(capacity: 64 + found.count * 260)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for (entry, timesSeen) in found {
                        list.object { Self.write(entry, timesSeen, to: &$0) }
                    }
                }
            )
        }
        return .json(200, writer.bytes)
    }

    private static func write(_ entry: SendLog.Entry, _ timesSeen: Int, to object: inout JSONWriter) {
        if let foreign = entry.foreign {
            object.field("reference", foreign)
        } else if entry.message != SendLog.none {
            object.field("reference", "v1.\(entry.message).\(entry.attempt)")
            object.field("message_id", entry.message.description)
            object.field("attempt", entry.attempt)
        }
        object.field("recipient", "+\(entry.recipient)")
        object.field("phone_number_id", entry.account.phoneNumberID)
        object.field("accepted", entry.isAccepted)
        object.field("at", entry.at.rfc3339)
        object.field("times_seen", timesSeen)
    }

    private func summary() -> Response {
        let (sends, breaches) = standIn.summary
        let webhooks = poster.totals
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("sends", sends.sends)
            writer.field("accepted", sends.accepted)
            writer.field("distinct_messages", sends.distinctMessages)
            writer.field("sent_twice", sends.sentTwice)
            writer.field(
                "webhooks",
                object: { object in
                    object.field("posted", webhooks.posted)
                    object.field("failed", webhooks.failed)
                    object.field("statuses", webhooks.statuses)
                    object.field("dropped", webhooks.dropped)
                    object.field("waiting_receipts", webhooks.waitingReceipts)
                    object.field("waiting_posts", webhooks.waitingPosts)
                }
            )
            let told = callbacks.totals
            writer.field(
                "callbacks",
                object: { object in
                    object.field("posted", told.posted)
                    object.field("failed", told.failed)
                    object.field("dropped", told.dropped)
                    object.field("waiting_posts", told.waitingPosts)
                }
            )
            writer.field("limits", object: { Self.write(breaches, to: &$0) })
        }
        return .json(200, writer.bytes)
    }

    // MARK: Ordering

    static func object(_ request: Request) throws -> JSONValue {
        if request.body.isEmpty { return try JSONDocument(parsing: "{}").root }
        guard let root = (try? JSONDocument(parsing: request.body))?.root, root.kind == .object else {
            throw Problem(
                status: 400,
                code: "malformed_body",
                title: "Malformed body",
                detail: "The body is not a JSON object."
            )
        }
        return root
    }

    static func missing(_ fields: String) -> Problem {
        Problem(status: 400, code: "missing_field", title: "Missing field", detail: "Needed: \(fields).")
    }

    private func inbound(_ request: Request) throws -> Response {
        let order = try Self.object(request)
        guard let from = order["from"]?.string, let to = order["to"]?.string, let phone = standIn.phone(to)
        else {
            throw Self.missing("from, to (a phone number id), text")
        }
        let digits = from.filter(\.isNumber)
        let id = standIn.nextMessageID(to: digits)
        standIn.withLimits { limits in
            limits.openWindow(of: phone, with: UInt64(digits) ?? 0, at: SystemClock.now())
        }
        poster.post(
            WebhookBody.inbound(
                from: digits,
                name: order["name"]?.string ?? "Ada",
                text: order["text"]?.string ?? "",
                id: id,
                timestamp: SystemClock.now().microseconds / 1_000_000,
                to: phone
            )
        )
        var writer = JSONWriter()
        writer.object { $0.field("id", id) }
        return .json(202, writer.bytes)
    }

    private func setTemplateStatus(_ request: Request) throws -> Response {
        let order = try Self.object(request)
        guard let account = order["waba_id"]?.string, let name = order["name"]?.string,
            let status = order["status"]?.string
        else { throw Self.missing("waba_id, name, status") }
        for template in standIn.withShelf({ $0.setStatus(status, of: name, in: account) }) {
            graph.tell(template, event: status, accountID: account)
        }
        return .empty()
    }
}
