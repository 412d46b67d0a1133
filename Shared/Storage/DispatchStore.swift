package import Models
package import Postgres

/// A message that is ours to send now: its row says `sending` under this attempt's number, and the attempt is
/// written. The next stage takes nothing else.
package struct ClaimedMessage: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let attempt: Int
    package let retries: Int
    package let lane: Lane
    package let recipient: String
    /// JSON as `Storage` keeps it.
    package let content: [UInt8]
    package let expiresAt: Timestamp

    package init(
        tenantID: TenantID,
        messageID: MessageID,
        senderID: SenderID,
        templateID: TemplateID?,
        attempt: Int,
        retries: Int,
        lane: Lane,
        recipient: String,
        content: [UInt8],
        expiresAt: Timestamp
    ) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.senderID = senderID
        self.templateID = templateID
        self.attempt = attempt
        self.retries = retries
        self.lane = lane
        self.recipient = recipient
        self.content = content
        self.expiresAt = expiresAt
    }

    /// The move that ends this attempt.
    package func move(to state: MessageState) -> Move {
        Move(
            tenantID: tenantID,
            messageID: messageID,
            senderID: senderID,
            templateID: templateID,
            from: .sending,
            attempts: attempt,
            to: state
        )
    }
}

/// What a claim gave: messages to send, and messages that had expired while they waited.
package struct Claim: Sendable {
    package let claimed: [ClaimedMessage]
    package let expired: [ExpiredMessage]

    package struct ExpiredMessage: Sendable {
        package let tenantID: TenantID
        package let messageID: MessageID
        package let senderID: SenderID
    }
}

/// The dispatcher's side of the database: claims before the call, outcomes after it. Never both in one transaction,
/// and no connection is held in between.
package struct DispatchStore: Sendable {
    private let database: Database
    private let writer: GroupWriter<RecordedOutcome, Bool>

    package static let claimsMax = 500

    /// - Parameters:
    ///   - database: a pool whose sessions are pinned to index plans.
    ///   - settings: for the writer's own connections.
    package init(database: Database, settings: DatabaseSettings) {
        self.database = database
        writer = GroupWriter(
            name: "outcomes",
            settings: settings,
            connections: 1,
            batchMax: 500,
            queueMax: 10_000,
            write: { connection, outcomes in try OutcomeWriter.write(outcomes, on: connection) }
        )
    }

    package func start() async throws { try await writer.start() }
    package func stop() async { await writer.stop() }

    /// Takes the messages that are still queued; whoever else was told the same gets nothing.
    ///
    /// - Parameter lease: longer than the provider call can last; after it the attempt counts as unanswered.
    package func claim(_ orders: [(TenantID, MessageID)], lease: Duration) async throws(DatabaseError)
        -> Claim
    {
        let orders = orders.sorted { $0 < $1 }
        let answers = try await database.pipeline([
            .actFor(orders.map(\.0)), Self.claimStatement(orders, lease),
        ])
        var claimed: [ClaimedMessage] = []
        var expired: [Claim.ExpiredMessage] = []
        do {
            for row in answers.last ?? [] {
                if try row.value("is_expired", as: Bool.self) {
                    expired.append(
                        Claim.ExpiredMessage(
                            tenantID: try row.value("tenant_id"),
                            messageID: try row.value("id"),
                            senderID: try row.value("sender_id")
                        )
                    )
                } else {
                    claimed.append(try Self.claimedMessage(row))
                }
            }
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw .closure(error)
        }
        return Claim(claimed: claimed, expired: expired)
    }

    /// Writes an outcome with many others in one commit; returns after it.
    ///
    /// - Returns: whether the message moved by it. If not, a receipt or the scheduler was faster, and the attempt's
    ///   row holds the outcome all the same.
    package func record(_ outcome: RecordedOutcome) async throws(DatabaseError) -> Bool {
        try await writer.submit(outcome)
    }

    private static func claimedMessage(_ row: Row) throws -> ClaimedMessage {
        guard let lane = Lane(rawValue: try row.value("lane")) else {
            throw DatabaseError.decoding("a lane that this program does not know")
        }
        return ClaimedMessage(
            tenantID: try row.value("tenant_id"),
            messageID: try row.value("id"),
            senderID: try row.value("sender_id"),
            templateID: try row.value("template_id"),
            attempt: Int(try row.value("attempts", as: Int16.self)),
            retries: Int(try row.value("retries", as: Int16.self)),
            lane: lane,
            recipient: try row.value("recipient"),
            content: try row.value("content", as: JSONText.self).bytes,
            expiresAt: try row.value("expires_at")
        )
    }

    private static func claimStatement(_ orders: [(TenantID, MessageID)], _ lease: Duration) -> SQL {
        """
        WITH wanted AS MATERIALIZED (
            SELECT * FROM unnest(\(orders.map(\.0)), \(orders.map(\.1))) AS w (tenant_id, id)
        ), taken AS (
            UPDATE message_states s
            SET state = CASE WHEN m.expires_at <= now() THEN 11 ELSE 2 END,
                attempts = s.attempts + CASE WHEN m.expires_at <= now() THEN 0 ELSE 1 END,
                changed_at = now(),
                ended_at = CASE WHEN m.expires_at <= now() THEN now() END
            FROM wanted w JOIN messages m ON m.tenant_id = w.tenant_id AND m.id = w.id
            WHERE s.tenant_id = w.tenant_id AND s.id = w.id AND s.state = 1
            RETURNING s.tenant_id, s.id, s.state, s.attempts, s.retries, m.sender_id, m.template_id, m.lane,
                      m.recipient, m.content, m.expires_at
        ), attempt_rows AS (
            INSERT INTO attempts (tenant_id, message_id, number, started_at, lease_until)
            SELECT tenant_id, id, attempts, now(), now() + \(lease.microseconds) * interval '1 microsecond'
            FROM taken WHERE state = 2
        ), events AS (
            INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type, attempt)
            SELECT tenant_id, id, now(), now(), CASE state WHEN 2 THEN 'sending' ELSE 'expired' END,
                   NULLIF(attempts, 0)
            FROM taken
        ), due_gone AS (
            DELETE FROM due_messages d USING taken t
            WHERE t.state = 11 AND d.tenant_id = t.tenant_id AND d.message_id = t.id
        ), counts AS (
            INSERT INTO message_count_changes (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
            SELECT tenant_id, now(), sender_id,
                   coalesce(template_id, '00000000-0000-0000-0000-000000000000'::uuid), 1, state, count(*)
            FROM taken GROUP BY tenant_id, sender_id, template_id, state
        )
        SELECT tenant_id, id, state = 11 AS is_expired, attempts, retries, sender_id, template_id, lane, recipient,
               content, expires_at
        FROM taken
        """
    }
}
