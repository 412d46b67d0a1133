import APIKit
import HTTPServer
import Models
import Runtime
import Storage

/// Two ways in: a link by e-mail, for people of a business and for founders, or the API key of a business.
struct SignInPages: Sendable {
    static let linkValidFor = Duration.seconds(15 * 60)
    private static let fieldBytesMax = 320

    let people: People
    let settings: MonitorSettings

    func addRoutes(to router: inout Router) {
        router.on(.get, "/sign-in", Page.handler { request in Self.form(note: nil, status: 200) })
        router.on(.post, "/sign-in", Page.handler(signIn))
        router.on(.get, "/sign-in/link", Page.handler(confirmation))
        router.on(.post, "/sign-in/link", Page.handler(useLink))
        router.on(.post, "/sign-in/business", Page.handler(switchBusiness))
        router.on(.get, "/account", Page.handler(account))
        router.on(
            .post,
            "/sign-out",
            Page.handler { request in
                let fields = try people.form(request)
                return try await people.end(request, everywhere: fields["everywhere"] == "yes")
            }
        )
    }

    private func signIn(_ request: Request) async throws -> Response {
        try People.requireOwnOrigin(request)
        try await people.requireUnlocked(request)
        guard let fields = FormText.fields(request.body),
            fields.values.allSatisfy({ $0.utf8.count <= Self.fieldBytesMax })
        else { throw Problem.formBroken }
        if let key = fields["key"]?.trimmed, !key.isEmpty {
            guard let key = APIKey(key), let holder = try await people.sessions.holder(ofKey: key.secret.reveal()) else {
                try await people.countFailure(request)
                return Self.form(note: (true, "This key is unknown, revoked or expired."), status: 401)
            }
            return try await people.begin(.key(holder), request, then: Section.overview.path)
        }
        guard let email = fields["email"]?.trimmed, let address = EmailAddress(email) else {
            return Self.form(note: (true, "Enter a key or an e-mail address."), status: 400)
        }
        if try await mayGetLink(address.text) { try await sendLink(to: address.text) }
        // The same words to everybody: who is known here is nobody's business.
        return Self.form(
            note: (
                false,
                "If we know this address, a link is on its way. It works once, for 15 minutes."
            ),
            status: 200
        )
    }

    private func mayGetLink(_ email: String) async throws -> Bool {
        if people.founders.contains(email) { return true }
        return try await !people.sessions.memberships(of: email).isEmpty
    }

    private func sendLink(to email: String) async throws {
        let address = settings.publicURL
        try await people.sessions.sendLink(to: email, validFor: Self.linkValidFor) { token in
            (
                subject: "Your sign-in link for Tidings",
                body: """
                Somebody, hopefully you, asked to sign in to Tidings with this address.

                \(address)/sign-in/link?token=\(token.reveal())

                The link works once, for 15 minutes. If it was not you, there is nothing to do.
                """
            )
        }
        Log.info("a sign-in link was written")
    }

    // MARK: The link

    /// What an address may be signed in as.
    private struct Entrances: Sendable {
        let email: String
        let isFounder: Bool
        let members: [Member]

        /// - Parameter choice: `founder`, a business's id, or nothing where there is nothing to choose.
        func chosen(_ choice: String?) -> SignedIn? {
            guard let choice, !choice.isEmpty else {
                if isFounder { return .founder(email: email) }
                return members.count == 1 ? members.first.map { .user($0) } : nil
            }
            if choice == "founder" { return isFounder ? .founder(email: email) : nil }
            return members.first { "\($0.tenantID)" == choice }.map { .user($0) }
        }

        var isEmpty: Bool { !isFounder && members.isEmpty }
    }

    private func entrances(of email: String) async throws -> Entrances {
        Entrances(
            email: email, isFounder: people.founders.contains(email),
            members: try await people.sessions.memberships(of: email))
    }

    /// A page with a button: programs that look into mails open links, but press no buttons.
    private func confirmation(_ request: Request) async throws -> Response {
        try await people.requireUnlocked(request)
        guard let (token, entrances) = try await entrances(ofLink: request.query("token")) else {
            try await people.countFailure(request)
            return Self.linkOver
        }
        return Self.choice(token, entrances)
    }

