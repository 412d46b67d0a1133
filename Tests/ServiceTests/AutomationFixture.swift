import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// What tests of automation do again and again.
extension RunningAPI {
    /// A rule that sends `order_shipped` at once to whom an event names.
    static func shippedRule(_ extra: String = "", name: String = "shipped") -> String {
        """
        {"name":"\(name)","event_type":"OrderShipped","template":{"name":"order_shipped","language":"en"},
         "variables":{"first_name":"recipient.name","order":"data.order"}\(extra)}
        """
    }

    static func shipped(to recipient: String? = "+393401234567", extra: String = "") -> String {
        let to = recipient.map { #""to":"\#($0)","# } ?? ""
        return #"{"type":"OrderShipped","recipient":{\#(to)"name":"Ada"},"data":{"order":"7"}\#(extra)}"#
    }

    func change(_ method: HTTPMethod, _ target: String, _ body: String = "", as tenant: TestTenant? = nil) async throws
        -> Answer
    {
        let key = (tenant ?? tenants.first).key.secret.reveal()
        return try await send(method, target, body, authorization: "Bearer \(key)")
    }

    func makeRule(_ body: String = RunningAPI.shippedRule()) async throws -> String {
        let answer = try await post("/v1/rules", body)
        try #require(answer.status == 201, "\(String(decoding: answer.response.body, as: UTF8.self))")
        return try #require(answer.json["id"]?.string)
    }

    func postEvent(_ body: String, key: String? = nil) async throws -> JSONValue {
        let answer = try await post("/v1/events", body, key: key)
        try #require(answer.status == 202, "\(String(decoding: answer.response.body, as: UTF8.self))")
        return answer.json
    }

    func runner(lease: Duration = .seconds(60)) -> TaskRunner {
        TaskRunner(
            acceptor: acceptor, clocks: ZoneClocks(ZoneClockStore(tenants.database)),
            store: TaskRunStore(tenants.database), lease: lease, metrics: AutomationMetrics(MetricsRegistry()))
    }

    /// Runs what is due, as the background part does.
    func runTasks() async throws {
        let runner = runner()
        while try await runner.turn() {}
    }

    /// Lets the time of all tasks that wait come now.
    func bringTasksForward() async throws {
        _ = try await tenants.platform.execute(
            "UPDATE automation_tasks SET due_at = now() WHERE status = 'pending'")
    }

    func tasks(_ query: String = "") async throws -> [JSONValue] {
        try await get("/v1/tasks\(query)").json["data"]?.elements ?? []
    }

    func messageCount() async throws -> Int {
        try await tenants.platform.rows("SELECT count(*) FROM messages").first?.value(0) ?? -1
    }

    /// A key of the first tenant that may do only this.
    func key(with scopes: [String]) async throws -> String {
        let key = APIKey.make()
        _ = try await tenants.platform.execute(
            """
            INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes)
            VALUES (\(tenants.first.id), \(IDSource().uuid()), 'narrow', \(key.prefix), \(Bytes(key.hash)), \(scopes))
            """)
        return "Bearer " + key.secret.reveal()
    }
}
