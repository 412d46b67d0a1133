import JSON
import Models
import Postgres
import Runtime
import TestSupport
import Testing

extension Scenarios {
    @Suite struct SuspendedBusiness {
        /// A founder's program suspends the business and resumes it: nothing leaves in between, nothing is lost, and
        /// nobody waits for a probe.
        @Test func whatASuspendedBusinessAcceptedGoesOutAtOnceWhenItIsResumed() async throws {
            try await onOwnSystem(environment: ["HANDOVER_WATCH": "2s"]) { system in
                let before = try await system.sendReminder(to: system.plainRecipient())
                try await system.waitForStatus("read", of: before)
                let key = try await adminKey(of: system)
                let rows = try await system.admin.rows("SELECT tenant_id FROM messages WHERE id = \(before)")
                let tenantID = try #require(try rows.first?.value(0, as: TenantID.self))
                let path = "\(system.monitorURL)/v1/admin/tenants/\(tenantID)"
                let later = try await system.sendReminder(to: system.plainRecipient(), extra: #","scheduled_for":"\#(soon())""#)
                let suspended = try await system.request("POST", path + "/suspend", headers: [("Authorization", "Bearer \(key)")])
                #expect(suspended.status == 200, "\(suspended.text)")

                try await eventually("the message is held", every: .milliseconds(50)) {
                    let states = try await system.admin.rows("SELECT state FROM message_states WHERE id = \(later)")
                    return try states.first?.value(0, as: Int16.self) == MessageState.held.rawValue
                }
                // Whoever accepts hears of it as those who send do, each in its own time.
                try await eventually("nothing more is accepted", every: .milliseconds(50)) {
                    try await system.post(#"{}"#).status == 403
                }
                #expect(try await system.admin.rows("SELECT 1 FROM attempts WHERE message_id = \(later)").isEmpty)
                let resumed = try await system.request("POST", path + "/resume", headers: [("Authorization", "Bearer \(key)")])
                #expect(resumed.status == 200)
                // A probe would come after a minute.
                try await eventually("it is sent", within: .seconds(45), every: .milliseconds(50)) {
                    let states = try await system.admin.rows("SELECT state FROM message_states WHERE id = \(later)")
                    let state = try states.first.map { try $0.value(0, as: Int16.self) }.flatMap { MessageState(rawValue: $0) }
                    return state.map { [.sent, .delivered, .read].contains($0) } ?? false
                }
                #expect(try await system.sentTwice() == 0)
            }
        }

        private func soon() -> String { (SystemClock.now() + .seconds(3)).rfc3339 }

        /// As the README says: a link by mail, a session, a key.
        private func adminKey(of system: TestSystem) async throws -> String {
            let origin = ("Origin", system.monitorURL)
            let form = ("Content-Type", "application/x-www-form-urlencoded")
            _ = try await system.request(
                "POST", system.monitorURL + "/sign-in", headers: [origin, form], body: Array("email=\(TestSystem.founder)".utf8))
            var token = ""
            try await eventually("a link came by mail", every: .milliseconds(50)) {
                let mails = try await system.inbox("mail", holding: "sign-in/link?token=")
                let text = mails.last?["text"]?.string ?? ""
                token = text.split(separator: "token=", maxSplits: 1).last.map { String($0.prefix { !$0.isWhitespace }) } ?? ""
                return !mails.isEmpty && !token.isEmpty
            }
            let signedIn = try await system.request(
                "POST", system.monitorURL + "/sign-in/link", headers: [origin, form], body: Array("token=\(token)".utf8))
            let cookie = try #require(signedIn.header("Set-Cookie")).prefix { $0 != ";" }
            let made = try await system.request(
                "POST", system.monitorURL + "/v1/admin/keys", headers: [origin, ("Cookie", String(cookie))],
                body: Array(#"{"name":"scenario"}"#.utf8))
            return try #require(made.json?["key"]?.string, "\(made.text)")
        }
    }
}
