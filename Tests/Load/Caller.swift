internal import HTTPClient
internal import JSON
internal import Models
internal import Runtime

/// What one phase has seen; sums of what its callers have seen.
struct Tally: Sendable {
    var done = 0
    var failed = 0
    var latencies = Latencies()
    var firstFailure: String?

    mutating func add(_ other: Tally) {
        done += other.done
        failed += other.failed
        latencies.add(other.latencies)
        firstFailure = firstFailure ?? other.firstFailure
    }
}

/// Requests of the phases.
struct Caller: Sendable {
    let client: HTTPClient
    let messagesURL: String
    let batchURL: String
    let headers: [(String, String)]

    /// - Parameter key: another tenant's than the demo's.
    init(client: HTTPClient, target: LoadTarget, key: String? = nil) {
        self.client = client
        messagesURL = target.ingestURL + "/v1/messages"
        batchURL = target.ingestURL + "/v1/messages/batch"
        headers = [("Authorization", "Bearer \(key ?? target.apiKey)"), ("Content-Type", "application/json")]
    }

    /// - Parameter scheduledFor: makes a message that waits, so that acceptance is measured alone.
    static func body(number: Int, scheduledFor: String?, sender: SenderID? = nil) -> [UInt8] {
        let schedule = scheduledFor.map { ",\"scheduled_for\":\"\($0)\"" } ?? ""
        let sender = sender.map { ",\"sender_id\":\"\($0)\"" } ?? ""
        return Array(
            """
            {"to":"\(recipient(number))","type":"template","kind":"confirmation",\
            "template":{"name":"event_reminder_24h","language":"en","variables":{"attendee_name":"Guest \(number)"}},\
            "reference":"load-\(number)","metadata":{"lead_id":"l\(number)"}\(schedule)\(sender)}
            """.utf8
        )
    }

    /// - Parameter senders: take turns, message by message; none: the tenant's default.
    static func batchBody(
        from number: Int,
        count: Int,
        scheduledFor: String?,
        senders: [SenderID] = []
    ) -> [UInt8] {
        var bytes = Array("{\"messages\":[".utf8)
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let sender = senders.isEmpty ? nil : senders[(number + index) % senders.count]
            bytes += body(number: number + index, scheduledFor: scheduledFor, sender: sender)
        }
        bytes += Array("]}".utf8)
        return bytes
    }

    /// Italian mobile numbers none of which ends in one of the stand-in's magic suffixes (all of those lie outside
    /// 200 to 399).
    static func recipient(_ number: Int) -> String {
        let suffix = 200 + number % 200
        let middle = (number / 200) % 10_000
        let text = String(middle)
        return "+39347" + String(repeating: "0", count: 4 - text.count) + text + "\(suffix)"
    }

    func post(_ url: String, _ body: [UInt8], into tally: inout Tally, expecting status: Int = 202) async {
        _ = await response(url, body, into: &tally, expecting: status)
    }

    /// - Returns: what was answered, when it was answered as expected.
    func answer(_ url: String, _ body: [UInt8], into tally: inout Tally) async -> JSONValue? {
        await response(url, body, into: &tally, expecting: 202).flatMap {
            try? JSONDocument(parsing: $0.body).root
        }
    }

    private func response(
        _ url: String,
        _ body: [UInt8],
        into tally: inout Tally,
        expecting status: Int
    ) async -> ClientResponse? {
        let started = Monotonic.now()
        do {
            let response = try await client.send(
                ClientRequest(
                    method: "POST",
                    url: url,
                    headers: headers,
                    body: body,
                    timeout: .seconds(30),
                    responseBytesMax: 4 << 20
                )
            )
            tally.latencies.add(Monotonic.now() - started)
            if response.status == status {
                // A batch is taken whole here: one that is taken in part has other things to tell than a rate.
                if url == batchURL, let refused = Self.refusal(in: response.body) {
                    tally.failed += 1
                    tally.firstFailure = tally.firstFailure ?? refused
                    return nil
                }
                tally.done += 1
                return response
            } else {
                tally.failed += 1
                tally.firstFailure =
                    tally.firstFailure
                    ?? "HTTP \(response.status): \(String(decoding: response.body.prefix(300), as: UTF8.self))"
                // A shed request is answered at once: without a pause the load would only measure refusals.
                try? await Task.sleep(for: .milliseconds(20))
            }
        } catch {
            tally.failed += 1
            tally.firstFailure = tally.firstFailure ?? "\(error)"
        }
        return nil
    }

    private static func refusal(in body: [UInt8]) -> String? {
        guard let answer = try? JSONDocument(parsing: body).root else { return "an answer that is not JSON" }
        guard answer["refused"]?.integer != 0 else { return nil }
        let first = answer["data"]?.elements?.lazy.compactMap { $0["error"]?["detail"]?.string }.first
        return "\(answer["refused"]?.integer ?? -1) of a batch were refused: \(first ?? "no reason")"
    }
}
