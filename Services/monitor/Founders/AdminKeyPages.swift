import APIKit
import HTTPServer
import Models
import Runtime
import Storage

/// Keys of founders' programs, made and revoked by hand.
struct AdminKeyPages: Sendable {
    static let path = "/admin/keys"
    private static let shownMax = 200

    let parts: AdminParts

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(list))
        router.on(.post, Self.path, Page.handler(create))
        router.on(.post, Self.path + "/revoke", Page.handler(revoke))
    }

    private func list(_ request: Request) async throws -> Response {
        try await page(for: try await parts.site.people.founder(of: request))
    }

    private func create(_ request: Request) async throws -> Response {
        let fields = try parts.site.people.form(request)
        let visitor = try await parts.site.people.founder(of: request)
        let name = fields["name"]?.trimmed ?? ""
        guard case .founder(let email) = visitor.who, (1...AdminFields.nameCharactersMax).contains(name.count) else {
            throw Problem.formBroken
        }
        let key = APIKey.make(.admin)
        _ = try await parts.site.people.adminKeys.create(
            key, name: name, email: email, expiresAt: nil, by: parts.site.people.source(visitor, request))
        return try await page(for: visitor, made: key)
    }

    private func revoke(_ request: Request) async throws -> Response {
        let fields = try parts.site.people.form(request)
        let visitor = try await parts.site.people.founder(of: request)
        guard let id = fields["id"].flatMap({ AdminKeyID($0) }),
            try await parts.site.people.adminKeys.revoke(id, by: parts.site.people.source(visitor, request))
        else { throw Problem.pageNotFound }
        return .redirect(to: Self.path)
    }

    private func page(for visitor: Visitor, made: APIKey? = nil) async throws -> Response {
        let keys = try await parts.site.people.adminKeys.keys(after: nil, max: Self.shownMax)
        let secret: HTML? = made.map { key in
            """
            <div class="notice" role="alert"><p class="mb-1">This is the key. It is shown this once: keep it where secrets are \
            kept.</p><code class="break">\(key.secret.reveal())</code></div>
            """
        }
        return Page.response(
            "Admin keys",
            visitor: visitor,
            """
            <div class="head"><h1>Admin keys</h1><a class="btn btn-sm btn-plain end" href="\(FounderPages.path)">\
            Businesses</a></div>
            \(secret)
            <form class="panel" method="post" action="\(Self.path)"><div class="inside filters">\(FormToken.input(visitor))
            \(Piece.textField("name", "What the key is for", "", hint: "back office"))
            <div class="buttons"><button class="btn btn-main">Make a key</button></div>
            </div></form>
            <section class="panel"><h2>Keys</h2>
            <table class="list"><thead><tr><th scope="col">Key</th><th scope="col">Founder</th><th scope="col">Made</th>\
            <th scope="col">Last used</th><th scope="col">Until</th></tr></thead><tbody>
            \(keys.map { Self.row($0, visitor) })
            </tbody></table></section>
            """
        )
    }

    private static func row(_ key: AdminKey, _ visitor: Visitor) -> HTML {
        let isOver = key.expiresAt.map { $0 <= SystemClock.now() } ?? false
        let end: HTML
        if let revokedAt = key.revokedAt {
            end = "revoked \(Piece.time(revokedAt))"
        } else if isOver {
            end = "over"
        } else {
            let until: HTML? = key.expiresAt.map { "until \(Piece.time($0)) " }
            end = """
                \(until)<form method="post" action="\(path)/revoke">\(FormToken.input(visitor))\
                <input type="hidden" name="id" value="\(key.id.description)">\
                <button class="btn btn-sm btn-plain">Revoke</button></form>
                """
        }
        let used: HTML = key.lastUsedAt.map { Piece.time($0) } ?? "never"
        return """
            <tr><td><b>\(key.name)</b><div class="quiet small">\(key.prefix)…</div></td>
            <td class="whole">\(key.email)</td>
            <td class="whole" data-label="Made">\(Piece.time(key.createdAt))</td>
            <td class="whole" data-label="Last used">\(used)</td>
            <td class="whole">\(end)</td></tr>
            """
    }
}
