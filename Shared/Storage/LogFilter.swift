package import Models
internal import Postgres

/// What a list is narrowed to; everything given must hold.
package struct LogFilter: Sendable {
    package var states: Set<MessageState> = []
    package var kind: String?
    package var template: String?
    package var senderID: SenderID?
    /// All digits of a number, or its last ones.
    package var phoneDigits: String?
    /// Included.
    package var from: Timestamp?
    /// Not included.
    package var to: Timestamp?
    package var retriesMin: Int?
    package var errorCode: Int?
    package var tenantID: TenantID?
    package var isCriticalOnly = false

    package init() {}

    /// On `messages m` and `message_states s`: on both, so that each skips the day partitions that cannot match.
    var conditions: [SQL] {
        var conditions: [SQL] = []
        func keep(_ condition: SQL?) {
            if let condition { conditions.append(condition) }
        }
        if !states.isEmpty { keep("s.state = ANY (\(states.map(\.rawValue).sorted()))") }
        keep(tenantID.map { "m.tenant_id = \($0) AND s.tenant_id = \($0)" })
        keep(kind.map { "m.kind = \($0)" })
        keep(template.map { "m.type = 'template' AND m.content->>'name' = \($0)" })
        keep(senderID.map { "m.sender_id = \($0)" })
        keep(number("m"))
        keep(from.map { "m.created_at >= \($0)" })
        keep(to.map { "m.created_at < \($0)" })
        keep(range("m.id"))
        keep(range("s.id"))
        keep(retriesMin.map { "retries_made(s.retries, s.attempts) >= \($0)" })
        keep(errorCode.map { "s.error_code = \(Int32(clamping: $0))" })
        if isCriticalOnly { keep("s.is_critical") }
        return conditions
    }

    /// Numbers are stored backwards too, so that their last digits are the beginning of something sorted. Nothing but
    /// digits and the plus stand in them, and `:` comes right after the digits.
    func number(_ table: String) -> SQL? {
        phoneDigits.map { digits in
            let ending = String(digits.filter(\.isNumber).reversed())
            let column = SQL(raw: "\(table).recipient_reversed")
            return "\(column) >= \(ending) AND \(column) < \(ending + ":")"
        }
    }

    /// The dates as ids, which begin with their time.
    func range(_ column: String) -> SQL? {
        var conditions: [SQL] = []
        let column = SQL(raw: column)
        if let from { conditions.append("\(column) >= \(UUIDValue.floor(of: from))") }
        // Ids may run a little ahead of their message: a burst within one millisecond counts on into the next.
        if let to { conditions.append("\(column) < \(UUIDValue.floor(of: to + .seconds(60)))") }
        return conditions.isEmpty ? nil : conditions.joined(separator: " AND ")
    }

    /// Whether rows may have to be looked at that are not shown.
    var isSearch: Bool {
        kind != nil || template != nil || senderID != nil || phoneDigits != nil || looksAtStates
    }

    /// Whether a message's state must be read to know whether it belongs.
    var looksAtStates: Bool { !states.isEmpty || retriesMin != nil || errorCode != nil || isCriticalOnly }

    /// The smallest table that has all of them.
    var driver: LogDriver {
        if phoneDigits != nil { return .number }
        let areTroubled = !states.isEmpty && states.isSubset(of: LogDriver.endedBadly)
        if areTroubled || isCriticalOnly || errorCode != nil || (retriesMin ?? 0) > 0 { return .troubled }
        if !states.isEmpty, states.allSatisfy(\.awaitsUs) { return .due }
        return .all
    }
}

/// Which rows a list is looked for among, one after the other in the order of ids.
enum LogDriver: Sendable {
    case all
    /// What somebody of ours must look at again: everything that is not settled.
    case due
    /// What was repeated, had an error or ended without delivery.
    case troubled
    /// Those to the numbers with these last digits; found together and sorted, not in order.
    case number

    static let endedBadly: Set<MessageState> = [.failed, .undelivered, .expired, .cancelled]
}

/// Where in a list a page begins.
package enum LogPlace: Sendable {
    case newest
    case oldest
    case olderThan(MessageID)
    case newerThan(MessageID)

    /// Whether it is read from older to newer.
    var isAscending: Bool {
        switch self {
        case .newest, .olderThan: false
        case .oldest, .newerThan: true
        }
    }

    func condition(_ column: String) -> SQL? {
        let column = SQL(raw: column)
        return switch self {
        case .newest, .oldest: nil
        case .olderThan(let id): "\(column) < \(id)"
        case .newerThan(let id): "\(column) > \(id)"
        }
    }
}
