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

    /// The newest first, which signs.
    private let keys: [[UInt8]]

    package init(_ masterKeys: MasterKeys) {
        keys = masterKeys.ids.compactMap { masterKeys.key($0) }.map { key in
            HMACSHA256.authenticate(key: key.bytes, message: Array("tidings page pass v1".utf8))
        }
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
        let text = Base64URL.encode(writer.bytes)
        return Self.scheme + text + "." + Base64URL.encode(Self.proof(of: text, keys[0]))
    }

    /// Nil for what is no pass, is over, or is for another request.
    package func pass(in header: String, for method: String, _ path: String, at now: Timestamp) -> PagePass? {
        guard header.hasPrefix(Self.scheme), header.utf8.count <= Self.bytesMax else { return nil }
        let parts = header.dropFirst(Self.scheme.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let proof = Base64URL.decode(parts[1]),
            keys.contains(where: { constantTimeEqual(Self.proof(of: String(parts[0]), $0), proof) }),
            let bytes = Base64URL.decode(parts[0]), let root = try? JSONDocument(parsing: bytes).root,
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

    private static func proof(of text: String, _ key: [UInt8]) -> [UInt8] {
        HMACSHA256.authenticate(key: key, message: Array(text.utf8))
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
