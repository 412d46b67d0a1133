import HTTPClient
import HTTPServer
import JSON
import Runtime

/// Another service of ours, asked over HTTP. Its problems come back as they are.
struct OtherService: Sendable {
    static let answerBytesMax = 8 << 20

    /// An answer that is no problem.
    struct Answer: Sendable {
        let status: Int
        let bytes: [UInt8]
        /// Nil for an empty body.
        let root: JSONValue?

        subscript(_ key: String) -> JSONValue? { root?[key] }
        /// What a list answered.
        var data: [JSONValue] { root?["data"]?.elements ?? [] }
        var nextCursor: String? { root?["next_cursor"]?.string }
    }

    /// For the log.
    let name: String
    /// Without a slash at the end.
    let address: String
    let client: HTTPClient

    /// - Parameter silence: what is thrown when no answer comes, or one that cannot be read.
    /// - Throws: the other's `Problem`, or `silence`.
    func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [], body: [UInt8] = [],
        contentType: String = "application/json", headers: [(String, String)], timeout: Duration, silence: Problem
    ) async throws -> Answer {
        var all = headers
        if !body.isEmpty { all.append(("Content-Type", contentType)) }
        let request = ClientRequest(
            method: method.rawValue, url: address + path + QueryText.make(query), headers: all, body: body,
            timeout: timeout, responseBytesMax: Self.answerBytesMax)
        let response: ClientResponse
        do {
            response = try await client.send(request)
        } catch {
            Log.error("another service did not answer", ["service": name, "path": path, "reason": error.text])
            throw silence
        }
        let root = response.body.isEmpty ? nil : try? JSONDocument(parsing: response.body).root
        guard response.status < 400 else { throw root.flatMap {
                Problem(answered: $0, status: response.status, retryAfter: response.header("retry-after"))
            } ?? silence }
        return Answer(status: response.status, bytes: response.body, root: root)
    }
}

extension Problem {
    /// A problem as another service of ours, or another route, answered it.
    init?(answered root: JSONValue, status: Int, retryAfter: String? = nil) {
        guard let code = root["code"]?.string, let title = root["title"]?.string else { return nil }
        self.init(
            status: status, code: code, title: title, detail: root["detail"]?.string ?? "",
            field: root["field"]?.string,
            retryAfter: retryAfter.flatMap { Int($0) }.map { .seconds($0) },
            errors: (root["errors"]?.elements ?? []).compactMap { entry in
                guard let field = entry["field"]?.string, let code = entry["code"]?.string else { return nil }
                return Entry(field: field, code: code, detail: entry["detail"]?.string ?? "")
            },
            extra: Self.extraNames.compactMap { name in root[name].map { (name, $0.serialized()) } })
    }

    /// What our problems say beyond the usual members.
    private static let extraNames = ["message_status", "retried_as"]
}
