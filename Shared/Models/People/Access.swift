/// What a tenant's API is divided into, for keys and people to be let into.
package enum Area: String, CaseIterable, Hashable, Sendable {
    /// Sending, reading, cancelling, retrying; pauses, limits, ledger.
    case messages
    case templates
    /// Contacts, consent, suppressions, conversations and what customers wrote.
    case contacts
    /// Events, rules, tasks and broadcasts.
    case automation
    /// The tenant's own endpoints and what was delivered to them.
    case callbacks
    case costs
    /// Settings, senders, retention and erasure.
    case settings
    /// API keys and people.
    case keys
    case audit
}

/// One thing a key may do: `contacts` everything of an area, `contacts:read` only look at it.
package struct Scope: Hashable, Sendable {
    package let area: Area
    package let isReadOnly: Bool

    package init(_ area: Area, isReadOnly: Bool = false) {
        self.area = area
        self.isReadOnly = isReadOnly
    }

    /// Nil for a word that is no scope.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let area = Area(rawValue: String(parts[0])), parts.count == 1 || (parts.count == 2 && parts[1] == "read")
        else { return nil }
        self.init(area, isReadOnly: parts.count == 2)
    }

    package var text: String { area.rawValue + (isReadOnly ? ":read" : "") }

    package static let all: [Scope] = Area.allCases.flatMap { [Scope($0), Scope($0, isReadOnly: true)] }
}

/// Everything a key may do.
package struct Access: Hashable, Sendable {
    package let scopes: Set<Scope>

    package init(_ scopes: Set<Scope>) {
        self.scopes = scopes
    }

    /// Words that are no scope of ours grant nothing.
    package init(words: some Sequence<String>) {
        scopes = Set(words.compactMap(Scope.init))
    }

    package static let everything = Access(Set(Area.allCases.map { Scope($0) }))

    /// As they are stored and shown, in the order of the areas.
    package var words: [String] { Scope.all.filter(scopes.contains).map(\.text) }

    package func allows(_ wanted: Scope) -> Bool {
        if scopes.contains(Scope(wanted.area)) { return true }
        guard wanted.isReadOnly else { return false }
        // Who sends must see what there is to send.
        return scopes.contains(wanted)
            || (wanted.area == .templates && (allows(Scope(.messages, isReadOnly: true))))
    }

    /// Whether nobody could do more with the other: what may be handed on.
    package func covers(_ other: Access) -> Bool { other.scopes.allSatisfy(allows) }
}

/// What a person may do in a business.
package enum Role: String, CaseIterable, Hashable, Sendable {
    case owner
    case operator_ = "operator"
    case viewer

    package var access: Access {
        switch self {
        case .owner: .everything
        case .operator_:
            Access(
                Set(
                    [Area.messages, .templates, .contacts, .automation, .callbacks].map { Scope($0) }
                        + [Area.costs, .settings, .audit].map { Scope($0, isReadOnly: true) }))
        case .viewer:
            Access(Set(Area.allCases.filter { $0 != .keys && $0 != .audit }.map { Scope($0, isReadOnly: true) }))
        }
    }
}
