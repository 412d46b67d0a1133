import JSON
import Models
import Postgres
import Runtime
import TestSupport
import Testing

extension Scenarios {
    @Suite struct Consent {
        private static func text(_ to: String) -> String {
            #"{"to":"\#(to)","type":"text","text":{"body":"Your table is ready."}}"#
        }

        /// A customer's day: silence, a question, an answer, STOP, and START.
        @Test func aCustomerDecidesWhatTheyGet() async throws {
            try await onOwnSystem { system in
                let customer = system.plainRecipient()
                let cold = try await system.post(Self.text(customer))
                #expect(cold.status == 422 && cold.json?["code"]?.string == "window_closed", "\(cold.text)")

                try await system.customerWrites(from: customer, "Do you have a table?")
                let answer = try await system.send(Self.text(customer))
                try await system.waitForStatus("read", of: answer)

                let soon = SystemClock.now() + .seconds(10)
                let waiting = try await system.sendReminder(
                    to: customer, extra: #","scheduled_for":"\#(soon.rfc3339)""#)
                try await system.customerWrites(from: customer, "STOP")
                try await eventually("a reminder is refused", every: .milliseconds(100)) {
                    let refused = try await system.post(TestSystem.reminder(to: customer))
                    return refused.status == 422 && refused.json?["code"]?.string == "recipient_opted_out"
                }
                // What waited when they said so does not go either, and nobody counts it as a failure.
                try await system.waitForStatus("cancelled", of: waiting)
                #expect(try await system.sends(of: waiting).isEmpty)
                #expect(try await system.message(waiting).text.contains("recipient_opted_out"))
                // A login code that they ask for, and an answer to what they write, still reach them.
                let code = try await system.send(TestSystem.loginCode(to: customer))
                try await system.waitForStatus("read", of: code)

                try await system.customerWrites(from: customer, "start")
                try await eventually("a reminder is accepted", every: .milliseconds(100)) {
                    try await system.post(TestSystem.reminder(to: customer)).status == 202
                }
            }
        }
    }
}
