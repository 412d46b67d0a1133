import HTTPServer
import Models
import Runtime
import Storage
import Synchronization

/// Who is asking: by the session's cookie, or for programs by an API key.
struct People: Sendable {
    /// Attempts from one peer, and links to one address: enough for people, too few for guessing.
    private static let attempts = (interval: Duration.seconds(2), burst: 30)
    private static let links = (interval: Duration.seconds(300), burst: 3)

    let sessions: SessionStore
    let founders: Set<String>
    private let lifetime: Duration
    private let isSecure: Bool
    private let limits = AttemptLimits()

    init(_ sessions: SessionStore, settings: MonitorSettings) {
        self.sessions = sessions
        founders = settings.founders
        lifetime = settings.sessionLifetime
        isSecure = settings.isSecure
    }

    // MARK: Reading

    func visitor(of request: Request) async throws -> Visitor? {
        guard let token = request.cookie(cookieName), token.utf8.count <= 64,
            let session = try await sessions.session(token)
        else { return nil }
        // Who is no founder any more is one no longer, whatever the session says.
        if case .founder(let email) = session.who, !founders.contains(email) { return nil }
        return Visitor(who: session.who, name: session.name)
    }

    /// For pages: sends everybody else to the sign-in page.
    func tenant(of request: Request) async throws -> (tenantID: TenantID, visitor: Visitor) {
        guard let visitor = try await visitor(of: request) else { throw Elsewhere(location: "/sign-in") }
        switch visitor.who {
        case .tenant(let tenantID): return (tenantID, visitor)
        case .founder: throw Elsewhere(location: "/admin/whatsapp-monitor")
        }
    }

    func founder(of request: Request) async throws -> Visitor {
        guard let visitor = try await visitor(of: request) else { throw Elsewhere(location: "/sign-in") }
        switch visitor.who {
        case .founder: return visitor
        // Not even whether there is such a page.
        case .tenant: throw Problem.pageNotFound
        }
    }

    /// For programs: an API key, or the session of a page that asks.
    func caller(of request: Request) async throws -> TenantID {
        if let header = request.header("Authorization") {
            guard let key = Self.bearerKey(in: header), let tenantID = try await sessions.tenant(ofKey: key)
            else {
                throw Problem.keyInvalid
            }
            return tenantID
        }
        guard let visitor = try await visitor(of: request), case .tenant(let tenantID) = visitor.who else {
            throw Problem.keyMissing
        }
        return tenantID
    }

    func founderCaller(of request: Request) async throws -> Visitor {
        guard let visitor = try await visitor(of: request), case .founder = visitor.who else {
            throw Problem.keyMissing
        }
        return visitor
    }

    private static func bearerKey(in header: String) -> String? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", words[1].utf8.count <= 128 else {
            return nil
        }
        return String(words[1])
    }

    // MARK: Signing in and out

    /// Throws when this peer tries too often.
    func countAttempt(_ request: Request) throws {
        guard
            limits.take(
                "peer \(request.remoteAddress)",
                interval: Self.attempts.interval,
                burst: Self.attempts.burst
            )
        else { throw Problem.tooManyAttempts }
    }

    func mayGetLink(_ email: String) -> Bool {
        founders.contains(email)
            && limits.take("mail \(email)", interval: Self.links.interval, burst: Self.links.burst)
    }

    func begin(_ who: SignedIn, _ request: Request, then location: String) async throws -> Response {
        let token = try await sessions.begin(who, lifetime: lifetime, from: request.remoteAddress)
        var response = Response.redirect(to: location)
        response.addHeader("Set-Cookie", cookie(token.reveal(), seconds: Int(lifetime.components.seconds)))
        return response
    }

    func end(_ request: Request) async throws -> Response {
        if let token = request.cookie(cookieName) { try await sessions.end(token) }
        var response = Response.redirect(to: "/sign-in")
        response.addHeader("Set-Cookie", cookie("", seconds: 0))
        return response
    }

    /// The prefix makes browsers refuse the cookie from anywhere but this very host.
    private var cookieName: String { isSecure ? "__Host-tidings_session" : "tidings_session" }

    private func cookie(_ value: String, seconds: Int) -> String {
        "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(seconds)"
            + (isSecure ? "; Secure" : "")
    }

    /// A form of ours comes from a page of ours. Browsers say where from with every POST, and pages cannot lie.
    static func requireOwnOrigin(_ request: Request) throws {
        guard let origin = request.header("Origin"), let host = request.header("Host"),
            origin == "https://\(host)" || origin == "http://\(host)"
        else { throw Problem.foreignForm }
    }
}

struct Visitor: Sendable {
    let who: SignedIn
    /// A business's name or a founder's address.
    let name: String
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
    static let messageNotFound = Problem(
        status: 404,
        code: "message_not_found",
        title: "Message not found",
        detail: "There is no message with this id, or it belongs to somebody else."
    )
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
    static let formBroken = Problem(
        status: 400,
        code: "form_broken",
        title: "Unreadable form",
        detail: "The form could not be read."
    )

    static let unavailable = Problem(
        status: 503,
        code: "unavailable",
        title: "Not available at the moment",
        detail: "The database does not answer. Try again in a moment; no message is lost.",
        retryAfter: .seconds(5)
    )

    static var keyMissing: Problem { unauthorized("Send an API key as a bearer token, or sign in.") }
    static var keyInvalid: Problem { unauthorized("The API key is unknown, revoked or expired.") }

    static func badParameter(_ name: String, _ detail: String) -> Problem {
        Problem(
            status: 400,
            code: "parameter_invalid",
            title: "Invalid parameter",
            detail: detail,
            field: name
        )
    }

    private static func unauthorized(_ detail: String) -> Problem {
        var problem = Problem(status: 401, code: "unauthorized", title: "Not signed in", detail: detail)
        problem.headers = [("WWW-Authenticate", "Bearer")]
        return problem
    }
}
