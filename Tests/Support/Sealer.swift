internal import Crypto
import Foundation
package import Models
internal import Postgres
package import Storage

/// Seals at once what a test recorded, and makes proofs of it.
package struct Sealer: Sendable {
    package let store: SealStore
    package let signer: ProofSigner
    private let tenants: TwoTenants

    package init(_ tenants: TwoTenants) throws {
        guard let signer = ProofSigner(seed: SHA256.hash("a key of a test")) else {
            throw NotInTime(description: "no key")
        }
        self.signer = signer
        self.tenants = tenants
        store = SealStore(tenants.platform, signer: signer)
    }

    /// As if everything recorded until now were old enough.
    ///
    /// - Returns: leaves that were made.
    package func sealAll() async throws -> Int {
        _ = try await tenants.platform.execute("UPDATE proof_progress SET safe_until = clock_timestamp()")
        var sealed = 0
        while true {
            switch try await store.sealNext(.seconds(3_600)) {
            case .nothingToDo: return sealed
            case .tooMuch: throw NotInTime(description: "too much for one turn")
            case .sealed(let count): sealed += count
            }
        }
    }

    /// As if the log had begun a day ago, with nobody looking since.
    package func makeLate() async throws {
        _ = try await tenants.platform.execute(
            "UPDATE proof_progress SET sealed_until = now() - interval '1 day', safe_until = now() - interval '1 day'")
    }

    package func safeUntil() async throws -> Timestamp {
        guard let row = try await tenants.platform.rows("SELECT safe_until FROM proof_progress").first else {
            throw NotInTime(description: "no progress")
        }
        return try row.value("safe_until")
    }

    package func proof(
        of id: MessageID, _ tenant: TestTenant,
        _ wish: ProofStore.Wish = ProofStore.Wish(showsRecipient: true, showsContent: true)
    ) async throws -> DeliveryProof? {
        try await ProofStore(tenants.database, TestTenant.secrets(), signer: signer).proof(of: id, tenantID: tenant.id, wish)
    }

    /// What the script for third parties says of a document.
    package static func script(_ document: [UInt8], key: String?) async throws -> (isValid: Bool, said: String) {
        let path = NSTemporaryDirectory() + "proof-\(UUID().uuidString).json"
        try Data(document).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let outcome = try await Subprocess.run(
            "/usr/bin/env", ["python3", PostgresServer.root.appendingPathComponent("deploy/verify-proof").path, path]
                + (key.map { ["--key", $0] } ?? []))
        return (outcome.status == 0, outcome.output + outcome.problems)
    }
}
