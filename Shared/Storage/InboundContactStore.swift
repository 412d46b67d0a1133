package import Models
package import Postgres

/// Who a piece of news is about, as the provider names them; at least one of both is known.
package struct NamedPerson: Sendable, Hashable {
    /// E.164, "+" included.
    package var phone: String?
    /// WhatsApp's business-scoped user id.
    package var userID: String?
    package var profileName: String?
    package var username: String?

    /// Nil for what is no name of anybody.
    ///
    /// - Parameter number: digits, with or without their "+".
    package init?(number: String?, userID: String?, profileName: String? = nil, username: String? = nil) {
        if let number {
            let digits = number.hasPrefix("+") ? number.dropFirst() : number[...]
            if (5...20).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) {
                phone = "+" + digits
            }
        }
        if let userID, UserIDText.isValid(userID) { self.userID = userID }
        if phone == nil, self.userID == nil { return nil }
        self.profileName = profileName.map { String($0.prefix(255)) }
        self.username = username.map { String($0.prefix(255)) }
    }

    package var addresses: [String] { [phone, userID].compactMap { $0 } }
}

/// News about people of one tenant, after the messages that brought it are written.
package struct PeopleNews: Sendable {
    package struct Written: Sendable {
        package let message: InboundMessage
        package let person: NamedPerson
        package let wish: ConsentWords.Wish?

        package init(message: InboundMessage, person: NamedPerson, wish: ConsentWords.Wish?) {
            self.message = message
            self.person = person
            self.wish = wish
        }
    }

    /// Somebody switched a business's messages off or on in WhatsApp.
    package struct Preference: Sendable {
        package let tenantID: TenantID
        package let person: NamedPerson
        package let category: TemplateCategory
        package let status: ConsentStatus
        package let at: Timestamp

        package init(
            tenantID: TenantID, person: NamedPerson, category: TemplateCategory, status: ConsentStatus, at: Timestamp
        ) {
            self.tenantID = tenantID
            self.person = person
            self.category = category
            self.status = status
            self.at = at
        }
    }

    package var written: [Written] = []
    package var preferences: [Preference] = []

    package init() {}

    package var isEmpty: Bool { written.isEmpty && preferences.isEmpty }
    /// Those of whom somebody said something about consent.
    package var consenting: Set<TenantID> {
        Set(written.filter { $0.wish != nil }.map(\.message.owner.tenantID) + preferences.map(\.tenantID))
    }
}

