import APIKit
import HTTPServer
import Models
import Runtime
import Storage
import Synchronization

struct Visitor: Sendable {
    let who: SignedIn
    /// A business's name or a founder's address.
    let name: String
    let formToken: String
    /// Of their business, of a founder's: all. Some seconds old; for the navigation.
    var openAlerts = 0
}

/// Who asks for a business as programs do: by a key, or by the session of a page of ours.
struct Program: Sendable {
    enum Credential: Sendable {
        /// The header as it came.
        case key(String)
        case session(Visitor)
    }

    let tenantID: TenantID
    let credential: Credential
    let access: Models.Access
    /// Who it is, for what is written down.
    let source: AuditSource

    func require(_ scope: Scope) throws {
        if access.allows(scope) { return }
        switch credential {
        case .key: throw Problem.scopeMissing(scope)
        case .session(let visitor): throw Problem.notAllowed(visitor.who, scope)
        }
    }
}

/// A founder, or a program of a founder's.
struct FounderCaller: Sendable {
    let email: String
    let source: AuditSource
    let isKey: Bool
}

/// The page is to be found elsewhere, for this visitor.
struct Elsewhere: Error {
    let location: String
}

/// How often somebody tried; forgotten as soon as it no longer matters.
final class AttemptLimits: Sendable {
    static let entriesMax = 10_000
    private let limits = Mutex<[String: RateLimit]>([:])

    /// - Returns: false when it is too often, or when too many others try for us to remember this one.
    func take(_ key: String, interval: Duration, burst: Int) -> Bool {
        let now = SystemClock.now()
        return limits.withLock { limits in
            if limits.count >= Self.entriesMax { limits = limits.filter { !$0.value.isIdle(at: now) } }
            if limits.count >= Self.entriesMax, limits[key] == nil { return false }
            var limit = limits[key] ?? RateLimit(interval: interval, burst: burst, paidUntil: now)
            defer { limits[key] = limit }
            return limit.take(at: now) == .granted
        }
    }
}

extension Problem {
    static let pageNotFound = Problem(
        status: 404,
        code: "not_found",
        title: "Not found",
        detail: "There is no such page."
    )
    static let messageNotFound = Problem.notFound("message")
    static let foreignForm = Problem(
        status: 403,
        code: "foreign_origin",
        title: "Sent from another page",
        detail: "This form was not sent from one of our pages. Open the page again and retry."
    )
    static let tooManyAttempts = Problem(
        status: 429,
        code: "too_many_attempts",
        title: "Too many attempts",
        detail: "Wait a minute, then try again.",
        retryAfter: .seconds(60)
    )
    static let signInLocked = Problem(
        status: 429,
        code: "sign_in_locked",
        title: "Too many attempts",
        detail: "Signing in failed too often from where you are. Wait a quarter of an hour, then try again.",
        retryAfter: .seconds(900)
    )
    static let formBroken = Problem(
        status: 400,
        code: "form_broken",
        title: "Unreadable form",
        detail: "The form could not be read."
    )
    static var adminKeyMissing: Problem {
        unauthorized(
            "admin_key_missing", "Send an admin key in the header `Authorization: Bearer tda_…`, or sign in as a founder.")
    }
    static var adminKeyInvalid: Problem {
        unauthorized("admin_key_invalid", "This is no admin key, or it is revoked, over, or of somebody who left.")
    }

    /// Whoever is signed in but may not do this.
    static func notAllowed(_ who: SignedIn, _ scope: Scope) -> Problem {
        switch who {
        case .key: .scopeMissing(scope)
        case .founder, .user: .roleInsufficient
        }
    }

    static func badParameter(_ name: String, _ detail: String) -> Problem {
        Problem(
            status: 400,
            code: "parameter_invalid",
            title: "Invalid parameter",
            detail: detail,
            field: name
        )
    }

    private static func unauthorized(_ code: String, _ detail: String) -> Problem {
        var problem = Problem(status: 401, code: code, title: "Not signed in", detail: detail)
        problem.headers = [("WWW-Authenticate", "Bearer")]
        return problem
    }
}
