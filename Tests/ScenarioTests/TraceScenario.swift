import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct Traces {
        private static let caller = "4bf92f3577b34da6a3ce929d0e0e4736"

        /// Trace ids are those of the messages, so that a retry minutes later, told by another service, is in the same
        /// trace without anything having been written down for it.
        @Test func aMessagesWholeLifeIsOneTraceThatNamesItsCallers() async throws {
            let collector = try await TraceCollector.start()
            try await Scenarios.onOwnSystem(
                environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "RETRY_TIME_SCALE": "0.1"]
            ) { system in
                // Its first attempt is refused, with an error that passes by itself.
                let recipient = system.recipient(ending: 501)
                let answer = try await system.request(
                    "POST", system.ingestURL + "/v1/messages",
                    headers: [
                        ("Authorization", "Bearer \(system.apiKey)"), ("Content-Type", "application/json"),
                        ("traceparent", "00-\(Self.caller)-00f067aa0ba902b7-01"), ("tracestate", "vendor=1"),
                    ],
                    body: Array(TestSystem.reminder(to: recipient).utf8))
                let id = try #require(answer.messageID)
                try await system.waitForStatus("read", of: id)
                let trace = id.description.replacing("-", with: "")
                let attempts = try await system.sends(of: id).count
                #expect(attempts > 1)
                func spans(_ name: String, _ service: String) -> [TraceCollector.Span] {
                    collector.spans.filter { $0.trace == trace && $0.name == name && $0.service == service }
                }
                // A delivery's request, its record on Kafka and its application are one chain.
                func isChained() -> Bool {
                    let requests = Set(collector.spans.filter { $0.name == "POST /webhooks/meta" }.map(\.trace))
                    let applied = collector.spans.filter { $0.name == "process webhooks" }
                    return !applied.isEmpty && applied.allSatisfy { requests.isSuperset(of: $0.links) }
                }
                // Each service brings its spans when it has some together.
                try await eventually("every service has brought its spans", every: .milliseconds(50)) {
                    !spans("receipt read", "webhook-receiver").isEmpty && isChained()
                        && spans("process dispatch", "dispatcher").count == attempts
                        && spans("send dispatch", "ingest-api").count == 1
                        && spans("send dispatch", "retry-scheduler").count >= attempts - 1
                        && collector.spans.contains { $0.trace == Self.caller }
                }

                let request = try #require(collector.spans.first { $0.trace == Self.caller })
                #expect(request.name == "POST /v1/messages" && request.service == "ingest-api")
                #expect(request.parent == "00f067aa0ba902b7")
                #expect(request.json["traceState"]?.string == "vendor=1")
                let root = try #require(spans("accept message", "ingest-api").first)
                #expect(root.parent == nil && root.links == [Self.caller])
                #expect(spans("send dispatch", "ingest-api").map(\.parent) == [root.id])
                let told = Set(collector.spans.filter { $0.name == "send dispatch" }.map(\.id))
                let processed = spans("process dispatch", "dispatcher")
                #expect(processed.allSatisfy { told.contains($0.parent ?? "") })
                let calls = spans("POST meta", "dispatcher")
                #expect(calls.count == attempts && calls.allSatisfy { $0.kind == 3 })
                #expect(Set(calls.compactMap(\.parent)) == Set(processed.map(\.id)))
                #expect(calls.last?.attribute("server.address") == "127.0.0.1")
                #expect(calls.last?.attribute("http.response.status_code") == "200")
                #expect(Set(calls.compactMap { $0.attribute("tidings.outcome") }) == ["accepted", "refused"])
                #expect(spans("claim", "dispatcher").count == attempts)
                #expect(spans("record outcome", "dispatcher").count == attempts)

                let text = collector.spans.map { String(decoding: $0.json.serialized(), as: UTF8.self) }.joined()
                for secret in [recipient, TestSystem.bodySecret, system.apiKey] { #expect(!text.contains(secret)) }
            }
            await collector.stop()
            #expect(collector.problems == [])
        }
    }
}
