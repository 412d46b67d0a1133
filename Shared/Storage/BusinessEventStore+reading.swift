package import Models
package import Postgres

/// An event as its tenant sees it.
package struct StoredBusinessEvent: Sendable {
    package let id: BusinessEventID
    package let type: String
    package let occurredAt: Timestamp
    package let receivedAt: Timestamp
    package let subject: String?
    package let data: JSONText
    package let recipients: Int
    package let planned: Int
    package let skipped: Int
    package let filtered: Int
    /// Where its tasks are now; only of an event that was asked for by its id.
    package var tasks: [TaskStatus: Int] = [:]

    static let columns: SQL = """
        e.id, e.type, e.occurred_at, e.received_at, e.subject, e.data, e.recipients, e.planned, e.skipped, e.filtered
        """

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        type = try row.value("type")
        occurredAt = try row.value("occurred_at")
        receivedAt = try row.value("received_at")
        subject = try row.value("subject")
        data = try row.value("data")
        recipients = Int(try row.value("recipients", as: Int32.self))
        planned = Int(try row.value("planned", as: Int32.self))
        skipped = Int(try row.value("skipped", as: Int32.self))
        filtered = Int(try row.value("filtered", as: Int32.self))
    }
}

/// One recipient of an event that was recorded, with what is told of it.
package struct StoredEventRecipient: Sendable {
    package let position: Int
    package let recipient: EventRecipient
    package let isNumberGiven: Bool
    /// Its own data over the event's.
    package let data: DataValue
}

extension BusinessEventStore {
    package func event(_ id: BusinessEventID, of tenantID: TenantID) async throws(DatabaseError) -> StoredBusinessEvent? {
        let answers = try await pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredBusinessEvent.columns) FROM business_events e
            WHERE e.tenant_id = \(tenantID) AND e.id = \(id)
            """,
            """
            SELECT status, count(*) AS tasks FROM automation_tasks
            WHERE tenant_id = \(tenantID) AND event_id = \(id) GROUP BY status
            """,
        ])
        guard answers.count == 3, let row = answers[1].first else { return nil }
        var event = try StoredBusinessEvent(row)
        for row in answers[2] {
            guard let status = TaskStatus(rawValue: try row.value("status")) else { continue }
            event.tasks[status] = try row.value("tasks")
        }
        return event
    }

    /// Newest first.
    package func list(
        of tenantID: TenantID, type: String?, subject: String?, before: BusinessEventID?, limit: Int
    ) async throws(DatabaseError) -> (events: [StoredBusinessEvent], hasMore: Bool) {
        var conditions: [SQL] = ["e.tenant_id = \(tenantID)"]
        if let type { conditions.append("e.type = \(type)") }
        if let subject { conditions.append("e.subject = \(subject)") }
        if let before { conditions.append("e.id < \(before)") }
        let answers = try await pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredBusinessEvent.columns) FROM business_events e WHERE \(conditions.joined(separator: " AND "))
            ORDER BY e.id DESC LIMIT \(limit + 1)
            """,
        ])
        var events: [StoredBusinessEvent] = []
        for row in answers.last ?? [] { events.append(try StoredBusinessEvent(row)) }
        return (Array(events.prefix(limit)), events.count > limit)
    }

    /// Everybody an event was told of, in its order.
    package func recipients(
        of id: BusinessEventID, tenantID: TenantID
    ) async throws(DatabaseError) -> (event: StoredBusinessEvent, recipients: [StoredEventRecipient])? {
        let answers = try await pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredBusinessEvent.columns) FROM business_events e
            WHERE e.tenant_id = \(tenantID) AND e.id = \(id)
            """,
            """
            SELECT position, recipient, name, language, data, is_number_given FROM business_event_recipients
            WHERE tenant_id = \(tenantID) AND event_id = \(id) ORDER BY position
            """,
        ])
        guard answers.count == 3, let row = answers[1].first else { return nil }
        let event = try StoredBusinessEvent(row)
        let common = try DataValue(event.data)
        var recipients: [StoredEventRecipient] = []
        for row in answers[2] {
            recipients.append(
                StoredEventRecipient(
                    position: Int(try row.value("position", as: Int32.self)),
                    recipient: EventRecipient(
                        number: try row.value("recipient"), name: try row.value("name"),
                        language: try row.value("language")),
                    isNumberGiven: try row.value("is_number_given"),
                    data: try DataValue(try row.value("data", as: JSONText.self)).over(common)))
        }
        return (event, recipients)
    }
}
