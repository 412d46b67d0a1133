package import Models
package import Postgres

/// An event as it is to be recorded, with everything that the rules made of it.
package struct NewBusinessEvent: Sendable {
    package struct Recipient: Sendable {
        /// E.164; nil when none was given, or none that could be one.
        package var number: String?
        package var isNumberGiven: Bool
        package var name: String?
        package var language: String?
        package var contactID: ContactID?
        /// What is told of this recipient alone.
        package var data: JSONText

        package init(
            number: String?, isNumberGiven: Bool, name: String? = nil, language: String? = nil,
            contactID: ContactID? = nil, data: JSONText = JSONText("{}")
        ) {
            self.number = number
            self.isNumberGiven = isNumberGiven
            self.name = name
            self.language = language
            self.contactID = contactID
            self.data = data
        }
    }

    package var tenantID: TenantID
    package var id: BusinessEventID
    package var type: String
    package var occurredAt: Timestamp
    package var subject: String?
    package var data: JSONText
    package var recipients: [Recipient] = []
    package var tasks: [NewTask] = []
    /// Pairs of a rule and a recipient it is not meant for.
    package var filtered = 0
    /// Rules of which the last event counts, and recipients of this one.
    package var replacing: [(RuleID, String)] = []
    /// Rules of which the first event counts.
    package var keepingFirst: Set<RuleID> = []

    package init(
        tenantID: TenantID, id: BusinessEventID, type: String, occurredAt: Timestamp, subject: String?, data: JSONText
    ) {
        self.tenantID = tenantID
        self.id = id
        self.type = type
        self.occurredAt = occurredAt
        self.subject = subject
        self.data = data
    }
}

/// What became of an event in the transaction that recorded it.
package struct RecordedBusinessEvent: Sendable {
    package let event: NewBusinessEvent
    /// As they were written: some may have been planned already.
    package let tasks: [NewTask]
    /// Earlier tasks that this event called off or replaced.
    package let cancelled: Int

    package var planned: Int { tasks.count { $0.skipped == nil } }
    package var skipped: Int { tasks.count - planned }
}

/// An idempotency key and the request it came with, as hashes.
package struct RequestKey: Sendable {
    package let keyHash: UUIDValue
    package let requestHash: UUIDValue

    package init(keyHash: UUIDValue, requestHash: UUIDValue) {
        self.keyHash = keyHash
        self.requestHash = requestHash
    }
}

package enum RecordOutcome: Sendable {
    case recorded(RecordedBusinessEvent)
    /// The key was used before with the same request: this was the answer, and nothing was written now.
    case repeated(StoredAnswer)
    case keyReused
}

