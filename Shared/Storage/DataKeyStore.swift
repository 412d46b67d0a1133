package import Models
package import Postgres
package import Runtime

/// Data keys that an older master key seals go under the newest one. Platform role.
package struct DataKeyStore: Sendable {
    private let database: Database
    private let secrets: SecretStore
    private let ids: IDSource

    package init(_ database: Database, _ secrets: SecretStore, ids: IDSource = IDSource()) {
        self.database = database
        self.secrets = secrets
        self.ids = ids
    }

    package struct Page: Sendable {
        package var resealed = 0
        /// Sealed by a master key that is not in the list any more, or damaged.
        package var unopened = 0
        /// Where the next page begins; nil: this was the last one.
        package var next: TenantID?
    }

    /// What was sealed with a data key stays as it is: only what seals the key itself changes.
    package func reseal(after: TenantID?, max: Int) async throws(DatabaseError) -> Page {
        let head = secrets.currentDataKeyHead
        let rows = try await database.rows(
            """
            SELECT id, data_key_sealed FROM tenants
            WHERE data_key_sealed IS NOT NULL
              AND substring(data_key_sealed FROM 1 FOR \(Int32(head.count))) <> \(Bytes(head))
              AND (\(after as TenantID?)::uuid IS NULL OR id > \(after as TenantID?))
            ORDER BY id LIMIT \(max)
            """)
        var page = Page()
        for row in rows {
            let tenantID: TenantID = try row.value("id")
            let sealed = try row.value("data_key_sealed", as: Bytes.self)
            if rows.count == max { page.next = tenantID }
            do {
                guard let fresh = try secrets.resealedDataKey(sealed.bytes, of: tenantID) else { continue }
                if try await replace(sealed, with: Bytes(fresh), of: tenantID) { page.resealed += 1 }
            } catch let error as DatabaseError {
                throw error
            } catch {
                page.unopened += 1
            }
        }
        return page
    }

    /// Only what was read is replaced: another copy may have been first.
    private func replace(_ old: Bytes, with new: Bytes, of tenantID: TenantID) async throws(DatabaseError) -> Bool {
        let audit = AuditEntry(
            id: ids.uuid(), tenantID: tenantID, actor: .system("retry-scheduler"), action: "data_key.resealed",
            target: "tenant \(tenantID)")
        return try await database.transaction { connection in
            let changed = try connection.execute(
                "UPDATE tenants SET data_key_sealed = \(new) WHERE id = \(tenantID) AND data_key_sealed = \(old)")
            if changed > 0 { _ = try connection.execute(audit.insert) }
            return changed > 0
        }
    }
}
