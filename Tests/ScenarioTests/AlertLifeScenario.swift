import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct AlertLife {
        @Test func alertsAreRaisedOnceAcknowledgedFromSlackResolvedByHandAndByThemselves() async throws {
            let environment = ["RETRY_TIME_SCALE": "0.05", "MONITORING_INTERVAL": "10s"]
            try await onOwnSystem(environment: environment) { system in
                let admin = try await system.adminKey()
                func all(_ query: String) async throws -> [JSONValue] {
                    try await system.call("GET", system.monitorURL + "/v1/admin/alerts?\(query)", key: admin)
                        .json?["data"]?.elements ?? []
                }
                func raised(
                    _ code: String, times: Int = 1
                ) async throws -> JSONValue {
                    var found: [JSONValue] = []
                    try await eventually("\(code) is raised", every: .milliseconds(100)) {
                        found = try await all("code=\(code)&status=open")
                        return found.count >= times
                    }
                    #expect(found.count == times, "\(found.map(\.text))")
                    return try #require(found.first)
                }
                func isOver(_ code: String) async throws {
                    try await eventually("\(code) is over", every: .milliseconds(100)) {
                        try await all("code=\(code)&status=open").isEmpty
                    }
                }

                // A business's own rule, and messages that fail.
                let rules = system.monitorURL + "/v1/alert-rules/failure_rate"
                let strict = #"{"raise_at":0.01,"clear_at":0.005,"cycles":1,"sample_min":1}"#
                #expect(try await system.call("PUT", rules, strict, key: system.apiKey).status == 200)
                for _ in 0..<3 {
                    let id = try await system.sendReminder(to: system.recipient(ending: 100))
                    try await system.waitForStatus("failed", of: id)
                }

                // Calls without a signature of ours.
                for _ in 0..<25 { #expect(try await system.postWebhook("{}", secret: "a guess").status == 401) }
                let rejected = try await raised("WEBHOOK_REJECTED")
                #expect(rejected["tenant_id"]?.isNull == true)

                // A token that is refused closes its gate.
                _ = try await system.sendReminder(to: system.recipient(ending: 190))
                let refused = try await raised("ACCESS_TOKEN_INVALID")
                let id = try #require(refused["id"]?.string)
                let mine = system.monitorURL + "/v1/alerts"
                let own = try await system.call("GET", mine + "?status=open", key: system.apiKey).json?["data"]?.elements ?? []
                #expect(own.contains { $0["id"]?.string == id })
                #expect(!own.contains { $0["code"]?.string == "WEBHOOK_REJECTED" })

                // Looking at the link, as Slack does for a preview, is no acknowledgement.
                let link = try await acknowledgement(of: refused, in: system)
                #expect(try await system.get(link).status == 200)
                func acknowledged() async throws -> String? {
                    try await system.call("GET", mine + "/\(id)", key: system.apiKey).json?["acknowledged_by"]?.string
                }
                #expect(try await acknowledged() == nil)
                for _ in 0..<2 { #expect(try await system.pressAcknowledge(link).status == 200) }
                #expect(try await acknowledged() == "Slack")

                // What is resolved by hand stays so although the gate is closed still …
                let note = #"{"note":"the business knows"}"#
                #expect(try await system.call("POST", mine + "/\(id)/resolve", note, key: system.apiKey).status == 200)
                // … while the next cycle of monitoring finds the failures, of the business and of its sender.
                let failing = try await raised("FAILURE_RATE_HIGH", times: 2)
                #expect(failing["metric"]?.string == "failure_rate")
                #expect((failing["value"]?.double ?? 0) > 0.01)
                #expect(try await all("code=ACCESS_TOKEN_INVALID").count == 1)

                // Within a wider rule the figure is well, and the alert is over by itself.
                let wide = #"{"raise_at":1,"clear_at":1}"#
                #expect(try await system.call("PUT", rules, wide, key: system.apiKey).status == 200)
                try await isOver("FAILURE_RATE_HIGH")
                let detail = try await system.call(
                    "GET", mine + "/\(failing["id"]?.string ?? "")", key: system.apiKey).json
                let history = detail?["history"]?.elements?.compactMap { $0["what"]?.string } ?? []
                #expect(history.first == "raised" && history.last == "resolved")
                #expect(detail?["resolved_by"]?.isNull == true)
            }
        }

        /// The link behind the button of the message in Slack.
        private func acknowledgement(of alert: JSONValue, in system: TestSystem) async throws -> String {
            let title = try #require(alert["title"]?.string)
            var link: String?
            try await eventually("Slack was told", every: .milliseconds(100)) {
                link = try await system.inbox("slack", holding: title).lazy.compactMap(TestSystem.acknowledgeLink).first
                return link != nil
            }
            return try #require(link)
        }
    }
}
