/// Which lines of the audit log somebody wants to see; what is nil does not matter.
package struct AuditFilter: Hashable, Sendable {
    package enum ActorKind: String, CaseIterable, Hashable, Sendable {
        case founder, user, key, system
        case adminKey = "admin_key"
    }

    package var from: Timestamp?
    /// Not included.
    package var to: Timestamp?
    package var actorKind: ActorKind?
    /// A part of who did it.
    package var actor: String?
    /// How what was done begins: `sender` finds `sender.created`.
    package var action: String?
    /// A part of what it was done to: an id.
    package var target: String?

    package init() {}
}
