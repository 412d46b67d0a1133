import APIKit
import HTTPServer
import JSON
import Models
import Runtime

/// The administration's own routes, asked by a page for the founder who is at it: the same readers, the same words, the
/// same line in the audit log.
struct AdminAPI: Sendable {
    /// What makes the inner request the same person's.
    private static let passedOn = ["Cookie", "Origin", "Host", "X-Forwarded-For"]

    private let router: Router

    init(_ parts: AdminParts) {
        var router = Router()
        TenantAdminRoutes(parts: parts).addRoutes(to: &router)
        TenantAccessRoutes(parts: parts).addRoutes(to: &router)
        PlanRoutes(parts: parts).addRoutes(to: &router)
        RateCardRoutes(parts: parts).addRoutes(to: &router)
        self.router = router
    }

    /// - Returns: what was answered; null for an empty answer.
    /// - Throws: the `Problem` that was answered.
    @discardableResult
    func call(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [], body: [UInt8] = [],
        contentType: String = "application/json", for request: Request
    ) async throws -> JSONValue? {
        var headers = Self.passedOn.compactMap { name in request.header(name).map { (name, $0) } }
        headers.append(("Content-Type", contentType))
        guard
            let inner = Request(
                method, path + QueryText.make(query), headers: headers, body: body, remoteAddress: request.remoteAddress)
        else { throw Problem.formBroken }
        let response = await router.respond(to: inner) { error, request in
            Log.error("a page's question failed", ["route": request.route, "reason": "\(error)"])
        }
        let root = response.body.isEmpty ? nil : try? JSONDocument(parsing: response.body).root
        guard response.status < 400 else {
            throw root.flatMap { Problem(answered: $0, status: response.status) } ?? Problem.storageUnavailable
        }
        return root
    }
}

extension [String: String] {
    /// The filled fields of a form as a JSON object.
    ///
    /// - Parameters:
    ///   - integers: those of them that are numbers.
    ///   - mayBeNull: those that an empty field takes away.
    func json(_ texts: [String], integers: [String] = [], mayBeNull: [String] = []) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for name in texts + integers {
                guard let value = self[name]?.trimmed else { continue }
                if value.isEmpty {
                    guard mayBeNull.contains(name) else { continue }
                    writer.key(name)
                    writer.null()
                } else if integers.contains(name), let number = Int(value) {
                    writer.key(name)
                    writer.integer(number)
                } else {
                    // A word where a number belongs is for the route to refuse, with its own words.
                    writer.key(name)
                    writer.string(value)
                }
            }
        }
        return writer.bytes
    }
}
