import HTTPServer
import Models
import Runtime
import Storage

/// Two ways in: a business shows its API key, a founder gets a link by e-mail.
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
        router.on(
            .post,
            "/sign-out",
            Page.handler { request in
                try People.requireOwnOrigin(request)
                return try await people.end(request)
            }
        )
    }

    private func signIn(_ request: Request) async throws -> Response {
        try People.requireOwnOrigin(request)
        try people.countAttempt(request)
        guard let fields = FormText.fields(request.body),
            fields.values.allSatisfy({ $0.utf8.count <= Self.fieldBytesMax })
        else { throw Problem.formBroken }
        if let key = fields["key"]?.trimmed, !key.isEmpty {
            guard let tenantID = try await people.sessions.tenant(ofKey: key) else {
                return Self.form(note: (true, "This key is unknown, revoked or expired."), status: 401)
            }
            return try await people.begin(.tenant(tenantID), request, then: TenantPages.path)
        }
        guard let email = fields["email"]?.trimmed.lowercased(), email.contains("@") else {
            return Self.form(note: (true, "Enter a key or an e-mail address."), status: 400)
        }
        if people.mayGetLink(email) { try await sendLink(to: email) }
        // The same words to everybody: who is a founder is nobody's business.
        return Self.form(
            note: (
                false,
                "If this address belongs to a founder, a link is on its way. It works once, for 15 minutes."
            ),
            status: 200
        )
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

    /// A page with a button: programs that look into mails open links, but press no buttons.
    private func confirmation(_ request: Request) async throws -> Response {
        try people.countAttempt(request)
        let token = request.query("token") ?? ""
        guard token.utf8.count <= 64, try await people.sessions.isLinkUsable(token) else {
            return Self.linkOver
        }
        return Page.response(
            "Sign in",
            visitor: nil,
            """
            <div class="panel narrow"><div class="inside">
            <h1 class="mb-3">Sign in to Tidings</h1>
            <form method="post" action="/sign-in/link">
            <input type="hidden" name="token" value="\(token)">
            <button class="btn btn-main w-100" autofocus>Sign in</button>
            </form></div></div>
            """
        )
    }

    private func useLink(_ request: Request) async throws -> Response {
        try People.requireOwnOrigin(request)
        try people.countAttempt(request)
        guard let token = FormText.fields(request.body)?["token"], token.utf8.count <= 64,
            let email = try await people.sessions.useLink(token), people.founders.contains(email)
        else { return Self.linkOver }
        return try await people.begin(.founder(email: email), request, then: FounderPages.path)
    }

    private static var linkOver: Response {
        form(note: (true, "This link was used already or is too old. Ask for a new one."), status: 401)
    }

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
            <form method="post" action="/sign-in" data-key-form>
            <label class="form-label" for="key">API key of your business</label>
            <input class="form-control mb-2" id="key" name="key" type="password" required \
            autocomplete="current-password" placeholder="tdg_…">
            <button class="btn btn-main w-100">Sign in with the key</button>
            </form>
            <div class="or small">or</div>
            <form method="post" action="/sign-in">
            <label class="form-label" for="email">E-mail address of a founder</label>
            <input class="form-control mb-2" id="email" name="email" type="email" required autocomplete="email" \
            placeholder="you@example.com">
            <button class="btn btn-plain w-100">Send me a link</button>
            </form>
            </div></div>
            """
        )
    }
}
