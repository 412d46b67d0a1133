package import Models
package import Postgres

/// One message with everything that happened to it.
package struct LogDetail: Sendable {
    package let row: LogRow
    package let timeline: [RecordedEvent]
    package let attempts: [RecordedAttempt]
    /// The message it repeats.
    package let parent: MessageID?
    /// The message that repeats it.
    package let child: MessageID?
    /// When the provider was last asked for its status.
    package let lastStatusCheck: Timestamp?
}

extension LogPageStore {
    /// Nil for an id that is not the tenant's: whether somebody else has it is nobody's business.
    package func detail(of messageID: MessageID, tenantID: TenantID) async throws(DatabaseError) -> LogDetail?
    {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            \(Self.columns) WHERE m.tenant_id = \(tenantID) AND s.tenant_id = \(tenantID)
              AND m.id = \(messageID) AND s.id = \(messageID)
            """,
            RecordedEvent.query(messageID, tenantID, max: Self.timelineMax),
            RecordedAttempt.query(messageID, tenantID),
            """
            SELECT m.parent_message_id, s.last_status_check,
                   (SELECT r.child_message_id FROM message_retries r
                    WHERE r.tenant_id = m.tenant_id AND r.parent_message_id = m.id) AS child_message_id
            FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            WHERE m.tenant_id = \(tenantID) AND s.tenant_id = \(tenantID) AND m.id = \(messageID) AND s.id = \(messageID)
            """,
        ])
        guard answers.count == 5, let row = answers[1].first, let kin = answers[4].first else { return nil }
        var timeline: [RecordedEvent] = []
        for row in answers[2] { timeline.append(try RecordedEvent(row)) }
        var attempts: [RecordedAttempt] = []
        for row in answers[3] { attempts.append(try RecordedAttempt(row)) }
        return LogDetail(
            row: try LogRow(row),
            timeline: timeline,
            attempts: attempts,
            parent: try kin.value("parent_message_id"),
            child: try kin.value("child_message_id"),
            lastStatusCheck: try kin.value("last_status_check")
        )
    }
}
