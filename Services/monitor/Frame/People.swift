import APIKit
import Crypto
import HTTPServer
import Models
import Runtime
import ServiceKit
import Storage

/// Who is asking: by the session's cookie, or for programs by a key.
struct People: Sendable {
    /// Attempts from one peer: enough for people, too few for guessing.
    private static let attempts = (interval: Duration.seconds(2), burst: 30)

    let sessions: SessionStore
    let adminKeys: AdminKeyStore
    let founders: Set<String>
    private let lifetime: Duration
    private let isSecure: Bool
    private let trustedProxies: Int
    private let limits = AttemptLimits()
    /// How many alerts are open, for the navigation: some seconds old.
    private let openAlerts: RefreshingCache<AlertReach, Int>

    /// - Parameter openAlerts: counts those that are open.
    init(
        _ sessions: SessionStore, _ adminKeys: AdminKeyStore, settings: MonitorSettings,
        openAlerts: @escaping @Sendable (AlertReach) async throws -> Int
    ) {
        self.openAlerts = RefreshingCache(
            freshFor: .seconds(3), usableFor: .seconds(60), entriesMax: 10_000, load: openAlerts)
        self.sessions = sessions
        self.adminKeys = adminKeys
        founders = settings.founders
        lifetime = settings.sessionLifetime
        isSecure = settings.isSecure
        trustedProxies = settings.trustedProxies
    }

    func address(of request: Request) -> String { ClientAddress.of(request, trustedProxies: trustedProxies) }

    // MARK: Reading

    func visitor(of request: Request) async throws -> Visitor? {
        guard let token = token(of: request), let session = try await sessions.session(token) else { return nil }
        // Who is no founder any more is one no longer, whatever the session says.
        if case .founder(let email) = session.who, !founders.contains(email) { return nil }
        var visitor = Visitor(who: session.who, name: session.name, formToken: FormToken.of(session: token))
        visitor.openAlerts = (try? await openAlerts.value(for: session.who.tenantID.map { .tenant($0) } ?? .everything)) ?? 0
        return visitor
    }

    /// For pages of a business: sends everybody else to the sign-in page.
    ///
    /// - Parameter scope: what the page shows or does; who may not is told so.
    func member(
        of request: Request, for scope: Scope = Scope(.messages, isReadOnly: true)
    ) async throws -> (tenantID: TenantID, visitor: Visitor) {
        let (tenantID, visitor) = try await anyMember(of: request)
        guard visitor.who.access.allows(scope) else { throw Problem.notAllowed(visitor.who, scope) }
        return (tenantID, visitor)
    }

    /// The same for a page on which it depends what one must be allowed.
    func anyMember(of request: Request) async throws -> (tenantID: TenantID, visitor: Visitor) {
        guard let visitor = try await visitor(of: request) else { throw Elsewhere(location: "/sign-in") }
        guard let tenantID = visitor.who.tenantID else { throw Elsewhere(location: FounderPages.path) }
        return (tenantID, visitor)
    }

    func founder(of request: Request) async throws -> Visitor {
        guard let visitor = try await visitor(of: request) else { throw Elsewhere(location: "/sign-in") }
        switch visitor.who {
        case .founder: return visitor
        // Not even whether there is such a page.
        case .user, .key: throw Problem.pageNotFound
        }
    }

    /// For programs: an API key, or the session of a page that asks.
    func caller(
        of request: Request, for scope: Scope = Scope(.messages, isReadOnly: true)
    ) async throws -> TenantID {
        try await program(of: request, for: scope).tenantID
    }

    /// The same, for what is to be asked of the tenants' API in their name. What changes something with a session must
    /// come from a page of ours; a key nobody sends by mistake.
    func program(of request: Request, for scope: Scope) async throws -> Program {
        let program = try await anyProgram(of: request)
        try program.require(scope)
        return program
    }

    /// The same for what depends on the request itself; `Program.require` follows.
    func anyProgram(of request: Request) async throws -> Program {
        if let header = request.header("Authorization") {
            guard let written = Self.bearerKey(in: header), let key = APIKey(written),
                let holder = try await sessions.holder(ofKey: key.secret.reveal())
            else { throw Problem.keyInvalid }
            return Program(
                tenantID: holder.tenantID, credential: .key(header), access: holder.access,
                source: AuditSource(.key(holder.keyID), address: address(of: request)))
        }
        guard let visitor = try await visitor(of: request), let tenantID = visitor.who.tenantID else {
            throw Problem.keyMissing
        }
        if request.method != .get && request.method != .head { try Self.requireOwnOrigin(request) }
        return Program(
            tenantID: tenantID, credential: .session(visitor), access: visitor.who.access,
            source: AuditSource(visitor.who.actor, address: address(of: request)))
    }

