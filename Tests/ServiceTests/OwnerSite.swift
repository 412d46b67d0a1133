import APIKit
import HTTPServer
import Models
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// A site with the tenants' API beside it, and somebody at a business's pages.
struct OwnerSite: Sendable {
    let site: Site
    let cookie: String
    private let token: String

    /// - Parameter role: of whoever sits there; nil: somebody with the business's key, who may do everything.
    static func start(_ role: Role? = nil) async throws -> OwnerSite {
        try await OwnerSite(try await Site.start(isWithAPI: true), role)
    }

    private init(_ site: Site, _ role: Role?) async throws {
        self.site = site
        if let role {
            let ids = IDSource()
            let user = NewTenantUser(email: try #require(EmailAddress("ada@x.example")), name: "", role: role, ids: ids)
            _ = try await TenantAccessStore(site.tenants.platform, ids: ids).create(
                user, of: site.tenants.first.id, invitation: { InvitationMail(subject: $0.name, body: "") },
                by: AuditSource(.system("test"), address: nil))
            cookie = try await site.signIn(email: "ada@x.example")
        } else {
            cookie = try await site.signIn(site.tenants.first)
        }
        token = try await site.formToken(cookie)
    }

    func stop() async { await site.stop() }

    func get(_ path: String) async throws -> Site.Answer { try await site.get(path, cookie) }

    /// Sends a form of ours.
    func post(_ path: String, _ fields: [String: String] = [:]) async throws -> Site.Answer {
        let pairs = fields.map { (name: $0.key, value: Optional($0.value)) } + [("form_token", token)]
        return try await site.post(path, String(QueryText.make(pairs).dropFirst()), cookie: cookie)
    }

    /// Sends a form with a file.
    func upload(_ path: String, _ name: String, _ content: String) async throws -> Site.Answer {
        try await site.upload(path, ["form_token": token], (name, content), cookie: cookie)
    }

    /// The page that a form led to.
    func follow(_ answer: Site.Answer) async throws -> Site.Answer {
        #expect(answer.status == 303, "\(answer.text)")
        return try await get(try #require(answer.response.header("Location"), "\(answer.text)"))
    }

    /// The last piece of the address that a form led to, such as an id.
    func id(_ answer: Site.Answer) throws -> String {
        let location = try #require(answer.response.header("Location"), "\(answer.text)")
        let path = location.prefix { $0 != "?" }
        return String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
    }
}
