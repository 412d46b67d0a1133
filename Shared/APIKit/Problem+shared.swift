package import HTTPServer
package import Models
internal import Postgres

/// Everything this service answers when it does not do what it was asked.
extension Problem {
    /// What is wrong with the fields of a request; the first of them speaks for all.
    package static func refused(_ problems: [FieldProblem], extra: [(name: String, json: [UInt8])] = []) -> Problem {
        guard let first = problems.first else { return Problem.bodyMalformed("It could not be read.") }
        return Problem(
            status: 422,
            code: first.code,
            title: "The request cannot be accepted",
            detail: first.detail,
            field: first.field,
            errors: problems.map { Entry(field: $0.field ?? "", code: $0.code, detail: $0.detail) },
            extra: extra
        )
    }

    package static func refused(_ code: String, _ field: String?, _ detail: String) -> Problem {
        refused([FieldProblem(code, field, detail)])
    }

    package static func bodyMalformed(_ reason: String) -> Problem {
        Problem(
            status: 400,
            code: "json_malformed",
            title: "The body is not JSON",
            detail: "The body must be one JSON document in UTF-8: \(reason)"
        )
    }

    package static func bodyTooLarge(bytesMax: Int) -> Problem {
        Problem(
            status: 413,
            code: "body_too_large",
            title: "The body is too large",
            detail: "A body may have \(bytesMax) bytes here."
        )
    }

    package static var keyMissing: Problem {
        unauthorized("api_key_missing", "Send your API key in the header `Authorization: Bearer <key>`.")
    }

    package static var keyInvalid: Problem {
        unauthorized("api_key_invalid", "This API key is unknown, revoked or has expired.")
    }

    private static func unauthorized(_ code: String, _ detail: String) -> Problem {
        var problem = Problem(status: 401, code: code, title: "Not signed in", detail: detail)
        problem.headers = [("WWW-Authenticate", "Bearer")]
        return problem
    }

    package static var tenantSuspended: Problem {
        Problem(
            status: 403,
            code: "tenant_suspended",
            title: "Not allowed",
            detail: "This account is suspended. Write to support to have it opened again."
        )
    }

    package static func scopeMissing(_ scope: Scope) -> Problem {
        Problem(
            status: 403,
            code: "scope_missing",
            title: "Not allowed",
            detail: "This API key lacks the scope `\(scope.text)`. Use a key that has it, or have one made."
        )
    }

    /// Whoever is signed in but may not do this.
    package static let roleInsufficient = Problem(
        status: 403,
        code: "role_insufficient",
        title: "Not allowed",
        detail: "Your role does not let you do this. Ask an owner of your business."
    )

    /// - Parameter wait: until the key has another request.
    package static func rateLimited(perSecond: Int, wait: Duration) -> Problem {
        Problem(
            status: 429,
            code: "rate_limited",
            title: "Too many requests",
            detail: "This API key may make \(perSecond) requests a second. Wait for `Retry-After`, then try again.",
            retryAfter: wait
        )
    }

    package static var originNotAllowed: Problem {
        Problem(
            status: 403,
            code: "origin_not_allowed",
            title: "Not allowed",
            detail:
                "Pages of this origin may not call with this key. Add it to `allowed_origins` in your settings, or call "
                + "from your server without an `Origin` header."
        )
    }

    /// - Parameter thing: as people say it: `contact`. The code is `contact_not_found`.
    package static func notFound(_ thing: String, field: String? = nil) -> Problem {
        Problem(
            status: 404,
            code: thing.split(separator: " ").joined(separator: "_") + "_not_found",
            title: "Not found",
            detail: "You have no \(thing) with this id.",
            field: field
        )
    }

    /// Something exists already, or is in a state that does not allow what was asked.
    package static func conflict(_ code: String, _ detail: String, field: String? = nil) -> Problem {
        Problem(status: 409, code: code, title: "Not possible now", detail: detail, field: field)
    }

    /// More than the plan of the business allows.
    package static func planExceeded(_ exceeded: PlanExceeded) -> Problem {
        Problem(
            status: 403,
            code: "plan_limit_reached",
            title: "The plan's limit is reached",
            detail: """
                Your plan allows \(exceeded.max) \(exceeded.limit.words), and you have \(exceeded.used). Remove what you no \
                longer need, or have the plan changed.
                """,
            field: exceeded.limit.rawValue
        )
    }

    package static var keyReused: Problem {
        Problem(
            status: 422,
            code: "idempotency_key_reused",
            title: "The idempotency key was used before",
            detail:
                "This `Idempotency-Key` came with another request before. Use a new key for a new request."
        )
    }

    package static var storageUnavailable: Problem {
        Problem(
            status: 503,
            code: "storage_unavailable",
            title: "Not available at the moment",
            detail:
                "The message store cannot be reached. Try again; with an `Idempotency-Key` nothing is sent twice.",
            retryAfter: .seconds(2)
        )
    }

    package static var overloaded: Problem {
        Problem(
            status: 503,
            code: "overloaded",
            title: "Too busy at the moment",
            detail: "More messages arrive than can be stored right now. Nothing was accepted: try again.",
            retryAfter: .seconds(1)
        )
    }
}

/// Runs work on the store; what hinders it for the moment becomes a 503, everything else stays our own fault.
package func withStorage<Outcome: Sendable>(_ work: () async throws -> Outcome) async throws -> Outcome {
    do {
        return try await work()
    } catch let error as DatabaseError {
        switch error {
        case .closure(let problem as Problem): throw problem
        case .closure(let exceeded as PlanExceeded): throw Problem.planExceeded(exceeded)
        case .overloaded: throw Problem.overloaded
        case .connection, .tooManyConnections, .timeout, .lockTimeout, .stopped, .serialization, .deadlock,
            .schemaChanged:
            throw Problem.storageUnavailable
        case .unique, .check, .foreignKey, .exclusion, .notNull, .permission, .data, .decoding, .server,
            .closure:
            throw error
        }
    }
}
