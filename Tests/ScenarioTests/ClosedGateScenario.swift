import Crypto
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

extension Scenarios {
    @Suite struct ClosedGate {
        @Test func aRefusedTokenHoldsItsSendersMessagesWithoutAttemptsUntilItIsReplaced() async throws {
            try await onOwnSystem(environment: ["HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05"]) { system in
                let first = try await system.sendReminder(to: system.plainRecipient())
                try await system.waitForStatus("read", of: first)

                try await setToken("revoked-token-of-the-scenario", in: system)
                let refused = try await firstThatIsHeld(in: system)
                var held: [MessageID] = [refused]
                for _ in 0..<20 { held.append(try await system.sendReminder(to: system.plainRecipient())) }
                for id in held { try await system.waitForStatus("held", of: id) }
                let attempts = try await system.admin.rows(
                    "SELECT message_id FROM attempts WHERE message_id = ANY (\(held))")
                // The first of them found the token refused; the others were never tried.
                #expect(try attempts.map { try $0.value("message_id", as: MessageID.self) } == [refused])
                let gates = try await system.admin.rows("SELECT cause, error_code FROM gates WHERE opened_at IS NULL")
                #expect(gates.count == 1)
                #expect(try gates.first?.value("cause", as: String.self) == GateCause.tokenInvalid.rawValue)

                try await setToken("sandbox-token-demo", in: system)
                for id in held { try await system.waitForStatus("read", of: id) }
                #expect(try await system.message(refused)["retry_count"]?.integer == 0)
                #expect(try await system.sentTwice() == 0)
                let opened = try await system.admin.rows("SELECT opened_by FROM gates WHERE opened_at IS NOT NULL")
                #expect(try opened.map { try $0.value("opened_by", as: String.self) } == ["setting"])
            }
        }

        @Test func aPausedSenderKeepsItsMessagesAndUsesUpNothing() async throws {
            try await onOwnSystem(environment: ["HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05"]) { system in
                try await system.admin.execute("UPDATE senders SET status = 'paused'")
                let id = try await system.sendReminder(to: system.plainRecipient())
                try await system.waitForStatus("held", of: id)
                #expect(try await system.admin.rows("SELECT 1 FROM attempts").isEmpty)
                try await system.admin.execute("UPDATE senders SET status = 'active'")
                try await system.waitForStatus("read", of: id)
                #expect(try await system.message(id)["attempts"]?.elements?.count == 1)
            }
        }

        /// What was known of the sender serves for some seconds more.
        private func firstThatIsHeld(in system: TestSystem) async throws -> MessageID {
            for _ in 0..<200 {
                let id = try await system.sendReminder(to: system.plainRecipient())
                var status = ""
                try await eventually("it is sent or held", every: .milliseconds(30)) {
                    status = try await system.status(of: id)
                    return ["read", "held"].contains(status)
                }
                if status == "held" { return id }
            }
            throw DatabaseError.timeout
        }

        /// As whoever sets a tenant up would.
        private func setToken(_ token: String, in system: TestSystem) async throws {
            let row = try #require(
                try await system.admin.rows(
                    """
                    SELECT s.id, s.tenant_id, t.data_key_sealed FROM senders s JOIN tenants t ON t.id = s.tenant_id
                    WHERE t.slug = 'demo'
                    """
                ).first)
            let tenantID: TenantID = try row.value("tenant_id")
            let senderID: SenderID = try row.value("id")
            let secrets = SecretStore(try MasterKeys(parsing: "test1:" + TestSystem.masterKey))
            let sealed = try secrets.seal(
                Secret(token), for: .accessToken(senderID), tenantID: tenantID,
                sealedDataKey: try row.value("data_key_sealed", as: Bytes.self).bytes)
            try await system.admin.execute(
                """
                UPDATE senders SET access_token_sealed = \(Bytes(sealed))
                WHERE tenant_id = \(tenantID) AND id = \(senderID)
                """)
        }
    }
}
