internal import HTTPClient
internal import JSON

/// What one question to a provider came to.
enum CheckAnswer {
    case found(JSONValue)
    case refused(status: Int, code: Int?, subcode: Int?)
    case unanswered
}

/// Questions whose answer is one JSON object.
struct CheckCalls: Sendable {
    static let answerBytesMax = 1 << 20

    let client: HTTPClient
    let deadline: Duration

    func get(_ url: String, authorization: String) async -> CheckAnswer {
        let request = ClientRequest(
            method: "GET", url: url, headers: [("Authorization", authorization), ("Accept", "application/json")],
            timeout: deadline, responseBytesMax: Self.answerBytesMax)
        let response: ClientResponse
        do {
            response = try await client.send(request)
        } catch {
            return .unanswered
        }
        let root = (try? JSONDocument(parsing: response.body))?.root
        if (200...299).contains(response.status) { return root.map { .found($0) } ?? .unanswered }
        guard (400...499).contains(response.status), response.status != 408, response.status != 429 else {
            return .unanswered
        }
        // Meta's error object; Twilio writes its code at the top.
        let code = root?["error"]?["code"]?.integer ?? root?["code"]?.integer
        return .refused(
            status: response.status, code: code.map { Int(clamping: $0) },
            subcode: root?["error"]?["error_subcode"]?.integer.map { Int(clamping: $0) })
    }
}
