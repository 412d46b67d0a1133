/// What a business may have at most. Nil: no limit of ours.
package struct BusinessPlan: Hashable, Sendable {
    package let name: String
    package var title: String
    package var limits: [PlanLimit: Int]

    package init(name: String, title: String, limits: [PlanLimit: Int] = [:]) {
        self.name = name
        self.title = title
        self.limits = limits
    }

    package func max(_ limit: PlanLimit) -> Int? { limits[limit] }
}

/// The limits of a plan; each is a column of `plans` and a field of the API of the same name.
package enum PlanLimit: String, CaseIterable, Hashable, Sendable {
    /// Sends a day of the tenant's time zone; the tenant's own quota may be lower.
    case messagesPerDay = "messages_per_day"
    case senders = "senders_max"
    case templates = "templates_max"
    case contacts = "contacts_max"
    case users = "users_max"
    /// Keys that work.
    case keys = "keys_max"
    case callbacks = "callbacks_max"
    case broadcastRecipients = "broadcast_recipients_max"
    /// Of one API key.
    case requestsPerSecond = "requests_per_second"
    case retentionDays = "retention_days_max"

    /// The least that makes sense.
    package var smallest: Int {
        switch self {
        case .messagesPerDay, .senders, .templates, .contacts, .users, .keys, .callbacks, .broadcastRecipients: 0
        case .requestsPerSecond, .retentionDays: 1
        }
    }

    /// What is counted, for people.
    package var words: String {
        switch self {
        case .messagesPerDay: "messages a day"
        case .senders: "senders"
        case .templates: "templates"
        case .contacts: "contacts"
        case .users: "users"
        case .keys: "API keys"
        case .callbacks: "callbacks"
        case .broadcastRecipients: "recipients of a broadcast"
        case .requestsPerSecond: "requests a second"
        case .retentionDays: "days of retention"
        }
    }
}

/// Something more would be more than the plan allows.
package struct PlanExceeded: Error, Hashable, Sendable {
    package let limit: PlanLimit
    package let max: Int
    package let used: Int

    package init(_ limit: PlanLimit, max: Int, used: Int) {
        self.limit = limit
        self.max = max
        self.used = used
    }
}
