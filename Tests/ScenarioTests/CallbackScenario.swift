import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct Callbacks {
        /// The endpoint fails for a while, and alerter is killed while it does.
        @Test func aMessagesWholeLifeArrivesAtTheTenantsEndpointSignedAndInOrder() async throws {
            let environment = ["RETRY_TIME_SCALE": "0.05", "CALLBACK_TIMEOUT": "1s"]
            try await onOwnSystem(environment: environment) { system in
                let made = try await system.api(
                    "POST", "/v1/callbacks",
                    #"{"url":"\#(system.sandboxURL)/callbacks/crm","events":["message.*"],"description":"CRM"}"#)
                #expect(made.status == 201)
                let id = try #require(made.json?["id"]?.string)
                let secret = try #require(made.json?["secret"]?.string)
                try await system.orderSink(#"{"secret":"\#(secret)","fail":-1,"status":503}"#)
                let tested = try await system.api("POST", "/v1/callbacks/\(id)/test")
                #expect(tested.status == 200)
                #expect(tested.json?["status"]?.string == "failed")

                var messages: [MessageID] = []
                for number in 0..<5 {
                    messages.append(
                        try await system.sendReminder(
                            to: system.plainRecipient(), extra: #","reference":"order-\#(number)""#))
                }
                for message in messages { try await system.waitForStatus("read", of: message) }
                try await eventually("the endpoint was tried") {
                    try await system.sinkItems().count > 2
                }
                await system.killProcess("alerter")
                try await system.orderSink(#"{"fail":0}"#)
                try system.startProcess("alerter")

                let life = ["accepted", "sending", "sent", "delivered", "read"].map { "message." + $0 }
                try await eventually("all of it is delivered", within: .seconds(120), every: .milliseconds(100)) {
                    let answer = try await system.api("GET", "/v1/callbacks/\(id)/deliveries?status=delivered&limit=200")
                    return answer.json?["data"]?.elements?.count == messages.count * life.count
                }
                let good = try await system.sinkItems().filter { $0["answered"]?.integer == 200 }
                #expect(good.allSatisfy { $0["is_signed"]?.boolean == true })
                for (number, message) in messages.enumerated() {
                    let own = good.filter { $0["body"]?["data"]?["id"]?.string == message.description }
                    #expect(own.allSatisfy { $0["body"]?["data"]?["reference"]?.string == "order-\(number)" })
                    // Once more is possible: who was killed had perhaps delivered what it had not recorded.
                    var seen: Set<String> = []
                    let first = own.filter { seen.insert($0["id"]?.string ?? "").inserted }
                    #expect(first.compactMap { $0["body"]?["type"]?.string } == life)
                }
                let endpoint = try await system.api("GET", "/v1/callbacks/\(id)").json
                #expect(endpoint?["status"]?.string == "active")
                #expect(endpoint?["failures_in_a_row"]?.integer == 0)
                #expect(endpoint?["waiting"]?.integer == 0)
                let foreign = try await system.api("GET", "/v1/callbacks/\(id)", key: system.secondAPIKey)
                #expect(foreign.status == 404)
                #expect(try system.logsHolding([secret, String(secret.dropFirst(6))]) == [])
            }
        }
    }
}

extension TestSystem {
    /// Any request of a tenant's to ingest-api.
    fileprivate func api(_ method: String, _ path: String, _ body: String = "", key: String? = nil) async throws -> Answer {
        try await request(
            method, ingestURL + path,
            headers: [("Authorization", "Bearer \(key ?? apiKey)"), ("Content-Type", "application/json")],
            body: Array(body.utf8))
    }

    fileprivate func orderSink(_ order: String) async throws {
        let answer = try await request("POST", sandboxURL + "/oracle/callbacks/crm", body: Array(order.utf8))
        #expect(answer.status == 204)
    }

    fileprivate func sinkItems() async throws -> [JSONValue] {
        try await get(sandboxURL + "/oracle/callbacks/crm").json?["data"]?.elements ?? []
    }
}
