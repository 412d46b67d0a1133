import HTTPClient
import JSON
import Runtime
import Storage

/// Slack by its API, as an app with a bot token: what follows an alert is said in the thread of its first message, and
/// that message shows when all is over.
struct SlackBot: Sendable {
    /// Answers that mean: what it was to be said under is gone. It is said in the channel then.
    private static let goneThreads: Set<String> = ["thread_not_found", "invalid_thread_ts", "message_not_found"]

    let client: HTTPClient
    /// Without a slash at the end.
    let apiURL: String
    let token: Secret
    /// The name or id of the channel that alerts go to.
    let channel: String

    func tell(_ telling: Telling) async -> (result: DeliveryResult, thread: SlackThread?) {
        var answer = await post(telling, in: telling.thread)
        if let error = answer.error, telling.thread != nil, Self.goneThreads.contains(error) {
            answer = await post(telling, in: nil)
        }
        guard case .sent = answer.result else { return (answer.result, nil) }
        if telling.endsThread, let thread = telling.thread { await mark(thread, as: telling.threadEnd) }
        return (answer.result, answer.message)
    }

    private func post(_ telling: Telling, in thread: SlackThread?) async -> SlackAPIAnswer {
        await call("chat.postMessage") { message in
            message.field("channel", thread?.channel ?? channel)
            if let thread {
                message.field("thread_ts", thread.ts)
                // Nobody who did not follow the thread would see it otherwise.
                if telling.kind == .escalation { message.field("reply_broadcast", true) }
            }
            SlackMessage.write(telling.text, into: &message)
        }
    }

    /// That the end is told counts; the look of the first message does not.
    private func mark(_ thread: SlackThread, as end: AlertText) async {
        let answer = await call("chat.update") { message in
            message.field("channel", thread.channel)
            message.field("ts", thread.ts)
            SlackMessage.write(end, into: &message)
        }
        switch answer.result {
        case .sent: break
        case .later(let words, _, _), .refused(let words):
            Log.warning("a message in Slack does not show that its alert is over", ["reason": words])
        }
    }

    private func call(_ method: String, _ fields: (inout JSONWriter) -> Void) async -> SlackAPIAnswer {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { fields(&$0) }
        let request = ClientRequest(
            method: "POST",
            url: "\(apiURL)/\(method)",
            headers: [
                ("Content-Type", "application/json; charset=utf-8"), ("Authorization", "Bearer \(token.reveal())"),
            ],
            body: writer.bytes,
            timeout: AlerterSettings.slackTimeout,
            responseBytesMax: 256 << 10
        )
        do {
            let response = try await client.send(request)
            return SlackAPIAnswer(
                status: response.status, body: response.body, retryAfter: response.header("Retry-After"))
        } catch {
            return SlackAPIAnswer(SlackAnswer.result(error))
        }
    }
}

/// What Slack's Web API answers: 200 with `{"ok":true,"channel":…,"ts":…}` or `{"ok":false,"error":"…"}`, and 429 with
/// `Retry-After`. The codes are those of `chat.postMessage` (docs.slack.dev/reference/methods/chat.postMessage).
struct SlackAPIAnswer: Sendable {
    /// Slack's own troubles. Everything else needs somebody: a token, an invitation into the channel, a smaller message.
    private static let passing: Set<String> = [
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
        "team_added_to_org",
    ]

    let result: DeliveryResult
    /// Slack's word for what is wrong.
    var error: String?
    /// Where it stands now.
    var message: SlackThread?

    init(_ result: DeliveryResult) {
        self.result = result
    }

    init(status: Int, body: [UInt8], retryAfter: String?) {
        guard status == 200, let root = (try? JSONDocument(parsing: body))?.root, let isOK = root["ok"]?.boolean else {
            self.init(SlackAnswer.result(status: status == 200 ? 502 : status, body: [], retryAfter: retryAfter))
            return
        }
        if isOK {
            self.init(.sent)
            guard let ts = root["ts"]?.string, let channel = root["channel"]?.string else { return }
            message = SlackThread(channel: channel, ts: ts)
        } else {
            let word = SlackAnswer.plainWords(Array((root["error"]?.string ?? "").utf8))
            let words = "Slack answered \(word)"
            self.init(Self.passing.contains(word) ? .later(words, wait: SlackAnswer.wait(retryAfter)) : .refused(words))
            error = word
        }
    }
}
