package import Models
package import Postgres

extension ContactStore {
    package static let draftsMax = 1_000
    /// Somebody else made or changed the same contact at the same moment: then it is looked at again.
    private static let triesMax = 4

    package enum WriteMode: Sendable {
        case create
        /// What is there already takes what is given.
        case createOrUpdate
    }

    /// What became of one draft.
    package enum WriteOutcome: Sendable, Hashable {
        case created(ContactID)
        case updated(ContactID)
        /// In the mode `create`.
        case exists(ContactID)
        /// Its phone, user id and external id are those of several contacts, or of one that has others.
        case conflict(ContactID)
        /// The plan allows no more contacts.
        case beyondPlan(max: Int)
    }

    /// Who writes, from where.
    package struct Writing: Sendable {
        package let tenantID: TenantID
        package let mode: WriteMode
        package let origin: String
        package let actor: Actor
        package let audit: AuditEntry
        /// Fresh ids, one a draft and one a consent.
        package let makeID: @Sendable () -> UUIDValue

        package init(
            tenantID: TenantID, mode: WriteMode, origin: String, actor: Actor, audit: AuditEntry,
            makeID: @escaping @Sendable () -> UUIDValue
        ) {
            self.tenantID = tenantID
            self.mode = mode
            self.origin = origin
            self.actor = actor
            self.audit = audit
            self.makeID = makeID
        }
    }

    /// All in one transaction, in the order of the drafts; a draft that names somebody whom an earlier one made
    /// updates them.
    package func write(
        _ drafts: [ContactDraft], _ writing: Writing
    ) async throws(DatabaseError) -> [WriteOutcome] {
        if drafts.isEmpty { return [] }
        for _ in 1..<Self.triesMax {
            do {
                return try await attempt(drafts, writing)
            } catch DatabaseError.unique {
                continue
            }
        }
        return try await attempt(drafts, writing)
    }

    private func attempt(
        _ drafts: [ContactDraft], _ writing: Writing
    ) async throws(DatabaseError) -> [WriteOutcome] {
        try await database.transaction { connection in
            try connection.execute(.actFor(writing.tenantID))
            var plan = try ContactPlan(drafts, writing, on: connection)
            for (index, draft) in drafts.enumerated() { plan.decide(draft, at: index, writing) }
            if !plan.creations.isEmpty { try connection.execute(Self.insert(plan.creations, writing)) }
            for update in plan.updates {
                try connection.execute(Self.update(update.id, update.draft, writing.tenantID))
            }
            let entries = plan.consents(writing)
            if !entries.isEmpty { _ = try connection.rows(ConsentStatements.record(entries)) }
            if !plan.updates.isEmpty {
                try connection.execute(
                    ConsentStatements.followAddresses(of: plan.updates.map(\.id), writing.tenantID))
            }
            if !plan.creations.isEmpty || !plan.updates.isEmpty { try connection.execute(writing.audit.insert) }
            return plan.outcomes
        }
    }

    private static func insert(_ creations: [(id: ContactID, draft: ContactDraft)], _ writing: Writing) -> SQL {
        """
        INSERT INTO contacts (tenant_id, id, phone, user_id, external_id, name, language, attributes, tags, origin)
        SELECT \(writing.tenantID), w.id, w.phone, w.user_id, w.external_id, coalesce(w.name, ''), w.language,
               jsonb_strip_nulls(coalesce(w.attributes, '{}')),
               ARRAY(SELECT jsonb_array_elements_text(w.tags)), \(writing.origin)
        FROM unnest(
            \(creations.map(\.id)), \(creations.map(\.draft.phone)), \(creations.map(\.draft.userID)),
            \(creations.map(\.draft.externalID)), \(creations.map(\.draft.name)), \(creations.map(\.draft.language)),
            \(creations.map(\.draft.attributes)), \(creations.map { JSONText(tags: $0.draft.tags ?? []) })
        ) AS w (id, phone, user_id, external_id, name, language, attributes, tags)
        """
    }

    /// What is given is set; tags are added, attributes laid over those that are there.
    private static func update(_ id: ContactID, _ draft: ContactDraft, _ tenantID: TenantID) -> SQL {
        """
        UPDATE contacts c
        SET phone = coalesce(\(draft.phone as String?), c.phone),
            user_id = coalesce(\(draft.userID as String?), c.user_id),
            external_id = coalesce(\(draft.externalID as String?), c.external_id),
            name = coalesce(\(draft.name as String?), c.name),
            language = coalesce(\(draft.language as String?), c.language),
            attributes = jsonb_strip_nulls(c.attributes || coalesce(\(draft.attributes as JSONText?), '{}')),
            tags = ARRAY(SELECT DISTINCT t FROM unnest(c.tags || \(draft.tags ?? [])) AS t ORDER BY t),
            updated_at = now()
        WHERE c.tenant_id = \(tenantID) AND c.id = \(id)
        """
    }
}

