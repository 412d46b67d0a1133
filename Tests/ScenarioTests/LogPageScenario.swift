import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct LogPage {
        @Test func aTenantSeesItsOwnMessagesAndNobodyElses() async throws {
            try await onCalmSystem { system in
                let id = try await system.sendReminder(to: system.plainRecipient())
                try await system.waitForStatus("read", of: id)
                let list = system.monitorURL + "/dashboard/whatsapp-logs"

                let own = try await signIn(system, system.apiKey)
                let page = try await system.get(list, headers: [own])
                #expect(page.status == 200)
                #expect(page.text.contains("\(id)"))
                #expect(try await system.get("\(list)/\(id)", headers: [own]).status == 200)

                let foreign = try await signIn(system, system.secondAPIKey)
                let other = try await system.get(list, headers: [foreign])
                #expect(other.status == 200)
                #expect(!other.text.contains("\(id)"))
                #expect(try await system.get("\(list)/\(id)", headers: [foreign]).status == 404)

                let stranger = try await system.get(list)
                #expect(stranger.status == 303 && stranger.header("Location") == "/sign-in")
                let guess = try await post(system, key: "tdg_aaaaaaaa_" + String(repeating: "b", count: 43))
                #expect(guess.status == 401 && guess.header("Set-Cookie") == nil)
            }
        }

        private func signIn(_ system: TestSystem, _ key: String) async throws -> (String, String) {
            let answer = try await post(system, key: key)
            #expect(answer.status == 303)
            let cookie = try #require(answer.header("Set-Cookie")).prefix { $0 != ";" }
            return ("Cookie", String(cookie))
        }

        private func post(_ system: TestSystem, key: String) async throws -> TestSystem.Answer {
            try await system.request(
                "POST",
                system.monitorURL + "/sign-in",
                headers: [
                    ("Origin", system.monitorURL), ("Content-Type", "application/x-www-form-urlencoded"),
                ],
                body: Array("key=\(key)".utf8)
            )
        }
    }
}
