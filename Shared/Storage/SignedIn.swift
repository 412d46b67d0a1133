package import Models
internal import Postgres

/// Who somebody is, once signed in.
package enum SignedIn: Hashable, Sendable {
    /// A founder, by e-mail address.
    case founder(email: String)
    /// A person of a business.
    case user(Member)
    /// Whoever holds a key of a business.
    case key(KeyHolder)

    /// Nil for founders, who are of no business.
    package var tenantID: TenantID? {
        switch self {
        case .founder: nil
        case .user(let member): member.tenantID
        case .key(let holder): holder.tenantID
        }
    }

    /// What they may do in their business; founders nothing, who look at businesses by other doors.
    package var access: Access {
        switch self {
        case .founder: Access([])
        case .user(let member): member.role.access
        case .key(let holder): holder.access
        }
    }

    package var actor: Actor {
        switch self {
        case .founder(let email): .founder(email: email)
        case .user(let member): .user(email: member.email)
        case .key(let holder): .key(holder.keyID)
        }
    }
}

/// A person in one of their businesses.
package struct Member: Hashable, Sendable {
    package let tenantID: TenantID
    package let userID: UserID
    package let email: String
    package let role: Role
    package let business: String

    /// Columns tenant_id, user_id, user_email, role and name.
    init(_ row: Row) throws(DatabaseError) {
        guard let role = Role(rawValue: try row.value("role")) else {
            throw .decoding("a role that this program does not know")
        }
        self.role = role
        tenantID = try row.value("tenant_id")
        userID = try row.value("user_id")
        email = try row.value("user_email")
        business = try row.value("name")
    }
}

package struct KeyHolder: Hashable, Sendable {
    package let tenantID: TenantID
    package let keyID: APIKeyID
    package let access: Access

    init(_ row: Row) throws(DatabaseError) {
        tenantID = try row.value("tenant_id")
        keyID = try row.value("key_id")
        access = Access(words: try row.value("scopes", as: [String].self))
    }
}
