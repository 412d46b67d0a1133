package import Crypto
internal import JSON
package import Models
package import Storage

/// What monitor's pages send with a request to a tenant's API, for somebody who is signed in with them: a page shows and
/// does what a program could, through the same door.
package struct PagePass: Sendable, Equatable {
    package let tenantID: TenantID
    package let actor: Actor
    package let access: Access
    /// Where the person sits.
    package let address: String?

    package init(tenantID: TenantID, actor: Actor, access: Access, address: String?) {
        self.tenantID = tenantID
        self.actor = actor
        self.access = access
        self.address = address
    }
}

/// Writes and reads passes. Each is good for one request, method and path, and for a minute; who has no master key
/// cannot make one.
package struct PagePasses: Sendable {
    package static let validFor = Duration.seconds(60)
    /// Clocks of two machines may differ by this.
    private static let clockSpare = Duration.seconds(30)
    private static let scheme = "Tidings-Page "
    private static let bytesMax = 4_096

    private let signed: SignedText

    package init(_ masterKeys: MasterKeys) {
        signed = SignedText(masterKeys, purpose: "tidings page pass v1")
    }

    /// The value of the header `Authorization`.
    package func header(_ pass: PagePass, for method: String, _ path: String, at now: Timestamp) -> String {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field("method", method)
            writer.field("path", path)
            writer.field("until", (now + Self.validFor).microseconds)
            writer.field("tenant_id", pass.tenantID.description)
            writer.field("kind", pass.actor.kind)
            writer.field("name", Self.name(of: pass.actor))
            writer.field("scopes", pass.access.words)
            writer.field("address", pass.address)
        }
        return Self.scheme + signed.sign(writer.bytes)
    }

    /// Nil for what is no pass, is over, or is for another request.
    package func pass(in header: String, for method: String, _ path: String, at now: Timestamp) -> PagePass? {
        guard header.hasPrefix(Self.scheme), header.utf8.count <= Self.bytesMax,
            let bytes = signed.read(header.dropFirst(Self.scheme.count)), let root = try? JSONDocument(parsing: bytes).root,
            root["method"]?.string == method, root["path"]?.string == path,
            let until = root["until"]?.integer.map({ Timestamp(microseconds: $0) }), until > now,
            until <= now + Self.validFor + Self.clockSpare,
            let tenantID = root["tenant_id"]?.string.flatMap({ TenantID($0) }),
            let name = root["name"]?.string, let actor = Self.actor(root["kind"]?.string, name),
            let scopes = root["scopes"]?.elements
        else { return nil }
        return PagePass(
            tenantID: tenantID, actor: actor, access: Access(words: scopes.compactMap(\.string)),
            address: root["address"]?.string)
    }

    private static func name(of actor: Actor) -> String {
        if case .key(let id) = actor { id.description } else { actor.name }
    }

    private static func actor(_ kind: String?, _ name: String) -> Actor? {
        switch kind {
        case "founder": .founder(email: name)
        case "user": .user(email: name)
        case "key": APIKeyID(name).map(Actor.key)
        default: nil
        }
    }
}
