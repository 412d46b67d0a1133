internal import JSON
package import Models
package import Postgres
package import Runtime

/// Does what erasures ask for, one person in one transaction. Platform role, on a connection that may take its time.
package struct ErasingStore: Sendable {
    /// A message that is being sent just now is waited for this long.
    private static let waitSeconds: Int64 = 60

    package enum Outcome: Sendable, Equatable {
        case nothingDue
        /// A message to this person is on its way: it is tried again.
        case waiting(ErasureID)
        case done(ErasureID)
    }

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// Takes the erasure that is due longest and does it.
    ///
    /// - Returns: what became of it, and news of messages that were cancelled, for Kafka after the commit.
    package func eraseNext() async throws(DatabaseError) -> (outcome: Outcome, events: [LifecycleEvent]) {
        let ids = ids
        return try await database.transaction { connection in
            guard let person = try Self.next(on: connection) else { return (.nothingDue, []) }
            let unsent = try Self.cancel(person, on: connection)
            guard unsent.isSettled else {
                _ = try connection.execute(
                    """
                    UPDATE erasures SET due_at = now() + \(Self.waitSeconds) * interval '1 second'
                    WHERE tenant_id = \(person.tenantID) AND id = \(person.id)
                    """)
                return (.waiting(person.id), unsent.events)
            }
            var counts: [(name: String, rows: Int)] = [("cancelled_messages", unsent.events.count)]
            for step in ErasureStatements.steps(for: person) {
                counts.append((step.name, try connection.execute(step.sql)))
            }
            var writer = JSONWriter()
            writer.object { writer in
                for (name, rows) in counts where rows > 0 {
                    writer.key(name)
                    writer.integer(rows)
                }
            }
            let audit = AuditEntry(
                id: ids.uuid(), tenantID: person.tenantID, actor: .system("retry-scheduler"), action: "erasure.done",
                target: "erasure \(person.id)", detail: JSONText(writer.bytes))
            _ = try connection.pipeline([
                """
                UPDATE erasures SET status = 'done', done_at = now(), phone = NULL, user_id = NULL, contact_id = NULL,
                                    result = \(JSONText(writer.bytes))
                WHERE tenant_id = \(person.tenantID) AND id = \(person.id)
                """,
                audit.insert,
            ])
            return (.done(person.id), unsent.events)
        }
    }

    private static func next(on connection: Connection) throws -> ErasedPerson? {
        let rows = try connection.rows(
            """
            SELECT tenant_id, id, phone, user_id, contact_id, keeps_opt_out FROM erasures
            WHERE status = 'pending' AND due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
            """)
        guard let row = rows.first else { return nil }
        let tenantID: TenantID = try row.value("tenant_id")
        let phone: String? = try row.value("phone")
        let userID: String? = try row.value("user_id")
        let contactID: ContactID? = try row.value("contact_id")
        let known = try connection.rows(
            """
            SELECT id, phone, user_id FROM contacts
            WHERE tenant_id = \(tenantID)
              AND (id = \(contactID as ContactID?) OR phone = \(phone as String?) OR user_id = \(userID as String?))
            """)
        var addresses = Set([phone, userID].compactMap { $0 })
        for contact in known {
            addresses.formUnion(
                [try contact.value("phone", as: String?.self), try contact.value("user_id", as: String?.self)]
                    .compactMap { $0 })
        }
        return ErasedPerson(
            tenantID: tenantID, id: try row.value("id"), addresses: addresses.sorted(),
            contacts: try known.map { try $0.value("id") }, keepsOptOut: try row.value("keeps_opt_out"))
    }

    /// What has not gone yet never goes; what is on its way must arrive first.
    private static func cancel(
        _ person: ErasedPerson, on connection: Connection
    ) throws -> (isSettled: Bool, events: [LifecycleEvent]) {
        let ids: [MessageID] = try connection.rows(
            """
            SELECT m.id FROM messages m JOIN due_messages d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
            WHERE m.recipient_reversed = ANY (\(person.addressesReversed)) AND m.tenant_id = \(person.tenantID)
            """
        ).map { try $0.value("id") }
        if ids.isEmpty { return (true, []) }
        let locked = try MoveWriter.lock(ids.map { (person.tenantID, $0) }, on: connection)
        let (open, flying) = locked.values.reduce(into: ([LockedMessage](), 0)) { found, message in
            if message.state.applying(.cancelRequested) == .moved(.cancelled) {
                found.0.append(message)
            } else if message.state.awaitsUs {
                found.1 += 1
            }
        }
        let moves = open.map { message in
            var move = message.move(to: .cancelled)
            move.detail = Array(#"{"by":"erasure"}"#.utf8)
            return move
        }
        let moved = try MoveWriter.write(moves: moves, actingFor: nil, on: connection)
        let events = open.filter { moved.contains($0.messageID) }.map { message in
            LifecycleEvent(
                messageID: message.messageID, tenantID: message.tenantID, senderID: message.senderID, state: .cancelled,
                at: message.now, attempt: message.attempts)
        }
        return (flying == 0, events)
    }
}

/// Who, by everything that we know them by.
struct ErasedPerson: Sendable {
    let tenantID: TenantID
    let id: ErasureID
    /// Numbers and user ids.
    let addresses: [String]
    let contacts: [ContactID]
    let keepsOptOut: Bool

    /// As messages are found by number.
    var addressesReversed: [String] { addresses.map { String($0.reversed()) } }
    /// As providers write them: without the plus.
    var providerNames: [String] { addresses.map { $0.hasPrefix("+") ? String($0.dropFirst()) : $0 } }
    /// For looking into JSON that is not ours.
    var patterns: [String] {
        // In LIKE these two stand for anything.
        providerNames.map { "%" + $0.replacing("\\", with: "\\\\").replacing("_", with: "\\_").replacing("%", with: "\\%") + "%" }
    }
}

/// Where a person can stand, table by table. Counts, states and times stay.
enum ErasureStatements {
    struct Step: Sendable {
        let name: String
        let sql: SQL
    }

    static func steps(for person: ErasedPerson) -> [Step] {
        messages(person) + conversations(person) + automation(person) + traces(person) + contacts(person) + files(person)
    }

    private static func messages(_ person: ErasedPerson) -> [Step] {
        let tenant = person.tenantID
        return [
            Step(
                name: "attempts",
                sql: """
                    UPDATE attempts a SET error_details = NULL FROM messages m
                    WHERE m.tenant_id = \(tenant) AND m.recipient_reversed = ANY (\(person.addressesReversed))
                      AND a.tenant_id = m.tenant_id AND a.message_id = m.id AND a.error_details IS NOT NULL
                    """),
            Step(
                name: "raw_receipts",
                sql: """
                    UPDATE raw_receipts r SET bytes_sealed = NULL FROM messages m
                    WHERE m.tenant_id = \(tenant) AND m.recipient = ANY (\(person.addresses))
                      AND r.tenant_id = m.tenant_id AND r.message_id = m.id AND r.bytes_sealed IS NOT NULL
                    """),
            Step(
                name: "messages",
                sql: """
                    UPDATE messages SET recipient = \(RetentionStore.redacted), content = redacted_content(content),
                                        reference = NULL, metadata = NULL
                    WHERE tenant_id = \(tenant) AND recipient_reversed = ANY (\(person.addressesReversed))
                    """),
        ]
    }

    private static func conversations(_ person: ErasedPerson) -> [Step] {
        let tenant = person.tenantID
        return [
            Step(
                name: "inbound_messages",
                sql: """
                    UPDATE inbound_messages
                    SET from_number = NULL, from_user_id = NULL, content = '{}', contact_id = NULL, conversation_id = NULL
                    WHERE tenant_id = \(tenant)
                      AND (from_number = ANY (\(person.addresses + person.providerNames))
                           OR from_user_id = ANY (\(person.addresses)) OR contact_id = ANY (\(person.contacts)))
                    """),
            Step(
                name: "conversations",
                sql: "DELETE FROM conversations WHERE tenant_id = \(tenant) AND contact_id = ANY (\(person.contacts))"),
        ]
    }

    private static func automation(_ person: ErasedPerson) -> [Step] {
        let tenant = person.tenantID
        return [
            Step(
                name: "tasks",
                sql: """
                    UPDATE automation_tasks
                    SET recipient = NULL, own = NULL, metadata = NULL, detail = NULL, due_at = NULL,
                        status = CASE WHEN due_at IS NULL THEN status ELSE 'cancelled' END,
                        reason = CASE WHEN due_at IS NULL THEN reason ELSE 'erased' END,
                        finished_at = coalesce(finished_at, now()), updated_at = now()
                    WHERE tenant_id = \(tenant) AND recipient = ANY (\(person.addresses))
                    """),
            // Who is still to be written to is no recipient any more; of the others the result stays.
            Step(
                name: "broadcast_recipients_left_out",
                sql: """
                    DELETE FROM broadcast_recipients
                    WHERE tenant_id = \(tenant) AND message_id IS NULL AND problem IS NULL
                      AND recipient = ANY (\(person.addresses))
                    """),
            Step(
                name: "broadcast_recipients",
                sql: """
                    UPDATE broadcast_recipients
                    SET written = \(RetentionStore.redacted), recipient = NULL, variables = NULL, reference = NULL
                    WHERE tenant_id = \(tenant)
                      AND (recipient = ANY (\(person.addresses)) OR written = ANY (\(person.addresses + person.providerNames)))
                    """),
            // What is told of all recipients together may speak of this one too.
            Step(
                name: "events",
                sql: """
                    UPDATE business_events e SET data = '{}', subject = NULL
                    WHERE e.tenant_id = \(tenant) AND EXISTS (
                        SELECT FROM business_event_recipients r
                        WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id AND r.recipient = ANY (\(person.addresses)))
                      AND NOT EXISTS (
                        SELECT FROM business_event_recipients r JOIN automation_tasks t
                            ON t.tenant_id = r.tenant_id AND t.event_id = r.event_id AND t.due_at IS NOT NULL
                        WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id)
                    """),
            Step(
                name: "event_recipients",
                sql: """
                    UPDATE business_event_recipients SET recipient = NULL, name = NULL, data = '{}', contact_id = NULL
                    WHERE tenant_id = \(tenant)
                      AND (recipient = ANY (\(person.addresses)) OR contact_id = ANY (\(person.contacts)))
                    """),
        ]
    }

    /// Where a number stands because of how we work.
    private static func traces(_ person: ErasedPerson) -> [Step] {
        let tenant = person.tenantID
        return [
            Step(
                name: "service_windows",
                sql: "DELETE FROM service_windows WHERE tenant_id = \(tenant) AND recipient = ANY (\(person.addresses))"),
            Step(
                name: "pair_debts",
                sql: "DELETE FROM pair_debts WHERE tenant_id = \(tenant) AND recipient = ANY (\(person.addresses))"),
            Step(
                name: "provider_notices",
                sql: "DELETE FROM provider_notices WHERE tenant_id = \(tenant) AND value::text LIKE ANY (\(person.patterns))"),
            Step(
                name: "parked_receipts",
                sql: "DELETE FROM parked_receipts WHERE tenant_id = \(tenant) AND receipt::text LIKE ANY (\(person.patterns))"),
            Step(
                name: "stored_answers",
                sql: """
                    DELETE FROM idempotency_keys
                    WHERE tenant_id = \(tenant) AND encode(response, 'escape') LIKE ANY (\(person.patterns))
                    """),
        ]
    }

    /// Whoever still wants a list as a file makes it anew; one that is being made begins again without the person. The
    /// founders' files hold no whole number.
    private static func files(_ person: ErasedPerson) -> [Step] {
        [
            Step(
                name: "files",
                sql: """
                    DELETE FROM exports
                    WHERE tenant_id = \(person.tenantID)
                      AND (state IN ('ready', 'failed') OR filter LIKE ANY (\(person.patterns)))
                    """),
            Step(
                name: "files_begun_again",
                sql: "UPDATE exports SET state = 'waiting' WHERE tenant_id = \(person.tenantID) AND state = 'running'"),
        ]
    }

    private static func contacts(_ person: ErasedPerson) -> [Step] {
        let tenant = person.tenantID
        return [
            Step(
                name: "suppressions",
                sql: """
                    DELETE FROM suppressions
                    WHERE tenant_id = \(tenant) AND recipient = ANY (\(person.addresses))
                      AND NOT (\(person.keepsOptOut) AND reason IN ('opted_out', 'user_preferences', 'complaint', 'legal'))
                    """),
            Step(
                name: "consent_ledger",
                sql: """
                    UPDATE consent_ledger SET evidence = NULL, inbound_message_id = NULL
                    WHERE tenant_id = \(tenant) AND contact_id = ANY (\(person.contacts))
                      AND (evidence IS NOT NULL OR inbound_message_id IS NOT NULL)
                    """),
            Step(
                name: "contacts",
                sql: "DELETE FROM contacts WHERE tenant_id = \(tenant) AND id = ANY (\(person.contacts))"),
        ]
    }
}
