internal import Crypto
package import HTTPServer
package import Runtime

/// What a clock outside proves itself with when it asks for a run.
package struct CronSecret: Sendable {
    private let secret: Secret?

    /// - Parameter secret: nil: nobody may ask.
    package init(_ secret: Secret?) {
        self.secret = secret
    }

    /// Throws a problem unless the request carries the secret in `Authorization: Bearer <secret>`.
    ///
    /// - Returns: the secret, for passing the request on to another service of ours.
    @discardableResult
    package func require(_ request: Request) throws -> Secret {
        guard let secret else {
            throw Problem(
                status: 403, code: "cron_secret_not_set", title: "Not allowed",
                detail: "Set CRON_SECRET here, and send it in `Authorization: Bearer <secret>`.")
        }
        guard Self.isBearer(request.header("authorization"), of: secret) else {
            var problem = Problem(
                status: 401, code: "cron_secret_invalid", title: "Not signed in",
                detail: "Send the cron secret in the header `Authorization: Bearer <secret>`.")
            problem.headers = [("WWW-Authenticate", "Bearer")]
            throw problem
        }
        return secret
    }

    /// Digests of equal length are compared, so that the time it takes says nothing about the secret's either.
    package static func isBearer(_ header: String?, of secret: Secret) -> Bool {
        let scheme = "bearer "
        guard let header, header.prefix(scheme.count).lowercased() == scheme else { return false }
        let given = header.dropFirst(scheme.count).drop { $0 == " " }
        return constantTimeEqual(SHA256.hash(Array(given.utf8)), SHA256.hash(Array(secret.reveal().utf8)))
    }
}