/// Events of businesses.
package struct BusinessEventStore: Sendable {
    /// Rows of one statement.
    static let portionMax = 5_000

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// What planning needs: the rules of this type of event that are switched on, and the tenant's time zone.
    package func rules(
        for type: String, of tenantID: TenantID
    ) async throws(DatabaseError) -> (rules: [StoredRule], timeZone: String) {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT time_zone FROM tenants WHERE id = \(tenantID)",
            """
            SELECT \(StoredRule.columns) FROM automation_rules r
            WHERE r.tenant_id = \(tenantID) AND r.event_type = \(type) AND r.is_enabled ORDER BY r.id
            """,
        ])
        guard answers.count == 3, let tenant = answers[1].first else { return ([], "UTC") }
        var rules: [StoredRule] = []
        for row in answers[2] { rules.append(try StoredRule(row)) }
        return (rules, try tenant.value("time_zone"))
    }

    /// Writes the event, its tasks, and what it changes of earlier ones, all at once.
    ///
    /// - Parameter answer: of what was recorded: kept under the key, for whoever asks again.
    package func record(
        _ event: NewBusinessEvent, key: RequestKey?, answer: @escaping @Sendable (RecordedBusinessEvent) -> StoredAnswer
    ) async throws(DatabaseError) -> RecordOutcome {
        let recorded = try await once(key, of: event.tenantID) { connection in
            let recorded = try Self.write(event, on: connection)
            return (recorded, answer(recorded))
        }
        switch recorded {
        case .done(let recorded): return .recorded(recorded)
        case .repeated(let answer): return .repeated(answer)
        case .keyReused: return .keyReused
        }
    }

    /// Tasks without a rule.
    package func add(
        _ tasks: [NewTask], of tenantID: TenantID, key: RequestKey?, audit: AuditEntry,
        answer: StoredAnswer
    ) async throws(DatabaseError) -> AcceptOutcome {
        let added = try await once(key, of: tenantID) { connection in
            try NewTask.insert(tasks, of: tenantID, on: connection)
            try connection.execute(audit.insert)
            return (true, answer)
        }
        switch added {
        case .done: return .accepted
        case .repeated(let answer): return .repeated(answer)
        case .keyReused: return .keyReused
        }
    }

    private enum Once<Outcome: Sendable>: Sendable {
        case done(Outcome)
        case repeated(StoredAnswer)
        case keyReused
    }

    /// Work that one key does once; what it answers is kept in the same commit.
    private func once<Outcome: Sendable>(
        _ key: RequestKey?, of tenantID: TenantID,
        _ work: @escaping @Sendable (Connection) throws -> (Outcome, StoredAnswer)
    ) async throws(DatabaseError) -> Once<Outcome> {
        do {
            return try await database.transaction { connection in
                try connection.execute(.actFor(tenantID))
                let (outcome, answer) = try work(connection)
                guard let key else { return .done(outcome) }
                let won = try connection.execute(
                    """
                    INSERT INTO idempotency_keys
                        (tenant_id, key_hash, request_hash, response_status, response, created_at)
                    VALUES (\(tenantID), \(key.keyHash), \(key.requestHash), \(Int16(clamping: answer.status)),
                            \(Bytes(answer.body)), now())
                    ON CONFLICT DO NOTHING
                    """)
                // Thrown, so that nothing of this stays.
                if won == 0 { throw KeyTaken() }
                return .done(outcome)
            }
        } catch DatabaseError.closure(let error) where error is KeyTaken {
            guard let key else { throw .decoding("a key was taken that nobody asked for") }
            return try await database.run { connection in
                let stored = try IdempotencyRows.read([(tenantID, key.keyHash)], on: connection)
                guard let row = stored.values.first else {
                    throw DatabaseError.decoding("an idempotency key vanished while it was asked for")
                }
                return row.requestHash == key.requestHash ? .repeated(row.answer) : .keyReused
            }
        }
    }

    private struct KeyTaken: Error {}

    func pipeline(_ statements: [SQL]) async throws(DatabaseError) -> [[Row]] {
        try await database.pipeline(statements)
    }

    private static func write(_ event: NewBusinessEvent, on connection: Connection) throws -> RecordedBusinessEvent {
        var tasks = event.tasks
        var cancelled = 0
        if let subject = event.subject {
            // Events of one subject take turns: each must see what the one before has planned.
            try connection.execute(
                """
                SELECT pg_advisory_xact_lock(hashtextextended(
                    'subject ' || \(event.tenantID.description) || \(subject), 0))
                """)
            cancelled += try cancelEarlier(event, subject, on: connection)
            try skipPlanned(&tasks, event, subject, on: connection)
        }
        let recorded = RecordedBusinessEvent(event: event, tasks: tasks, cancelled: cancelled)
        try connection.execute(
            """
            INSERT INTO business_events
                (tenant_id, id, type, occurred_at, subject, data, recipients, planned, skipped, filtered)
            VALUES (\(event.tenantID), \(event.id), \(event.type), \(event.occurredAt), \(event.subject as String?),
                    \(event.data), \(Int32(clamping: event.recipients.count)), \(Int32(clamping: recorded.planned)),
                    \(Int32(clamping: recorded.skipped)), \(Int32(clamping: event.filtered)))
            """)
        try insertRecipients(of: event, on: connection)
        try NewTask.insert(tasks, of: event.tenantID, on: connection)
        return recorded
    }

    private static func cancelEarlier(
        _ event: NewBusinessEvent, _ subject: String, on connection: Connection
    ) throws -> Int {
        let recipients = event.recipients.compactMap(\.number)
        // An event that names nobody calls it off for everybody.
        var cancelled = try connection.execute(
            """
            UPDATE automation_tasks t SET \(TaskStatements.cancelled(.cancelledByEvent))
            FROM automation_rules r
            WHERE t.tenant_id = \(event.tenantID) AND t.subject = \(subject) AND t.status = 'pending'
              AND r.tenant_id = t.tenant_id AND r.id = t.rule_id AND \(event.type) = ANY (r.cancelled_by)
              AND (\(recipients.isEmpty) OR t.recipient = ANY (\(recipients)))
            """)
        if !event.replacing.isEmpty {
            cancelled += try connection.execute(
                """
                UPDATE automation_tasks t SET \(TaskStatements.cancelled(.replaced))
                FROM unnest(\(event.replacing.map(\.0)), \(event.replacing.map(\.1))) AS w (rule_id, recipient)
                WHERE t.tenant_id = \(event.tenantID) AND t.subject = \(subject) AND t.status = 'pending'
                  AND t.rule_id = w.rule_id AND t.recipient = w.recipient
                """)
        }
        return cancelled
    }

    private static func skipPlanned(
        _ tasks: inout [NewTask], _ event: NewBusinessEvent, _ subject: String, on connection: Connection
    ) throws {
        if event.keepingFirst.isEmpty { return }
        struct Pair: Hashable {
            let ruleID: RuleID
            let recipient: String
        }
        var taken: Set<Pair> = []
        let rows = try connection.rows(
            """
            SELECT DISTINCT t.rule_id, t.recipient FROM automation_tasks t
            WHERE t.tenant_id = \(event.tenantID) AND t.subject = \(subject) AND t.recipient IS NOT NULL
              AND t.rule_id = ANY (\(event.keepingFirst.sorted())) AND t.status IN ('pending', 'executing', 'done')
            """)
        for row in rows { taken.insert(Pair(ruleID: try row.value("rule_id"), recipient: try row.value("recipient"))) }
        for index in tasks.indices where tasks[index].skipped == nil {
            guard let ruleID = tasks[index].ruleID, event.keepingFirst.contains(ruleID),
                let recipient = tasks[index].recipient
            else { continue }
            if !taken.insert(Pair(ruleID: ruleID, recipient: recipient)).inserted {
                tasks[index].skipped = .alreadyPlanned
            }
        }
    }

    private static func insertRecipients(of event: NewBusinessEvent, on connection: Connection) throws {
        let people = event.recipients
        if people.isEmpty { return }
        try connection.execute(
            """
            INSERT INTO business_event_recipients
                (tenant_id, event_id, position, recipient, name, language, contact_id, data, is_number_given)
            SELECT \(event.tenantID), \(event.id), w.* FROM unnest(
                \(people.indices.map { Int32(clamping: $0) }), \(people.map(\.number)), \(people.map(\.name)),
                \(people.map(\.language)), \(people.map(\.contactID)), \(people.map(\.data)), \(people.map(\.isNumberGiven))
            ) AS w
            """)
    }
}
