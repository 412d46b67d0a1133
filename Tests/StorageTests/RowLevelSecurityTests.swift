import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Tenant A reads and writes nothing of tenant B: not by our stores with B's ids, and not by SQL of its own.
@Suite struct RowLevelSecurityTests {
    private static let tenantTables = [
        "tenants", "api_keys", "senders", "templates", "messages", "message_states", "due_messages",
        "attempts",
        "message_events", "idempotency_keys", "batches", "inbound_messages", "message_count_changes",
        "message_counts", "message_totals",
        "critical_failures", "alerts", "alert_rules", "parked_receipts", "provider_notices",
        "contacts", "consents", "consent_ledger", "suppressions", "consent_settings", "conversations",
        "conversation_interactions",
    ]

    @Test func ourStoresShowNothingOfAnotherTenant() async throws {
        let (tenants, theirs, claim) = try await prepared()
        let queries = MessageQueryStore(tenants.database)
        #expect(try await queries.detail(of: theirs.id, tenantID: tenants.first.id) == nil)
        var filter = MessageFilter()
        filter.recipient = theirs.recipient
        #expect(
            try await queries.list(of: tenants.first.id, filter, before: nil, limit: 200).messages.isEmpty
        )
        filter = MessageFilter()
        filter.batchID = theirs.batchID
        #expect(
            try await queries.list(of: tenants.first.id, filter, before: nil, limit: 200).messages.isEmpty
        )
        let answer = try await queries.answer(
            tenantID: tenants.first.id,
            keyHash: claim.keyHash,
            requestHash: claim.requestHash
        )
        #expect(answer == nil)
        let catalog = try #require(try await CatalogStore(tenants.database).catalog(of: tenants.first.id))
        #expect(catalog.sender(tenants.second.senderID) == nil)
        #expect(!catalog.templates.contains { $0.id == tenants.second.templateID })
        let token = try await TestTenant.secrets().accessToken(
            of: tenants.second.senderID,
            tenantID: tenants.first.id,
            in: tenants.database
        )
        #expect(token == nil)
        await tenants.stop()
    }

    @Test func acceptingCannotWriteForATenantItDoesNotActFor() async throws {
        let (tenants, _, _) = try await prepared()
        // The request says it is the first tenant's, the row in it the second's.
        let smuggled = AcceptRequest(tenantID: tenants.first.id, messages: [tenants.second.message()])
        try await tenants.withAcceptStore { store in
            _ = await #expect(throws: DatabaseError.self) { try await store.accept(smuggled) }
        }
        #expect(try await Self.count("messages", of: tenants.second.id, in: tenants.platform) == 1)
        await tenants.stop()
    }

    @Test(arguments: tenantTables) func aTableShowsOnlyTheTenantsActedFor(table: String) async throws {
        let (tenants, _, _) = try await prepared()
        let column = table == "tenants" ? "id" : "tenant_id"
        func visible(_ acting: SQL?) async throws -> Int {
            let query: SQL = "SELECT count(*) FROM \(raw: table) WHERE \(raw: column) = \(tenants.second.id)"
            let answers = try await tenants.database.pipeline((acting.map { [$0] } ?? []) + [query])
            return try answers.last?.first?.value(0, as: Int.self) ?? -1
        }
        #expect(try await visible(nil) == 0)
        #expect(try await visible(.actFor(tenants.first.id)) == 0)
        // What was set in a transaction before does not outlive it.
        let own = try await visible(.actFor(tenants.second.id))
        #expect(try await visible(nil) == 0)
        let filled = [
            "tenants", "api_keys", "senders", "templates", "messages", "message_states", "due_messages",
            "message_events", "idempotency_keys", "batches", "message_count_changes",
        ]
        #expect(own > 0 || !filled.contains(table))
        await tenants.stop()
    }

    @Test func writingForAnotherTenantIsRefusedOrChangesNothing() async throws {
        let (tenants, theirs, _) = try await prepared()
        let (mine, other) = (tenants.first.id, tenants.second.id)
        let harmless: [SQL] = [
            "UPDATE message_states SET state = 12 WHERE tenant_id = \(other)",
            "UPDATE message_states SET state = 12 WHERE id = \(theirs.id)",
            "DELETE FROM due_messages WHERE tenant_id = \(other)",
            "UPDATE tenants SET name = 'stolen' WHERE id = \(other)",
            "UPDATE senders SET status = 'disabled' WHERE tenant_id = \(other)",
            "UPDATE templates SET status = 'DISABLED' WHERE tenant_id = \(other)",
            "UPDATE api_keys SET revoked_at = now() WHERE tenant_id = \(other)",
        ]
        for statement in harmless {
            let changed = try await tenants.database.run { connection in
                try connection.pipelineResults([.actFor(mine), statement]).last?.affected
            }
            #expect(changed == 0, "\(statement)")
        }
        let refused: [SQL] = [
            "INSERT INTO due_messages (tenant_id, message_id, due_at) VALUES (\(other), \(other.value), now())",
            "INSERT INTO batches VALUES (\(other), \(other.value), 1, 0, now())",
            "INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type) VALUES (\(other), \(theirs.id), now(), now(), 'read')",
            "UPDATE senders SET tenant_id = \(other) WHERE tenant_id = \(mine)",
            "UPDATE tenants SET plan = 'unlimited' WHERE id = \(mine)",
            "UPDATE tenants SET status = 'active' WHERE id = \(mine)",
            "UPDATE tenants SET data_key_sealed = '' WHERE id = \(mine)",
            "INSERT INTO plans (name, title) VALUES ('mine', 'Mine')",
            "UPDATE audit_log SET actor = 'nobody' WHERE tenant_id = \(mine)",
            "DELETE FROM audit_log WHERE tenant_id = \(mine)",
            "DELETE FROM messages WHERE tenant_id = \(mine)",
            "UPDATE messages SET recipient = '+1' WHERE tenant_id = \(mine)",
            "UPDATE idempotency_keys SET response_status = 200 WHERE tenant_id = \(mine)",
            "SELECT create_day_partitions('2020-01-01', 1)",
            "SET ROLE tidings_platform",
        ]
        for statement in refused {
            await #expect(throws: DatabaseError.self, "\(statement)") {
                try await tenants.database.pipeline([.actFor(mine), statement])
            }
        }
        await tenants.stop()
    }

    @Test func aPartitionCannotBeReadPastItsPolicies() async throws {
        let (tenants, _, _) = try await prepared()
        let partitions = try await tenants.platform.rows(
            """
            SELECT inhrelid::regclass::text FROM pg_inherits
            WHERE inhparent = 'messages'::regclass
            """
        )
        #expect(!partitions.isEmpty)
        for row in partitions {
            let name = try row.value(0, as: String.self)
            await #expect(throws: DatabaseError.self) {
                try await tenants.database.rows("SELECT count(*) FROM \(raw: name)")
            }
        }
        await tenants.stop()
    }

    @Test func aKeyOpensItsOwnTenantOnly() async throws {
        let (tenants, _, _) = try await prepared()
        let store = CatalogStore(tenants.database)
        let caller = try #require(try await store.caller(withKeyHash: tenants.first.key.hash))
        #expect(caller.tenantID == tenants.first.id)
        #expect(try await store.caller(withKeyHash: APIKey.make().hash) == nil)
        _ = try await tenants.platform.execute(
            "UPDATE api_keys SET revoked_at = now() WHERE tenant_id = \(tenants.first.id)"
        )
        #expect(try await store.caller(withKeyHash: tenants.first.key.hash) == nil)
        await tenants.stop()
    }

    /// The second tenant has a message in a batch under an idempotency key; the first tenant has none.
    private func prepared() async throws -> (TwoTenants, NewMessage, IdempotencyClaim) {
        let tenants = try await TwoTenants.make()
        let batchID = BatchID(IDSource().uuid())
        var message = tenants.second.message(to: "+393409999999")
        message.batchID = batchID
        var request = AcceptStoreTests.claimed([message], key: 5, request: 5)
        request.batch = AcceptedBatch(id: batchID, accepted: 1, refused: 0)
        let accepting = request
        _ = try await tenants.withAcceptStore { try await $0.accept(accepting) }
        return (tenants, message, try #require(request.idempotency))
    }

    private static func count(_ table: String, of tenantID: TenantID, in database: Database) async throws
        -> Int
    {
        let rows = try await database.rows("SELECT count(*) FROM \(raw: table) WHERE tenant_id = \(tenantID)")
        return try rows.first?.value(0, as: Int.self) ?? -1
    }
}
