internal import HTTPClient
internal import Models
internal import Postgres
internal import Runtime

extension LoadRun {
    static let statusesPerWebhook = 10

    /// Receipts at a fixed rate, as Meta batches them; the time is counted from when each should have gone out, so a
    /// slow answer is not hidden by the requests it holds up.
    func webhooks(_ caller: Caller, _ figures: inout Figures) async throws -> Bool {
        let messages = try await someMessages()
        guard !messages.isEmpty else {
            say("webhooks", "no messages to send receipts for")
            return true
        }
        let client = caller.client
        let target = target
        let perSecond = options.receiptsPerSecond / Self.statusesPerWebhook
        let started = Monotonic.now()
        let tally = await withTaskGroup(of: Tally.self) { group in
            for number in 0..<(perSecond * options.webhookSeconds) {
                let due = started + .seconds(1) * number / perSecond
                let now = Monotonic.now()
                if due > now { try? await Task.sleep(for: due - now) }
                let body = Self.webhook(messages, from: number * Self.statusesPerWebhook)
                group.addTask {
                    var tally = Tally()
                    let headers = [
                        ("X-Hub-Signature-256", target.signature(of: body)),
                        ("Content-Type", "application/json"),
                    ]
                    do {
                        let response = try await client.send(
                            ClientRequest(
                                method: "POST",
                                url: target.webhookURL,
                                headers: headers,
                                body: body,
                                timeout: .seconds(20),
                                responseBytesMax: 64 << 10
                            )
                        )
                        tally.latencies.add(Monotonic.now() - due)
                        if response.status == 200 { tally.done = 1 } else { tally.failed = 1 }
                        if response.status != 200 { tally.firstFailure = "HTTP \(response.status)" }
                    } catch {
                        tally.failed = 1
                        tally.firstFailure = "\(error)"
                    }
                    return tally
                }
            }
            return await group.reduce(into: Tally()) { $0.add($1) }
        }
        let latency = tally.latencies.percentiles([0.5, 0.99])
        (figures.webhookP50, figures.webhookP99) = (latency[0], latency[1])
        say(
            "webhooks, \(options.receiptsPerSecond) receipts/s",
            "p50 \(latency[0]) ms, p99 \(latency[1]) ms until durable"
        )
        return report(tally)
    }

    private func someMessages() async throws -> [MessageID] {
        let rows = try await target.adminDatabase.rows(
            "SELECT id FROM message_states WHERE tenant_id = \(target.tenantID) AND state = 8 LIMIT 5000"
        )
        return try rows.map { try $0.value(0, as: MessageID.self) }
    }

    private static func webhook(_ messages: [MessageID], from first: Int) -> [UInt8] {
        var statuses = ""
        for index in 0..<statusesPerWebhook {
            let message = messages[(first + index) % messages.count]
            if index > 0 { statuses += "," }
            statuses += """
                {"id":"wamid.load\(message)","status":"read","timestamp":"\(SystemClock.now().microseconds / 1_000_000)",\
                "recipient_id":"393470000200","biz_opaque_callback_data":"v1.\(message).1"}
                """
        }
        return Array(
            """
            {"object":"whatsapp_business_account","entry":[{"id":"900800700600500","changes":[{"field":"messages",\
            "value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"390212345678",\
            "phone_number_id":"100200300400500"},"statuses":[\(statuses)]}}]}]}
            """.utf8
        )
    }
}
