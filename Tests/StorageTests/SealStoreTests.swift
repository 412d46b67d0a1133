import Crypto
import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

/// What is recorded is sealed once, in an order nobody can change, and nothing slips in between.
@Suite struct SealStoreTests {
    @Test func aProofHoldsEveryLineOfItsMessage() async throws {
        try await ReceiptFixture.with { fixture in
            let sealing = try Sealer(fixture.tenants)
            let ids = try await fixture.messagesInFlight(7, of: fixture.tenants.first)
            let others = try await fixture.messagesInFlight(2, of: fixture.tenants.second)
            #expect(try await sealing.sealAll() == 9)
            try await fixture.answerAccepted(ids[3], of: fixture.tenants.first)
            try await fixture.apply([fixture.receipt(.delivered, of: ids[3], fixture.tenants.first, after: 9)])
            #expect(try await sealing.sealAll() == 1)
            let proof = try #require(try await sealing.proof(of: ids[3], fixture.tenants.first))
            #expect(proof.parts.count == 2 && proof.unsealed.isEmpty && proof.notes.isEmpty)
            let words = proof.parts.flatMap(\.lines).map { $0.split(separator: " ")[1...2].joined(separator: " ") }
            #expect(words.count == 5)
            #expect(Set(words) == ["message sender", "event accepted", "event sending", "event sent", "event delivered"])
            // The seals of the other business are its own chain.
            let theirs = try #require(try await sealing.proof(of: others[0], fixture.tenants.second))
            #expect(theirs.parts.map(\.seal) == [1])
            #expect(try await sealing.proof(of: others[0], fixture.tenants.first) == nil)
        }
    }

    @Test func nothingIsSealedWhileATransactionMayStillWrite() async throws {
        let tenants = try await TwoTenants.make()
        let sealing = try Sealer(tenants)
        let late = Database(DatabaseSettings(url: tenants.platformURL, poolSize: 1))
        try await late.start()
        let (held, isHeld) = (Flag(), Flag())
        let writing = Task {
            try await late.run { connection in
                try connection.transaction {
                    _ = try connection.rows("SELECT pg_current_xact_id()::text")
                    isHeld.set()
                    while !held.isSet { _ = try connection.rows("SELECT pg_sleep(0.005)") }
                }
            }
        }
        try await eventually("a transaction is open") { isHeld.isSet }
        try await sealing.makeLate()
        let before = try await sealing.safeUntil()
        for _ in 0..<3 { try await sealing.store.advanceHorizon() }
        #expect(try await sealing.safeUntil() == before)
        held.set()
        try await writing.value
        // The horizon is the server's: whoever else writes on it is waited for too.
        try await eventually("the horizon moves") {
            try await sealing.store.advanceHorizon()
            return try await sealing.safeUntil() > before
        }
        await late.stop()
        await tenants.stop()
    }

    @Test func aTransactionThatIsTooOldCannotWrite() async throws {
        let tenants = try await TwoTenants.make()
        // As if a minute were no time at all.
        let owner = Database(DatabaseSettings(url: tenants.ownerURL, poolSize: 1))
        try await owner.start()
        _ = try await owner.execute(
            """
            CREATE OR REPLACE FUNCTION proof_lateness() RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
                RETURN interval '20 milliseconds'
            """)
        await #expect(throws: DatabaseError.self) {
            try await tenants.platform.transaction { connection in
                _ = try connection.rows("SELECT pg_sleep(0.05)")
                _ = try connection.execute(
                    """
                    INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type)
                    VALUES (\(tenants.first.id), \(TestTenant.messageIDs.uuid()), now(), now(), 'accepted')
                    """)
            }
        }
        await owner.stop()
        await tenants.stop()
    }

    @Test func whatIsSealedShowsWhenItIsChangedOrGone() async throws {
        try await ReceiptFixture.with { fixture in
            let sealing = try Sealer(fixture.tenants)
            let ids = try await fixture.messagesInFlight(3, of: fixture.tenants.first)
            _ = try await sealing.sealAll()
            _ = try await fixture.tenants.platform.execute(
                "DELETE FROM message_events WHERE message_id = \(ids[0]) AND type = 'sending'")
            _ = try await fixture.tenants.platform.execute(
                "UPDATE messages SET recipient = 'redacted' WHERE id = \(ids[1])")
            for id in ids.prefix(2) {
                let proof = try #require(try await sealing.proof(of: id, fixture.tenants.first))
                #expect(proof.parts.isEmpty)
                #expect(proof.notes.first?.contains("Seal 1 does not match") == true)
            }
            #expect(try await sealing.proof(of: ids[2], fixture.tenants.first)?.parts.count == 1)
            await #expect(throws: DatabaseError.self) {
                _ = try await fixture.tenants.platform.execute("DELETE FROM proof_seals")
            }
        }
    }

    @Test func manyMessagesAreSealedInPortionsThatMissNone() async throws {
        let tenants = try await TwoTenants.make()
        let sealing = try Sealer(tenants)
        let count = SealStore.leavesMax + 50
        _ = try await tenants.platform.execute(
            """
            INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type)
            SELECT \(tenants.first.id), new_uuid(), now(), now() - n * interval '1 microsecond', 'sending'
            FROM generate_series(1, \(Int32(count))) AS n
            """)
        #expect(try await sealing.sealAll() == count)
        let seals = try await ProofStore(tenants.database, TestTenant.secrets(), signer: sealing.signer)
            .seals(of: tenants.first.id, after: 0, max: 10).compactMap { ProofSeal(text: $0.text) }
        #expect(seals.map(\.leaves) == [SealStore.leavesMax, 50])
        #expect(seals.map(\.number) == [1, 2])
        #expect(seals.last?.previous == seals.first.map { SHA256.hex($0.text) })
        await tenants.stop()
    }

    @Test func aTreeVouchesForEachOfItsLeaves() {
        for count in 1...17 {
            let leaves = (0..<count).map { SHA256.hash("leaf \($0)") }
            let root = MerkleTree.root(of: leaves)
            for index in 0..<count {
                let path = MerkleTree.path(to: index, in: leaves) ?? []
                #expect(MerkleTree.root(of: leaves[index], along: path) == root)
                #expect(MerkleTree.root(of: SHA256.hash("other"), along: path) != root)
            }
        }
    }
}

/// Something that one side says and another waits for.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
