package import Models
package import Postgres

package enum CallbackStatus: String, CaseIterable, Hashable, Sendable {
    case active
    /// By the tenant: what happens meanwhile waits.
    case paused
    /// By us, after every try had failed for days.
    case disabled
}

/// An endpoint as its tenant sees it.
package struct Callback: Sendable {
    /// More waiting deliveries are not counted.
    static let waitingMax = 10_000

    package let id: CallbackID
    package let url: String
    package let description: String
    /// Types of events, `message.*`, `*`.
    package let events: [String]
    package let status: CallbackStatus
    package let statusReason: String?
    package let statusChangedAt: Timestamp
    /// Until then the secret before this one signs too.
    package let previousSecretUntil: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    /// Tries in a row that failed.
    package let failures: Int
    package let failingSince: Timestamp?
    package let restUntil: Timestamp?
    package let lastDeliveredAt: Timestamp?
    package let lastFailedAt: Timestamp?
    package let lastProblem: String?
    /// Deliveries that are still to be made.
    package let waiting: CappedCount

    static let columns: SQL = """
        c.id, c.url, c.description, c.events, c.status, c.status_reason, c.status_changed_at,
        CASE WHEN c.previous_secret_until > now() THEN c.previous_secret_until END AS previous_secret_until,
        c.created_at, c.updated_at, s.failures, s.failing_since, s.rest_until, s.last_delivered_at, s.last_failed_at,
        s.last_problem,
        (SELECT count(*) FROM (SELECT FROM callback_queue q
                               WHERE q.tenant_id = c.tenant_id AND q.callback_id = c.id
                               LIMIT \(waitingMax + 1)) AS counted) AS waiting
        """

    init(_ row: Row) throws(DatabaseError) {
        guard let status = CallbackStatus(rawValue: try row.value("status")) else {
            throw .decoding("a callback's status that this program does not know")
        }
        id = try row.value("id")
        url = try row.value("url")
        description = try row.value("description")
        events = try row.value("events")
        self.status = status
        statusReason = try row.value("status_reason")
        statusChangedAt = try row.value("status_changed_at")
        previousSecretUntil = try row.value("previous_secret_until")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        failures = Int(try row.value("failures", as: Int32.self))
        failingSince = try row.value("failing_since")
        restUntil = try row.value("rest_until")
        lastDeliveredAt = try row.value("last_delivered_at")
        lastFailedAt = try row.value("last_failed_at")
        lastProblem = try row.value("last_problem")
        waiting = CappedCount(try row.value("waiting"), max: Self.waitingMax)
    }
}

/// What is to be written of an endpoint; nil leaves it as it is.
package struct CallbackChanges: Sendable {
    package var url: String?
    package var description: String?
    package var events: [String]?
    package var status: CallbackStatus?

    package init() {}

    /// Names only, for the audit log: an address may hold a secret.
    package var names: [String] {
        [
            url.map { _ in "url" }, description.map { _ in "description" }, events.map { _ in "events" },
            status.map { _ in "status" },
        ].compactMap { $0 }
    }
}

/// One event for one endpoint: waiting, delivered, or given up.
package struct CallbackDelivery: Sendable {
    package enum Status: String, CaseIterable, Hashable, Sendable {
        case pending
        case delivered
        case failed
    }

    /// Of the event: the same for every endpoint, the `webhook-id`.
    package let id: UUIDValue
    package let callbackID: CallbackID
    package let type: String
    package let status: Status
    /// The message, template or contact that it is about.
    package let objectID: UUIDValue
    package let occurredAt: Timestamp
    package let tries: Int
    /// When it is tried next; nil when it is over.
    package let dueAt: Timestamp?
    package let endedAt: Timestamp?
    /// The latest tries, oldest first, as JSON.
    package let history: JSONText

    init(_ row: Row) throws(DatabaseError) {
        guard let status = Status(rawValue: try row.value("status")) else {
            throw .decoding("a delivery's status that this program does not know")
        }
        id = try row.value("id")
        callbackID = try row.value("callback_id")
        type = try row.value("type")
        self.status = status
        objectID = try row.value("object_id")
        occurredAt = try row.value("occurred_at")
        tries = Int(try row.value("tries", as: Int16.self))
        dueAt = try row.value("due_at")
        endedAt = try row.value("ended_at")
        history = try row.value("history")
    }
}