    private func useLink(_ request: Request) async throws -> Response {
        try People.requireOwnOrigin(request)
        try await people.requireUnlocked(request)
        let fields = FormText.fields(request.body)
        guard let (token, entrances) = try await entrances(ofLink: fields?["token"]) else {
            try await people.countFailure(request)
            return Self.linkOver
        }
        // The link is used up only when it is clear what for.
        guard let who = entrances.chosen(fields?["as"]) else { return Self.choice(token, entrances) }
        guard try await people.sessions.useLink(token) == entrances.email else { return Self.linkOver }
        return try await people.begin(who, request, then: Self.home(of: who))
    }

    private func entrances(ofLink token: String?) async throws -> (String, Entrances)? {
        guard let token, token.utf8.count <= 64, let email = try await people.sessions.address(ofLink: token) else {
            return nil
        }
        let entrances = try await entrances(of: email)
        return entrances.isEmpty ? nil : (token, entrances)
    }

    static func home(of who: SignedIn) -> String {
        switch who {
        case .founder: FounderPages.path
        case .user, .key: Section.overview.path
        }
    }

    private static func choice(_ token: String, _ entrances: Entrances) -> Response {
        func button(_ choice: String, _ title: String) -> HTML {
            """
            <button class="btn btn-main w-100 mb-2" name="as" value="\(choice)">\(title)</button>
            """
        }
        let isSimple = entrances.members.count + (entrances.isFounder ? 1 : 0) == 1
        let founder: HTML? = entrances.isFounder ? button("founder", "All businesses, as a founder") : nil
        let buttons: HTML =
            isSimple
            ? "<button class=\"btn btn-main w-100\" autofocus>Sign in</button>"
            : "<p class=\"quiet\">Where do you want to go?</p>\(founder)\(entrances.members.map { button("\($0.tenantID)", $0.business) })"
        return Page.response(
            "Sign in",
            visitor: nil,
            """
            <div class="panel narrow"><div class="inside">
            <h1 class="mb-3">Sign in to Tidings</h1>
            <form method="post" action="/sign-in/link">
            <input type="hidden" name="token" value="\(token)">
            \(buttons)
            </form></div></div>
            """
        )
    }

    private static var linkOver: Response {
        form(note: (true, "This link was used already or is too old. Ask for a new one."), status: 401)
    }

    // MARK: Signed in

    private func account(_ request: Request) async throws -> Response {
        guard let visitor = try await people.visitor(of: request) else { throw Elsewhere(location: "/sign-in") }
        let entrances = try await entrances(of: visitor)
        return Page.response(
            "Your account", visitor: visitor, AccountPage.content(visitor, entrances?.members ?? [], entrances?.isFounder ?? false))
    }

    /// Whoever is signed in as a person may go on in another business of theirs.
    private func switchBusiness(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        guard let visitor = try await people.visitor(of: request) else { throw Elsewhere(location: "/sign-in") }
        guard let choice = fields["as"], let who = try await entrances(of: visitor)?.chosen(choice) else {
            throw Problem.pageNotFound
        }
        return try await people.begin(who, request, then: Self.home(of: who))
    }

    /// Nil for keys, which are of one business only.
    private func entrances(of visitor: Visitor) async throws -> Entrances? {
        switch visitor.who {
        case .founder(let email): try await entrances(of: email)
        case .user(let member): try await entrances(of: member.email)
        case .key: nil
        }
    }

    // MARK: The form

    private static func form(note: (isBad: Bool, text: String)?, status: Int) -> Response {
        let notice: HTML? = note.map {
            "<div class=\"notice \($0.isBad ? "is-bad" : "")\" role=\"alert\">\($0.text)</div>"
        }
        return Page.response(
            "Sign in",
            visitor: nil,
            status: status,
            """
            <div class="panel narrow"><div class="inside">
            <h1 class="mb-1">Sign in</h1>
            <p class="quiet">See every message, and why one did not arrive.</p>
            \(notice)
            <form method="post" action="/sign-in">
            <label class="form-label" for="email">Your e-mail address</label>
            <input class="form-control mb-2" id="email" name="email" type="email" required autocomplete="email" \
            placeholder="you@example.com">
            <button class="btn btn-main w-100">Send me a link</button>
            </form>
            <div class="or small">or</div>
            <form method="post" action="/sign-in" data-key-form>
            <label class="form-label" for="key">API key of your business</label>
            <input class="form-control mb-2" id="key" name="key" type="password" required \
            autocomplete="current-password" placeholder="tdg_…">
            <button class="btn btn-plain w-100">Sign in with the key</button>
            </form>
            </div></div>
            """
        )
    }
}
