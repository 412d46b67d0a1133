import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct Terminal {
        @Test func aMessageIsSentWatchedAndLookedUpAtATerminal() async throws {
            try await onCalmSystem { system in
                let sent = try await system.tidings(
                    "send", system.plainRecipient(), "event_reminder_24h", "attendee_name=Ada", "--wait")
                #expect(sent.status == 0 && sent.problems == "")
                #expect(sent.output.contains("queued"))
                let id = try #require(sent.output.split(separator: " ").first.map(String.init))
                try await system.waitForStatus("read", of: try #require(MessageID(id)))

                let status = try await system.tidings("status", id)
                #expect(status.status == 0 && status.output.contains("delivered"))
                let tail = try await system.tidings("tail", "--once", "-n", "200")
                #expect(tail.output.contains(id))

                let failing = try await system.tidings(
                    "send", system.recipient(ending: 100), "event_reminder_24h", "attendee_name=Ada", "--wait")
                #expect(failing.status == 1 && failing.output.contains("failed"))
            }
        }

        @Test func whatTheApiRefusesIsSaidInItsWords() async throws {
            try await onCalmSystem { system in
                let refused = try await system.tidings("send", "12", "no_such_template", "a=b")
                #expect(refused.status == 1)
                #expect(refused.problems.contains("to: `to` is no possible telephone number"))
                #expect(refused.problems.contains("template.name: You have no template"))
                let stranger = try await system.tidings("tail", "--once", key: "tdg_nobody")
                #expect(stranger.status == 1 && stranger.problems.contains("api_key_invalid"))
                #expect(!stranger.problems.contains("tdg_nobody"))
                let typo = try await system.tidings("sned", "x")
                #expect(typo.status == 2 && typo.problems.contains("`sned`"))
            }
        }

        @Test func theDoctorNamesWhatIsWrongAndNothingElse() async throws {
            try await onCalmSystem { system in
                let well = try await system.tidings("doctor")
                #expect(well.status == 0, "\(well.output)\(well.problems)")
                for line in ["schema", "tidings.dispatch: 4 partitions", "answers Meta's handshake", "its provider knows it"] {
                    #expect(well.output.contains(line), "\(line): \(well.output)")
                }

                let ill = try await system.tidings(
                    "doctor",
                    environment: [
                        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "WEBHOOK_VERIFY_TOKEN": "another-word",
                        "MASTER_KEYS": "k1:short", "META_API_URL": "http://127.0.0.1:1",
                        "DATABASE_URL": "postgresql://tidings_service@127.0.0.1:1/tidings",
                    ])
                #expect(ill.status == 1)
                let bad = ill.output.split(separator: "\n").filter { $0.contains("BAD") }
                #expect(bad.count == 5, "\(ill.output)")
                for word in ["MASTER_KEYS", "DATABASE_URL", "handshake", "Meta cannot be reached", "broker"] {
                    #expect(bad.contains { $0.contains(word) }, "\(word): \(ill.output)")
                }
                #expect(!ill.output.contains("short") && !ill.output.contains(TestSystem.verifyToken))
            }
        }
    }
}
