import HTTPClient
import HTTPServer
import JSON
import Models
import Runtime
import ServiceKit
import Storage

/// A tenant's own API, asked for somebody who is signed in here: what a page shows and does is what a program could, with
/// the same checks, the same words and the same line in the audit log.
struct TenantAPI: Sendable {
    static let timeout = Duration.seconds(15)
    static let answerBytesMax = 8 << 20

    /// An answer of the API that is no problem.
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

    let client: HTTPClient
    /// Of ingest-api, without a slash at the end.
    let address: String
    let passes: PagePasses
    let people: People

    /// Asks for the visitor in their business.
    ///
    /// - Throws: the API's `Problem` as it was answered, or `Problem.apiUnavailable`.
    func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [], body: [UInt8] = [],
        contentType: String = "application/json", headers: [(String, String)] = [], by visitor: Visitor,
        _ request: Request
    ) async throws -> Answer {
        guard let tenantID = visitor.who.tenantID else { throw Problem.pageNotFound }
        let pass = PagePass(
            tenantID: tenantID, actor: visitor.who.actor, access: visitor.who.access,
            address: people.address(of: request))
        return try await call(
            method, path, query: query, body: body, contentType: contentType, headers: headers, pass)
    }

    /// Asks as a founder inside one business; the audit log of the business names the founder.
    func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [], body: [UInt8] = [],
        in tenantID: TenantID, byFounder source: AuditSource
    ) async throws -> Answer {
        let pass = PagePass(tenantID: tenantID, actor: source.actor, access: .everything, address: source.address)
        return try await call(method, path, query: query, body: body, contentType: "application/json", headers: [], pass)
    }

    private func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)], body: [UInt8],
        contentType: String, headers: [(String, String)], _ pass: PagePass
    ) async throws -> Answer {
        var all = headers
        all.append(("Authorization", passes.header(pass, for: method.rawValue, path, at: SystemClock.now())))
        if !body.isEmpty { all.append(("Content-Type", contentType)) }
        let request = ClientRequest(
            method: method.rawValue, url: address + path + QueryText.make(query), headers: all, body: body,
            timeout: Self.timeout, responseBytesMax: Self.answerBytesMax)
        let response: ClientResponse
        do {
            response = try await client.send(request)
        } catch {
            Log.error("ingest-api did not answer a page", ["path": path, "reason": error.text])
            throw Problem.apiUnavailable
        }
        let root = response.body.isEmpty ? nil : try? JSONDocument(parsing: response.body).root
        guard response.status < 400 else {
            throw root.flatMap { Problem(answered: $0, status: response.status) } ?? Problem.apiUnavailable
        }
        return Answer(status: response.status, bytes: response.body, root: root)
    }
}

extension Problem {
    static let apiUnavailable = Problem(
        status: 503,
        code: "api_unavailable",
        title: "Not available at the moment",
        detail: "The API does not answer. Nothing was changed; try again in a moment.",
        retryAfter: .seconds(5)
    )

    /// A problem as another service of ours answered it.
    fileprivate init?(answered root: JSONValue, status: Int) {
        guard let code = root["code"]?.string, let title = root["title"]?.string else { return nil }
        self.init(
            status: status, code: code, title: title, detail: root["detail"]?.string ?? "",
            field: root["field"]?.string,
            errors: (root["errors"]?.elements ?? []).compactMap { entry in
                guard let field = entry["field"]?.string, let code = entry["code"]?.string else { return nil }
                return Entry(field: field, code: code, detail: entry["detail"]?.string ?? "")
            })
    }
}