/// Keeps contacts, conversations and consents up with what comes in. The same news again changes nothing.
package struct InboundContactStore: Sendable {
    private static let triesMax = 4

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameter stopCategories: what STOP ends, of tenants that set it.
    package func take(
        _ news: PeopleNews, stopCategories: [TenantID: Set<TemplateCategory>]
    ) async throws(DatabaseError) {
        if news.isEmpty { return }
        for _ in 1..<Self.triesMax {
            do {
                return try await attempt(news, stopCategories)
            } catch DatabaseError.unique {
                // Somebody made or named the same person at the same moment: they are found now.
                continue
            }
        }
        try await attempt(news, stopCategories)
    }

    private func attempt(
        _ news: PeopleNews, _ stopCategories: [TenantID: Set<TemplateCategory>]
    ) async throws(DatabaseError) {
        try await database.transaction { connection in
            let people = MetPeople(news)
            try connection.execute(.actFor(people.tenants))
            let linked = try connection.rows(people.linkUserIDs) + connection.rows(people.linkPhones)
            try connection.execute(people.insert)
            for row in linked {
                try connection.execute(
                    ConsentStatements.followAddresses(of: [try row.value("id")], try row.value("tenant_id")))
            }
            let known = try people.contacts(among: connection.rows(people.find))
            try connection.execute(people.remember(known))
            try Self.converse(news, people, known, on: connection)
            let entries = Self.entries(news, people, known, stopCategories)
            if !entries.isEmpty { _ = try connection.rows(ConsentStatements.record(entries)) }
        }
    }

    private static func converse(
        _ news: PeopleNews, _ people: MetPeople, _ known: [Int: ContactID], on connection: Connection
    ) throws {
        var turns: [InboundTurn] = []
        for written in news.written {
            guard let place = people.place(of: written.person, written.message.owner.tenantID),
                let contactID = known[place]
            else { continue }
            turns.append(InboundTurn(message: written.message, contactID: contactID))
        }
        if turns.isEmpty { return }
        var conversations: [InboundTurn.Key: ConversationID] = [:]
        for row in try connection.rows(InboundTurn.open(turns)) {
            let key = InboundTurn.Key(senderID: try row.value("sender_id"), contactID: try row.value("contact_id"))
            conversations[key] = try row.value("id")
        }
        try connection.execute(InboundTurn.assign(turns, conversations))
    }

    private static func entries(
        _ news: PeopleNews, _ people: MetPeople, _ known: [Int: ContactID],
        _ stopCategories: [TenantID: Set<TemplateCategory>]
    ) -> [ConsentEntry] {
        var entries: [ConsentEntry] = []
        for written in news.written {
            let (message, tenantID) = (written.message, written.message.owner.tenantID)
            guard let wish = written.wish, let place = people.place(of: written.person, tenantID),
                let contactID = known[place]
            else { continue }
            let status: ConsentStatus =
                switch wish {
                case .stop: .optedOut
                case .start: .optedIn
                }
            let categories = stopCategories[tenantID] ?? ConsentSettings().stopCategories
            for category in categories.sorted(by: { $0.rawValue < $1.rawValue }) {
                entries.append(
                    ConsentEntry(
                        tenantID: tenantID,
                        id: ConsentStatements.id(of: "\(message.id)", category, at: message.momentOfID),
                        contactID: contactID,
                        consent: ConsentDraft(
                            category: category, status: status, source: "keyword", at: message.sentAt),
                        actor: .system("webhook-receiver"), inboundMessageID: message.id))
            }
        }
        for preference in news.preferences {
            guard let place = people.place(of: preference.person, preference.tenantID), let contactID = known[place]
            else { continue }
            let name = "\(contactID)|\(preference.status.rawValue)|\(preference.at.microseconds)"
            entries.append(
                ConsentEntry(
                    tenantID: preference.tenantID,
                    id: ConsentStatements.id(of: name, preference.category, at: preference.at), contactID: contactID,
                    consent: ConsentDraft(
                        category: preference.category, status: preference.status,
                        source: ConsentStatements.sourceOfPreferences, at: preference.at),
                    actor: .system("webhook-receiver")))
        }
        return entries
    }
}

/// The people of some news, each once.
private struct MetPeople {
    private struct Key: Hashable {
        let tenantID: TenantID
        let address: String
    }

    private(set) var tenants: [TenantID] = []
    private var people: [NamedPerson] = []
    private var lastInbound: [Timestamp?] = []
    private var places: [Key: Int] = [:]

    init(_ news: PeopleNews) {
        // In the order of addresses, so that everybody locks alike.
        let met =
            news.written.map { ($0.message.owner.tenantID, $0.person, Optional($0.message.sentAt)) }
            + news.preferences.map { ($0.tenantID, $0.person, nil) }
        let sorted = met.sorted { ($0.0, $0.1.addresses[0]) < ($1.0, $1.1.addresses[0]) }
        for (tenantID, person, at) in sorted { add(person, tenantID, at) }
    }

    private mutating func add(_ person: NamedPerson, _ tenantID: TenantID, _ at: Timestamp?) {
        let keys = person.addresses.map { Key(tenantID: tenantID, address: $0) }
        guard let place = keys.compactMap({ places[$0] }).first else {
            for key in keys { places[key] = people.count }
            tenants.append(tenantID)
            people.append(person)
            lastInbound.append(at)
            return
        }
        for key in keys where places[key] == nil { places[key] = place }
        people[place].phone = people[place].phone ?? person.phone
        people[place].userID = people[place].userID ?? person.userID
        people[place].profileName = person.profileName ?? people[place].profileName
        people[place].username = person.username ?? people[place].username
        if let at { lastInbound[place] = max(lastInbound[place] ?? at, at) }
    }

