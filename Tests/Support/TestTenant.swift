internal import Crypto
package import Models
package import Postgres
package import Runtime
package import Storage

/// A tenant with a sender, three templates and a key, in a database of a test's own.
package struct TestTenant: Sendable {
    package static let masterKeysText = "test:" + String(repeating: "A", count: 43) + "="
    package static let accessToken = "token-of-a-test"
    /// Has just written to the sender of every tenant that a test makes.
    package static let usualRecipient = "+393401234567"

    /// One source: what was made later sorts later.
    package static let messageIDs = IDSource()

    package let id: TenantID
    package let senderID: SenderID
    /// The id of `order_shipped`.
    package let templateID: TemplateID
    package let key: APIKey

    /// - Parameter database: connected as the platform role or the owner.
    package static func make(_ slug: String, in database: Database) async throws -> TestTenant {
        let ids = IDSource()
        let template = template(
            "order_shipped",
            "UTILITY",
            "Hi {{first_name}}, your order {{order}} has left."
        )
        let setup = TenantSetup(
            id: TenantID(ids.uuid()),
            slug: slug,
            name: slug,
            defaultRegion: "IT",
            sender: SenderSetup(
                id: SenderID(ids.uuid()),
                name: "Main",
                displayPhoneNumber: "+39 02 0000 0000",
                phoneNumberID: "phone-\(slug)",
                accountID: "account-\(slug)",
                accessToken: Secret(accessToken + slug)
            ),
            templates: [
                template,
                Self.template("login_code", "AUTHENTICATION", "*{{1}}* is your code.", format: "POSITIONAL"),
                Self.template("not_yet", "MARKETING", "Hi {{first_name}}, soon.", status: "PENDING"),
            ],
            key: APIKey.make(),
            keyID: APIKeyID(ids.uuid()),
            keyName: "test"
        )
        let tenantID = try await TenantSetupStore(database, secrets()).apply(setup)
        let tenant = TestTenant(id: tenantID, senderID: setup.sender.id, templateID: template.id, key: setup.key)
        try await tenant.openWindows(in: database)
        return tenant
    }

    /// As if these customers had just written to the tenant's sender: they may be answered freely.
    package func openWindows(to recipients: [String] = [usualRecipient], in database: Database) async throws {
        _ = try await database.pipeline([
            .actFor(id),
            """
            INSERT INTO service_windows (tenant_id, sender_id, recipient, open_until)
            SELECT \(id), \(senderID), recipient, now() + interval '1 day' FROM unnest(\(recipients)) AS w (recipient)
            ON CONFLICT (tenant_id, sender_id, recipient) DO UPDATE SET open_until = excluded.open_until
            """,
        ])
    }

    package static func secrets() throws -> SecretStore {
        SecretStore(try MasterKeys(parsing: masterKeysText))
    }

    /// What is sealed for this tenant opens with it.
    package func dataKey(in database: Database) async throws -> DataKey {
        let rows = try await database.rows("SELECT data_key_sealed FROM tenants WHERE id = \(id)")
        guard let row = rows.first else { throw NotInTime(description: "no such tenant") }
        return try Self.secrets().dataKey(try row.value(0, as: [UInt8].self), of: id)
    }

    private static func template(
        _ name: String,
        _ category: String,
        _ body: String,
        status: String = "APPROVED",
        format: String = "NAMED"
    ) -> TemplateSetup {
        TemplateSetup(
            id: TemplateID(IDSource().uuid()),
            name: name,
            category: category,
            status: status,
            parameterFormat: format,
            components: JSONText(#"[{"type":"BODY","text":"\#(body)"}]"#)
        )
    }

    /// A text message of this tenant, ready to be written.
    package func message(
        to recipient: String = usualRecipient,
        kind: String = "general",
        reference: String? = nil,
        scheduledFor: Timestamp? = nil,
        id: MessageID = MessageID(Self.messageIDs.uuid())
    ) -> NewMessage {
        let now = SystemClock.now()
        return NewMessage(
            tenantID: self.id,
            id: id,
            senderID: senderID,
            type: .text,
            kind: kind,
            lane: .utility,
            recipient: recipient,
            content: .text(body: "Hello", previewURL: false),
            reference: reference,
            scheduledFor: scheduledFor,
            expiresAt: now + .seconds(3_600),
            createdAt: now
        )
    }
}

/// Two tenants in one database, connected as the services are.
package struct TwoTenants: Sendable {
    package let database: Database
    package let platform: Database
    package let settings: DatabaseSettings
    package let platformURL: String
    package let databaseName: String
    /// As the owner of this test's database, who may do anything.
    package let ownerURL: String
    /// As the owner, in a database of the cluster that is not this test's own.
    package let administrationURL: String
    package let first: TestTenant
    package let second: TestTenant

    package static func make() async throws -> TwoTenants {
        let test = try await PostgresServer.database()
        let settings = DatabaseSettings(url: test.serviceURL)
        let platform = Database(DatabaseSettings(url: test.platformURL, poolSize: 2))
        let database = Database(settings)
        try await platform.start()
        try await database.start()
        return TwoTenants(
            database: database,
            platform: platform,
            settings: settings,
            platformURL: test.platformURL,
            databaseName: test.name,
            ownerURL: test.url,
            administrationURL: PostgresServer.url(test.url, database: "postgres"),
            first: try await TestTenant.make("first", in: platform),
            second: try await TestTenant.make("second", in: platform)
        )
    }

    /// As if nobody had written for a day.
    package func closeWindows() async throws {
        _ = try await platform.execute("DELETE FROM service_windows")
    }

    package func stop() async {
        await database.stop()
        await platform.stop()
    }

    /// A started store for as long as the body runs.
    package func withAcceptStore<Outcome: Sendable>(
        afterCommit: @escaping @Sendable ([NewMessage]) -> Void = { _ in },
        _ body: (AcceptStore) async throws -> Outcome
    ) async throws -> Outcome {
        let store = AcceptStore(settings: settings, afterCommit: afterCommit)
        try await store.start()
        do {
            let outcome = try await body(store)
            await store.stop()
            return outcome
        } catch {
            await store.stop()
            throw error
        }
    }

    /// Text messages that were accepted and have an attempt in flight.
    package func messagesInFlight(_ count: Int, of tenant: TestTenant) async throws -> [MessageID] {
        let messages = (0..<count).map { _ in tenant.message() }
        _ = try await withAcceptStore { store in
            try await store.accept(AcceptRequest(tenantID: tenant.id, messages: messages))
        }
        let ids = messages.map(\.id)
        let claim = try await DispatchStore(database: database, settings: settings).claim(
            ids.map { (tenant.id, $0) }, lease: .seconds(60))
        guard claim.claimed.count == count else { throw NotInTime(description: "not all could be claimed") }
        return ids
    }
}

extension DispatchStore {
    /// Prepares and claims at once, for tests that care only for what follows.
    package func claim(_ told: [(TenantID, MessageID)], lease: Duration) async throws -> Claim {
        let prepared = try await prepare(told.map { ToldMessage(tenantID: $0.0, messageID: $0.1) })
        return try await claim(prepared.map { ClaimOrder($0) }, lease: lease)
    }
}
