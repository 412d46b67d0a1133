internal import HTTPClient
package import Models
internal import Postgres

/// What customers do, through the stand-ins: they write.
extension TestSystem {
    /// A customer writes to the first demo tenant's number; returns when we know of it.
    package func customerWrites(from customer: String, _ text: String) async throws {
        let answer = try await request(
            "POST", sandboxURL + "/oracle/inbound",
            body: Array(#"{"from":"\#(customer)","to":"100200300400500","text":"\#(text)"}"#.utf8))
        try await waitForInbound(from: customer, text, answer.status)
    }

    /// The same to a sender of Twilio's.
    package func customerWrites(
        from customer: String, toTwilioSender sender: SenderID, _ text: String
    ) async throws {
        let url = webhookURL.replacing("/webhooks/meta", with: "/webhooks/twilio/\(sender)")
        let order = """
            {"url":"\(url)","token":"sandbox-token-demo","from":"\(customer)","to":"whatsapp:+14155550100",\
            "text":"\(text)"}
            """
        let answer = try await request("POST", sandboxURL + "/oracle/twilio/inbound", body: Array(order.utf8))
        try await waitForInbound(from: customer, text, answer.status)
    }

    private func waitForInbound(from customer: String, _ text: String, _ status: Int) async throws {
        guard status == 202 else { throw NotInTime(description: "the stand-in answers \(status)") }
        let digits = customer.filter(\.isNumber)
        try await eventually("what \(digits) wrote is known", every: .milliseconds(50)) {
            let rows = try await self.admin.rows(
                """
                SELECT 1 FROM inbound_messages
                WHERE from_number = \(digits) AND conversation_id IS NOT NULL
                  AND coalesce(content #>> '{text,body}', content ->> 'Body') = \(text)
                """)
            return !rows.isEmpty
        }
    }
}