    func place(of person: NamedPerson, _ tenantID: TenantID) -> Int? {
        person.addresses.lazy.compactMap { places[Key(tenantID: tenantID, address: $0)] }.first
    }

    private var met: SQL {
        """
        unnest(
            \(people.indices.map { Int32(clamping: $0) }), \(tenants), \(people.map(\.phone)), \(people.map(\.userID)),
            \(people.map(\.profileName)), \(people.map(\.username)), \(lastInbound)
        ) AS w (place, tenant_id, phone, user_id, profile_name, username, at)
        """
    }

    /// Meta gives somebody who changes the number another user id.
    var linkUserIDs: SQL {
        """
        UPDATE contacts c SET user_id = w.user_id, updated_at = now() FROM \(met)
        WHERE c.tenant_id = w.tenant_id AND c.phone = w.phone AND w.user_id IS NOT NULL
          AND c.user_id IS DISTINCT FROM w.user_id
          AND NOT EXISTS (SELECT FROM contacts o WHERE o.tenant_id = w.tenant_id AND o.user_id = w.user_id)
        RETURNING c.tenant_id, c.id
        """
    }

    var linkPhones: SQL {
        """
        UPDATE contacts c SET phone = w.phone, updated_at = now() FROM \(met)
        WHERE c.tenant_id = w.tenant_id AND c.user_id = w.user_id AND w.phone IS NOT NULL AND c.phone IS NULL
          AND NOT EXISTS (SELECT FROM contacts o WHERE o.tenant_id = w.tenant_id AND o.phone = w.phone)
        RETURNING c.tenant_id, c.id
        """
    }

    var insert: SQL {
        """
        INSERT INTO contacts (tenant_id, id, phone, user_id, origin)
        SELECT w.tenant_id, new_uuid(), w.phone, w.user_id, 'inbound' FROM \(met)
        WHERE NOT EXISTS (SELECT FROM contacts o WHERE o.tenant_id = w.tenant_id AND o.phone = w.phone)
          AND NOT EXISTS (SELECT FROM contacts o WHERE o.tenant_id = w.tenant_id AND o.user_id = w.user_id)
        ON CONFLICT DO NOTHING
        """
    }

    var find: SQL {
        """
        SELECT w.place, coalesce(p.id, u.id) AS id FROM \(met)
        LEFT JOIN contacts p ON p.tenant_id = w.tenant_id AND p.phone = w.phone
        LEFT JOIN contacts u ON u.tenant_id = w.tenant_id AND u.user_id = w.user_id
        WHERE coalesce(p.id, u.id) IS NOT NULL
        """
    }

    func contacts(among rows: [Row]) throws -> [Int: ContactID] {
        var known: [Int: ContactID] = [:]
        for row in rows { known[Int(try row.value("place", as: Int32.self))] = try row.value("id") }
        return known
    }

    /// How they call themselves, and when they last wrote.
    func remember(_ known: [Int: ContactID]) -> SQL {
        let places = known.sorted { $0.value < $1.value }
        return """
            UPDATE contacts c
            SET profile_name = coalesce(w.profile_name, c.profile_name), username = coalesce(w.username, c.username),
                last_inbound_at = greatest(c.last_inbound_at, w.at)
            FROM unnest(
                \(places.map { tenants[$0.key] }), \(places.map(\.value)), \(places.map { people[$0.key].profileName }),
                \(places.map { people[$0.key].username }), \(places.map { lastInbound[$0.key] })
            ) AS w (tenant_id, id, profile_name, username, at)
            WHERE c.tenant_id = w.tenant_id AND c.id = w.id
              AND (w.at > coalesce(c.last_inbound_at, '-infinity') OR w.profile_name IS DISTINCT FROM c.profile_name
                   OR w.username IS DISTINCT FROM c.username)
            """
    }
}