    /// For founders' programs: an admin key, or the session of a founder. What changes something with a session must come
    /// from a page of ours; a key nobody sends by mistake.
    func founderCaller(of request: Request) async throws -> FounderCaller {
        let address = address(of: request)
        if let header = request.header("Authorization") {
            guard let written = Self.bearerKey(in: header), let key = APIKey(written, .admin),
                let holder = try await adminKeys.holder(of: key), founders.contains(holder.email)
            else {
                try countAttempt(request)
                throw Problem.adminKeyInvalid
            }
            return FounderCaller(
                email: holder.email, source: AuditSource(.adminKey(holder.id, email: holder.email), address: address),
                isKey: true)
        }
        guard let visitor = try await visitor(of: request), case .founder(let email) = visitor.who else {
            throw Problem.adminKeyMissing
        }
        if request.method != .get && request.method != .head { try Self.requireOwnOrigin(request) }
        return FounderCaller(
            email: email, source: AuditSource(.founder(email: email), address: address), isKey: false)
    }

    private static func bearerKey(in header: String) -> String? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", words[1].utf8.count <= 128 else {
            return nil
        }
        return String(words[1])
    }

    // MARK: Signing in and out

    /// Throws when this peer tries too often, or failed too often of late.
    func requireUnlocked(_ request: Request) async throws {
        try countAttempt(request)
        if try await sessions.isLocked(failureSubject(request)) { throw Problem.signInLocked }
    }

    func countFailure(_ request: Request) async throws {
        if try await sessions.recordFailure(failureSubject(request)) {
            Log.warning("sign-in is locked after too many failures", ["address": address(of: request)])
        }
    }

    private func failureSubject(_ request: Request) -> String { "address \(address(of: request))" }

    private func countAttempt(_ request: Request) throws {
        guard
            limits.take(
                "peer \(address(of: request))",
                interval: Self.attempts.interval,
                burst: Self.attempts.burst
            )
        else { throw Problem.tooManyAttempts }
    }

    func begin(_ who: SignedIn, _ request: Request, then location: String) async throws -> Response {
        // A session that this browser had before ends: nobody goes on under two names.
        if let old = token(of: request) { try await sessions.end(old) }
        try await sessions.forgetFailures(failureSubject(request))
        let token = try await sessions.begin(who, lifetime: lifetime, from: address(of: request))
        var response = Response.redirect(to: location)
        response.addHeader("Set-Cookie", cookie(token.reveal(), seconds: Int(lifetime.components.seconds)))
        return response
    }

    func end(_ request: Request, everywhere: Bool) async throws -> Response {
        if let token = token(of: request) {
            if everywhere, let visitor = try await visitor(of: request) {
                _ = try await sessions.endAll(of: visitor.who, from: address(of: request))
            }
            try await sessions.end(token)
        }
        var response = Response.redirect(to: "/sign-in")
        response.addHeader("Set-Cookie", cookie("", seconds: 0))
        return response
    }

    private func token(of request: Request) -> String? {
        guard let token = request.cookie(cookieName), token.utf8.count <= 64, !token.isEmpty else { return nil }
        return token
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

    /// The fields of a form that a session may send: from a page of ours, and one that was made for this session.
    func form(_ request: Request) throws -> [String: String] {
        try Self.requireOwnOrigin(request)
        guard request.body.count <= FormText.bytesMax, let fields = FormText.fields(request.body) else {
            throw Problem.formBroken
        }
        try requireToken(in: fields, request)
        return fields
    }

    func requireToken(in fields: [String: String], _ request: Request) throws {
        if let token = token(of: request) {
            guard fields[FormToken.field].map({ FormToken.isSame($0, FormToken.of(session: token)) }) == true else {
                throw Problem.foreignForm
            }
        }
    }
}

/// What a form of ours carries, and nobody else can know: made of the session's token, which leads back to nothing.
enum FormToken {
    static let field = "form_token"

    static func of(session token: String) -> String { String(SHA256.hex("form of \(token)").prefix(40)) }

    /// Takes as long for a wrong one as for the right one.
    static func isSame(_ given: String, _ right: String) -> Bool {
        let (given, right) = (Array(given.utf8), Array(right.utf8))
        return given.count == right.count && zip(given, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func input(_ visitor: Visitor) -> HTML {
        "<input type=\"hidden\" name=\"\(field)\" value=\"\(visitor.formToken)\">"
    }
}
