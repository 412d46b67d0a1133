import HTTPClient
import HTTPServer
import Models
import Runtime
import ServiceKit
import Storage

/// A tenant's own API, asked for somebody who is signed in here: what a page shows and does is what a program could, with
/// the same checks, the same words and the same line in the audit log.
struct TenantAPI: Sendable {
    static let timeout = Duration.seconds(15)

    typealias Answer = OtherService.Answer

    private let service: OtherService
    private let passes: PagePasses
    private let people: People

    /// - Parameter address: of ingest-api, without a slash at the end.
    init(client: HTTPClient, address: String, passes: PagePasses, people: People) {
        service = OtherService(name: "ingest-api", address: address, client: client)
        self.passes = passes
        self.people = people
    }

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
            method, path, query: query, body: body, contentType: contentType, headers: headers,
            authorization: authorization(pass, method, path))
    }

    /// Asks for a program, or for the page of ours that it is: with the very key it came with, whose limits count there.
    func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [], body: [UInt8] = [],
        by program: Program, _ request: Request
    ) async throws -> Answer {
        switch program.credential {
        case .session(let visitor):
            return try await call(method, path, query: query, body: body, by: visitor, request)
        case .key(let header):
            return try await call(
                method, path, query: query, body: body, contentType: "application/json", headers: [],
                authorization: header)
        }
    }

    /// Asks as a founder inside one business; the audit log of the business names the founder.
    func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [], body: [UInt8] = [],
        in tenantID: TenantID, byFounder source: AuditSource
    ) async throws -> Answer {
        let pass = PagePass(tenantID: tenantID, actor: source.actor, access: .everything, address: source.address)
        return try await call(
            method, path, query: query, body: body, contentType: "application/json", headers: [],
            authorization: authorization(pass, method, path))
    }

    private func authorization(_ pass: PagePass, _ method: HTTPMethod, _ path: String) -> String {
        passes.header(pass, for: method.rawValue, path, at: SystemClock.now())
    }

    private func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)], body: [UInt8],
        contentType: String, headers: [(String, String)], authorization: String
    ) async throws -> Answer {
        try await service.call(
            method, path, query: query, body: body, contentType: contentType,
            headers: headers + [("Authorization", authorization)], timeout: Self.timeout, silence: .apiUnavailable)
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
}