/// Which drafts are new people and which are known ones.
private struct ContactPlan {
    private(set) var outcomes: [ContactStore.WriteOutcome] = []
    private(set) var creations: [(id: ContactID, draft: ContactDraft)] = []
    private(set) var updates: [(id: ContactID, draft: ContactDraft)] = []
    private var said: [(id: ContactID, consent: ConsentDraft)] = []
    private var known: [String: ContactID] = [:]
    private var names: [ContactID: Names] = [:]
    private var room: Int
    private let roomMax: Int

    /// What a contact is known by.
    fileprivate struct Names {
        var phone: String?
        var userID: String?
        var externalID: String?
    }

    init(_ drafts: [ContactDraft], _ writing: ContactStore.Writing, on connection: Connection) throws {
        let answers = try connection.pipeline([
            """
            SELECT c.id, c.phone, c.user_id, c.external_id FROM contacts c
            WHERE c.tenant_id = \(writing.tenantID) AND (
                c.phone = ANY (\(drafts.compactMap(\.phone))) OR c.user_id = ANY (\(drafts.compactMap(\.userID)))
                OR c.external_id = ANY (\(drafts.compactMap(\.externalID))))
            """,
            // Nothing is counted where there is no limit.
            """
            SELECT p.contacts_max, CASE WHEN p.contacts_max IS NOT NULL THEN
                (SELECT count(*) FROM contacts c WHERE c.tenant_id = t.id) ELSE 0 END AS contacts
            FROM tenants t JOIN plans p ON p.name = t.plan WHERE t.id = \(writing.tenantID)
            """,
        ])
        let limit = try answers[1].first?.value("contacts_max", as: Int32?.self).map { Int($0) }
        roomMax = limit ?? .max
        room = limit == nil ? .max : max(0, roomMax - Int(try answers[1].first?.value("contacts", as: Int64.self) ?? 0))
        for row in answers[0] {
            remember(
                Names(
                    phone: try row.value("phone"), userID: try row.value("user_id"),
                    externalID: try row.value("external_id")),
                as: try row.value("id"))
        }
    }

    mutating func decide(_ draft: ContactDraft, at index: Int, _ writing: ContactStore.Writing) {
        let found = Set(Self.keys(Names(draft)).compactMap { known[$0] })
        guard let id = found.first else { return create(draft, writing) }
        if writing.mode == .create { return outcomes.append(.exists(id)) }
        guard found.count == 1, let names = names[id], names.fits(draft) else { return outcomes.append(.conflict(id)) }
        remember(Names(draft), as: id)
        updates.append((id, draft))
        said += draft.consents.map { (id, $0) }
        outcomes.append(.updated(id))
    }

    private mutating func create(_ draft: ContactDraft, _ writing: ContactStore.Writing) {
        guard room > 0 else { return outcomes.append(.beyondPlan(max: roomMax)) }
        room -= 1
        let id = ContactID(writing.makeID())
        remember(Names(draft), as: id)
        creations.append((id, draft))
        said += draft.consents.map { (id, $0) }
        outcomes.append(.created(id))
    }

    func consents(_ writing: ContactStore.Writing) -> [ConsentEntry] {
        said.map { id, consent in
            ConsentEntry(
                tenantID: writing.tenantID, id: writing.makeID(), contactID: id, consent: consent, actor: writing.actor)
        }
    }

    private mutating func remember(_ added: Names, as id: ContactID) {
        for key in Self.keys(added) { known[key] = id }
        var all = names[id] ?? Names()
        all.phone = all.phone ?? added.phone
        all.userID = all.userID ?? added.userID
        all.externalID = all.externalID ?? added.externalID
        names[id] = all
    }

    private static func keys(_ names: Names) -> [String] {
        [names.phone.map { "p" + $0 }, names.userID.map { "u" + $0 }, names.externalID.map { "x" + $0 }]
            .compactMap { $0 }
    }
}

extension ContactPlan.Names {
    fileprivate init(_ draft: ContactDraft) {
        self.init(phone: draft.phone, userID: draft.userID, externalID: draft.externalID)
    }

    /// Somebody found by one name may not lose another.
    fileprivate func fits(_ draft: ContactDraft) -> Bool {
        func agree(_ mine: String?, _ theirs: String?) -> Bool { mine == nil || theirs == nil || mine == theirs }
        return agree(phone, draft.phone) && agree(userID, draft.userID) && agree(externalID, draft.externalID)
    }
}
