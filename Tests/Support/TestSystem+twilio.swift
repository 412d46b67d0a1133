package import Models
internal import Postgres

/// The second demo tenant's Twilio sender, and statuses that are pulled.
extension TestSystem {
    package var twilioSenderID: SenderID? { demoFact("SECOND_DEMO_TWILIO_SENDER_ID").flatMap { SenderID($0) } }

    /// What the API does for `POST /v1/messages/{id}/refresh`.
    package func orderStatusCheck(of id: MessageID) async throws {
        _ = try await admin.execute(
            """
            INSERT INTO status_checks (tenant_id, message_id, requested_at, due_at)
            SELECT tenant_id, id, now(), now() FROM messages WHERE id = \(id)
            """)
    }

    /// The same for all of Twilio's that have not ended: it repeats a callback a few times, and then only answers.
    package func orderStatusChecksOfTwilio() async throws {
        _ = try await admin.execute(
            """
            INSERT INTO status_checks (tenant_id, message_id, requested_at, due_at)
            SELECT m.tenant_id, m.id, now(), now()
            FROM messages m
            JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            JOIN senders n ON n.tenant_id = m.tenant_id AND n.id = m.sender_id
            WHERE n.provider = 'twilio' AND s.state = ANY (\([MessageState.sent, .delivered].map(\.rawValue)))
            """)
    }

    /// Of the checks that are done.
    package func statusCheckResults() async throws -> [MessageID: String] {
        var results: [MessageID: String] = [:]
        for row in try await admin.rows("SELECT message_id, result FROM status_checks WHERE done_at IS NOT NULL") {
            results[try row.value("message_id")] = try row.value("result")
        }
        return results
    }
}
